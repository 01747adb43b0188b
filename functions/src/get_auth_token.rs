//! `GET /users/{uid}/auth_tokens/{authToken}`: one auth token of a user (contract/related.md, "Auth tokens").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::auth_token::TokenView;
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
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let token = tokens::find(app, &request::uid(req)?, request::raw_path(req, "authToken")).await?;
    Ok(response::data(&TokenView::of(&token)))
}
