//! `GET /messages/{id}/thread`: the replies to a message (contract/messages.md, operation 9).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::Response;
use shared::lambda::{Answer, Handler};
use shared::messages::access;
use shared::messages::list;
use shared::messages::query::Listing;
use shared::messages::replies;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let opened = access::message(app, &request::caller(req), request::message_id(req)).await?;
    let listing = Listing::of(req)?;
    let page = replies::page(app, &opened.message, &listing).await?;
    list::page_answer(app, &opened.actor, &listing, page).await
}
