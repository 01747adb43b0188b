//! Pinned messages (contract/extras.md, "Pin, save").

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access::{self, Opened};
use crate::store::pin::Pinning;
use crate::store::tries::Tries;
use model::conversation::ConversationId;
use model::event::{Audience, Event, EventKind};
use model::group::Scope;
use model::id::MessageId;
use model::message::{Category, Message};
use model::message_view::MessageView;
use model::problem::Code;

/// The most pinned messages of a conversation, whoever pins at the same moment.
pub(crate) const MAX_PINNED: usize = 100;

/// Pins a message; one that is pinned stays as it is.
///
/// Cost: 6 round trips, 6 write units for a message of 1 KB.
pub async fn pin(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<MessageView, ApiError> {
    let mut opened = access::message_to_change(app, caller, id).await?;
    let mut tries = Tries::begin();
    loop {
        require_may_pin(&opened)?;
        let Opened { actor, message, .. } = &opened;
        require_lasting(message)?;
        if message.pinned_at.is_some() {
            return opened.viewing().one(app, message).await;
        }
        let Some(room) = app.store.pin_room(&message.conversation, MAX_PINNED).await? else {
            let sentence = format!("A conversation has {MAX_PINNED} pinned messages at the most.");
            return Err(ApiError::new(Code::PinnedMessagesLimit, sentence));
        };
        let (by, at) = (actor.as_user().uid, app.now());
        let event = event(app, &opened, EventKind::MessagePinned { message: message.id });
        if app.store.pin_message(message, &by, at, &room, opened.writer(), &event).await? == Pinning::Done {
            let pinned = Message { pinned_by: Some(by), pinned_at: Some(at), ..message.clone() };
            return opened.viewing().one(app, &pinned).await;
        }
        opened = opened.again(app).await?;
        tries.again().await?;
    }
}

/// Unpins a message, whoever pinned it; one that is not pinned stays as it is.
///
/// Cost: 4 round trips, 4 write units for a message of 1 KB.
pub async fn unpin(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<MessageView, ApiError> {
    let mut opened = access::message_to_change(app, caller, id).await?;
    let mut tries = Tries::begin();
    loop {
        require_may_pin(&opened)?;
        let message = &opened.message;
        if message.pinned_at.is_none() {
            return opened.viewing().one(app, message).await;
        }
        let event = event(app, &opened, EventKind::MessageUnpinned { message: message.id });
        if app.store.unpin_message(message, opened.writer(), &event).await? == Pinning::Done {
            let unpinned = Message { pinned_by: None, pinned_at: None, ..message.clone() };
            return opened.viewing().one(app, &unpinned).await;
        }
        opened = opened.again(app).await?;
        tries.again().await?;
    }
}

fn event(app: &App, opened: &Opened, kind: EventKind) -> Event {
    let audience = Audience::Conversation(opened.message.conversation.clone());
    app.event(&opened.actor.origin(), audience, kind)
}

/// In groups moderators and admins pin; between two users both; the app everywhere.
fn require_may_pin(opened: &Opened) -> Result<(), ApiError> {
    let is_in_group = matches!(opened.message.conversation, ConversationId::Group(_));
    match opened.actor.uid() {
        Some(uid) if is_in_group && opened.scope() == Some(Scope::Participant) => {
            let sentence = format!("The user {uid} is a participant of the group and may not pin its messages.");
            Err(ApiError::new(Code::PermissionDenied, sentence))
        }
        _ => Ok(()),
    }
}

/// Neither deleted messages nor action messages are pinned or saved by anybody.
pub(crate) fn require_lasting(message: &Message) -> Result<(), ApiError> {
    if message.is_deleted() || matches!(message.category, Category::Action | Category::Call) {
        let sentence = format!("The message {} cannot be pinned or saved.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    Ok(())
}
