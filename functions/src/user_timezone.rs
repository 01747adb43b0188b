//! `/notifications/v1/preferences/timezone`: where a user is (contract/rest-coverage.md, "Notifications").

use lambda_http::Request;
use lambda_http::http::Method;
use serde_json::json;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::notifications;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let user = notifications::user(app, &request::caller(req)).await?;
    if req.method() == Method::PATCH {
        notifications::set_time_zone(app, &user, &request::json(req)?).await?;
        return Ok(response::outcome("The time zone is noted."));
    }
    Ok(response::data(&json!({ "timezone": notifications::time_zone(app, &user).await? })))
}
