//! `PUT /conversations/pinned`: replace the conversations that are pinned for the whole app (contract/extras.md,
//! "Pinned conversations").

use lambda_http::Request;
use model::api_key::KeyScope;
use shared::app::App;
use shared::conversations::pinned;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let withs = pinned::parse(&request::json(req)?)?;
    Ok(response::data(&pinned::replace_for_app(app, &actor.origin(), &withs).await?))
}
