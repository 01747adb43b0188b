//! `POST /messages`: send a message as a user or as the app (contract/messages.md, operation 1).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::ops::send::Sender;
use shared::ops::send::asked::Asked;
use shared::store::proof::ProofQuery;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let read = async |claimed, proof: Option<&ProofQuery>| Asked::read(app, req, Sender::from(claimed), proof).await;
    let asked = identity::proved_along(app, req, read).await?;
    Ok(response::data(&asked.send(app).await?))
}
