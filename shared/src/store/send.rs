//! The two round trips of a send: all that must be true, in [`facts`], then all that becomes true.

mod facts;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::conversation_state::{has_departed, is_deleted, last_id, without_departure};
use super::error::StoreError;
use super::keys::{self, EXPIRES_AT, GONE, Key};
use super::message::Pointer;
use super::message_change::counted_as_last;
use super::message_row::attributes;
use super::own_mark;
use super::preview;
use super::transaction::{Commit, Condition, EXISTS, IS_NEW, Transaction, Update, item, number, text};
use super::upload::{UploadClaim, claimed_upload};
use super::{Item, Store, is_live, read};
pub use facts::{KnownUsers, SendFacts, SendQuery};
use model::conversation::ConversationId;
use model::event::Event;
use model::id::MessageId;
use model::message::Message;
use model::time::Seconds;
use model::uid::Uid;

/// The attribute of a row that is known to be that of a member.
const IS_MEMBER: &str = "isMember";

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
    /// Another message has its id, or the conversation has come further, to this id if that is known, or others were
    /// writing there: draw a new id above it.
    DrawAgain(Option<MessageId>),
    /// The conversation was deleted, or somebody is a member of its group no more, since it was looked up: look again who and
    /// what is still there. It has come to this id by then.
    LookAgain(Option<MessageId>),
    /// It repeats this message, which is stored.
    Repeats(MessageId),
    /// The message that it replies to is gone.
    ParentGone,
    /// An upload that it attaches was attached meanwhile.
    UploadTaken,
}

/// How a conversation stood when it was looked up for a send.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    /// Whether the rows are there by which the conversation is found that the message is in: from the first message on, and
    /// in a group for who joins it or wrote in it as a bot.
    pub is_open: bool,
    /// The last id of a group, for a sender who was a member then.
    pub member_at: Option<MessageId>,
    /// When a send marked the sender's row, between users.
    pub marked_at: Option<Seconds>,
}

impl Standing {
    /// Of a conversation that is there, for a sender who needs no membership.
    pub const OPEN: Standing = Standing { is_open: true, member_at: None, marked_at: None };
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct IdempotencyRecord {
    message_id: MessageId,
    expires_at: Seconds,
}

impl Store {
    /// Stores a message, its pointer and its mark against repeats, and moves the state of its conversation, together or
    /// not at all. Uploads that it claims become its own in the same transaction.
    ///
    /// Cost: 1 round trip; 6 write units for a message of 1 KB, 2 with a `muid`, 2 for each upload, 2 with own files. The first message
    /// between two users also writes their rows: 4 units. A sender's first one in 5 minutes to another user marks their row: 2 units.
    pub async fn store_message(
        &self,
        message: &Message,
        repeat: Option<&Repeat>,
        standing: Standing,
        claim: &UploadClaim,
        event: &Event,
    ) -> Result<Stored, StoreError> {
        let rows = opening_rows(message, standing.is_open);
        let marks = marks(message, standing);
        let row = attributes(message)?;
        let state = self.moved_state(message.id, message, preview::of(message, &row, event)?);
        let state = match marks {
            true => own_mark::noting(state, &message.conversation, &message.sender, message.sent_at()),
            false => state,
        };
        let state = match standing.member_at {
            Some(id) => without_departure(state, id),
            None => state,
        };
        // By a message that opens the rows of its conversation again, if any was missing.
        let state = if rows.is_empty() { state } else { state.remove("isOrphaned") };
        let mut tx = put_row(self.transaction(), message, row, Refused::DrawAgain)?;
        // The state carries the event, which readers of the message would pay for ever after.
        tx = tx.update(state).or(Refused::DrawAgain).event(event)?;
        if let Some(repeat) = repeat {
            tx = put_idempotency_record(tx, message, repeat)?.or(Refused::Repeats);
        }
        for id in &claim.uploads {
            tx = tx.update(claimed_upload(message, id, claim)).or(Refused::UploadTaken);
        }
        if let Some(placing) = &claim.placing {
            tx = tx.delete_existing(&Key::placed(placing)).or(Refused::UploadTaken);
        }
        match linked(tx, message, &rows, marks).commit_once().await? {
            Some(Commit::Done) => Ok(Stored::Done),
            Some(Commit::Refused(refused)) => refusal(message, standing, refused),
            None => Ok(Stored::DrawAgain(None)),
        }
    }

    /// Adds the writes that make a message exist: its pointer, which claims the id, and itself.
    pub(super) fn put_message<'s, R: Copy>(
        &'s self,
        tx: Transaction<'s, R>,
        message: &Message,
        id_taken: R,
    ) -> Result<Transaction<'s, R>, StoreError> {
        put_row(tx, message, attributes(message)?, id_taken)
    }
}

/// [`Store::put_message`] of a message whose row this is.
fn put_row<'s, R: Copy>(
    tx: Transaction<'s, R>,
    message: &Message,
    mut row: Item,
    id_taken: R,
) -> Result<Transaction<'s, R>, StoreError> {
    let pointer = Pointer::to(message);
    row.extend(Key::message(&message.conversation, message.id).item());
    let thread = message.parent_id.map(|parent| keys::listed_reply(parent, message.id, &message.sender));
    let uncounted = message.parent_id.filter(|_| message.is_deleted()).map(|_| keys::deleted_reply(message.id));
    let listed = thread.into_iter().flatten().chain(uncounted);
    row.extend(listed.map(|(name, value)| (name.to_owned(), value)));
    Ok(tx.put_new(&Key::pointer(message.id), &pointer)?.or(id_taken).put_item(row))
}

