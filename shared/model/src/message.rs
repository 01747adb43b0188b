//! The message as stored (contract/messages.md, "The message object"). How it is answered is [`super::message_view`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use strum::{Display, EnumString, IntoStaticStr};

use super::conversation::ConversationId;
use super::entity::Entities;
use super::file::File;
use super::id::MessageId;
use super::reaction::Tally;
use super::receipt::{Receipt, Receipts};
use super::tags::Tags;
use super::time::Seconds;
use super::uid::{Guid, Uid};
use super::user::{User, UserView};

/// To whom a message goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Receiver {
    /// One user.
    User(Uid),
    /// The members of a group.
    Group(Guid),
}

impl Receiver {
    /// `user` or `group`: the `receiverType`.
    pub fn receiver_type(&self) -> &'static str {
        match self {
            Receiver::User(_) => "user",
            Receiver::Group(_) => "group",
        }
    }

    /// The UID or GUID: the `receiver`.
    pub fn as_str(&self) -> &str {
        match self {
            Receiver::User(uid) => uid.as_str(),
            Receiver::Group(guid) => guid.as_str(),
        }
    }
}

impl From<Receiver> for String {
    fn from(receiver: Receiver) -> String {
        format!("{}#{}", receiver.receiver_type(), receiver.as_str())
    }
}

impl TryFrom<String> for Receiver {
    type Error = String;

    fn try_from(raw: String) -> Result<Receiver, String> {
        let read = match raw.split_once('#') {
            Some(("user", uid)) => Uid::parse(uid).map(Receiver::User).ok(),
            Some(("group", guid)) => Guid::parse(guid).map(Receiver::Group).ok(),
            _ => None,
        };
        read.ok_or_else(|| format!("{raw} is no stored receiver"))
    }
}

/// What sort of message it is; each category has its own types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Category {
    /// Text and media.
    Message,
    /// The app's own types.
    Custom,
    /// Forms, cards and schedulers.
    Interactive,
    /// Edits, deletions and membership changes; made by the server.
    Action,
    /// Calls; made by the server.
    Call,
}

impl Category {
    /// Reads a category by its wire name.
    pub fn parse(raw: &str) -> Option<Category> {
        raw.parse().ok()
    }

    /// The wire name.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A message as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The message's id.
    pub id: MessageId,
    /// When it was sent, where the id does not tell it.
    #[serde(default, rename = "sentAt", skip_serializing_if = "Option::is_none")]
    pub dated_at: Option<Seconds>,
    /// The conversation that holds it.
    pub conversation: ConversationId,
    /// Who sent it.
    pub sender: Uid,
    /// To whom.
    pub receiver: Receiver,
    /// What sort of message.
    pub category: Category,
    /// Which type of that sort.
    #[serde(rename = "type")]
    pub message_type: String,
    /// What the sender gave as `data`, without the parts that the server makes.
    #[serde(with = "super::json_text")]
    pub data: Map<String, Value>,
    /// Its files in our bucket; their attachments hold keys where answers have URLs.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "super::json_text")]
    pub files: Vec<File>,
    /// The known users whom the text mentions, by UID, as they were.
    #[serde(default, skip_serializing_if = "Map::is_empty", with = "super::json_text")]
    pub mentions: Map<String, Value>,
    /// Sender and receiver, or who took part in an action, as they were.
    #[serde(with = "super::packed")]
    pub entities: Entities,
    /// The message's tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// The sender's own id of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muid: Option<String>,
    /// The message that it replies to in a thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<MessageId>,
    /// The message that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted_message_id: Option<MessageId>,
    /// When it was last changed; `sentAt` until then.
    pub updated_at: Seconds,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Seconds>,
    /// Who last edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<Uid>,
    /// When it was deleted; nothing of its content is left then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Seconds>,
    /// Who deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<Uid>,
    /// How often it was edited; an edit of an older state is refused by it.
    #[serde(default)]
    pub revision: u64,
    /// How many replies its thread has.
    #[serde(default)]
    pub reply_count: u64,
    /// The last reply of its thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reply_id: Option<MessageId>,
    /// Who pinned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<Uid>,
    /// When it was pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Seconds>,
    /// Whether anybody ever saved it; who did is looked up for such messages only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_saved: bool,
    /// What people reacted with, and how often.
    #[serde(default)]
    pub reactions: BTreeMap<String, Tally>,
    /// The message that an action is about; resolved when read, so that no second copy of its content exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<MessageId>,
    /// How many members the group had when it was sent to it; nothing between users, nor of edit and delete notices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members_count: Option<u64>,
    /// Of a message that was never news to anybody, as those of the data import: when it was received and read, as far as that was
    /// told. It says nothing of other messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Receipts>,
}

