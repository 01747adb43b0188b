//! `DELETE /users/{uid}/conversation`: remove the conversation with another user from the acting user's view
//! (contract/related.md, "Conversations").

use lambda_http::Request;
use model::message::Receiver;
use shared::app::App;
use shared::conversations::removal::{self, Clearing};
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let with = Receiver::User(request::uid(req)?);
    let clearing = request::json(req).and_then(|body| Ok(Clearing::parse(&body)?));
    let uid = removal::clear(app, &request::caller(req), &with, clearing).await?;
    Ok(response::outcome(format!("The user {uid} no longer sees the conversation with {}.", with.as_str())))
}
