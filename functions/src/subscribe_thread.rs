//! `POST /messages/{id}/thread/subscription`: follow a thread (contract/extras.md, "Threads").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::subscriptions;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    subscriptions::subscribe(app, &request::caller(req), request::message_id(req)).await?;
    Ok(response::success())
}
