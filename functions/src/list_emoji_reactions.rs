//! `GET /messages/{id}/reactions/{reaction}`: who reacted to a message with this (contract/messages.md, operation 14).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::query;
use shared::reactions::list;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let (page, kind) = (query::reactions_page(&request::query(req)), request::reaction(req));
    Ok(response::listed(&list::list(app, &request::caller(req), request::message_id(req), page, Some(kind)).await?))
}
