//! `POST /apikeys`: make an API key (contract/rest-coverage.md, "API keys").

use lambda_http::Request;
use model::api_key::KeyScope;
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
    Ok(response::private_data(&api_keys::create(app, &request::json(req)?).await?))
}
