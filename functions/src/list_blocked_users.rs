//! `GET /users/{uid}/blockedusers`, `GET /blockedusers`: whom a user has blocked, or who has blocked them, by UID
//! (contract/related.md, "Blocked users").

use lambda_http::Request;
use model::user::UserView;
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::lambda::{Answer, Handler};
use shared::users::blocks;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let uid = request::named_uid(req)?;
    let uid = blocks::owner(app, &request::caller(req), uid.as_ref()).await?.user.uid;
    let query = request::query(req);
    let direction = query.parsed("direction", blocks::Direction::parse)?.unwrap_or_default();
    let page = blocks::page(app, &uid, direction, &paging::page(&query)?).await?;
    let view = |blocked: &blocks::Blocked| UserView::of(&blocked.user).seen_by(&uid).related(Some(&blocked.relation));
    Ok(paging::answer(page, view, |blocked| blocked.user.touched_at()))
}
