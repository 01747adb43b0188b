//! `PUT /me`: begin a session with an auth token, or change one's own profile (contract/clients.md, "Session calls").

use lambda_http::Request;
use model::session::Me;
use model::user_change::UserChange;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::account;
use shared::users::settings;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let session = identity::session(app, &request::caller(req)).await?;
    let change = UserChange::parse(&request::json(req)?, app.now())?.by_the_user();
    let user = match change.is_empty() {
        true => session.user,
        false => account::change(app, &session.origin(), &session.user.uid, &change).await?,
    };
    let settings = settings::of(app, &request::host(req)?).await?;
    Ok(response::private_data(&Me::of(&user, session.auth_token, settings)))
}
