//! `GET /messages/{id}`: one message (contract/messages.md, operation 5).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::model::message_view::MessageView;
use shared::ops::read;
/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let opened = read::message(app, req).await?;
    Ok(response::data(&MessageView::of(&opened.message).with_tags(&opened.message)))
}
