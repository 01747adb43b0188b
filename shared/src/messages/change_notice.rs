//! What edits and deletions have in common: who may, and the action message that tells the conversation of it.

use model::conversation::ConversationId;
use model::entity;
use model::group::Scope;
use model::id::MessageId;
use model::message::{Category, Message};
use model::message_view::MessageView;
use model::problem::Code;
use model::user::User;
use serde_json::{Map, json};

use super::access::Opened;
use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;

/// The action message: who did what to which message, for its receiver.
pub fn action(id: MessageId, actor: &Actor, message: &Message, verb: &str) -> Message {
    let by: User = actor.as_user();
    let receiver = message.entities.places().remove("receiver").unwrap_or_default();
    let mut action = Message::new(
        id,
        message.conversation.clone(),
        by.uid.clone(),
        message.receiver.clone(),
        (Category::Action, "message".to_owned()),
        Map::from_iter([("action".to_owned(), json!(verb))]),
        entity::entities([("by", entity::user(&by, None)), ("for", receiver)]),
    );
    action.on = Some(message.id);
    action
}

/// The action message as who acted reads it, with the message as the act left it.
pub async fn view(app: &App, opened: &Opened, action: &Message, after: &Message) -> Result<MessageView, ApiError> {
    opened.viewing().action(app, action, after).await
}

/// Whether the actor may change the message, and whether it can be changed at all.
pub async fn require_right(app: &App, opened: &Opened) -> Result<(), ApiError> {
    let message = &opened.message;
    require_changeable(message)?;
    if message.is_deleted() {
        let sentence = format!("The message {} is deleted and cannot be changed.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    require_author(app, opened).await
}

/// Action messages stay as they are.
pub fn require_changeable(message: &Message) -> Result<(), ApiError> {
    if matches!(message.category, Category::Action | Category::Call) {
        let sentence = format!("The message {} is an action message and cannot be edited or deleted.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    Ok(())
}

/// One's own messages; in groups all, for moderators, admins and the owner; for the app all.
pub async fn require_author(app: &App, opened: &Opened) -> Result<(), ApiError> {
    let Opened { actor, message, .. } = opened;
    let Some(uid) = actor.uid() else { return Ok(()) };
    // What the former owner of the UID sent is not one's own.
    let is_author = message.sender == *uid && !actor.user().is_some_and(|user| user.is_younger_than(message.id));
    if is_author || opened.scope().is_some_and(|scope| Scope::Moderator <= scope) {
        return Ok(());
    }
    if let ConversationId::Group(guid) = &message.conversation {
        let (group, _) = app.store.group_for(guid, None).await?;
        if group.is_some_and(|group| group.owner == *uid) {
            return Ok(());
        }
    }
    let sentence = format!("The user {uid} did not send the message {} and may not change it.", message.id);
    Err(ApiError::new(Code::MessageNotASender, sentence))
}
