//! `POST /users/{uid}/friends`: make users friends of another (contract/rest-coverage.md, "Friends").

use lambda_http::Request;
use model::api_key::KeyScope;
use serde_json::json;
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
    let actor = identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let (uid, others) = (request::uid(req)?, friends::accepted(&request::json(req)?)?);
    let accepted = friends::add(app, &actor.origin(), &uid, &others).await?;
    Ok(response::data(&json!({ "accepted": accepted })))
}
