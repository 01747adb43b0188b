//! `POST /users/{uid}/auth_tokens`: make an auth token of a user (contract/related.md, "Auth tokens").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::auth_token::{Device, TokenView};
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::{account, tokens};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::app_with(app, &request::caller(req), KeyScope::AuthOnly).await?;
    let user = account::active(app, &request::uid(req)?).await?;
    let device = Device::parse(&request::json(req)?)?;
    let token = tokens::issue(app, &actor.origin(), &user, device).await?;
    Ok(response::data(&TokenView::of(&token)))
}
