//! `GET /groups/{guid}`: one group (contract/related.md, "Groups").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::model::group::GroupView;
use shared::ops::groups;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, req).await?;
    let (group, membership) = groups::find_visible(app, &actor, &request::guid(req)?).await?;
    Ok(response::data(&GroupView::of(&group).seen_by(membership.member.as_ref())))
}
