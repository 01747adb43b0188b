//! Changes of one membership by its path: scope, kick, leave, unban; each with its action message.

use serde_json::json;

use crate::app::App;
use crate::conversations::watermarks;
use crate::error::ApiError;
use crate::groups::members::{action, clearance, facts, joined};
use crate::identity::Actor;
use crate::store::error::StoreError;
use crate::store::group::MemberFacts;
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
pub(crate) async fn make_admin(app: &App, actor: &Actor, guid: &Guid, user: &User) -> Result<(), ApiError> {
    for _ in 0..ATTEMPTS {
        let (facts, mut group) = facts(app, actor, guid, &[(user.uid.clone(), Slot::Ban)]).await?;
        let user = &known(&facts, &user.uid)?;
        let membership = facts.memberships.get(&user.uid).cloned().unwrap_or_default();
        let is_done = match membership.member {
            Some(member) if member.scope == Scope::Admin => true,
            Some(member) => {
                let action = scope_action(app, actor, &group, user, &member, Scope::Admin);
                app.store.change_scope(guid, &member, Scope::Admin, &action).await?
            }
            None => {
                crate::groups::members::may_be_added(&facts, &group, user)?;
                let joined = joined(app, actor, &mut group, user, Slot::Join(Scope::Admin));
                app.store.add_members(guid, &[joined]).await?
            }
        };
        if is_done {
            return Ok(());
        }
    }
    Err(StoreError::Conflict.into())
}

fn scope_action(app: &App, actor: &Actor, group: &Group, user: &User, member: &Member, scope: Scope) -> Message {
    let mut action = action(app, actor, "scopeChanged", user, group);
    let extras = json!({ "scope": { "old": member.scope, "new": scope } });
    action.data.insert("extras".to_owned(), extras);
    action
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
        let action = scope_action(app, actor, &group, &user, &member, scope);
        if app.store.change_scope(guid, &member, scope, &action).await? {
            return Ok(Member { scope, ..member });
        }
    }
    Err(StoreError::Conflict.into())
}

/// Ends a membership: others kick, oneself leaves.
///
/// Cost: 3 round trips, and those of [`watermarks::note_departure`].
pub async fn remove(app: &App, actor: &Actor, guid: &Guid, uid: &Uid) -> Result<(), ApiError> {
    for _ in 0..ATTEMPTS {
        let Target { mut group, user, member, clearance } = target(app, actor, guid, uid).await?;
        require_owner_untouched(&group, uid)?;
        let is_leaving = actor.uid() == Some(uid);
        if !is_leaving {
            require_reach(clearance, member.scope, uid)?;
        }
        group.members_count = group.members_count.saturating_sub(1);
        let action = action(app, actor, if is_leaving { "left" } else { "kicked" }, &user, &group);
        if app.store.remove_member(guid, &member, &action).await? {
            return watermarks::note_departure(app, &actor.origin(), &group).await;
        }
    }
    Err(StoreError::Conflict.into())
}

/// Lifts a ban; who was a member before is not one again.
///
/// Cost: 3 round trips.
pub async fn unban(app: &App, actor: &Actor, guid: &Guid, uid: &Uid) -> Result<(), ApiError> {
    let (facts, group) = facts(app, actor, guid, &[(uid.clone(), Slot::Ban)]).await?;
    let user = known(&facts, uid)?;
    clearance(actor, &facts, guid)?;
    let action = action(app, actor, "unbanned", &user, &group);
    if facts.memberships.get(uid).is_some_and(|membership| membership.is_banned)
        && app.store.unban(guid, uid, &action).await?
    {
        return Ok(());
    }
    Err(ApiError::new(Code::NotBanned, format!("The user {uid} is not banned from the group {guid}.")))
}

/// A member whom a path names, in their group.
struct Target {
    group: Group,
    user: User,
    member: Member,
    clearance: Scope,
}

/// Who acts on themselves needs no clearance.
async fn target(app: &App, actor: &Actor, guid: &Guid, uid: &Uid) -> Result<Target, ApiError> {
    let (facts, group) = facts(app, actor, guid, &[(uid.clone(), Slot::Ban)]).await?;
    let user = known(&facts, uid)?;
    let is_self = actor.uid() == Some(uid);
    let clearance = if is_self { Scope::Participant } else { clearance(actor, &facts, guid)? };
    let member = facts.memberships.get(uid).and_then(|membership| membership.member.clone());
    let stranger = || ApiError::new(Code::NotAMember, format!("The user {uid} is no member of the group {guid}."));
    Ok(Target { group, user, member: member.ok_or_else(stranger)?, clearance })
}

fn known(facts: &MemberFacts, uid: &Uid) -> Result<User, ApiError> {
    let user = facts.users.get(uid).filter(|user| user.is_active());
    user.cloned().ok_or_else(|| ApiError::uid_not_found(uid))
}

/// The owner is neither demoted nor kicked, and does not leave a group without owner.
fn require_owner_untouched(group: &Group, uid: &Uid) -> Result<(), ApiError> {
    if group.owner != *uid {
        return Ok(());
    }
    let message = format!("The user {uid} owns the group {}; name another owner first.", group.guid);
    Err(ApiError::new(Code::GroupNoClearance, message))
}

/// Moderators reach participants only.
fn require_reach(clearance: Scope, scope: Scope, uid: &Uid) -> Result<(), ApiError> {
    if clearance == Scope::Moderator && scope != Scope::Participant {
        let message = format!("A moderator may not change the membership of {uid} in this way.");
        return Err(ApiError::new(Code::GroupNoScopeClearance, message));
    }
    Ok(())
}

/// What a user may do to others only.
pub fn no_self_action(verb: &str, uid: &Uid) -> ApiError {
    ApiError::new(Code::GroupNoSelfAction, format!("The user {uid} may not {verb} themselves."))
}