impl Message {
    /// A message that was sent just now and to which nothing has happened.
    pub fn new(
        id: MessageId,
        conversation: ConversationId,
        sender: Uid,
        receiver: Receiver,
        kind: (Category, String),
        data: Map<String, Value>,
        entities: Entities,
    ) -> Message {
        let (category, message_type) = kind;
        Message {
            id,
            dated_at: None,
            conversation,
            sender,
            receiver,
            category,
            message_type,
            data,
            files: Vec::new(),
            mentions: Map::new(),
            entities,
            tags: Tags::default(),
            muid: None,
            parent_id: None,
            quoted_message_id: None,
            updated_at: id.sent_at(),
            edited_at: None,
            edited_by: None,
            deleted_at: None,
            deleted_by: None,
            revision: 0,
            reply_count: 0,
            last_reply_id: None,
            pinned_by: None,
            pinned_at: None,
            is_saved: false,
            reactions: BTreeMap::new(),
            on: None,
            members_count: None,
            history: None,
        }
    }

    /// Whether it was sent to more members of a group than are shown with their receipts one by one.
    pub fn is_to_many(&self) -> bool {
        self.members_count.is_some_and(|members| (Receipt::MAX_LISTED as u64) < members)
    }

    /// Whether it was deleted.
    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// The message as its soft deletion leaves it: without content.
    pub fn deleted(mut self, by: Uid, at: Seconds) -> Message {
        self.deleted_at.get_or_insert(at);
        self.deleted_by.get_or_insert(by);
        self.updated_at = self.deleted_at.unwrap_or(at);
        self.data = Map::new();
        self.mentions = Map::new();
        self.tags = Tags::default();
        self.quoted_message_id = None;
        self.reactions = BTreeMap::new();
        self.pinned_by = None;
        self.pinned_at = None;
        self
    }

    /// The users by whom it was written and whom it is about.
    pub fn concerned(&self) -> Vec<Uid> {
        let places = self.entities.places();
        let named = places.values().filter(|place| place["entityType"] == "user");
        let named = named.filter_map(|place| Uid::parse(place.pointer("/entity/uid")?.as_str()?).ok());
        named.chain([self.sender.clone()]).collect()
    }

    /// The message in which a user who is deleted is shown as such, by their UID alone; `None` if it shows nothing of them.
    pub fn without_profile(&self, uid: &Uid) -> Option<Message> {
        let (mut message, mut places) = (self.clone(), self.entities.places());
        let snapshots = places.values_mut().filter_map(|place| place.get_mut("entity"));
        let shown = snapshots.chain(message.mentions.values_mut()).filter(|shown| shown["uid"] == uid.as_str());
        for profile in shown {
            *profile = json!(UserView::of(&User::deleted(uid)));
        }
        message.entities = places.into();
        (message != *self).then_some(message)
    }

    /// Shows one reaction of a kind less.
    pub fn forget_reaction(&mut self, reaction: &str) {
        if let Some(tally) = self.reactions.get_mut(reaction) {
            tally.count = tally.count.saturating_sub(1);
            self.reactions.retain(|_, tally| 0 < tally.count);
        }
    }

    /// Whether it is an edit or delete notice, which no list of conversations shows.
    pub fn is_edit_or_delete_notice(&self) -> bool {
        self.category == Category::Action && self.message_type == "message"
    }

    /// When it was sent.
    pub fn sent_at(&self) -> Seconds {
        self.dated_at.unwrap_or_else(|| self.id.sent_at())
    }

    /// Its text, or the caption of its media.
    pub fn text(&self) -> Option<&str> {
        self.data.get("text").and_then(Value::as_str)
    }

    /// About how many bytes of JSON its answer takes; pages are cut by this.
    pub fn approximate_bytes(&self) -> usize {
        const FIXED_FIELDS: usize = 500;
        // A signed URL carries the function's session token; the first stands in the answer twice.
        const SIGNED_URL: usize = 2_500;
        let written = [&self.data, &self.mentions].map(|part| approximate_bytes(part.values()));
        let n_urls = if self.files.is_empty() { 0 } else { self.files.len() + 1 };
        FIXED_FIELDS + n_urls * SIGNED_URL + written.iter().sum::<usize>() + self.entities.bytes()
    }
}

fn approximate_bytes<'a>(values: impl Iterator<Item = &'a Value>) -> usize {
    values
        .map(|value| match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 8,
            Value::String(text) => text.len() + 4,
            Value::Array(items) => approximate_bytes(items.iter()),
            Value::Object(fields) => {
                approximate_bytes(fields.values()) + fields.keys().map(|key| key.len() + 4).sum::<usize>()
            }
        })
        .sum()
}
