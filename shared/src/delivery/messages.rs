//! What happens to messages, as sockets are told of it: as the messages are when it is told.

use futures_util::try_join;

use super::audience::{listeners, profile};
use crate::app::App;
use crate::error::ApiError;
use crate::messages::render::Viewing;
use crate::sockets::tell;
use model::conversation::ConversationId;
use model::entity;
use model::event::{Audience, Event, EventKind};
use model::frame::{Frame, Mark};
use model::id::MessageId;
use model::message::Message;
use model::reaction::{Reacted, ReactedView, Reaction};

/// Tells a conversation of a message. One that is gone by now is told by the event of its deletion.
///
/// Cost: that of its listeners; if there are any, 2 or 3 round trips and 2 read units for each message shown, and a call
/// of the gateway for each.
pub(super) async fn tell(app: &App, event: &Event) -> Result<(), ApiError> {
    let Audience::Conversation(conversation) = &event.audience else { return Ok(()) };
    let Some(id) = shown(&event.kind) else { return Ok(()) };
    let (mut hearing, message) = try_join!(listeners(app, &event.audience), message(app, conversation, id))?;
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
        EventKind::ReactionAdded { reaction, reaction_id, .. } => {
            reaction_frame(app, event, message, reaction, *reaction_id, true).await?
        }
        EventKind::ReactionRemoved { reaction, reaction_id, .. } => {
            reaction_frame(app, event, message, reaction, *reaction_id, false).await?
        }
        EventKind::Interacted { elements, .. } => {
            let user = profile(app, &event.actor).await?;
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

async fn reaction_frame(
    app: &App,
    event: &Event,
    message: &Message,
    reaction: &str,
    id: MessageId,
    is_added: bool,
) -> Result<Option<Frame>, ApiError> {
    let Ok(reaction) = Reaction::parse(reaction) else { return Ok(None) };
    let reacted_by = entity::reacting(&profile(app, &event.actor).await?);
    let reacted = Reacted { id, message_id: message.id, reaction, uid: event.actor.clone(), reacted_by };
    Ok(Some(Frame::reaction(message, &ReactedView::of(&reacted, None), is_added)))
}

/// A message, unless it is gone. Cost: 1 round trip, 2 read units.
pub(super) async fn message(
    app: &App,
    conversation: &ConversationId,
    id: MessageId,
) -> Result<Option<Message>, ApiError> {
    Ok(app.store.messages_by_id(std::iter::once((conversation, id))).await?.into_iter().next())
}
