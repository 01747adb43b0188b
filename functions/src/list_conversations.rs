//! `GET /conversations`: the conversations of the acting user, or of everybody (contract/related.md,
//! "Conversations").

use lambda_http::Request;
use shared::app::App;
use shared::conversations::list;
use shared::conversations::query::ConversationListing;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::lambda::{Answer, Handler};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let query = request::query(req);
    let listing = |is_app| ConversationListing::parse(&query, is_app);
    let page = list::of(app, &request::caller(req), listing).await?;
    Ok(paging::answer(page, Clone::clone, |conversation| conversation.updated_at))
}
