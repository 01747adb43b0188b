//! `GET /groups/{guid}/bannedusers`: who is banned from a group, by UID (contract/related.md, "Group
//! members and bans").

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::query::Query;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::model::member_view::MemberView;
use shared::ops::{groups, members, people};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, req).await?;
    let (group, membership) = groups::find(app, &actor, &request::guid(req)?).await?;
    let page = paging::page(&Query::of(req))?;
    members::require_clearance(&actor, &group.guid, &membership)?;
    let page = people::banned(app, &group.guid, page).await?;
    Ok(paging::answer(&page, |person| MemberView::of(person, actor.uid()).banned(), |person| person.user.touched_at()))
}
