//! `GET /groups/{guid}/members`: the members of a group, by UID (contract/related.md, "Group members and bans").

use lambda_http::Request;
use model::member_view::MemberView;
use shared::app::App;
use shared::error::ApiError;
use shared::groups::group;
use shared::groups::list;
use shared::groups::query::MemberListing;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::messages::access;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let (group, membership) = group::find(app, &actor, &request::guid(req)?).await?;
    let listing = MemberListing::parse(&request::query(req))?;
    if let Some(uid) = actor.uid() {
        access::require_member(&membership, &group.guid, uid)?;
    }
    let page = list::members(app, &group.guid, &listing).await?;
    Ok(paging::answer(page, |person| MemberView::of(person, actor.uid()), |person| person.user.touched_at()))
}
