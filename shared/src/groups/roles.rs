//! The scopes of members.

use serde_json::json;

use super::clearance::{
    Target, facts, known, may_be_added, no_self_action, require_owner_untouched, require_reach, target,
};
use super::members::{self, action, add};
use crate::app::App;
use crate::error::ApiError;
use crate::id_draws::IdDraws;
use crate::identity::Actor;
use crate::store::message_change::Changed;
use model::event::{Event, MemberChange};
use model::group::{Group, Member, Scope, Slot};
use model::id::MessageId;
use model::message::Message;
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::User;

/// Makes a user an admin, whatever they were; who is banned stays so.
///
/// Cost: 2 round trips; 1 for an admin.
pub(super) async fn make_admin(app: &App, actor: &Actor, guid: &Guid, user: &User) -> Result<(), ApiError> {
    let mut draws = IdDraws::above(app, None);
    loop {
        let (facts, mut group) = facts(app, actor, guid, &[(user.uid.clone(), Slot::Ban)]).await?;
        let user = &known(&facts, &user.uid)?;
        let membership = facts.memberships.get(&user.uid).cloned().unwrap_or_default();
        let changed = match membership.member {
            Some(member) if member.scope == Scope::Admin => Changed::Done,
            Some(member) => {
                let (action, event) = notice(app, draws.draw(), actor, &group, user, &member, Scope::Admin);
                app.store.change_scope(guid, &member, Scope::Admin, &action, &event).await?
            }
            None => {
                may_be_added(&facts, &group, user)?;
                match add(app, &mut draws, actor, &mut group, &[(user.clone(), Scope::Admin)]).await? {
                    Some(_) => Changed::Done,
                    None => Changed::Stale,
                }
            }
        };
        match changed {
            Changed::Done => return Ok(()),
            Changed::Stale => draws.again(None).await?,
            Changed::DrawAgain(last) => draws.again(last).await?,
        }
    }
}

/// Gives a member another scope and returns the member as they are then.
///
/// Cost: 2 round trips.
pub async fn change_scope(app: &App, actor: &Actor, guid: &Guid, uid: &Uid, scope: Scope) -> Result<Member, ApiError> {
    let mut draws = IdDraws::above(app, None);
    loop {
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
        let (action, event) = notice(app, draws.draw(), actor, &group, &user, &member, scope);
        match app.store.change_scope(guid, &member, scope, &action, &event).await? {
            Changed::Done => return Ok(Member { scope, ..member }),
            Changed::Stale => draws.again(None).await?,
            Changed::DrawAgain(last) => draws.again(last).await?,
        }
    }
}

/// The action message and the event of another scope.
fn notice(
    app: &App,
    id: MessageId,
    actor: &Actor,
    group: &Group,
    user: &User,
    member: &Member,
    scope: Scope,
) -> (Message, Event) {
    let mut action = action(id, actor, "scopeChanged", user, group);
    let extras = json!({ "scope": { "old": member.scope, "new": scope } });
    action.data.insert("extras".to_owned(), extras);
    let change = MemberChange::ScopeChanged { old: member.scope, new: scope };
    let event = members::event(app, actor, &action, &group.guid, &user.uid, change);
    (action, event)
}
