//! `/notifications/v1/preferences`, `/notifications/push/v1/preferences`: what a user wants to be notified of
//! (contract/rest-coverage.md, "Notifications").

use lambda_http::Request;
use lambda_http::http::Method;
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
    let preferences = match *req.method() {
        Method::PATCH => notifications::prefer(app, &user, &request::json(req)?).await?,
        Method::DELETE => notifications::reset(app, &user).await?,
        _ => notifications::preferences(app, &user).await?,
    };
    Ok(response::data(&preferences.view()))
}