/// Whether a send marks its sender's row: where it makes that anew, and else where it is due.
fn marks(message: &Message, standing: Standing) -> bool {
    let lists = message.sender != Uid::app_system() && message.conversation.is_between(&message.sender);
    lists && (!standing.is_open || own_mark::is_due(standing.marked_at, message.sent_at()))
}

/// Adds what other rows know of a message: its parent counts it, its author follows that thread, who the first one is between
/// has the conversation, and its sender's row is marked with it, if it `marks` that.
fn linked<'s>(tx: Transaction<'s, Refused>, message: &Message, rows: &[Uid], marks: bool) -> Transaction<'s, Refused> {
    let tx = match message.parent_id {
        // Who replies follows the thread, and so learns of the answers.
        Some(parent) => tx
            .update(counted_as_last(&message.conversation, parent, message.id))
            .or(Refused::ParentGone)
            .put_item(Key::subscription(parent, &message.sender).item()),
        None => tx,
    };
    let opened = |uid: &Uid| {
        let row = opened_row(uid, &message.conversation, message.sent_at(), None);
        if marks && *uid == message.sender { own_mark::marked(row, message.sent_at()) } else { row }
    };
    let marked = Some(&message.sender).filter(|sender| marks && !rows.contains(sender));
    let tx = rows.iter().chain(marked).fold(tx, |tx, uid| tx.update(opened(uid)));
    match &message.conversation {
        ConversationId::Group(_) if !rows.is_empty() => {
            tx.check(&Key::user(&message.sender), Condition::new(EXISTS)).or(Refused::SenderGone)
        }
        _ => tx,
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
        .number(":now", now.get())
        // Of who had left.
        .remove(GONE);
    match start {
        Some(start) => row.set("startId", number(start.number())),
        None => row,
    }
}

/// [`opened_row`] of a member of the group, who is known by it from then on. Only what writes their membership in the same
/// transaction, or requires it, may say so.
pub(super) fn member_row(uid: &Uid, conversation: &ConversationId, now: Seconds, start: Option<MessageId>) -> Update {
    as_member(opened_row(uid, conversation, now, start))
}

/// A row that is a member's.
pub(super) fn as_member(row: Update) -> Update {
    row.set(IS_MEMBER, AttributeValue::Bool(true))
}

/// Takes a conversation from a user: the row becomes a tombstone that keeps what they cleared, until it is opened again, and
/// where the deletion of the user finds that they had a part in it.
pub(super) fn closed_row(uid: &Uid, conversation: &ConversationId, at: Seconds) -> Update {
    const LOST: [&str; 12] = [
        "conversation",
        "joinedAt",
        IS_MEMBER,
        "startId",
        "readId",
        "readAt",
        "recentRead",
        "deliveredId",
        "deliveredAt",
        "recentDelivered",
        "isKept",
        "tags",
    ];
    let row = Update::of(&Key::participant_state(uid, conversation)).set(GONE, number(at.get()));
    LOST.into_iter().fold(row, |row, name| row.remove(name))
}

/// Whose rows the first message between two users makes; rows in groups come with the membership, or with what a bot first
/// writes there without one: by it the deletion of the bot finds what it wrote.
fn opening_rows(message: &Message, is_open: bool) -> Vec<Uid> {
    match &message.conversation {
        ConversationId::Users(first, second) if !is_open && first == second => vec![first.clone()],
        ConversationId::Users(first, second) if !is_open => vec![first.clone(), second.clone()],
        ConversationId::Group(_) if !is_open && message.sender != Uid::app_system() => vec![message.sender.clone()],
        _ => Vec::new(),
    }
}

/// What the refusal of a write of a send means.
#[derive(Clone, Copy, Debug)]
enum Refused {
    DrawAgain,
    Repeats,
    ParentGone,
    UploadTaken,
    SenderGone,
}

/// A repeat wins over all: it is the same message, whatever id was drawn for it and whatever became of its parent; its
/// uploads are taken by itself.
fn refusal(
    message: &Message,
    standing: Standing,
    refused: Vec<(Option<Refused>, Option<Item>)>,
) -> Result<Stored, StoreError> {
    let last = last_id(&refused);
    let has_departed = standing.member_at.is_some_and(|at| has_departed(&refused, at));
    let is_deleted = is_deleted(&refused, message.parent_id.or(Some(message.id)), &message.sender);
    let mut outcome = match has_departed || is_deleted {
        true => Stored::LookAgain(last),
        false => Stored::DrawAgain(last),
    };
    for (meaning, item) in refused {
        match (meaning, item) {
            (Some(Refused::Repeats), Some(item)) => {
                return Ok(Stored::Repeats(read::<IdempotencyRecord>(item)?.message_id));
            }
            (Some(Refused::Repeats), None) => return Err(StoreError::Conflict),
            (Some(Refused::ParentGone), Some(parent)) if is_live(&parent) => {}
            (Some(Refused::ParentGone), _) if !matches!(outcome, Stored::LookAgain(_)) => outcome = Stored::ParentGone,
            (Some(Refused::UploadTaken), _) => outcome = Stored::UploadTaken,
            (Some(Refused::SenderGone), _) => outcome = Stored::LookAgain(last),
            (Some(Refused::DrawAgain | Refused::ParentGone) | None, _) => {}
        }
    }
    Ok(outcome)
}
