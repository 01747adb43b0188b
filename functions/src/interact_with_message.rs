//! `PATCH /messages/{id}/interacted`: note which elements of an interactive message the acting user used
//! (contract/extras.md, "Interactive messages").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::interactions::{self, Elements};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let elements = request::json(req).and_then(|body| Ok(Elements::parse(&body)?));
    let uid = interactions::interact(app, &request::caller(req), request::message_id(req), elements).await?;
    Ok(response::outcome(format!("The interactions of the user {uid} are noted.")))
}
