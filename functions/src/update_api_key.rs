//! `PUT /apikeys/{apiKey}`: change an API key (contract/rest-coverage.md, "API keys").

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
    let caller = request::caller(req);
    identity::app_with(app, &caller, KeyScope::FullAccess).await?;
    let listed = api_keys::change(app, &caller, request::raw_path(req, "apiKey"), &request::json(req)?).await?;
    Ok(response::data(&ApiKeyView::of(&listed)))
}
