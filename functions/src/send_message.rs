//! `POST /messages`: send a message as a user or as the app (contract/messages.md, operation 1).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::response::{self, Response};
use shared::http::{form, request};
use shared::lambda::{Answer, Handler};
use shared::messages::send::prepare::PreparedSend;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let new = form::new_message(&app.media, req).await;
    let prepared = PreparedSend::prepare(app, &request::caller(req), new, req.body().len()).await?;
    Ok(response::data(&prepared.send(app).await?))
}
