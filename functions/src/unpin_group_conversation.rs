//! `DELETE /groups/{guid}/conversation/pin`: unpin the acting user's conversation with a group (contract/extras.md,
//! "Pinned conversations").

use lambda_http::Request;
use model::message::Receiver;
use shared::app::App;
use shared::conversations::pinned;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let with = Receiver::Group(request::guid(req)?);
    Ok(response::data(&pinned::unpin(app, &request::caller(req), &with).await?))
}
