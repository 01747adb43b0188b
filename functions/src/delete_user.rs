//! `DELETE /users/{uid}`: deactivate a user, or delete them permanently (contract/related.md, "Users").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::fields::{self, Fields};
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::{account, deletion};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let uid = request::uid(req)?;
    let body = request::json(req)?;
    let mut fields = Fields::of(&body);
    let is_permanent = fields.optional("permanent", fields::flag).unwrap_or_default();
    fields.finish()?;
    if is_permanent {
        deletion::delete_permanently(app, &actor, &uid).await?;
        return Ok(response::outcome(format!("The user {uid} is permanently deleted.")));
    }
    Ok(response::data(&account::deactivate(app, &actor.origin(), &uid).await?))
}
