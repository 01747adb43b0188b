//! The message as answered.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::attachment;
use super::entity::Entities;
use super::file::File;
use super::id::MessageId;
use super::message::{Category, Message};
use super::reaction::Tally;
use super::receipt::Receipts;
use super::tags::Tags;
use super::time::Seconds;
use super::uid::Uid;

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
    data: Data,
    sent_at: Seconds,
    updated_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    edited_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edited_by: Option<Uid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_by: Option<Uid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted_message_id: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted_message: Option<Box<MessageView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    #[serde(flatten)]
    receipts: Receipts,
    #[serde(skip_serializing_if = "Receipts::is_empty")]
    my_receipt: Receipts,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_replies_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned_by: Option<Uid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    interactions: Vec<Interaction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_subscribed: Option<bool>,
    #[serde(rename = "receipts", skip_serializing_if = "Option::is_none")]
    receipt_list: Option<Value>,
}

/// `data` in an answer.
#[derive(Clone, Debug, Serialize)]
struct Data {
    /// What the sender gave.
    #[serde(flatten)]
    given: Map<String, Value>,
    entities: Entities,
    #[serde(skip_serializing_if = "Map::is_empty")]
    mentions: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reactions: Vec<ReactionView>,
}

/// What people reacted with, how often, and whether the viewer did.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReactionView {
    reaction: String,
    count: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reacted_by_me: bool,
}

/// An element of an interactive message that the viewer used.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Interaction {
    /// The element.
    pub element_id: String,
    /// When it was used first.
    pub interacted_at: Seconds,
}

/// The parts of a message that only its viewer sees.
#[derive(Clone, Debug, Default)]
pub struct Personal {
    /// When everybody whom it is for received and read it.
    pub receipts: Receipts,
    /// When the viewer did.
    pub my_receipt: Receipts,
    /// How many replies the viewer has not read.
    pub unread_replies: u64,
    /// When the viewer saved it.
    pub saved_at: Option<Seconds>,
    /// What the viewer did with it.
    pub interactions: Vec<Interaction>,
    /// Whether the viewer follows its thread, where that is asked for.
    pub is_subscribed: Option<bool>,
}

impl MessageView {
    /// The message as everybody sees it, without tags and without the messages that it refers to.
    ///
    /// `mine` are the reactions that the viewer holds, none for a view that is nobody's; `link` makes the URL under which
    /// a file of the message is shown.
    pub fn of(message: &Message, mine: &[String], link: impl Fn(&File) -> Option<String>) -> MessageView {
        let mut given = message.data.clone();
        attachment::show(&mut given, &message.files, link);
        // Whoever gave these, they are the server's.
        for name in ["entities", "mentions", "reactions"] {
            given.remove(name);
        }
        let (entities, mentions) = (message.entities.clone(), message.mentions.clone());
        let data = Data { given, entities, mentions, reactions: summary(message, mine) };
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
            edited_at: message.edited_at,
            edited_by: message.edited_by.clone(),
            deleted_at: message.deleted_at,
            deleted_by: message.deleted_by.clone(),
            parent_id: message.parent_id,
            reply_count: (0 < message.reply_count).then_some(message.reply_count),
            quoted_message_id: message.quoted_message_id,
            quoted_message: None,
            tags: None,
            receipts: Receipts::default(),
            my_receipt: Receipts::default(),
            unread_replies_count: None,
            pinned_by: message.pinned_by.clone(),
            pinned_at: message.pinned_at,
            saved_at: None,
            interactions: Vec::new(),
            thread_subscribed: None,
            receipt_list: None,
        }
    }

    /// Adds the parts that only its viewer sees.
    pub fn to_viewer(mut self, personal: Personal) -> MessageView {
        self.receipts = personal.receipts;
        self.my_receipt = personal.my_receipt;
        self.unread_replies_count = Some(personal.unread_replies).filter(|count| 0 < *count);
        self.saved_at = personal.saved_at;
        self.interactions = personal.interactions;
        self.thread_subscribed = personal.is_subscribed;
        self
    }

    /// When everybody whom it is for received and read it, as far as that is shown.
    pub fn receipts(&self) -> Receipts {
        self.receipts
    }

    /// Adds who received and read it.
    pub fn with_receipt_list(mut self, list: Option<Value>) -> MessageView {
        self.receipt_list = list;
        self
    }

    /// The parent of a thread as lists of threads show it: as of its last reply.
    pub fn as_thread(mut self, last_reply_at: Seconds) -> MessageView {
        self.updated_at = last_reply_at;
        self.unread_replies_count = None;
        self
    }

    /// Adds the tags, if there are any.
    pub fn with_tags(mut self, message: &Message) -> MessageView {
        self.tags = (!message.tags.is_empty()).then(|| message.tags.clone());
        self
    }

    /// Adds the message that this one quotes.
    pub fn quoting(mut self, quoted: Option<MessageView>) -> MessageView {
        self.quoted_message = quoted.map(Box::new);
        self
    }

    /// Leaves the message that this one quotes out again; its id stays.
    pub fn leave_quoted_out(&mut self) {
        self.quoted_message = None;
    }

    /// Leaves the profiles of the mentioned users out; the text names them.
    pub fn leave_mentions_out(&mut self) {
        self.data.mentions.clear();
    }

    /// Adds the message that this action is about.
    pub fn about(mut self, on: &Value) -> MessageView {
        self.data.entities = self.data.entities.with("on", json!({ "entity": on, "entityType": "message" }));
        self
    }

    /// The users whom the text mentions, to be completed.
    pub fn mentions_mut(&mut self) -> impl Iterator<Item = (&String, &mut Map<String, Value>)> {
        self.data.mentions.iter_mut().filter_map(|(uid, user)| Some((uid, user.as_object_mut()?)))
    }
}

/// What is shown of a message that was deleted permanently.
pub fn gone(action: &Message, id: MessageId) -> Value {
    json!({
        "id": id,
        "conversationId": action.conversation.to_string(),
        "receiverType": action.receiver.receiver_type(),
        "receiver": action.receiver.as_str(),
        "data": {},
        "sentAt": id.sent_at(),
    })
}

/// In order of first use.
fn summary(message: &Message, mine: &[String]) -> Vec<ReactionView> {
    let mut reactions: Vec<_> = message.reactions.iter().collect();
    reactions.sort_by_key(|(_, tally)| tally.first);
    let view = |(reaction, tally): (&String, &Tally)| ReactionView {
        reaction: reaction.clone(),
        count: tally.count,
        reacted_by_me: mine.contains(reaction),
    };
    reactions.into_iter().map(view).collect()
}
