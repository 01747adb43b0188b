//! The two round trips of a send: all that must be true, in [`facts`], then all that becomes true.

mod facts;

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use futures_util::join;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::keys::{EXPIRES_AT, Key};
use super::transaction::{IS_NEW, Outcome, item, number, update};
use super::upload::UploadClaim;
use super::{Item, Store, read};
pub use facts::{Party, SendFacts, SendQuery};
use model::conversation::ConversationId;
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
    /// Stores a message, its pointer and its mark against repeats, together or not at all, and moves the head of its
    /// conversation.
    ///
    /// Cost: 1 round trip; 4 write units for a message of 1 KB, 2 with a `muid`, 1 for the head. The first message
    /// between two users also writes their rows: a second round trip and 4 units.
    pub async fn store_message(
        &self,
        message: &Message,
        repeat: Option<&Repeat>,
        is_open: bool,
    ) -> Result<Stored, StoreError> {
        self.store_message_with(message, repeat, is_open, &UploadClaim::default()).await
    }

    /// [`Store::store_message`] for a message with uploads, which become its own in the same transaction.
    ///
    /// Cost: 2 write units for each upload more.
    pub async fn store_message_with(
        &self,
        message: &Message,
        repeat: Option<&Repeat>,
        is_open: bool,
        claim: &UploadClaim,
    ) -> Result<Stored, StoreError> {
        let rows = opening_rows(message, is_open);
        let mut writes = self.message_writes(message)?;
        let mut roles = vec![Role::Pointer, Role::Other];
        if let Some(repeat) = repeat {
            writes.push(self.idempotency_write(message, repeat)?);
            roles.push(Role::Repeat);
        }
        if let Some(parent) = message.parent_id {
            writes.push(self.count_reply(&message.conversation, parent, message.id)?);
            roles.push(Role::Parent);
        }
        for uid in &rows {
            writes.push(self.open_row(uid, &message.conversation, message.sent_at(), None)?);
            roles.push(Role::Other);
        }
        writes.extend(self.claim_writes(message, claim)?);
        roles.resize(writes.len(), Role::Upload);
        let outcome = if rows.is_empty() {
            // The head may move although the transaction is refused: it is an upper bound, see `ConversationState`.
            let (outcome, moved) = join!(self.transact(writes), self.advance_state(message));
            moved?;
            outcome?
        } else {
            // A head says that the rows exist, so it comes after them.
            let outcome = self.transact(writes).await?;
            self.move_head_of_opened(message).await?;
            outcome
        };
        match outcome {
            Outcome::Done => Ok(Stored::Done),
            Outcome::Refused(refused) => refusal(refused, &roles),
        }
    }

    /// A record is written over when it is over its time, or of a former owner of the sender's UID.
    fn idempotency_write(&self, message: &Message, repeat: &Repeat) -> Result<TransactWriteItem, StoreError> {
        let record = IdempotencyRecord { message_id: message.id, expires_at: repeat.expires_at };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item(&Key::idempotency(&message.sender, &repeat.digest), &record)?))
            .condition_expression(format!("{IS_NEW} OR {EXPIRES_AT} <= :now OR messageId <= :born"))
            .expression_attribute_values(":now", number(message.sent_at().get()))
            .expression_attribute_values(":born", number(repeat.born_id.map_or(0, MessageId::number)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Makes a conversation one of a user's; what the row already holds stays. With `start`, everything up to there
    /// is no news.
    pub(super) fn open_row(
        &self,
        uid: &Uid,
        conversation: &ConversationId,
        now: Seconds,
        start: Option<MessageId>,
    ) -> Result<TransactWriteItem, StoreError> {
        let begun = if start.is_some() { ", startId = :start" } else { "" };
        let opened = "SET conversation = :conversation, joinedAt = if_not_exists(joinedAt, :now)";
        let key = Key::participant_state(uid, conversation);
        let mut update = update(&self.table, &key, &format!("{opened}{begun}"))
            .expression_attribute_values(":conversation", AttributeValue::S(conversation.stored()))
            .expression_attribute_values(":now", number(now.get()));
        if let Some(start) = start {
            update = update.expression_attribute_values(":start", number(start.number()));
        }
        Ok(TransactWriteItem::builder().update(update.build()?).build())
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

/// What a write of a send stands for, where its refusal means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Pointer,
    Repeat,
    Parent,
    Upload,
    Other,
}

/// A repeat wins over all: it is the same message, whatever id was drawn for it and whatever became of its parent; its
/// uploads are taken by itself.
fn refusal(refused: Vec<(usize, Option<Item>)>, roles: &[Role]) -> Result<Stored, StoreError> {
    let mut outcome = Stored::IdTaken;
    for (position, item) in refused {
        match (roles.get(position), item) {
            (Some(Role::Repeat), Some(item)) => {
                return Ok(Stored::Repeats(read::<IdempotencyRecord>(item)?.message_id));
            }
            (Some(Role::Repeat), None) => return Err(StoreError::Conflict),
            (Some(Role::Parent), _) => outcome = Stored::ParentGone,
            (Some(Role::Upload), _) => outcome = Stored::UploadTaken,
            _ => {}
        }
    }
    Ok(outcome)
}
