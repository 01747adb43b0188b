//! What webhooks are told, looked up: as it is when they are told, rendered for nobody (contract/webhooks.md, "Payload
//! shapes").

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::groups;
use crate::app::App;
use crate::error::ApiError;
use crate::messages::render::Viewing;
use crate::reactions;
use crate::users::account;
use model::conversation::ConversationId;
use model::delivery::{Delivery, Occasion, beside, with_text_ids};
use model::event::{Audience, Event, EventKind};
use model::filter::other_side;
use model::id::MessageId;
use model::message::Message;
use model::message_view::gone;
use model::trigger::Trigger;
use model::uid::Uid;
use model::user::{User, UserView};

/// The `data` of the envelope; none if there is nothing to tell after all.
///
/// Cost: 1 to 3 round trips, a read unit or two for each thing shown.
pub(super) async fn data(app: &App, delivery: &Delivery) -> Result<Option<Value>, ApiError> {
    let (event, group, old_owner) = match &delivery.occasion {
        Occasion::Presence { data } => return Ok(Some(data.clone())),
        // Each user is told by themselves.
        Occasion::Push { .. } => return Ok(None),
        Occasion::Change { event, group, old_owner } => (event, group.as_ref(), old_owner.as_ref()),
    };
    match (&event.audience, &event.kind) {
        (_, EventKind::UserBlocked { other } | EventKind::UserUnblocked { other }) => {
            let [by, other] = two_users(app, &event.actor, other).await?;
            let users = keyed([&other], &event.actor);
            Ok(Some(json!({ "users": users, "by": UserView::of(&by) })))
        }
        (Audience::Conversation(conversation), _) => of_conversation(app, delivery.trigger, event, conversation).await,
        _ => groups::data(app, event, group, old_owner).await,
    }
}

/// The message that was sent, if it is there. Cost: 1 round trip, 2 read units.
pub(super) async fn sent_message(app: &App, delivery: &Delivery) -> Result<Option<Message>, ApiError> {
    let Occasion::Change { event, .. } = &delivery.occasion else { return Ok(None) };
    match (&event.kind, &event.audience) {
        (EventKind::MessageSent { message }, Audience::Conversation(conversation)) => {
            Ok(app.store.message(conversation, *message).await?)
        }
        _ => Ok(None),
    }
}

/// A message as the app would see it, with texts as ids. Cost: 1 round trip, a read unit for each thing shown of it.
pub(super) async fn message(app: &App, message: &Message) -> Result<Value, ApiError> {
    Ok(with_text_ids(json!(Viewing::of_nobody().one(app, message).await?)))
}

async fn of_conversation(
    app: &App,
    trigger: Trigger,
    event: &Event,
    conversation: &ConversationId,
) -> Result<Option<Value>, ApiError> {
    match &event.kind {
        EventKind::MessageSent { message: id }
        | EventKind::MessageEdited { message: id, .. }
        | EventKind::MessageDeleted { message: id, .. }
        | EventKind::MessagePinned { message: id }
        | EventKind::MessageUnpinned { message: id } => {
            let Some(found) = app.store.message(conversation, *id).await? else { return Ok(None) };
            if trigger == Trigger::UserMentioned && found.mentions.is_empty() {
                return Ok(None);
            }
            Ok(Some(json!({ "message": message(app, &found).await? })))
        }
        EventKind::MessagePermanentlyDeleted { message, action } => {
            let Some(action) = app.store.message(conversation, *action).await? else {
                return Ok(None);
            };
            let mut shown = with_text_ids(gone(&action, *message));
            put(&mut shown, "deletedAt", event.at().seconds());
            put(&mut shown, "deletedBy", &event.actor);
            Ok(Some(json!({ "message": shown })))
        }
        EventKind::ReactionAdded { message, reaction, reaction_id }
        | EventKind::ReactionRemoved { message, reaction, reaction_id } => {
            let reacted = reactions::told(app, &event.actor, *message, reaction, *reaction_id).await?;
            Ok(reacted.map(|reacted| json!({ "reaction": with_text_ids(json!(reacted)) })))
        }
        EventKind::Delivered { up_to, .. } => receipt(app, event, conversation, "delivered", *up_to, None).await,
        EventKind::Read { up_to, .. } => receipt(app, event, conversation, "read", *up_to, None).await,
        EventKind::DeliveredToAll { up_to, sender } => {
            receipt(app, event, conversation, "deliveredToAll", *up_to, Some(sender.as_ref())).await
        }
        EventKind::ReadByAll { up_to, sender } => {
            receipt(app, event, conversation, "readByAll", *up_to, Some(sender.as_ref())).await
        }
        _ => Ok(None),
    }
}

/// `of_all`: that it is of all of a group, and whose messages it counts for, if not everybody's.
async fn receipt(
    app: &App,
    event: &Event,
    conversation: &ConversationId,
    action: &'static str,
    up_to: MessageId,
    of_all: Option<Option<&Uid>>,
) -> Result<Option<Value>, ApiError> {
    let receiver = other_side(conversation, &event.actor);
    let author = match of_all.flatten() {
        Some(sender) => Some(sender.clone()),
        None => app.store.message(conversation, up_to).await?.map(|message| message.sender),
    };
    let mut body = json!({ "action": action, "messageId": up_to.to_string(), "timestamp": event.at().seconds() });
    let sender = if of_all.is_some() {
        Uid::app_system()
    } else {
        let mut user = json!(UserView::of(&account::shown(app, &event.actor).await?));
        // Whoever gives a receipt is there.
        put(&mut user, "status", "online");
        put(&mut body, "user", user);
        event.actor.clone()
    };
    let mut data = json!({ "receiver": receiver.as_str(), "receiverType": receiver.receiver_type(), "type": "receipts",
        "sender": sender, "body": body });
    if let Some(author) = author {
        put(&mut data, "messageSender", author);
    }
    Ok(Some(data))
}

/// Cost: 1 round trip, 2 read units.
pub(super) async fn two_users(app: &App, one: &Uid, other: &Uid) -> Result<[User; 2], ApiError> {
    let found = app.store.users(&[one, other]).await?;
    let of = |uid: &Uid| match found.iter().find(|user| user.uid == *uid) {
        Some(user) => user.clone(),
        None if *uid == Uid::app_system() => User::app_system(),
        None => User::deleted(uid),
    };
    Ok([of(one), of(other)])
}

/// Users by their UIDs, as they stand beside who acts.
pub(super) fn keyed<'u>(users: impl IntoIterator<Item = &'u User>, actor: &Uid) -> Value {
    let entries = users.into_iter().map(|user| (user.uid.to_string(), beside(user, actor)));
    Value::Object(entries.collect::<Map<String, Value>>())
}

/// Gives an object a field.
pub(super) fn put(object: &mut Value, name: &str, value: impl Serialize) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), json!(value));
    }
}
