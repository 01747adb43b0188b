//! `DELETE /users/{uid}/friends`: let users be friends of another no more (contract/rest-coverage.md, "Friends").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::friends;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let uid = request::uid(req)?;
    let actor = identity::app_or_self(app, &request::caller(req), &uid).await?;
    let others = friends::named(&request::json(req)?)?;
    let slots = friends::remove(app, &actor.origin(), &uid, &others).await?;
    Ok(response::outcome_with(format!("The user {uid} has fewer friends."), "friends", Some(slots)))
}
