//! `POST /me/jwt`: what the socket of the token's user takes (contract/rest-coverage.md, "web socket token").

use lambda_http::Request;
use serde_json::json;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

/// It is the token itself, so that both end together.
async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let session = identity::session(app, &request::caller(req)).await?;
    Ok(response::private_data(&json!({ "jwt": session.auth_token })))
}
