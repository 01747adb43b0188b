//! `GET /messages/{id}`: one message (contract/messages.md, operation 5).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::access;
use shared::messages::render::Viewing;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let opened = access::message(app, &request::caller(req), request::message_id(req)).await?;
    Ok(response::data(&Viewing::of_one(None).by(&opened.actor).one(app, &opened.message).await?))
}
