//! `GET /users`: the users, by UID (contract/related.md, "Users").

use lambda_http::Request;
use model::user::{User, UserView};
use shared::app::App;
use shared::directory;
use shared::directory_query::UserListing;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let listing = UserListing::of(req)?;
    let page = directory::users(app, &listing.filter, listing.page, listing.counts).await?;
    let relations = directory::relations(app, actor.uid(), &page).await?;
    let view = |user: &User| {
        let view = UserView::of(user);
        let view = if listing.with_tags { view.with_tags(&user.tags) } else { view };
        match actor.uid() {
            Some(viewer) => view.seen_by(viewer).related(relations.get(&user.uid)),
            None => view,
        }
    };
    Ok(paging::answer(page, view, User::touched_at))
}
