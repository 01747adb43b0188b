//! `GET /moderation/flagged-messages`: what users have reported (contract/rest-coverage.md, "Moderation").

use lambda_http::Request;
use model::api_key::KeyScope;
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::messages::flagged::{self, FlaggedMessage};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let page = flagged::page(app, &paging::page(&request::query(req))?).await?;
    Ok(paging::answer(page, Clone::clone, FlaggedMessage::flagged_at))
}
