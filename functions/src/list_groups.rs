//! `GET /groups`: the groups that the acting user may see (contract/related.md, "Groups").

use lambda_http::Request;
use model::group::{Group, Member};
use model::group_view::GroupView;
use shared::app::App;
use shared::error::ApiError;
use shared::groups::list;
use shared::groups::query::GroupListing;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let listing = GroupListing::parse(&request::query(req), actor.uid())?;
    let page = list::groups(app, actor.uid(), &listing.query).await?;
    let view = |(group, member): &(Group, Option<Member>)| {
        let view = GroupView::of(group).seen_by(member.as_ref());
        if listing.with_tags { view } else { view.without_tags() }
    };
    Ok(paging::answer(page, view, |(group, _)| group.touched_at()))
}
