//! `DELETE /me`: end a session; its auth token is revoked (contract/clients.md, "Session calls").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::tokens;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let session = identity::session(app, &request::caller(req)).await?;
    let token = tokens::find(app, &session.user.uid, &session.auth_token).await?;
    tokens::revoke(app, &session.origin(), token).await?;
    Ok(response::outcome("The auth token is revoked."))
}
