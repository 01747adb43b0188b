//! `GET /groups/{guid}/messages`: the messages of a group, for its members and the app (contract/messages.md,
//! operation 4).

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
    Ok(response::listed(&list::of_group(app, &request::caller(req), request::guid(req), listing).await?))
}
