//! The message as answered.

use serde::Serialize;
use serde_json::{Map, Value};

use super::attachment;
use super::id::MessageId;
use super::message::{Category, Message};
use super::tags::Tags;
use super::time::Seconds;
use super::uid::Uid;
use crate::media;

/// A message in an answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageView {
    id: MessageId,
    #[serde(skip_serializing_if = "Option::is_none")]
    muid: Option<String>,
    conversation_id: String,
    sender: Uid,
    receiver_type: &'static str,
    receiver: String,
    category: Category,
    #[serde(rename = "type")]
    message_type: String,
    data: Map<String, Value>,
    sent_at: Seconds,
    updated_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted_message_id: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted_message: Option<Box<MessageView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
}

impl MessageView {
    /// The message as every party sees it in a list, with download URLs made at this moment.
    pub fn of(message: &Message) -> MessageView {
        let mut data = message.data.clone();
        attachment::show(&mut data, &message.files, media::download_url);
        data.insert("entities".to_owned(), Value::Object(message.entities.clone()));
        if !message.mentions.is_empty() {
            data.insert("mentions".to_owned(), Value::Object(message.mentions.clone()));
        }
        MessageView {
            id: message.id,
            muid: message.muid.clone(),
            conversation_id: message.conversation.to_string(),
            sender: message.sender.clone(),
            receiver_type: message.receiver.receiver_type(),
            receiver: message.receiver.as_str().to_owned(),
            category: message.category,
            message_type: message.message_type.clone(),
            data,
            sent_at: message.sent_at(),
            updated_at: message.updated_at,
            parent_id: message.parent_id,
            quoted_message_id: message.quoted_message_id,
            quoted_message: None,
            tags: None,
        }
    }

    /// Adds the tags, which lists show only with `withTags`.
    pub fn with_tags(mut self, message: &Message) -> MessageView {
        self.tags = (!message.tags.is_empty()).then(|| message.tags.clone());
        self
    }

    /// Adds the message that this one quotes.
    pub fn quoting(mut self, quoted: Option<&Message>) -> MessageView {
        self.quoted_message = quoted.map(|message| Box::new(MessageView::of(message)));
        self
    }
}
