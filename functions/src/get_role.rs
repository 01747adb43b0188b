//! `GET /roles/{role}`: one role (contract/rest-coverage.md, "Roles").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::role::RoleView;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::roles;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let role = roles::find(app, &request::role_id(req)?).await?;
    Ok(response::data(&RoleView::of(&role)))
}
