//! What clients are told over their socket (contract/socket.md, "Server to client"). Bodies are nobody's view: one text goes
//! to all who hear it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::conversation_view::ConversationView;
use super::event::DeviceId;
use super::id::MessageId;
use super::message::{Message, Receiver};
use super::message_view::MessageView;
use super::reaction::ReactedView;
use super::time::Seconds;
use super::uid::Uid;
use super::user::{User, UserView};

/// One frame.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    #[serde(rename = "type")]
    frame_type: &'static str,
    /// The device that made the change: its own client drops the frame, all others show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<DeviceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<Uid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver_type: Option<&'static str>,
    body: Value,
}

/// What a receipt's frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ReceiptAction {
    /// A user received what came up to a message.
    #[serde(rename = "delivered")]
    Delivered,
    /// They read it.
    #[serde(rename = "read")]
    Read,
    /// Everybody in the group received it.
    #[serde(rename = "deliveredToAll")]
    DeliveredToAll,
    /// Everybody in the group read it.
    #[serde(rename = "readByAll")]
    ReadByAll,
    /// The user has it before them again. The vendor's SDKs drop this; ours tell it to the user's own devices.
    #[serde(rename = "unread")]
    Unread,
}

/// What becomes of a mark on a message or conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A message is pinned.
    Pinned,
    /// It is no more.
    Unpinned,
    /// A message is saved.
    Saved,
    /// It is no more.
    Unsaved,
}

/// Whether a user is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// With one device at least.
    Online,
    /// With none.
    Offline,
}

impl Frame {
    fn new(frame_type: &'static str, body: Value) -> Frame {
        Frame { frame_type, device_id: None, sender: None, receiver: None, receiver_type: None, body }
    }

    /// The answer to who has shown who they are. The code is a text: as a number clients do not take it.
    pub fn welcome() -> Frame {
        Frame::new("auth", json!({ "code": "200", "status": "OK" }))
    }

    /// The answer to who has not; `code` is an error's of the contract.
    pub fn unwelcome(code: &str) -> Frame {
        Frame::new("auth", json!({ "code": code, "status": "FAILED" }))
    }

    /// A message, action messages among them.
    pub fn message(view: &MessageView) -> Frame {
        Frame::new("message", json!(view))
    }

    /// Somebody reacted to a message, or took it back.
    pub fn reaction(message: &Message, reacted: &ReactedView, is_added: bool) -> Frame {
        let action = if is_added { "message_reaction_added" } else { "message_reaction_removed" };
        let mut body = object(json!(reacted));
        body.insert("action".to_owned(), json!(action));
        body.insert("conversationId".to_owned(), json!(message.conversation.to_string()));
        if let Some(parent) = message.parent_id {
            body.insert("parentId".to_owned(), json!(parent));
        }
        Frame::new("reaction", Value::Object(body)).to(&message.receiver)
    }

    /// A user, or all of a group, came as far as a message. `to` is who reads it as the other side: who sent the
    /// messages, or the group.
    pub fn receipt(action: ReceiptAction, up_to: Option<MessageId>, user: &User, to: &Receiver, at: Seconds) -> Frame {
        // Texts, as clients send them and compare them.
        let id = up_to.map(|id| id.to_string());
        let body = json!({ "action": action, "messageId": id, "user": UserView::of(user), "timestamp": at });
        Frame::new("receipts", body).by(&user.uid).to(to)
    }

    /// A user begins or ends writing.
    pub fn typing(is_started: bool, metadata: Option<Value>, user: &User, to: &Receiver) -> Frame {
        let action = if is_started { "started" } else { "ended" };
        let mut body = object(json!({ "action": action, "user": UserView::of(user) }));
        body.extend(metadata.map(|metadata| ("metadata".to_owned(), metadata)));
        Frame::new("typing_indicator", Value::Object(body)).by(&user.uid).to(to)
    }

    /// What a user says without its being stored.
    pub fn transient(data: Value, user: &User, to: &Receiver) -> Frame {
        let body = json!({ "user": UserView::of(user), "data": data });
        Frame::new("transient_message", body).by(&user.uid).to(to)
    }

    /// A user comes or goes.
    pub fn presence(presence: Presence, user: &User, at: Seconds) -> Frame {
        Frame::new("presence", json!({ "action": presence, "user": UserView::of(user), "timestamp": at }))
    }

    /// A user used elements of an interactive message.
    pub fn interaction(message: &Message, user: &User, elements: &[String], at: Seconds) -> Frame {
        let interaction = |element: &String| json!({ "elementId": element, "interactedAt": at });
        let interactions: Vec<Value> = elements.iter().map(interaction).collect();
        let id = message.id.to_string();
        let body = json!({ "messageId": id, "user": UserView::of(user), "interactions": interactions });
        Frame::new("interaction_completed", body).by(&user.uid).to(&message.receiver)
    }

    /// A message was pinned or saved, or is so no more.
    pub fn marked(mark: Mark, view: &MessageView) -> Frame {
        let frame_type = match mark {
            Mark::Pinned => "message_pinned",
            Mark::Unpinned => "message_unpinned",
            Mark::Saved => "message_saved",
            Mark::Unsaved => "message_unsaved",
        };
        Frame::new(frame_type, json!(view))
    }

    /// A user pinned a conversation, or does so no more.
    pub fn conversation_pin(is_pinned: bool, conversation: &ConversationView) -> Frame {
        let frame_type = if is_pinned { "conversation_pinned" } else { "conversation_unpinned" };
        Frame::new(frame_type, json!({ "conversation": conversation }))
    }

    /// The same, not to be shown by the device that made the change.
    pub fn not_for(self, device: Option<&DeviceId>) -> Frame {
        Frame { device_id: device.cloned(), ..self }
    }

    /// As it travels.
    pub fn to_text(&self) -> String {
        json!(self).to_string()
    }

    fn by(self, uid: &Uid) -> Frame {
        Frame { sender: Some(uid.clone()), ..self }
    }

    fn to(self, receiver: &Receiver) -> Frame {
        let receiver_type = Some(receiver.receiver_type());
        Frame { receiver: Some(receiver.as_str().to_owned()), receiver_type, ..self }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
