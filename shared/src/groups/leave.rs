//! How a membership ends: others kick, oneself leaves, and who is deleted goes without an action message.

use super::clearance::{Target, require_owner_untouched, require_reach, target};
use super::members;
use crate::app::App;
use crate::error::ApiError;
use crate::id_draws::IdDraws;
use crate::identity::Actor;
use crate::store::message_change::Changed;
use crate::store::tries::Tries;
use model::event::{Audience, EventKind, MemberChange, Origin};
use model::uid::{Guid, Uid};

/// Ends a membership: others kick, oneself leaves.
///
/// Nobody waits for their receipts any more, which is noted by whoever reads the table's stream.
///
/// Cost: 2 round trips.
pub async fn remove(app: &App, actor: &Actor, guid: &Guid, uid: &Uid) -> Result<(), ApiError> {
    let mut draws = IdDraws::above(app, None);
    loop {
        let Target { mut group, user, member, clearance } = target(app, actor, guid, uid).await?;
        require_owner_untouched(&group, uid)?;
        let is_leaving = actor.uid() == Some(uid);
        if !is_leaving {
            require_reach(clearance, member.scope, uid)?;
        }
        group.members_count = group.members_count.saturating_sub(member.counted());
        let (verb, change) = match is_leaving {
            true => ("left", MemberChange::Left),
            false => ("kicked", MemberChange::Kicked),
        };
        let action = members::action(draws.draw(), actor, verb, &user, &group);
        let event = members::event(app, actor, &action, guid, uid, change);
        match app.store.remove_member(guid, &member, &action, &event).await? {
            Changed::Done => return Ok(()),
            Changed::Stale => draws.again(None).await?,
            Changed::DrawAgain(last) => draws.again(last).await?,
        }
    }
}

/// Ends the membership of a user who is being deleted, and gives what they own to the app. There is no action message: they
/// neither left nor were kicked. `by` is who deletes them.
///
/// Cost: 2 round trips, 6 write units; 1 round trip for who is no member.
pub async fn forget(app: &App, by: &Origin, guid: &Guid, uid: &Uid) -> Result<(), ApiError> {
    let mut tries = Tries::begin();
    loop {
        let (group, membership) = app.store.group_for(guid, Some(uid)).await?;
        let (Some(group), Some(member)) = (group, membership.member) else { return Ok(()) };
        let kind = EventKind::Member { change: MemberChange::Left, uid: uid.clone(), action: None };
        let event = app.event(by, Audience::Group(guid.clone()), kind);
        if app.store.forget_member(guid, &member, group.owner == *uid, &event).await? == Changed::Done {
            return Ok(());
        }
        tries.again().await?;
    }
}
