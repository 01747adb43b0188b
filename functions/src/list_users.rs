//! `GET /users`: the users, who is online first, by name and UID (contract/related.md, "Users").

use lambda_http::Request;
use model::paging::PageNumber;
use model::uid::Uid;
use model::user::{User, UserView};
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::lambda::{Answer, Handler};
use shared::users::list;
use shared::users::query::UserListing;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let query = request::query(req);
    let parsed = |viewer: Option<&Uid>| -> Result<(UserListing, PageNumber), ApiError> {
        Ok((UserListing::parse(&query, viewer)?, paging::page(&query)?))
    };
    let (actor, ahead) = list::asked(app, &request::caller(req), |viewer| parsed(Some(viewer)).ok()).await?;
    let (listing, page) = parsed(actor.uid())?;
    let (page, relations) = list::page(app, &listing, actor.user(), &page, ahead).await?;
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
