//! `DELETE /groups/{guid}/members/{uid}`: kick a member, or leave a group; `DELETE /groups/{guid}/members`: leave a group
//! (contract/related.md, "Group members and bans").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::groups::leave;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::messages::access;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let guid = request::guid(req)?;
    let uid = match request::has_path(req, "uid") {
        true => request::uid(req)?,
        false => access::require_acting_user(&actor)?.uid.clone(),
    };
    leave::remove(app, &actor, &guid, &uid).await?;
    Ok(response::outcome(format!("The user {uid} no longer belongs to the group {guid}.")))
}
