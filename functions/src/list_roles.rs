//! `GET /roles`: the roles, by id (contract/rest-coverage.md, "Roles").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::role::RoleView;
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::roles;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let page = roles::page(app, paging::page(&request::query(req))?).await?;
    Ok(paging::answer(page, RoleView::of, |role| role.updated_at.unwrap_or(role.created_at)))
}
