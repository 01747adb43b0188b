//! `DELETE /users/{uid}/blockedusers`: unblock users (contract/related.md, "Blocked users").

use lambda_http::Request;
use model::fields;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::account;
use shared::users::blocks;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let uid = request::uid(req)?;
    identity::app_or_self(app, req, &uid).await?;
    let user = account::active(app, &uid).await?;
    let others = fields::uids(&request::json(req)?, "blockedUids")?;
    Ok(response::data(&blocks::unblock(app, &user.uid, &others).await?))
}
