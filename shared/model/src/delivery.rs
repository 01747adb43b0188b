//! What a webhook or bot is to be told: references, as events hold them, and what only the moment of the change knew.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::event::{Event, EventKind, MemberChange};
use super::trigger::Trigger;
use super::uid::Uid;
use super::user::{User, UserView};
use super::webhook::WebhookId;

/// Who is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Addressee {
    /// A webhook.
    Webhook(WebhookId),
    /// A bot.
    Bot(Uid),
}

impl fmt::Display for Addressee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Addressee::Webhook(id) => write!(f, "the webhook {id}"),
            Addressee::Bot(uid) => write!(f, "the bot {uid}"),
        }
    }
}

/// One event for one addressee. It holds no credentials, no text and no profile of anybody; a group's, as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Who is told.
    pub to: Addressee,
    /// What it is called.
    pub trigger: Trigger,
    /// By this a receiver knows that it was told before.
    pub id: String,
    /// What.
    pub occasion: Occasion,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Occasion {
    /// A change of the table.
    Change {
        /// The event of it.
        event: Event,
        /// The group as the change left it, as everybody may see it, if the group's own row was changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<Value>,
        /// Who owned the group before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old_owner: Option<Uid>,
    },
    /// Users are to be notified of a change, each of whom is told by themselves.
    Push {
        /// The event of it.
        event: Event,
        /// Who may want to be notified.
        uids: Vec<Uid>,
    },
    /// A user came or went; all that is told of it.
    Presence {
        /// The `data` of the envelope.
        data: Value,
    },
}

/// What webhooks may have asked for, of which this is one. Whether it fires for them all, shows when it is looked up.
pub fn triggers(kind: &EventKind) -> &'static [Trigger] {
    match kind {
        EventKind::MessageSent { .. } => &[Trigger::MessageSent, Trigger::UserMentioned],
        EventKind::MessageEdited { .. } => &[Trigger::MessageEdited],
        EventKind::MessageDeleted { .. } | EventKind::MessagePermanentlyDeleted { .. } => &[Trigger::MessageDeleted],
        EventKind::ReactionAdded { .. } => &[Trigger::MessageReactionAdded],
        EventKind::ReactionRemoved { .. } => &[Trigger::MessageReactionRemoved],
        EventKind::MessagePinned { .. } => &[Trigger::MessagePinned],
        EventKind::MessageUnpinned { .. } => &[Trigger::MessageUnpinned],
        EventKind::Delivered { .. } => &[Trigger::MessageDeliveryReceipt],
        EventKind::Read { .. } => &[Trigger::MessageReadReceipt],
        EventKind::DeliveredToAll { .. } => &[Trigger::MessageDeliveredToAll],
        EventKind::ReadByAll { .. } => &[Trigger::MessageReadByAll],
        EventKind::UserBlocked { .. } => &[Trigger::UserBlocked],
        EventKind::UserUnblocked { .. } => &[Trigger::UserUnblocked],
        EventKind::GroupCreated { .. } => &[Trigger::GroupCreated],
        EventKind::GroupUpdated { .. } => &[Trigger::GroupUpdated],
        EventKind::GroupDeleted { .. } => &[Trigger::GroupDeleted],
        EventKind::OwnerTransferred { .. } => &[Trigger::GroupOwnerTransferred],
        EventKind::Member { change, .. } => match change {
            MemberChange::Joined => &[Trigger::GroupMemberJoined],
            MemberChange::Added => &[Trigger::GroupMemberAdded],
            MemberChange::Left => &[Trigger::GroupMemberLeft],
            MemberChange::Kicked => &[Trigger::GroupMemberKicked],
            MemberChange::Banned => &[Trigger::GroupMemberBanned],
            MemberChange::Unbanned => &[Trigger::GroupMemberUnbanned],
            MemberChange::ScopeChanged { .. } => &[Trigger::GroupMemberScopeChanged],
        },
        // The contract has no trigger for these.
        EventKind::ReplyGone { .. }
        | EventKind::MessageSaved { .. }
        | EventKind::MessageUnsaved { .. }
        | EventKind::Interacted { .. }
        | EventKind::MessageReported { .. }
        | EventKind::MarkedUnread { .. }
        | EventKind::ConversationsPinned { .. }
        | EventKind::ConversationCleared { .. }
        | EventKind::ConversationDeleted
        | EventKind::MembersCounted { .. }
        | EventKind::UserCreated { .. }
        | EventKind::UserUpdated { .. }
        | EventKind::UserDeactivated { .. }
        | EventKind::UserReactivated { .. }
        | EventKind::UserDeleted { .. }
        | EventKind::FriendAdded { .. }
        | EventKind::FriendRemoved { .. }
        | EventKind::TokenIssued { .. }
        | EventKind::TokenRevoked { .. } => &[],
    }
}

/// Whether users can be notified of it on their devices.
pub fn is_pushed(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::MessageSent { .. }
            | EventKind::MessageEdited { .. }
            | EventKind::MessageDeleted { .. }
            | EventKind::ReactionAdded { .. }
            | EventKind::Member { .. }
    )
}

/// A user beside who acts: another than them with the conversation that both have.
pub fn beside(user: &User, actor: &Uid) -> Value {
    let view = UserView::of(user);
    if user.uid == *actor || *actor == Uid::app_system() { json!(view) } else { json!(view.seen_by(actor)) }
}

/// The ids of an API object as webhooks have them: texts. What users wrote is left as it is.
pub fn with_text_ids(mut object: Value) -> Value {
    const IDS: [&str; 5] = ["id", "messageId", "parentId", "quotedMessageId", "lastReadMessageId"];
    if let Some(fields) = object.as_object_mut() {
        for name in IDS {
            if let Some(number) = fields.get(name).and_then(Value::as_u64) {
                fields.insert(name.to_owned(), json!(number.to_string()));
            }
        }
        if let Some(quoted) = fields.remove("quotedMessage") {
            fields.insert("quotedMessage".to_owned(), with_text_ids(quoted));
        }
        if let Some(entities) = fields.get_mut("data").and_then(|data| data.get_mut("entities")) {
            with_text_ids_in(entities);
        }
    }
    object
}

fn with_text_ids_in(entities: &mut Value) {
    for place in entities.as_object_mut().into_iter().flat_map(Map::values_mut) {
        if place["entityType"] == "message" {
            let entity = place["entity"].take();
            place["entity"] = with_text_ids(entity);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_texts_and_what_users_wrote_stays() {
        let message = json!({
            "id": 7, "parentId": 5, "quotedMessage": { "id": 6, "data": { "text": "9" } },
            "data": { "customData": { "id": 3 }, "metadata": { "messageId": 4 }, "entities": {
                "on": { "entity": { "id": 8 }, "entityType": "message" },
                "sender": { "entity": { "id": 2 }, "entityType": "user" } } },
        });
        let told = with_text_ids(message);
        assert_eq!(
            (&told["id"], &told["parentId"], &told["quotedMessage"]["id"]),
            (&json!("7"), &json!("5"), &json!("6"))
        );
        assert_eq!(told["data"]["entities"]["on"]["entity"]["id"], "8");
        assert_eq!(told["data"]["customData"]["id"], 3);
        assert_eq!(told["data"]["metadata"]["messageId"], 4);
        assert_eq!(told["data"]["entities"]["sender"]["entity"]["id"], 2);
    }
}
