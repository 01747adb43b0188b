//! `DELETE /users/{uid}/auth_tokens`: revoke all auth tokens of a user (contract/related.md, "Auth tokens").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::store::api_key::KeyScope;
use shared::users::account;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let user = account::active(app, &request::uid(req)?).await?;
    let tokens = app.store.auth_tokens(&user.uid).await?;
    app.store.revoke_tokens(&tokens).await?;
    Ok(response::outcome(format!("All auth tokens of {} are revoked.", user.uid)))
}
