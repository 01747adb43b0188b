//! `GET /users/{uid}/friends`: the friends of a user, by UID (contract/rest-coverage.md, "Friends").

use lambda_http::Request;
use model::user::{User, UserView};
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::friends;
use shared::users::query::UserListing;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let uid = request::uid(req)?;
    identity::app_or_self(app, &request::caller(req), &uid).await?;
    let query = request::query(req);
    let listing = UserListing::parse(&query, None)?;
    let page = paging::page(&query)?;
    let (page, relations) = friends::page(app, &uid, &listing, &page).await?;
    let view = |user: &User| {
        let view = UserView::of(user).seen_by(&uid).related(relations.get(&user.uid));
        if listing.with_tags { view.with_tags(&user.tags) } else { view }
    };
    Ok(paging::answer(page, view, User::touched_at))
}
