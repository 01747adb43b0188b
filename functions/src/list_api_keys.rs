//! `GET /apikeys`: the API keys, oldest first (contract/rest-coverage.md, "API keys").

use lambda_http::Request;
use model::api_key::{ApiKeyView, KeyScope};
use shared::api_keys::{self, KeyFilter};
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let query = request::query(req);
    let page = api_keys::page(app, &KeyFilter::parse(&query)?, paging::page(&query)?).await?;
    Ok(paging::answer(page, ApiKeyView::of, |listed| listed.key.created_at))
}
