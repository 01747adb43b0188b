//! What happens to messages, as sockets are told of it: as the messages are when it is told.

use futures_util::join;

use super::audience::listeners;
use crate::app::App;
use crate::error::ApiError;
use crate::messages::render::Viewing;
use crate::reactions;
use crate::sockets::tell;
use crate::users::account;
use model::event::{Audience, Event, EventKind};
use model::frame::{Frame, Mark};
use model::id::MessageId;
use model::message::Message;

/// Tells a conversation of a message. One that is gone by now is told by the event of its deletion.
///
/// Cost: that of its listeners; if there are any, 2 or 3 round trips and 2 read units for each message shown, and a call
/// of the gateway for each.
pub(super) async fn tell(app: &App, event: &Event) -> Result<(), ApiError> {
    let Audience::Conversation(conversation) = &event.audience else { return Ok(()) };
    let Some(id) = shown(&event.kind) else { return Ok(()) };
    let (hearing, message) = join!(listeners(app, &event.audience), app.store.message(conversation, id));
    let (mut hearing, message) = (hearing?, message?);
    let Some(message) = message.filter(|_| !hearing.is_empty()) else { return Ok(()) };
    let Some(frame) = frame(app, event, &message).await? else { return Ok(()) };
    if let EventKind::Interacted { .. } = event.kind {
        // What somebody chose in a form is for who asked.
        hearing.retain(|listener| listener.uid == message.sender || listener.uid == event.actor);
    }
    tell::all(app, &hearing, &frame.not_for(event.device.as_ref())).await
}

/// The message that is shown: of an edit or deletion the action message, which shows the other.
fn shown(kind: &EventKind) -> Option<MessageId> {
    match kind {
        EventKind::MessageEdited { action, .. }
        | EventKind::MessageDeleted { action, .. }
        | EventKind::MessagePermanentlyDeleted { action, .. } => Some(*action),
        EventKind::MessageSent { message }
        | EventKind::ReactionAdded { message, .. }
        | EventKind::ReactionRemoved { message, .. }
        | EventKind::MessagePinned { message }
        | EventKind::MessageUnpinned { message }
        | EventKind::Interacted { message, .. } => Some(*message),
        _ => None,
    }
}

async fn frame(app: &App, event: &Event, message: &Message) -> Result<Option<Frame>, ApiError> {
    Ok(match &event.kind {
        EventKind::ReactionAdded { reaction, reaction_id, .. }
        | EventKind::ReactionRemoved { reaction, reaction_id, .. } => {
            let is_added = matches!(event.kind, EventKind::ReactionAdded { .. });
            let reacted = reactions::told(app, &event.actor, message.id, reaction, *reaction_id).await?;
            reacted.map(|reacted| Frame::reaction(message, &reacted, is_added))
        }
        EventKind::Interacted { elements, .. } => {
            let user = account::shown(app, &event.actor).await?;
            Some(Frame::interaction(message, &user, elements, event.at().seconds()))
        }
        EventKind::MessagePinned { .. } => {
            Some(Frame::marked(Mark::Pinned, &Viewing::of_nobody().one(app, message).await?))
        }
        EventKind::MessageUnpinned { .. } => {
            Some(Frame::marked(Mark::Unpinned, &Viewing::of_nobody().one(app, message).await?))
        }
        _ => Some(Frame::message(&Viewing::of_nobody().one(app, message).await?)),
    })
}
