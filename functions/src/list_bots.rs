//! `GET /bots`: the bots, by UID (contract/related.md, "Bots").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::bot::Bot;
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::bots;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let page = bots::page(app, paging::page(&request::query(req))?).await?;
    Ok(paging::answer(page, Bot::clone, |bot| bot.updated_at.unwrap_or(bot.created_at)))
}
