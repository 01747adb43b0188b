//! `PUT /bots/{uid}`: change a bot (contract/related.md, "Bots").

use lambda_http::Request;
use model::api_key::KeyScope;
use model::bot::BotChange;
use shared::app::App;
use shared::error::ApiError;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::users::bots;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, &request::caller(req), KeyScope::FullAccess).await?;
    let bot = bots::find(app, &request::uid(req)?).await?;
    let change = BotChange::parse(&request::json(req)?, app.webhooks.reach(), app.now())?;
    Ok(response::data(&bots::change(app, &bot.uid, &change).await?))
}
