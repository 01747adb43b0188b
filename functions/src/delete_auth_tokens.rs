//! `DELETE /users/{uid}/auth_tokens`: revoke all auth tokens of a user (contract/related.md, "Auth tokens").

use lambda_http::Request;
use model::api_key::KeyScope;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::{account, tokens};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let user = account::active(app, &request::uid(req)?).await?;
    tokens::revoke_all(app, &actor.origin(), &user).await?;
    Ok(response::outcome(format!("All auth tokens of {} are revoked.", user.uid)))
}
