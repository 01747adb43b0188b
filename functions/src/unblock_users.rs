//! `DELETE /users/{uid}/blockedusers`, `DELETE /blockedusers`: unblock users (contract/related.md, "Blocked users").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::lambda::{Answer, Handler};
use shared::users::blocks;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let uid = request::named_uid(req)?;
    let owner = blocks::owner(app, &request::caller(req), uid.as_ref()).await?;
    let others = blocks::named(&request::json(req)?)?;
    Ok(response::data(&blocks::unblock(app, &owner, &others).await?))
}
