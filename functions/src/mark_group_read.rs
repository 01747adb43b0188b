//! `POST /groups/{guid}/conversation/read`: mark messages from a group as read (contract/related.md, "Receipts").

use lambda_http::Request;
use model::message::Receiver;
use model::receipt::Receipt;
use shared::app::App;
use shared::conversations::receipts;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let with = Receiver::Group(request::guid(req)?);
    let up_to = request::json(req).and_then(|body| Ok(receipts::named_message(&body)?));
    let uid = receipts::mark(app, &request::caller(req), &with, Receipt::Read, up_to).await?;
    Ok(response::outcome(format!("The user {uid} has read what {} sent.", with.as_str())))
}
