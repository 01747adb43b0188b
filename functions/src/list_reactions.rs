//! `GET /messages/{id}/reactions`: who reacted to a message with what (contract/messages.md, operation 13).

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
    let page = query::reactions_page(&request::query(req));
    Ok(response::listed(&list::list(app, &request::caller(req), request::message_id(req), page, None).await?))
}
