//! `GET /moderation/reasons/{reasonId}`: a reason for reports (contract/rest-coverage.md, "Moderation").

use lambda_http::Request;
use model::api_key::KeyScope;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::messages::flag_reasons;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    Ok(response::data(&flag_reasons::find(app, request::raw_path(req, "reasonId")).await?))
}
