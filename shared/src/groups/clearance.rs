//! Who may change whose membership.

use super::bans::may_be_banned;
use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::messages::access;
use crate::store::group::MemberFacts;
use model::group::{Group, Member, Scope, Slot};
use model::membership::Membership;
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::User;

/// What must be known before memberships of these users change, and the group.
///
/// Cost: 1 round trip, 1 read unit and 3 for each user and the actor.
pub(super) async fn facts(
    app: &App,
    actor: &Actor,
    guid: &Guid,
    slots: &[(Uid, Slot)],
) -> Result<(MemberFacts, Group), ApiError> {
    let uids: Vec<&Uid> = slots.iter().map(|(uid, _)| uid).chain(actor.uid()).collect();
    let facts = app.store.member_facts(guid, &uids).await?;
    let group = access::known_group(facts.group.clone(), guid, membership_of(actor, &facts).as_ref())?;
    Ok((facts, group))
}

/// The membership of an acting user.
fn membership_of(actor: &Actor, facts: &MemberFacts) -> Option<Membership> {
    actor.uid().map(|uid| facts.memberships.get(uid).cloned().unwrap_or_default())
}

/// The scope with which the actor changes the group; the app has the highest.
pub(super) fn clearance(actor: &Actor, facts: &MemberFacts, guid: &Guid) -> Result<Scope, ApiError> {
    require_clearance(actor, guid, &membership_of(actor, facts).unwrap_or_default())
}

/// The scope of the app, or of an acting user who is at least a moderator.
pub fn require_clearance(actor: &Actor, guid: &Guid, membership: &Membership) -> Result<Scope, ApiError> {
    let Some(uid) = actor.uid() else { return Ok(Scope::Admin) };
    match access::require_member(membership, guid, uid)?.scope {
        Scope::Participant => {
            let message = format!("The user {uid} is a participant of {guid} and may not change its members.");
            Err(ApiError::new(Code::GroupNoClearance, message))
        }
        scope => Ok(scope),
    }
}

/// Whether the change may be made; moderators change participants only.
pub(super) fn allowed<'f>(
    actor: &Actor,
    group: &Group,
    clearance: Scope,
    facts: &'f MemberFacts,
    uid: &Uid,
    slot: Slot,
) -> Result<&'f User, ApiError> {
    if slot == Slot::Ban && actor.uid() == Some(uid) {
        return Err(no_self_action("ban", uid));
    }
    let user = facts.users.get(uid).filter(|user| user.is_active()).ok_or_else(|| ApiError::uid_not_found(uid))?;
    let membership = facts.memberships.get(uid).cloned().unwrap_or_default();
    let target = match slot {
        Slot::Join(scope) => {
            may_be_added(facts, group, user)?;
            scope
        }
        Slot::Ban => {
            may_be_banned(&membership, group, uid)?;
            membership.member.map_or(Scope::Participant, |member| member.scope)
        }
    };
    if clearance == Scope::Moderator && target != Scope::Participant {
        let message = format!("A moderator may not make or ban the {target} {uid}.");
        return Err(ApiError::new(Code::GroupNoScopeClearance, message));
    }
    Ok(user)
}

/// Who is banned, or a member already, is not added; nor is anybody to a full group.
pub(super) fn may_be_added(facts: &MemberFacts, group: &Group, user: &User) -> Result<(), ApiError> {
    let membership = facts.memberships.get(&user.uid).cloned().unwrap_or_default();
    if membership.is_banned {
        let message = format!("The user {} is banned from the group {}.", user.uid, group.guid);
        return Err(ApiError::new(Code::BannedGroupMember, message));
    }
    if membership.member.is_some() {
        return Err(already_joined(&user.uid, &group.guid));
    }
    if Group::MAX_MEMBERS <= group.members_count {
        let message = format!("The group {} has {} members, the most it can have.", group.guid, Group::MAX_MEMBERS);
        return Err(ApiError::new(Code::NoVacancy, message));
    }
    Ok(())
}

fn already_joined(uid: &Uid, guid: &Guid) -> ApiError {
    ApiError::new(Code::AlreadyJoined, format!("The user {uid} belongs to the group {guid} already."))
}

/// A member whom a path names, in their group.
pub(super) struct Target {
    /// The group.
    pub(super) group: Group,
    /// The user.
    pub(super) user: User,
    /// The member.
    pub(super) member: Member,
    /// The scope with which the actor changes them.
    pub(super) clearance: Scope,
}

/// Who acts on themselves needs no clearance.
pub(super) async fn target(app: &App, actor: &Actor, guid: &Guid, uid: &Uid) -> Result<Target, ApiError> {
    let (facts, group) = facts(app, actor, guid, &[(uid.clone(), Slot::Ban)]).await?;
    let user = known(&facts, uid)?;
    let is_self = actor.uid() == Some(uid);
    let clearance = if is_self { Scope::Participant } else { clearance(actor, &facts, guid)? };
    let member = facts.memberships.get(uid).and_then(|membership| membership.member.clone());
    let stranger = || ApiError::new(Code::NotAMember, format!("The user {uid} is no member of the group {guid}."));
    Ok(Target { group, user, member: member.ok_or_else(stranger)?, clearance })
}

/// An active user of those who were looked up.
pub(super) fn known(facts: &MemberFacts, uid: &Uid) -> Result<User, ApiError> {
    let user = facts.users.get(uid).filter(|user| user.is_active());
    user.cloned().ok_or_else(|| ApiError::uid_not_found(uid))
}

/// The owner is neither demoted nor kicked, and does not leave a group without owner.
pub(super) fn require_owner_untouched(group: &Group, uid: &Uid) -> Result<(), ApiError> {
    if group.owner != *uid {
        return Ok(());
    }
    let message = format!("The user {uid} owns the group {}; name another owner first.", group.guid);
    Err(ApiError::new(Code::GroupNoClearance, message))
}

/// Moderators reach participants only.
pub(super) fn require_reach(clearance: Scope, scope: Scope, uid: &Uid) -> Result<(), ApiError> {
    if clearance == Scope::Moderator && scope != Scope::Participant {
        let message = format!("A moderator may not change the membership of {uid} in this way.");
        return Err(ApiError::new(Code::GroupNoScopeClearance, message));
    }
    Ok(())
}

/// What a user may do to others only.
pub(super) fn no_self_action(verb: &str, uid: &Uid) -> ApiError {
    ApiError::new(Code::GroupNoSelfAction, format!("The user {uid} may not {verb} themselves."))
}
