//! `DELETE /messages/{id}/pin`: unpin a message (contract/extras.md, "Pin, save").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::pins;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    Ok(response::data(&pins::unpin(app, &request::caller(req), request::message_id(req)).await?))
}
