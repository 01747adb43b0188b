//! What becomes of the thread of a reply that goes: its parent counts one less, and where it was the last one, another is.

use super::keys::Key;
use super::transaction::{Commit, Condition, EXISTS, Transaction, Untold, Update, number};
use super::{Store, error::StoreError};
use model::event::Event;
use model::id::MessageId;
use model::message::Message;

/// How a reply stands in its thread, as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadEnd {
    /// It is no reply, or what it replied to is gone.
    NoParent,
    /// There is a later one.
    Earlier,
    /// It is the last one.
    Last {
        /// The one before it, if any is left.
        previous: Option<MessageId>,
    },
}

/// How removing a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` removed it"]
pub enum ReplyRemoval {
    /// It is gone.
    Done,
    /// The thread is not as it was read; read it again.
    Stale,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Uncounted,
    Stale,
}

impl ThreadEnd {
    /// The parent of `reply` without it, unless the thread is not as it was read.
    pub(super) fn parent_without(&self, reply: &Message) -> Option<Update> {
        let parent = Key::message(&reply.conversation, reply.parent_id?);
        let uncounted = Update::of(&parent).add("replyCount", -1).when(EXISTS).number(":reply", reply.id.number());
        match self {
            ThreadEnd::NoParent => None,
            ThreadEnd::Earlier => Some(uncounted.when("(attribute_not_exists(lastReplyId) OR lastReplyId <> :reply)")),
            ThreadEnd::Last { previous } => {
                let uncounted = uncounted.when("lastReplyId = :reply");
                Some(match previous {
                    Some(previous) => uncounted.set("lastReplyId", number(previous.number())),
                    None => uncounted.remove("lastReplyId"),
                })
            }
        }
    }

    /// Requires that the reply is still there that becomes the last one.
    pub(super) fn with_previous<'s, R: Copy>(
        &self,
        tx: Transaction<'s, R>,
        reply: &Message,
        stale: R,
    ) -> Transaction<'s, R> {
        match self {
            ThreadEnd::Last { previous: Some(previous) } => {
                tx.check(&Key::message(&reply.conversation, *previous), Condition::new(EXISTS)).or(stale)
            }
            _ => tx,
        }
    }
}

impl Store {
    /// Removes a reply on which nothing depends any more, which nobody is shown; its thread is counted without it, and its
    /// parent's row carries the event. May be repeated.
    ///
    /// Cost: 1 round trip; 8 write units for messages of 1 KB, 2 more for the last one of several.
    pub async fn remove_reply(
        &self,
        reply: &Message,
        thread: &ThreadEnd,
        event: &Event,
    ) -> Result<ReplyRemoval, StoreError> {
        let (row, pin) = (Key::message(&reply.conversation, reply.id), Key::pin(&reply.conversation, reply.id));
        let rest = || self.transaction().delete(&Key::pointer(reply.id)).delete(&pin);
        if let Some(parent) = thread.parent_without(reply) {
            let counted = rest().delete_existing(&row).or(Refused::Uncounted);
            let counted = counted.update(parent).or(Refused::Stale).event(event)?;
            let refused = match thread.with_previous(counted, reply, Refused::Stale).commit().await? {
                Commit::Done => return Ok(ReplyRemoval::Done),
                Commit::Refused(refused) => refused,
            };
            // One that went before, or whose own deletion has begun, is counted no more.
            if !refused.iter().any(|(why, _)| *why == Some(Refused::Uncounted)) {
                return Ok(ReplyRemoval::Stale);
            }
        }
        let removal = rest().delete(&row).untold(Untold::StepOfAnother);
        Ok(removal.commit().await?.either(ReplyRemoval::Done, ReplyRemoval::Stale))
    }
}
