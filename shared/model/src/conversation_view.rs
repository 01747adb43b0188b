//! The conversation as answered (contract/related.md, "Conversations").

use serde::Serialize;
use serde_json::Value;

use super::conversation::ConversationId;
use super::id::MessageId;
use super::message::Receiver;
use super::message_view::MessageView;
use super::tags::Tags;
use super::time::Seconds;
use super::uid::Uid;

/// Who pinned a conversation, and when.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PinView {
    /// The user, or `app_system`.
    pub pinned_by: Uid,
    /// Since when.
    pub pinned_at: Seconds,
}

/// A conversation as one of its users sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationView {
    /// Its wire id.
    pub conversation_id: String,
    /// `user` or `group`.
    pub conversation_type: &'static str,
    /// How many messages of others the user has not read; 0 is shown.
    pub unread_message_count: usize,
    /// How many of these mention the user; 0 is shown.
    pub unread_mentions_count: usize,
    /// The last message that the user has read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_read_message_id: Option<MessageId>,
    /// The last message that they see, deleted or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_message_id: Option<MessageId>,
    /// When its first message was sent.
    pub created_at: Seconds,
    /// When its last message was sent; drives the order of lists.
    pub updated_at: Seconds,
    /// Its last message, unless that was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<MessageView>,
    /// The user or group on the other side.
    pub conversation_with: Value,
    /// The user's tags of it, where they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Tags>,
    /// Who pinned it, while it is pinned.
    #[serde(flatten)]
    pub pin: Option<PinView>,
}

/// A conversation that is pinned for the whole app: with whom, whoever asks.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemPinView {
    /// The wire id of a group's conversation; with a user, each user has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// `user` or `group`.
    pub conversation_type: &'static str,
    /// The user or group.
    pub conversation_with: Value,
    /// By the app.
    #[serde(flatten)]
    pub pin: PinView,
}

impl SystemPinView {
    /// The pin of the conversations with `with`, as `shown`.
    pub fn of(with: &Receiver, shown: Value, pinned_at: Seconds) -> SystemPinView {
        let conversation_id = match with {
            Receiver::User(_) => None,
            Receiver::Group(guid) => Some(ConversationId::Group(guid.clone()).to_string()),
        };
        SystemPinView {
            conversation_id,
            conversation_type: with.receiver_type(),
            conversation_with: shown,
            pin: PinView { pinned_by: Uid::app_system(), pinned_at },
        }
    }
}
