//! `PUT /users/{uid}/conversation`: tag the acting user's conversation with another user (contract/related.md,
//! "Conversations").

use lambda_http::Request;
use model::message::Receiver;
use shared::app::App;
use shared::conversations::tags;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let with = Receiver::User(request::uid(req)?);
    let tags = request::json(req).and_then(|body| Ok(tags::parse(&body)?));
    Ok(response::data(&tags::tag(app, &request::caller(req), &with, tags).await?))
}
