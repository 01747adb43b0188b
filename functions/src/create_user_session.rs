//! `POST /user_sessions`: take note of a client's session (contract/clients.md, "Session calls"). Nothing is kept of
//! it: the id is echoed.

use lambda_http::Request;
use model::session::ClientSession;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::session(app, &request::caller(req)).await?;
    let session = ClientSession::parse(&request::json(req)?)?;
    Ok(response::data(&session))
}
