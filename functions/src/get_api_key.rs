//! `GET /apikeys/{apiKey}`: one API key (contract/rest-coverage.md, "API keys").

use lambda_http::Request;
use model::api_key::{ApiKeyView, KeyScope};
use shared::api_keys;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let listed = api_keys::find(app, request::raw_path(req, "apiKey")).await?;
    Ok(response::data(&ApiKeyView::of(&listed)))
}
