//! `DELETE /groups/{guid}/conversation/read`: mark messages from a group as unread again (contract/related.md,
//! "Receipts").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::model::message::Receiver;
use shared::ops::receipts;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let with = Receiver::Group(request::guid(req)?);
    let uid = receipts::unmark(app, req, &with).await?;
    Ok(response::outcome(format!("Messages from {} are unread for the user {uid} again.", with.as_str())))
}
