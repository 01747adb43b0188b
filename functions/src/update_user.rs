//! `PUT /users/{uid}`: change a user's profile (contract/related.md, "Users").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::user::UserView;
use model::user_change::UserChange;
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
    let actor = identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let uid = account::active(app, &request::uid(req)?).await?.uid;
    let change = UserChange::parse(&request::json(req)?, app.now())?;
    let user = account::change(app, &actor.origin(), &uid, &change).await?;
    Ok(response::data(&UserView::of(&user).with_tags(&user.tags).to_the_app(&user)))
}
