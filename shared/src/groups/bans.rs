//! Bans, each with its action message.

use super::clearance::{clearance, facts, known};
use super::members::{self, action};
use crate::app::App;
use crate::error::ApiError;
use crate::id_draws::IdDraws;
use crate::identity::Actor;
use crate::store::group::MemberFacts;
use crate::store::message_change::Changed;
use model::event::MemberChange;
use model::group::{Group, Member, NewMembers, Slot};
use model::membership::Membership;
use model::problem::Code;
use model::uid::{Guid, Uid};
use model::user::User;

/// Bans one user. Cost: as [`members::change`].
pub async fn ban(app: &App, actor: &Actor, guid: &Guid, uid: &Uid) -> Result<(), ApiError> {
    let outcomes = members::change(app, actor, guid, &NewMembers::one(uid, Slot::Ban)).await?;
    match outcomes.into_refusal() {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// Lifts a ban; who was a member before is not one again.
///
/// Cost: 2 round trips.
pub async fn unban(app: &App, actor: &Actor, guid: &Guid, uid: &Uid) -> Result<(), ApiError> {
    let (facts, group) = facts(app, actor, guid, &[(uid.clone(), Slot::Ban)]).await?;
    let user = known(&facts, uid)?;
    clearance(actor, &facts, guid)?;
    let not_banned = || ApiError::new(Code::NotBanned, format!("The user {uid} is not banned from the group {guid}."));
    if !facts.memberships.get(uid).is_some_and(|membership| membership.is_banned) {
        return Err(not_banned());
    }
    let mut draws = IdDraws::above(app, None);
    loop {
        let action = action(draws.draw(), actor, "unbanned", &user, &group);
        let event = members::event(app, actor, &action, guid, uid, MemberChange::Unbanned);
        match app.store.unban(guid, uid, &action, &event).await? {
            Changed::Done => return Ok(()),
            Changed::Stale => return Err(not_banned()),
            Changed::DrawAgain(last) => draws.again(last).await?,
        }
    }
}

/// Bans a user of whom this is allowed; counts them out of `group`.
pub(super) async fn ban_allowed(
    app: &App,
    draws: &mut IdDraws<'_>,
    actor: &Actor,
    group: &mut Group,
    facts: &MemberFacts,
    user: &User,
) -> Result<Changed, ApiError> {
    let member = facts.memberships.get(&user.uid).and_then(|membership| membership.member.clone());
    group.members_count = group.members_count.saturating_sub(member.as_ref().map_or(0, Member::counted));
    let action = action(draws.draw(), actor, "banned", user, group);
    let event = members::event(app, actor, &action, &group.guid, &user.uid, MemberChange::Banned);
    Ok(app.store.ban_member(&group.guid, &user.uid, member.as_ref(), &action, &event).await?)
}

/// Nobody is banned twice, and owners are not.
pub(super) fn may_be_banned(membership: &Membership, group: &Group, uid: &Uid) -> Result<(), ApiError> {
    if membership.is_banned {
        let message = format!("The user {uid} is banned from the group {} already.", group.guid);
        return Err(ApiError::new(Code::AlreadyBanned, message));
    }
    if group.owner == *uid {
        let message = format!("The user {uid} owns the group {} and cannot be banned.", group.guid);
        return Err(ApiError::new(Code::GroupNoClearance, message));
    }
    Ok(())
}
