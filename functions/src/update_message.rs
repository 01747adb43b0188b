//! `PUT /messages/{id}`: edit a message; answers the action message (contract/messages.md, operation 6).

use lambda_http::Request;
use model::edit::Edit;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::edit;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let edit = request::json(req).and_then(|body| Ok(Edit::parse(&body)?));
    Ok(response::data(&edit::edit(app, &request::caller(req), request::message_id(req), edit).await?))
}
