//! How conversations stand, for all and for each.

use serde::{Deserialize, Serialize};

use crate::conversation::ConversationId;
use crate::conversation_state::{ConversationState, ParticipantState};
use crate::id::MessageId;
use crate::message::Receiver;
use crate::receipt::{Receipt, ReceiptSubject, ReceiptWatermark};
use crate::tags::Tags;
use crate::time::Seconds;
use crate::uid::Uid;

/// How a conversation stands for all of its users; see [`ConversationState`]. Whoever does not know it leaves it out: then the
/// messages tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the noun")]
pub struct StateRecord {
    pub conversation: ConversationId,
    pub last_message_id: MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_message_id: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news_message_id: Option<MessageId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_orphaned: bool,
    pub created_at: Seconds,
    pub updated_at: Seconds,
}

impl StateRecord {
    /// The state of a conversation of which nothing is being deleted.
    pub fn new(conversation: ConversationId, state: &ConversationState) -> StateRecord {
        StateRecord {
            conversation,
            last_message_id: state.last_message_id,
            shown_message_id: state.shown_message_id,
            news_message_id: state.news_message_id,
            is_orphaned: state.is_orphaned,
            created_at: state.created_at,
            updated_at: state.updated_at,
        }
    }
}

/// How a conversation stands for one of its users; see [`ParticipantState`]. There is one for each user of a conversation
/// between two and for each member of a group, and for who had left a group and removed messages from their view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the noun")]
pub struct ConversationRecord {
    pub uid: Uid,
    pub conversation: ConversationId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Seconds>,
    /// When they left, if they are in it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Seconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_id: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_id: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Seconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_id: Option<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Seconds>,
    /// The last message that they removed from their view, with all before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared_id: Option<MessageId>,
    /// Whether the conversation keeps its place in lists although they removed everything.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_kept: bool,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl ConversationRecord {
    /// How a conversation stands for this user, who is in it.
    pub fn new(uid: Uid, state: ParticipantState) -> ConversationRecord {
        ConversationRecord {
            uid,
            conversation: state.conversation,
            joined_at: state.joined_at,
            left_at: None,
            start_id: state.start_id,
            read_id: state.read_id,
            read_at: state.read_at,
            delivered_id: state.delivered_id,
            delivered_at: state.delivered_at,
            cleared_id: state.cleared_id,
            is_kept: state.is_kept,
            tags: state.tags,
        }
    }
}

/// That somebody had received or read everything up to a message, at a time; see [`ReceiptWatermark`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReceiptRecord {
    /// In which conversation.
    pub conversation: ConversationId,
    /// Who: a UID, `*` for all members of a group, `*<uid>` for all but one.
    pub subject: ReceiptSubject,
    /// What.
    pub receipt: Receipt,
    /// Up to which message.
    pub id: MessageId,
    /// When.
    pub at: Seconds,
}

impl ReceiptRecord {
    /// The watermark of somebody.
    pub fn new(
        conversation: ConversationId,
        subject: ReceiptSubject,
        receipt: Receipt,
        watermark: ReceiptWatermark,
    ) -> ReceiptRecord {
        ReceiptRecord { conversation, subject, receipt, id: watermark.id, at: watermark.at }
    }

    /// The watermark.
    pub fn watermark(&self) -> ReceiptWatermark {
        ReceiptWatermark { id: self.id, at: self.at }
    }
}

/// The conversations that a user, or the app as `app_system`, has pinned, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConversationPinsRecord {
    /// Whose list it is.
    pub owner: Uid,
    /// What is pinned.
    pub pins: Vec<PinnedWith>,
}

/// A pinned conversation, by its other side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PinnedWith {
    /// The user or group that the conversation is with.
    pub with: Receiver,
    /// Since when.
    pub pinned_at: Seconds,
}
