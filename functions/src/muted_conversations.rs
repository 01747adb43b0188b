//! `/notifications/v1/preferences/mute`, `/notifications/push/v1/preferences/mute`: the conversations of which a user is
//! not notified for a while (contract/rest-coverage.md, "Notifications").

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
    match *req.method() {
        Method::PUT => {
            notifications::mute(app, &user, &request::json(req)?).await?;
            Ok(response::outcome("These conversations are muted."))
        }
        Method::DELETE => {
            notifications::unmute(app, &user, &request::json(req)?).await?;
            Ok(response::outcome("These conversations are muted no more."))
        }
        _ => Ok(response::data(&notifications::muted(app, &user).await?)),
    }
}
