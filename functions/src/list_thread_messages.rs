//! `GET /messages/{id}/thread`: the replies to a message (contract/messages.md, operation 9).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::query::Listing;
use shared::messages::replies;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let listing = Listing::parse(&request::query(req));
    Ok(response::listed(&replies::list(app, &request::caller(req), request::message_id(req), listing).await?))
}
