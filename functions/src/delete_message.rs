//! `DELETE /messages/{id}`: delete a message, softly or for good; answers the action message (contract/messages.md,
//! operation 7).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::change;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    Ok(response::data(&change::delete(app, req).await?))
}
