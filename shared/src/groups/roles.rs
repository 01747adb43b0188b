//! The scopes of members.

use serde_json::json;

use super::clearance::{
    Target, facts, known, may_be_added, no_self_action, require_owner_untouched, require_reach, target,
};
use super::members::{self, action, joined};
use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::store::error::StoreError;
use crate::store::message_change::Changed;
use model::event::{Event, MemberChange};
use model::group::{Group, Member, Scope, Slot};
use model::message::Message;
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::User;

/// How often a change is tried again when others changed the same membership meanwhile.
const ATTEMPTS: usize = 5;

/// Makes a user an admin, whatever they were; who is banned stays so.
///
/// Cost: 3 round trips; 1 for an admin.
pub(super) async fn make_admin(app: &App, actor: &Actor, guid: &Guid, user: &User) -> Result<(), ApiError> {
    for _ in 0..ATTEMPTS {
        let (facts, mut group) = facts(app, actor, guid, &[(user.uid.clone(), Slot::Ban)]).await?;
        let user = &known(&facts, &user.uid)?;
        let membership = facts.memberships.get(&user.uid).cloned().unwrap_or_default();
        let changed = match membership.member {
            Some(member) if member.scope == Scope::Admin => Changed::Done,
            Some(member) => {
                let (action, event) = notice(app, actor, &group, user, &member, Scope::Admin);
                app.store.change_scope(guid, &member, Scope::Admin, &action, &event).await?
            }
            None => {
                may_be_added(&facts, &group, user)?;
                let joined = joined(app, actor, &mut group, user, Scope::Admin);
                app.store.add_members(guid, &[joined]).await?
            }
        };
        if changed == Changed::Done {
            return Ok(());
        }
    }
    Err(StoreError::Conflict.into())
}

/// Gives a member another scope and returns the member as they are then.
///
/// Cost: 3 round trips.
pub async fn change_scope(app: &App, actor: &Actor, guid: &Guid, uid: &Uid, scope: Scope) -> Result<Member, ApiError> {
    for _ in 0..ATTEMPTS {
        let Target { group, user, member, clearance } = target(app, actor, guid, uid).await?;
        if actor.uid() == Some(uid) {
            return Err(no_self_action("change the scope of", uid));
        }
        require_owner_untouched(&group, uid)?;
        require_reach(clearance, member.scope.max(scope), uid)?;
        if member.scope == scope {
            let message = format!("The user {uid} is {scope} of the group {guid} already.");
            return Err(ApiError::new(Code::SameScope, message));
        }
        let (action, event) = notice(app, actor, &group, &user, &member, scope);
        if app.store.change_scope(guid, &member, scope, &action, &event).await? == Changed::Done {
            return Ok(Member { scope, ..member });
        }
    }
    Err(StoreError::Conflict.into())
}

/// The action message and the event of another scope.
fn notice(app: &App, actor: &Actor, group: &Group, user: &User, member: &Member, scope: Scope) -> (Message, Event) {
    let mut action = action(app, actor, "scopeChanged", user, group);
    let extras = json!({ "scope": { "old": member.scope, "new": scope } });
    action.data.insert("extras".to_owned(), extras);
    let change = MemberChange::ScopeChanged { old: member.scope, new: scope };
    let event = members::event(app, actor, &action, &group.guid, &user.uid, change);
    (action, event)
}
