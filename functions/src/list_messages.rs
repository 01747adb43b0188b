//! `GET /messages`: the messages of the acting user's conversations, or of the whole app (contract/messages.md, operation
//! 2).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::messages::list::{self, Reach};
use shared::messages::query::Listing;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let listing = Listing::of(req)?;
    let reach = Reach::of(app, &actor, &listing).await?;
    list::answer(app, &actor, &listing, reach, &actor.as_user().uid).await
}
