//! `GET /groups/{guid}/bannedusers`: who is banned from a group, by UID (contract/related.md, "Group
//! members and bans").

use lambda_http::Request;
use model::member_view::MemberView;
use shared::app::App;
use shared::error::ApiError;
use shared::groups::clearance;
use shared::groups::group;
use shared::groups::list;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let (group, membership) = group::find(app, &actor, &request::guid(req)?).await?;
    let page = paging::page(&request::query(req))?;
    clearance::require_clearance(&actor, &group.guid, &membership)?;
    let page = list::banned(app, &group.guid, &page).await?;
    Ok(paging::answer(page, |person| MemberView::of(person, actor.uid()).banned(), |person| person.user.touched_at()))
}
