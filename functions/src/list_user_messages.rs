//! `GET /users/{uid}/messages`: the messages between the acting user and another; for the app, all one-to-one messages
//! of a user (contract/messages.md, operation 3).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::list;
use shared::messages::query::Listing;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let listing = Listing::parse(&request::query(req));
    Ok(response::listed(&list::with_user(app, &request::caller(req), request::uid(req), listing).await?))
}
