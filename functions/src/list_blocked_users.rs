//! `GET /users/{uid}/blockedusers`: whom a user has blocked, by UID (contract/related.md, "Blocked users").

use lambda_http::Request;
use model::user::UserView;
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::query::Query;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::account;
use shared::users::blocks;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let uid = request::uid(req)?;
    identity::app_or_self(app, req, &uid).await?;
    account::active(app, &uid).await?;
    let page = blocks::page(app, &uid, paging::page(&Query::of(req))?).await?;
    let view = |blocked: &blocks::Blocked| UserView::of(&blocked.user).seen_by(&uid).related(Some(&blocked.relation));
    Ok(paging::answer(&page, view, |blocked| blocked.user.touched_at()))
}
