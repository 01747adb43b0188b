//! `GET /groups/{guid}`: one group (contract/related.md, "Groups").

use lambda_http::Request;
use model::group_view::GroupView;
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
    let (group, membership, online) = group::find_with_online(app, &actor, &request::guid(req)?).await?;
    let view = GroupView::of(&group).with_online(online).seen_by(membership.member.as_ref());
    Ok(response::data(&if actor.uid().is_some() { view } else { view.to_the_app(&group) }))
}
