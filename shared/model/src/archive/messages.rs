//! Messages and what people leave on them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::conversation::ConversationId;
use crate::file::{File, FileSize, MimeType, ObjectKey};
use crate::flag_reason::FlagReason;
use crate::id::MessageId;
use crate::message::{Category, Message, Receiver};
use crate::reaction::{Reacted, Reaction, Tally};
use crate::receipt::Receipts;
use crate::tags::Tags;
use crate::time::Seconds;
use crate::uid::Uid;

/// A message; see [`Message`]. That it is pinned is a record of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the noun")]
pub struct MessageRecord {
    pub id: MessageId,
    /// `user#<uid>#<uid>`, the smaller UID first, or `group#<guid>`.
    pub conversation: ConversationId,
    pub sender: Uid,
    /// `user#<uid>` or `group#<guid>`.
    pub receiver: Receiver,
    pub category: Category,
    #[serde(rename = "type")]
    pub message_type: String,
    /// What the sender gave as `data`, without the parts that the server makes.
    pub data: Map<String, Value>,
    /// Its files beside the records; their attachments hold keys where answers have URLs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// The users whom the text mentions, by UID, as they were.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub mentions: Map<String, Value>,
    /// Who took part, as they were, by their place: `sender` and `receiver`, or `by`, `for` and `on`.
    pub entities: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted_message_id: Option<MessageId>,
    pub sent_at: Seconds,
    pub updated_at: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Seconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<Uid>,
    /// Nothing of its content is left then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Seconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<Uid>,
    /// How often it was edited.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revision: u64,
    /// How many replies its thread has.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reply_count: u64,
    /// The last reply of its thread. Where it is unknown, it becomes the last of those that are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reply_id: Option<MessageId>,
    /// How often each reaction was given, and the id of its first use, by which they are ordered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reactions: BTreeMap<String, Tally>,
    /// The message that an action is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<MessageId>,
    /// How many members the group had when it was sent to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members_count: Option<u64>,
    /// Of a message that was never news to anybody, as those of the data import: when it was received and read, as far as that was
    /// told. It says nothing of other messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Receipts>,
}

impl From<Message> for MessageRecord {
    fn from(message: Message) -> MessageRecord {
        MessageRecord {
            sent_at: message.sent_at(),
            id: message.id,
            conversation: message.conversation,
            sender: message.sender,
            receiver: message.receiver,
            category: message.category,
            message_type: message.message_type,
            data: message.data,
            files: message.files,
            mentions: message.mentions,
            entities: message.entities.places(),
            tags: message.tags,
            muid: message.muid,
            parent_id: message.parent_id,
            quoted_message_id: message.quoted_message_id,
            updated_at: message.updated_at,
            edited_at: message.edited_at,
            edited_by: message.edited_by,
            deleted_at: message.deleted_at,
            deleted_by: message.deleted_by,
            revision: message.revision,
            reply_count: message.reply_count,
            last_reply_id: message.last_reply_id,
            reactions: message.reactions,
            on: message.on,
            members_count: message.members_count,
            history: message.history,
        }
    }
}

/// Why something is not of the time that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id {0} tells another time than the one that is given")]
pub struct OtherTime(pub MessageId);

/// The time of something, where its id does not tell it.
fn dated_at(id: MessageId, at: Seconds) -> Result<Option<Seconds>, OtherTime> {
    match at == id.sent_at() {
        true => Ok(None),
        false if id.tells_time() => Err(OtherTime(id)),
        false => Ok(Some(at)),
    }
}

impl TryFrom<MessageRecord> for Message {
    type Error = OtherTime;

    /// The message, not pinned.
    fn try_from(record: MessageRecord) -> Result<Message, OtherTime> {
        Ok(Message {
            dated_at: dated_at(record.id, record.sent_at)?,
            id: record.id,
            conversation: record.conversation,
            sender: record.sender,
            receiver: record.receiver,
            category: record.category,
            message_type: record.message_type,
            data: record.data,
            files: record.files,
            mentions: record.mentions,
            entities: record.entities.into(),
            tags: record.tags,
            muid: record.muid,
            parent_id: record.parent_id,
            quoted_message_id: record.quoted_message_id,
            updated_at: record.updated_at,
            edited_at: record.edited_at,
            edited_by: record.edited_by,
            deleted_at: record.deleted_at,
            deleted_by: record.deleted_by,
            revision: record.revision,
            reply_count: record.reply_count,
            last_reply_id: record.last_reply_id,
            pinned_by: None,
            pinned_at: None,
            // Their saves say so.
            is_saved: false,
            reactions: record.reactions,
            on: record.on,
            members_count: record.members_count,
            history: record.history,
        })
    }
}

/// One user's reaction; see [`Reacted`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReactionRecord {
    /// The reaction's own id.
    pub id: MessageId,
    /// The message.
    pub message_id: MessageId,
    /// With what.
    pub reaction: Reaction,
    /// Who.
    pub uid: Uid,
    /// When.
    pub reacted_at: Seconds,
    /// The user as they were.
    pub reacted_by: Map<String, Value>,
}

impl From<Reacted> for ReactionRecord {
    fn from(reacted: Reacted) -> ReactionRecord {
        let reacted_at = reacted.reacted_at();
        let Reacted { id, message_id, reaction, uid, reacted_by, .. } = reacted;
        ReactionRecord { id, message_id, reaction, uid, reacted_at, reacted_by }
    }
}

impl TryFrom<ReactionRecord> for Reacted {
    type Error = OtherTime;

    fn try_from(record: ReactionRecord) -> Result<Reacted, OtherTime> {
        let ReactionRecord { id, message_id, reaction, uid, reacted_at, reacted_by } = record;
        Ok(Reacted { id, dated_at: dated_at(id, reacted_at)?, message_id, reaction, uid, reacted_by })
    }
}

/// That a message is pinned in its conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PinRecord {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message_id: MessageId,
    /// Who pinned it.
    pub pinned_by: Uid,
    /// When.
    pub pinned_at: Seconds,
}

/// That a user has saved a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SaveRecord {
    /// Who.
    pub uid: Uid,
    /// The message.
    pub message_id: MessageId,
    /// When.
    pub saved_at: Seconds,
}

/// That a user follows the thread of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionRecord {
    /// Who.
    pub uid: Uid,
    /// The message that is replied to.
    pub message_id: MessageId,
}

/// What a user did with an interactive message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InteractionRecord {
    /// Who.
    pub uid: Uid,
    /// The message.
    pub message_id: MessageId,
    /// When each element was used first.
    pub elements: BTreeMap<String, Seconds>,
}

/// A user's report of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlagRecord {
    /// Who.
    pub uid: Uid,
    /// The message.
    pub message_id: MessageId,
    /// When.
    pub flagged_at: Seconds,
    /// Why, by the client's own list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_id: Option<String>,
    /// Why, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// Why messages may be reported, once the app has changed the list: the whole list, in its order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlagReasonsRecord {
    /// The reasons.
    pub reasons: Vec<FlagReason>,
}

/// A file; its bytes lie beside the records under its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileRecord {
    /// The key by which messages name it.
    pub key: ObjectKey,
    /// How many bytes it has.
    pub size: FileSize,
    /// What it is.
    pub mime_type: MimeType,
    /// Hex SHA-256 of its bytes, if these lie beside the records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
