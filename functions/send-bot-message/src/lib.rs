//! `POST /bots/{uid}/messages`: send a message as a bot (contract/messages.md, operation 10).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::error::Code;
use shared::http::form;
use shared::http::request;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::model::new_message::Receivers;
use shared::model::uid::Uid;
use shared::ops::send::{Send, Sender};
use shared::store::api_key::KeyScope;

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    identity::app_with(app, req, KeyScope::FullAccess).await?;
    let not_found = |_| ApiError::new(Code::BotNotFound, "There is no bot of this UID.");
    let uid = Uid::parse(request::raw_path(req, "uid")).map_err(not_found)?;
    let new = form::new_message(req).await?;
    let send = Send { sender: Sender::Bot(&uid), content: &new.content, muid: new.muid.as_deref(), parent: None };
    match &new.receivers {
        Receivers::One(receiver) => Ok(response::data(&send.to(app, receiver).await?)),
        Receivers::Many(receivers) => Ok(response::data(&send.to_each(app, receivers).await)),
    }
}
