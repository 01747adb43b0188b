//! How a conversation is deleted for everybody: its state says up to where, then row by row.

use std::convert::Infallible;

use super::Store;
use super::deleted::{deleted_state, ended_state};
use super::error::StoreError;
use super::job::{with_job, without_job};
use super::keys::Key;
use super::sweep::{Budget, Left};
use super::transaction::{Commit, Condition, EXISTS, Untold, number};
use model::conversation::ConversationId;
use model::event::Event;
use model::id::MessageId;
use model::job::Job;
use model::time::Seconds;

/// How marking something to be deleted ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` marked it"]
pub enum Marking {
    /// It is there for nobody any more, and the job begins.
    Done,
    /// There is no such thing any more, or another request marked it before.
    Gone,
    /// It is not as it was read; read it again.
    Stale,
}

/// What the refusal of the end means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    BegunAnew,
}

impl Store {
    /// Marks everything in a conversation up to `up_to`, which is larger than any id in it, to be deleted, and begins the
    /// job. The conversation's state carries the event.
    ///
    /// Cost: 1 round trip, 4 write units.
    pub async fn mark_conversation(
        &self,
        conversation: &ConversationId,
        up_to: MessageId,
        job: &Job,
        event: &Event,
    ) -> Result<Marking, StoreError> {
        let mark = deleted_state(conversation, up_to)
            .when(EXISTS)
            .when("lastMessageId < :upTo AND (attribute_not_exists(deletedId) OR deletedId < lastMessageId)")
            .number(":upTo", up_to.number());
        let tx = self.transaction::<Infallible>().update(mark).event(event)?;
        Ok(with_job(tx, job)?.commit().await?.either(Marking::Done, Marking::Stale))
    }

    /// Removes pins and watermarks of a conversation up to an id, and how many pins there were.
    ///
    /// Cost: a query for each 100 rows, 1 write unit a row.
    pub async fn remove_watermarks_and_pins(
        &self,
        conversation: &ConversationId,
        up_to: MessageId,
        budget: &mut Budget,
    ) -> Result<Left, StoreError> {
        let goes = |key: &Key| {
            let is_below = key.id_in_conversation().is_some_and(|id| id <= up_to);
            Some(key.clone()).filter(|_| is_below).into_iter().collect()
        };
        for prefix in [Key::watermarks(conversation), Key::pins(conversation)] {
            if self.sweep(&prefix, budget, goes).await? == Left::Perhaps {
                return Ok(Left::Perhaps);
            }
        }
        // Counted anew by who pins next.
        self.delete_batches(&[Key::pin_counter(conversation)], Untold::Upkeep).await?;
        Ok(Left::Nothing)
    }

    /// Ends the deletion of a conversation of which nothing is left up to an id.
    ///
    /// Cost: 1 round trip, 4 write units; if somebody wrote since, 2 round trips and 6.
    pub async fn end_conversation(
        &self,
        conversation: &ConversationId,
        up_to: MessageId,
        now: Seconds,
        job: &Job,
    ) -> Result<(), StoreError> {
        let is_silent = Condition::new("lastMessageId = :upTo").value(":upTo", number(up_to.number()));
        let tx = self.transaction().put_item_if(ended_state(conversation, up_to, now), is_silent);
        let tx = without_job(tx.or(Refused::BegunAnew), job).untold(Untold::StepOfAnother);
        let Commit::Refused(refused) = tx.commit().await? else {
            return Ok(());
        };
        if refused.iter().any(|(why, _)| *why == Some(Refused::BegunAnew)) {
            // Refused, another slice ended it before, or another deletion began.
            let tx = without_job(self.transaction::<Infallible>(), job).untold(Untold::StepOfAnother);
            tx.commit().await?.either_way();
        }
        Ok(())
    }
}
