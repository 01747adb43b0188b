//! `POST /messages`: send a message as a user or as the app (contract/messages.md, operation 1).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::send::prepare::PreparedSend;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let asked = PreparedSend::of(app, req).await?;
    Ok(response::data(&asked.send(app).await?))
}
