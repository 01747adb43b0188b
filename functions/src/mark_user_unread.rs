//! `DELETE /users/{uid}/conversation/read`: mark messages from another user as unread again (contract/related.md,
//! "Receipts").

use lambda_http::Request;
use model::message::Receiver;
use shared::app::App;
use shared::conversations::receipts;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let with = Receiver::User(request::uid(req)?);
    let first = request::json(req).and_then(|body| Ok(receipts::named_message(&body)?));
    let (uid, conversation) = receipts::unmark(app, &request::caller(req), &with, first).await?;
    let message = format!("Messages from {} are unread for the user {uid} again.", with.as_str());
    Ok(response::outcome_with(message, "conversation", conversation))
}
