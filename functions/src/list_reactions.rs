//! `GET /messages/{id}/reactions`: who reacted to a message with what (contract/messages.md, operation 13).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::messages::query;

use shared::http::request;
use shared::http::response::Response;
use shared::lambda::{Answer, Handler};
use shared::messages::access;
use shared::reactions::react;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let opened = access::message(app, &request::caller(req), request::message_id(req)).await?;
    let request = query::reactions_page(&request::query(req))?;
    let page = react::page(app, &opened.message, None, &request).await?;
    Ok(react::page_answer(&opened.actor, page, &request))
}
