//! `DELETE /groups/{guid}`: delete a group with its members and messages (contract/related.md, "Groups").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::groups::group;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let (group, membership) = group::find(app, &actor, &request::guid(req)?).await?;
    group::require_admin(&actor, &group.guid, &membership)?;
    group::delete(app, &actor, &group).await?;
    Ok(response::outcome(format!("The group {} is deleted.", group.guid)))
}
