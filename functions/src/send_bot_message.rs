//! `POST /bots/{uid}/messages`: send a message as a bot (contract/messages.md, operation 10).

use lambda_http::Request;
use model::api_key::KeyScope;
use model::problem::Code;
use model::uid::Uid;
use shared::app::App;
use shared::error::ApiError;
use shared::http::response::{self, Response};
use shared::http::{form, request};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::messages::send::Sender;
use shared::messages::send::prepare::PreparedSend;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let caller = request::caller(req);
    identity::app_with(app, &caller, KeyScope::FullAccess).await?;
    let not_found = |_| ApiError::new(Code::BotNotFound, "There is no bot of this UID.");
    let uid = Uid::parse(request::raw_path(req, "uid")).map_err(not_found)?;
    let new = form::new_message(&app.media, req).await?;
    let prepared = PreparedSend::proved(app, &caller, Sender::Bot(uid), new).await?;
    Ok(response::data(&prepared.send(app).await?))
}
