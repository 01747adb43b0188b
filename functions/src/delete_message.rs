//! `DELETE /messages/{id}`: delete a message, softly or permanently; answers the action message (contract/messages.md,
//! operation 7).

use lambda_http::Request;
use model::fields::{self, Fields};
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::delete;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let permanently = permanently(req);
    Ok(response::data(&delete::delete(app, &request::caller(req), request::message_id(req), permanently).await?))
}

fn permanently(req: &Request) -> Result<bool, ApiError> {
    let body = request::json(req)?;
    let mut fields = Fields::of(&body);
    let permanently = fields.optional("permanent", fields::flag).unwrap_or_default();
    fields.finish()?;
    Ok(permanently)
}
