//! The two round trips of a send: all that must be true, in [`facts`], then all that becomes true.

mod facts;

use futures_util::join;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::keys::{self, EXPIRES_AT, Key};
use super::message::Pointer;
use super::message_change::counted_reply;
use super::transaction::{Commit, Condition, IS_NEW, Transaction, Update, item, number, text};
use super::upload::{UploadClaim, claimed_upload};
use super::{Item, Store, read};
pub use facts::{SendFacts, SendQuery};
use model::conversation::ConversationId;
use model::event::Event;
use model::id::MessageId;
use model::message::Message;
use model::time::Seconds;
use model::uid::Uid;

/// The mark of sends that are the same: one digest of the `muid` and the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Hex SHA-256.
    pub digest: String,
    /// Until when a send of this digest is the same.
    pub expires_at: Seconds,
    /// Where the sender's life begins, if their UID was somebody else's before; known once the sender is looked up.
    pub born_id: Option<MessageId>,
}

/// How storing a message ended.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "only `Done` stored it"]
pub enum Stored {
    /// It is stored.
    Done,
    /// Another message has its id; draw a new one.
    IdTaken,
    /// It repeats this message, which is stored.
    Repeats(MessageId),
    /// The message that it replies to is gone.
    ParentGone,
    /// An upload that it attaches was attached meanwhile.
    UploadTaken,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdempotencyRecord {
    message_id: MessageId,
    expires_at: Seconds,
}

impl Store {
    /// Stores a message, its pointer and its mark against repeats, together or not at all, and advances the state of its
    /// conversation. Uploads that it claims become its own in the same transaction.
    ///
    /// Cost: 1 round trip; 4 write units for a message of 1 KB, 2 with a `muid`, 2 for each upload, 1 for the state. The
    /// first message between two users also writes their rows: a second round trip and 4 units.
    pub async fn store_message(
        &self,
        message: &Message,
        repeat: Option<&Repeat>,
        is_open: bool,
        claim: &UploadClaim,
        event: &Event,
    ) -> Result<Stored, StoreError> {
        let rows = opening_rows(message, is_open);
        let mut tx = self.put_message(self.transaction(), message, Refused::IdTaken, event)?;
        if let Some(repeat) = repeat {
            tx = put_idempotency_record(tx, message, repeat)?.or(Refused::Repeats);
        }
        if let Some(parent) = message.parent_id {
            tx = tx.update(counted_reply(&message.conversation, parent, message.id)).or(Refused::ParentGone);
        }
        for uid in &rows {
            tx = tx.update(opened_row(uid, &message.conversation, message.sent_at(), None));
        }
        for id in &claim.uploads {
            tx = tx.update(claimed_upload(message, id, claim)).or(Refused::UploadTaken);
        }
        let commit = if rows.is_empty() {
            // The state may advance although the transaction is refused: it is an upper bound, see `ConversationState`.
            let (commit, advanced) = join!(tx.commit(), self.advance_state(message));
            advanced?;
            commit?
        } else {
            // A state says that the rows exist, so it comes after them.
            let commit = tx.commit().await?;
            self.advance_state_of_opened(message).await?;
            commit
        };
        match commit {
            Commit::Done => Ok(Stored::Done),
            Commit::Refused(refused) => refusal(refused),
        }
    }

    /// Adds the writes that make a message exist: its pointer, which claims the id, and itself, which carries the event.
    pub(super) fn put_message<'s, R: Copy>(
        &'s self,
        tx: Transaction<'s, R>,
        message: &Message,
        id_taken: R,
        event: &Event,
    ) -> Result<Transaction<'s, R>, StoreError> {
        let pointer = Pointer { conversation: message.conversation.clone() };
        let mut stored = item(&Key::message(&message.conversation, message.id), message)?;
        let thread = message.parent_id.map(|parent| keys::listed_reply(parent, message.id));
        stored.extend(thread.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)));
        tx.put_new(&Key::pointer(message.id), &pointer)?.or(id_taken).put_item(stored).event(event)
    }
}

/// A record is written over when it is over its time, or of a former owner of the sender's UID.
fn put_idempotency_record<'s>(
    tx: Transaction<'s, Refused>,
    message: &Message,
    repeat: &Repeat,
) -> Result<Transaction<'s, Refused>, StoreError> {
    let record = IdempotencyRecord { message_id: message.id, expires_at: repeat.expires_at };
    let condition = Condition::new(format!("{IS_NEW} OR {EXPIRES_AT} <= :now OR messageId <= :born"))
        .value(":now", number(message.sent_at().get()))
        .value(":born", number(repeat.born_id.map_or(0, MessageId::number)));
    Ok(tx.put_item_if(item(&Key::idempotency(&message.sender, &repeat.digest), &record)?, condition))
}

/// Makes a conversation one of a user's; what the row already holds stays. With `start`, everything up to there is no
/// news.
pub(super) fn opened_row(uid: &Uid, conversation: &ConversationId, now: Seconds, start: Option<MessageId>) -> Update {
    let row = Update::of(&Key::participant_state(uid, conversation))
        .set("conversation", text(conversation.stored()))
        .set_expression("joinedAt = if_not_exists(joinedAt, :now)")
        .number(":now", now.get());
    match start {
        Some(start) => row.set("startId", number(start.number())),
        None => row,
    }
}

/// Whose rows the first message between two users makes; rows in groups come with the membership.
fn opening_rows(message: &Message, is_open: bool) -> Vec<Uid> {
    match &message.conversation {
        ConversationId::Users(first, second) if !is_open && first == second => vec![first.clone()],
        ConversationId::Users(first, second) if !is_open => vec![first.clone(), second.clone()],
        _ => Vec::new(),
    }
}

/// What the refusal of a write of a send means.
#[derive(Clone, Copy, Debug)]
enum Refused {
    IdTaken,
    Repeats,
    ParentGone,
    UploadTaken,
}

/// A repeat wins over all: it is the same message, whatever id was drawn for it and whatever became of its parent; its
/// uploads are taken by itself.
fn refusal(refused: Vec<(Option<Refused>, Option<Item>)>) -> Result<Stored, StoreError> {
    let mut outcome = Stored::IdTaken;
    for (meaning, item) in refused {
        match (meaning, item) {
            (Some(Refused::Repeats), Some(item)) => {
                return Ok(Stored::Repeats(read::<IdempotencyRecord>(item)?.message_id));
            }
            (Some(Refused::Repeats), None) => return Err(StoreError::Conflict),
            (Some(Refused::ParentGone), _) => outcome = Stored::ParentGone,
            (Some(Refused::UploadTaken), _) => outcome = Stored::UploadTaken,
            (Some(Refused::IdTaken) | None, _) => {}
        }
    }
    Ok(outcome)
}
