//! `POST /groups/{guid}/bannedusers/{uid}`: ban a user from a group (contract/related.md, "Group members and bans").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::groups::bans;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let (guid, uid) = (request::guid(req)?, request::uid(req)?);
    bans::ban(app, &actor, &guid, &uid).await?;
    Ok(response::outcome(format!("The user {uid} is banned from the group {guid}.")))
}
