//! `POST /users`: create a user (contract/related.md, "Users").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::user::{NewUser, UserView};
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::account;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let actor = identity::app_with(app, &request::caller(req), KeyScope::AuthOnly).await?;
    let new = NewUser::parse(&request::json(req)?, app.now())?;
    let auth_token = account::create(app, &actor.origin(), &new).await?;
    let view = UserView::of(&new.user).with_tags(&new.user.tags).to_the_app(&new.user);
    Ok(response::data(&view.with_auth_token(auth_token)))
}
