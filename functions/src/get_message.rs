//! `GET /messages/{id}`: one message (contract/messages.md, operation 5).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::messages::access::{self, Opened};
use shared::messages::receipt_list;
use shared::messages::render::Viewing;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let (caller, id) = (request::caller(req), request::message_id(req));
    let opened = access::message_to_show(app, &caller, id).await?;
    let Opened { actor, message, positions, .. } = &opened;
    let with_subscriptions = request::query(req).flag("withThreadSubscribed")?;
    let viewing = Viewing { with_subscriptions, ..opened.viewing() };
    let view = viewing.one(app, message).await?;
    let receipts = receipt_list::of(app, actor, message, positions.clone(), view.receipts()).await?;
    Ok(response::data(&view.with_receipt_list(receipts)))
}
