//! The two round trips of a send: all that must be true, then all that becomes true.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use futures_util::join;
use serde::{Deserialize, Serialize};

use super::access::Membership;
use super::conversation::Head;
use super::error::StoreError;
use super::keys::{EXPIRES_AT, Key};
use super::proof::{ProofFacts, ProofQuery};
use super::transaction::{IS_NEW, Outcome, item, number, update};
use super::upload::Claim;
use super::{Item, Store, read};
use crate::model::conversation::ConversationId;
use crate::model::file::UploadId;
use crate::model::group::Group;
use crate::model::id::MessageId;
use crate::model::message::{Message, Receiver};
use crate::model::time::Seconds;
use crate::model::uid::Uid;
use crate::model::upload::Upload;
use crate::model::user::User;

/// What a send is about, as far as it has to be looked up.
#[derive(Debug)]
pub struct SendQuery<'a> {
    /// Who sends.
    pub sender: &'a Uid,
    /// To whom.
    pub receiver: &'a Receiver,
    /// Where.
    pub conversation: &'a ConversationId,
    /// Whom the text mentions.
    pub mentioned: &'a BTreeSet<Uid>,
    /// Which message of the conversation it quotes.
    pub quoted: Option<MessageId>,
    /// Which message of the conversation it replies to.
    pub parent: Option<MessageId>,
    /// Whether the sender has to be a bot.
    pub as_bot: bool,
    /// What makes it a repeat.
    pub repeat: Option<&'a Repeat>,
    /// The uploads that it attaches.
    pub uploads: &'a [UploadId],
    /// What proves who asks, if that is to be read along.
    pub proof: Option<&'a ProofQuery>,
}

/// The mark of sends that are the same: one digest of the `muid` and the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Hex SHA-256.
    pub digest: String,
    /// Until when a send of this digest is the same.
    pub expires_at: Seconds,
}

/// The receiver of a send as found.
#[derive(Clone, Debug)]
pub enum Party {
    /// A user.
    User(User),
    /// A group.
    Group(Group),
}

/// What a send has to know.
#[derive(Debug)]
pub struct SendFacts {
    /// The sender, active or not.
    pub sender: Option<User>,
    /// The receiver, active or not.
    pub receiver: Option<Party>,
    /// What the group is to the sender; empty towards a user.
    pub membership: Membership,
    /// Whether the sender has blocked the receiver.
    pub sender_blocks: bool,
    /// Whether the receiver has blocked the sender.
    pub receiver_blocks: bool,
    /// The users whom the text mentions, active or not.
    pub mentioned: Vec<User>,
    /// The message that it quotes.
    pub quoted: Option<Message>,
    /// The message that it replies to.
    pub parent: Option<Message>,
    /// Whether the sender is a bot.
    pub is_bot: bool,
    /// The message that it repeats.
    pub earlier: Option<MessageId>,
    /// Whether the conversation has a message yet.
    pub is_open: bool,
    /// The uploads that were announced, expired or not.
    pub uploads: Vec<Upload>,
    /// What proves who asks, if that was to be read along.
    pub proof: Option<ProofFacts>,
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
    /// Everything that decides whether and how a message is sent.
    ///
    /// Cost: 1 round trip, 5 to 8 read units, and 1 for a proof; the group's size does not matter.
    pub async fn send_facts(&self, query: &SendQuery<'_>) -> Result<SendFacts, StoreError> {
        let head = Key::head(query.conversation);
        let mut keys = vec![Key::user(query.sender), head.clone()];
        keys.extend(query.mentioned.iter().map(Key::user));
        let referred = query.quoted.into_iter().chain(query.parent);
        keys.extend(referred.map(|id| Key::message(query.conversation, id)));
        keys.extend(query.as_bot.then(|| Key::bot(query.sender)));
        keys.extend(query.uploads.iter().map(Key::upload));
        keys.extend(query.proof.into_iter().flat_map(ProofQuery::keys));
        keys.extend(query.repeat.map(|repeat| Key::idempotency(query.sender, &repeat.digest)));
        match query.receiver {
            Receiver::User(uid) => {
                keys.extend([Key::user(uid), Key::block(query.sender, uid), Key::block(uid, query.sender)]);
            }
            Receiver::Group(guid) => {
                keys.push(Key::group(guid));
                keys.extend(Membership::keys(guid, query.sender));
            }
        }
        let found = self.get_all(keys).await?;

        let (receiver, membership, sender_blocks, receiver_blocks) = match query.receiver {
            Receiver::User(uid) => (
                found.get(&Key::user(uid))?.map(Party::User),
                Membership::default(),
                found.has(&Key::block(query.sender, uid)),
                found.has(&Key::block(uid, query.sender)),
            ),
            Receiver::Group(guid) => (
                found.get(&Key::group(guid))?.map(Party::Group),
                Membership::read(&found, guid, query.sender)?,
                false,
                false,
            ),
        };
        let mentioned = query.mentioned.iter().filter_map(|uid| found.get(&Key::user(uid)).transpose());
        let record = match query.repeat {
            Some(repeat) => found.get::<IdempotencyRecord>(&Key::idempotency(query.sender, &repeat.digest))?,
            None => None,
        };
        let message = |id: Option<MessageId>| match id {
            Some(id) => found.get(&Key::message(query.conversation, id)),
            None => Ok(None),
        };
        let uploads = query.uploads.iter().filter_map(|id| found.get(&Key::upload(id)).transpose());
        Ok(SendFacts {
            sender: found.get(&Key::user(query.sender))?,
            receiver,
            membership,
            sender_blocks,
            receiver_blocks,
            mentioned: mentioned.collect::<Result<_, _>>()?,
            quoted: message(query.quoted)?,
            parent: message(query.parent)?,
            is_bot: found.has(&Key::bot(query.sender)),
            // DynamoDB removes expired items when it likes, so the time decides.
            earlier: record.filter(|record| Seconds::now() < record.expires_at).map(|record| record.message_id),
            is_open: found.get::<Head>(&head)?.is_some_and(|head| !head.is_orphaned),
            uploads: uploads.collect::<Result<_, _>>()?,
            proof: query.proof.map(|proof| proof.read(&found)).transpose()?,
        })
    }

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
        self.store_message_with(message, repeat, is_open, &Claim::default()).await
    }

    /// [`Store::store_message`] for a message with uploads, which become its own in the same transaction.
    ///
    /// Cost: 2 write units for each upload more.
    pub async fn store_message_with(
        &self,
        message: &Message,
        repeat: Option<&Repeat>,
        is_open: bool,
        claim: &Claim,
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
            // The head may move although the transaction is refused: it is an upper bound, see `Head`.
            let (outcome, moved) = join!(self.transact(writes), self.move_head(message));
            moved?;
            outcome?
        } else {
            // A head says that the rows exist, so it comes after them.
            let outcome = self.transact(writes).await?;
            self.move_head(message).await?;
            outcome
        };
        match outcome {
            Outcome::Done => Ok(Stored::Done),
            Outcome::Refused(refused) => refusal(refused, &roles),
        }
    }

    fn idempotency_write(&self, message: &Message, repeat: &Repeat) -> Result<TransactWriteItem, StoreError> {
        let record = IdempotencyRecord { message_id: message.id, expires_at: repeat.expires_at };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item(&Key::idempotency(&message.sender, &repeat.digest), &record)?))
            .condition_expression(format!("{IS_NEW} OR {EXPIRES_AT} <= :now"))
            .expression_attribute_values(":now", number(message.sent_at().get()))
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
        let key = Key::conversation_row(uid, conversation);
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
