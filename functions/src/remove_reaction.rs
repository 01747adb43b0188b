//! `DELETE /messages/{id}/reactions/{reaction}`: take a reaction back; one that is not there stays away
//! (contract/messages.md, operation 12).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::reactions::react;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    Ok(response::data(&react::remove(app, req).await?))
}
