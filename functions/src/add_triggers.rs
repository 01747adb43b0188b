//! `POST /webhooks/{webhookId}/triggers`: let a webhook be told of more (contract/webhooks.md, "Operations").

use lambda_http::Request;
use model::api_key::KeyScope;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::webhooks::manage;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let id = request::webhook_id(req)?;
    Ok(response::data(&manage::add_triggers(app, &id, &request::json(req)?).await?))
}
