//! `GET /threads`: the threads of the acting user's conversations, or of the whole app; by the paths of a user or group
//! those with them (contract/extras.md, "Threads").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::threads::{self, ThreadListing};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let listing = ThreadListing::parse(&request::query(req));
    Ok(response::listed(&threads::list(app, &request::caller(req), request::named_receiver(req), listing).await?))
}
