//! `POST /messages/{id}/thread`: reply to a message (contract/messages.md, operation 8).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::response::{self, Response};
use shared::http::{form, request};
use shared::lambda::{Answer, Handler};
use shared::messages::replies;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let body = form::message_body(&app.media, req).await;
    Ok(response::data(&replies::reply(app, &request::caller(req), request::message_id(req), body).await?))
}
