//! `GET /conversations/{conversationId}`: the acting user's conversation of this id; deprecated (contract/related.md,
//! "Conversations").

use lambda_http::Request;
use shared::app::App;
use shared::conversations::find;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    Ok(response::data(&find::find_by_id(app, &request::caller(req), request::raw_path(req, "conversationId")).await?))
}
