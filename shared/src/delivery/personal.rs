//! What concerns one user only: their other devices are told.

use super::audience::of_user;
use crate::app::App;
use crate::conversations::find;
use crate::error::ApiError;
use crate::messages::render::Viewing;
use crate::sockets::{session, tell};
use model::event::{Audience, Event, EventKind};
use model::frame::{Frame, Mark};
use model::id::MessageId;
use model::message::Receiver;
use model::uid::Uid;

/// Tells a user's devices of what they save and pin.
///
/// Cost: 1 round trip; if they are online 2 more for a message, that of showing it for a conversation, and a call of the
/// gateway for each device.
pub(super) async fn tell(app: &App, event: &Event) -> Result<(), ApiError> {
    let Audience::User(uid) = &event.audience else { return Ok(()) };
    match &event.kind {
        EventKind::MessageSaved { message } => saved(app, event, uid, *message, Mark::Saved).await,
        EventKind::MessageUnsaved { message } => saved(app, event, uid, *message, Mark::Unsaved).await,
        EventKind::ConversationsPinned { pinned, unpinned } => {
            let pins = pinned.iter().map(|with| (with, true));
            let pins = pins.chain(unpinned.iter().map(|with| (with, false)));
            conversations(app, event, uid, pins.collect()).await
        }
        _ => Ok(()),
    }
}

async fn saved(app: &App, event: &Event, uid: &Uid, id: MessageId, mark: Mark) -> Result<(), ApiError> {
    let hearing = of_user(app, uid).await?;
    if hearing.is_empty() {
        return Ok(());
    }
    let pointed = app.store.conversation_of(id).await?;
    let Some(conversation) = pointed else { return Ok(()) };
    let Some(message) = app.store.message(&conversation, id).await? else { return Ok(()) };
    let frame = Frame::marked(mark, &Viewing::of_nobody().one(app, &message).await?);
    tell::all(app, &hearing, &frame.not_for(event.device.as_ref())).await
}

async fn conversations(app: &App, event: &Event, uid: &Uid, pins: Vec<(&Receiver, bool)>) -> Result<(), ApiError> {
    let hearing = of_user(app, uid).await?;
    let Some(user) = app.store.user(uid).await?.filter(|_| !hearing.is_empty()) else { return Ok(()) };
    for (with, is_pinned) in pins {
        match find::of(app, &user, with).await {
            Ok(shown) => {
                let frame = Frame::conversation_pin(is_pinned, &shown).not_for(event.device.as_ref());
                tell::all(app, &hearing, &frame).await?;
            }
            // What they cannot see any more is not shown to them.
            Err(ApiError::Refused(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// Ends the sockets that a revoked token opened. Cost: that of [`session::end`].
pub(super) async fn end_sessions(app: &App, event: &Event, digest: &str) -> Result<(), ApiError> {
    match &event.audience {
        Audience::User(uid) => session::end(app, uid, Some(digest)).await,
        _ => Ok(()),
    }
}
