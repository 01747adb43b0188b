//! `POST /messages`: send a message as a user or as the app (contract/messages.md, operation 1).

use lambda_http::Request;
use shared::app::App;
use shared::error::ApiError;
use shared::http::form;
use shared::http::response::{self, Response};
use shared::identity;
use shared::lambda::{Answer, Handler};
use shared::model::new_message::Receivers;
use shared::ops::send::{Send, Sender};

/// Answers one request.
pub const HANDLER: Handler = |app, req| -> Answer { Box::pin(handle(app, req)) };

async fn handle(app: &App, req: &Request) -> Result<Response, ApiError> {
    let sender = identity::identity(app, req).await?;
    let new = form::new_message(req).await?;
    let (content, muid) = (&new.content, new.muid.as_deref());
    let send = Send { sender: Sender::from(&sender), content, muid, parent: None };
    match &new.receivers {
        Receivers::One(receiver) => Ok(response::data(&send.to(app, receiver).await?)),
        Receivers::Many(receivers) => {
            // Otherwise a sender who does not exist would fail in every slot of a success.
            identity::actor(app, req).await?;
            Ok(response::data(&send.to_each(app, receivers).await))
        }
    }
}
