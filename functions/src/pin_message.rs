//! `POST /messages/{id}/pin`: pin a message in its conversation (contract/extras.md, "Pin, save").

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
    Ok(response::data(&pins::pin(app, &request::caller(req), request::message_id(req)).await?))
}
