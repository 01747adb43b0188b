//! `PUT /users`: bring deactivated users back (contract/related.md, "Users").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::fields;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::account;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let uids = fields::uids(&request::json(req)?, "uidsToActivate")?;
    Ok(response::data(&account::reactivate_each(app, &actor.origin(), &uids).await?))
}
