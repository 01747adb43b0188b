//! `GET /users`: the users, by UID (contract/related.md, "Users").

use lambda_http::Request;
use model::user::{User, UserView};
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::list;
use shared::users::query::UserListing;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::actor(app, &request::caller(req)).await?;
    let query = request::query(req);
    let listing = UserListing::parse(&query, actor.uid())?;
    let mut page = list::page(app, &listing, actor.user(), &paging::page(&query)?).await?;
    let relations = list::relations_of_page(app, actor.uid(), &mut page).await?;
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
