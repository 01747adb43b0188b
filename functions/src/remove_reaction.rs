//! `DELETE /messages/{id}/reactions/{reaction}`: take a reaction back; one that is not there stays away
//! (contract/messages.md, operation 12).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::reactions::change;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let (caller, id) = (request::caller(req), request::message_id(req));
    Ok(response::data(&change::remove(app, &caller, id, request::reaction(req)).await?))
}
