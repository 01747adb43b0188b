//! How a group ends: member by member, message by message, then itself, so that a failure part-way is safe to repeat.
//! Only the last step carries the event; the others are part of it.

use std::convert::Infallible;

use super::conversation_deletion::Left;
use super::error::StoreError;
use super::group::counted_members;
use super::keys::Key;
use super::partition::Rows;
use super::transaction::{Commit, Condition, EXISTS, Untold, Update, number};
use super::{Store, is_live};
use model::conversation::ConversationId;
use model::event::Event;
use model::group::Member;
use model::time::Seconds;
use model::uid::Guid;

/// Members that one transaction of 100 writes removes: two items each, and the group counts them.
const MEMBERS_AT_ONCE: usize = 49;
/// Bans that one transaction removes.
const BANS_AT_ONCE: usize = 100;

/// Whether a group is being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a group that is gone needs no further step"]
pub enum Ending {
    /// Nobody is added to it any more.
    Begun,
    /// There is no such group any more.
    Gone,
}

/// How removing a group itself ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a group with members stays"]
pub enum GroupRemoval {
    /// It is gone.
    Done,
    /// Another request removed it before.
    Gone,
    /// It has members again, who were joining as its deletion began.
    HasMembers,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug)]
enum Refused {
    GroupGone,
    MemberGone,
}

impl Store {
    /// Begins to delete a group: nobody is added to it from now on. Cost: 1 round trip, 2 write units.
    pub async fn end_group(&self, guid: &Guid, now: Seconds) -> Result<Ending, StoreError> {
        let end = Update::of(&Key::group(guid)).set("endingAt", number(now.get())).when(EXISTS);
        let tx = self.transaction::<Infallible>().update(end).untold(Untold::StepOfAnother);
        Ok(tx.commit().await?.either(Ending::Begun, Ending::Gone))
    }

    /// Removes members of a group with their conversation rows; nothing is left if there is no group.
    ///
    /// Cost: 2 round trips, 4 write units a member and 2 for the group.
    pub async fn remove_some_members(&self, guid: &Guid) -> Result<Left, StoreError> {
        let Rows { rows: members, .. } = self.members(guid, None, MEMBERS_AT_ONCE).await?;
        if members.is_empty() {
            return Ok(Left::Nothing);
        }
        let conversation = ConversationId::Group(guid.clone());
        let mut tx = self.transaction().update(counted_members(guid, -(members.len() as i64))).or(Refused::GroupGone);
        for Member { uid, .. } in &members {
            tx = tx.delete_existing(&Key::member(guid, uid)).or(Refused::MemberGone);
            tx = tx.delete(&Key::participant_state(uid, &conversation));
        }
        Ok(match tx.untold(Untold::StepOfAnother).commit().await? {
            Commit::Refused(refused) if refused.iter().any(|(why, _)| matches!(why, Some(Refused::GroupGone))) => {
                Left::Nothing
            }
            // Who left by themselves meanwhile is not found again.
            Commit::Done | Commit::Refused(_) => Left::Perhaps,
        })
    }

    /// Removes bans of a group. Cost: 2 round trips, 2 write units a ban.
    pub async fn remove_some_bans(&self, guid: &Guid) -> Result<Left, StoreError> {
        let keys = self.keys(&Key::bans(guid), BANS_AT_ONCE).await?;
        self.remove(&keys).await
    }

    /// Removes a group that has no members; its row stays for a day as the tombstone that carries the event.
    ///
    /// Cost: 1 round trip, 4 write units.
    pub async fn delete_empty_group(&self, guid: &Guid, event: &Event) -> Result<GroupRemoval, StoreError> {
        let is_empty = Condition::new(format!("{EXISTS} AND membersCount = :none")).value(":none", number(0));
        let tx = self.transaction::<Infallible>().delete_if(&Key::group(guid), is_empty).event(event)?;
        Ok(match tx.commit().await? {
            Commit::Done => GroupRemoval::Done,
            Commit::Refused(refused) if refused.iter().any(|(_, row)| row.as_ref().is_some_and(is_live)) => {
                GroupRemoval::HasMembers
            }
            Commit::Refused(_) => GroupRemoval::Gone,
        })
    }

    async fn remove(&self, keys: &[Key]) -> Result<Left, StoreError> {
        if keys.is_empty() {
            return Ok(Left::Nothing);
        }
        let removal = keys.iter().fold(self.transaction::<Infallible>(), |tx, key| tx.delete(key));
        removal.untold(Untold::StepOfAnother).commit().await?.unrefused()?;
        Ok(Left::Perhaps)
    }
}
