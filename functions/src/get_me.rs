//! `GET /me`: the user of the auth token (contract/clients.md, "Session calls").

use lambda_http::Request;
use model::session::Me;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::settings;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let session = identity::session(app, &request::caller(req)).await?;
    let settings = settings::of(app, &request::host(req)?).await?;
    Ok(response::private_data(&Me::of(&session.user, session.auth_token, settings)))
}
