//! `GET /messages/{id}/reactions`: who reacted to a message with what (contract/messages.md, operation 13).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::listing;
use shared::http::query::Query;

use shared::http::response::Response;
use shared::lambda::{Answer, Handler};
use shared::ops::{react, read};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let opened = read::message(app, req).await?;
    let request = listing::reactions_page(&Query::of(req))?;
    let page = react::page(app, &opened.message, None, &request).await?;
    Ok(react::page_answer(&opened.actor, &page, &request))
}
