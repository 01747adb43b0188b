//! `POST /users`: create a user (contract/related.md, "Users").

use lambda_http::Request;
use model::auth_token::Device;
use model::problem::Code;
use model::uid::Uid;
use model::user::{NewUser, UserView};
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::store::api_key::KeyScope;
use shared::users::tokens;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::AuthOnly).await?;
    let now = app.now();
    let NewUser { user, with_auth_token } = NewUser::parse(&request::json(req)?, now)?;
    let token = with_auth_token.then(|| tokens::new(&user.uid, Device::default(), now)).transpose()?;
    if user.uid == Uid::app_system() || !app.store.create_user(&user, token.as_ref(), app.now_millis()).await? {
        return Err(ApiError::new(Code::UidAlreadyExists, format!("The UID {} is taken.", user.uid)));
    }
    Ok(response::data(&UserView::of(&user).with_tags(&user.tags).with_auth_token(token.map(|token| token.auth_token))))
}
