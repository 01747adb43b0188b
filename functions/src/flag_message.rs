//! `POST /messages/{id}/flagged`: report a message (contract/clients.md, "Other calls").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::reports::{self, Report};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let report = request::json(req).and_then(|body| Ok(Report::parse(&body)?));
    let id = reports::report(app, &request::caller(req), request::message_id(req), report).await?;
    Ok(response::outcome(format!("The message {id} is reported.")))
}
