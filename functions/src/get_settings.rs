//! `GET /settings`: where clients find this service (contract/clients.md, "Session calls"). It tells no secret, so
//! it asks for no key.

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::users::settings;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    Ok(response::private_data(&settings::of(app, &request::host(req)?).await?))
}
