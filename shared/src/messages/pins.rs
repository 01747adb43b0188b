//! Pinned messages (contract/extras.md, "Pin, save").

use lambda_http::Request;

use crate::app::App;
use crate::error::ApiError;
use crate::http::request;
use crate::messages::access::{self, Opened};
use crate::messages::render::Viewing;
use model::conversation::ConversationId;
use model::group::Scope;
use model::message::{Category, Message};
use model::message_view::MessageView;
use model::problem::Code;

/// The most pinned messages of a conversation. Counted without a lock, so one more by a race is tolerated.
pub(crate) const MAX_PINNED: usize = 100;

/// Pins the message of the path; one that is pinned stays as it is.
///
/// Cost: 5 round trips, 4 write units for a message of 1 KB.
pub async fn pin(app: &App, req: &Request) -> Result<MessageView, ApiError> {
    let (opened, message) = open(app, req).await?;
    require_lasting(&message)?;
    let by = opened.actor.as_user().uid;
    if message.pinned_at.is_some() {
        return Viewing::of_one(None).by(&opened.actor).one(app, &message).await;
    }
    if MAX_PINNED <= app.store.pinned_count(&message.conversation, MAX_PINNED).await? {
        let sentence = format!("A conversation has {MAX_PINNED} pinned messages at the most.");
        return Err(ApiError::new(Code::PinnedMessagesLimit, sentence));
    }
    let at = app.now();
    let message = match app.store.pin_message(&message, &by, at).await? {
        true => Message { pinned_by: Some(by), pinned_at: Some(at), ..message },
        // Somebody else was quicker, or it was deleted meanwhile.
        false => {
            let message =
                access::message_to_change(app, &request::caller(req), request::message_id(req)).await?.message;
            require_lasting(&message)?;
            message
        }
    };
    Viewing::of_one(None).by(&opened.actor).one(app, &message).await
}

/// Unpins the message of the path, whoever pinned it; one that is not pinned stays as it is.
///
/// Cost: 4 round trips, 4 write units for a message of 1 KB.
pub async fn unpin(app: &App, req: &Request) -> Result<MessageView, ApiError> {
    let (opened, mut message) = open(app, req).await?;
    if message.pinned_at.is_some() {
        app.store.unpin_message(&message).await?;
    }
    (message.pinned_by, message.pinned_at) = (None, None);
    Viewing::of_one(None).by(&opened.actor).one(app, &message).await
}

/// In groups moderators and admins pin; between two users both; the app everywhere.
async fn open(app: &App, req: &Request) -> Result<(Opened, Message), ApiError> {
    let opened = access::message_to_change(app, &request::caller(req), request::message_id(req)).await?;
    let message = opened.message.clone();
    let scope = opened.membership.member.as_ref().map(|member| member.scope);
    let is_participant = matches!(message.conversation, ConversationId::Group(_)) && scope == Some(Scope::Participant);
    match opened.actor.uid() {
        Some(uid) if is_participant => {
            let sentence = format!("The user {uid} is a participant of the group and may not pin its messages.");
            Err(ApiError::new(Code::PermissionDenied, sentence))
        }
        _ => Ok((opened, message)),
    }
}

/// Neither deleted messages nor those that tell of an act are kept by anybody.
pub(crate) fn require_lasting(message: &Message) -> Result<(), ApiError> {
    if message.is_deleted() || matches!(message.category, Category::Action | Category::Call) {
        let sentence = format!("The message {} cannot be pinned or saved.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    Ok(())
}
