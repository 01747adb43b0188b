//! `GET /users/{uid}/auth_tokens`: the auth tokens of a user, newest first (contract/related.md, "Auth tokens").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::auth_token::TokenView;
use model::paging::NumberedPage;
use shared::app::App;
use shared::error::ApiError;
use shared::http::paging;
use shared::http::request;
use shared::http::response::Response;
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::{account, tokens};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let user = account::active(app, &request::uid(req)?).await?;
    let page = paging::page(&request::query(req))?;
    let page = NumberedPage::of(tokens::of_user(app, &user).await?, page);
    Ok(paging::answer(page, TokenView::of, |token| token.created_at))
}
