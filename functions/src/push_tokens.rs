//! `/notifications/push/v1/tokens`: register, list and forget push tokens (contract/rest-coverage.md, "Notifications").

use lambda_http::Request;
use lambda_http::http::Method;
use model::push_token::{NewPushToken, PushTokenView};
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
    let caller = request::caller(req);
    let body = request::json(req)?;
    let owner = notifications::owner(app, &caller, &body).await?;
    match *req.method() {
        Method::POST => {
            notifications::register(app, &owner, NewPushToken::parse(&body)?).await?;
            Ok(response::outcome("The push token is registered."))
        }
        Method::GET => {
            let tokens = notifications::tokens(app, &owner.user).await?;
            let shown: Vec<_> = tokens.iter().map(PushTokenView::of).collect();
            Ok(response::private_data(&json!({ "pushTokens": shown })))
        }
        _ => {
            let named = request::has_path(req, "pushToken").then(|| request::raw_path(req, "pushToken"));
            let session = owner.session.as_ref();
            notifications::forget(app, &owner.user, |token| match named {
                Some(named) => token.push_token == named,
                None => session.is_none() || token.session.as_ref() == session,
            })
            .await?;
            Ok(response::outcome("These push tokens are forgotten."))
        }
    }
}
