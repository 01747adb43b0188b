//! What clients do over their socket, and telling them something (contract/socket.md).
//!
//! Who speaks is read from the socket's row, never from a frame, and proved anew: a revoked token says nothing any more.

pub mod grace;
pub mod relay;
pub mod session;
pub mod tell;

use crate::app::App;
use crate::conversations::receipts;
use crate::error::ApiError;
use crate::gateway::Posted;
use crate::identity;
use model::client_frame::ClientFrame;
use model::connection::ConnectionId;
use model::event::Origin;

/// Does what a frame of a client asks for. What is refused is not answered: the protocol knows no answer but that of the
/// first frame.
///
/// Cost: 2 round trips and 3 read units to know who speaks; then that of the frame.
pub async fn hear(app: &App, id: &ConnectionId, text: &str) -> Result<(), ApiError> {
    let frame = match ClientFrame::parse(text) {
        ClientFrame::Auth { token, device, subscription } => {
            return session::open(app, id, token, device, subscription).await;
        }
        // One that the gateway did not answer by itself.
        ClientFrame::Ping => {
            let (Posted::Done | Posted::Gone | Posted::Failed) = tell::one(app, id, r#"{"action":"pong"}"#).await;
            return Ok(());
        }
        ClientFrame::Unknown => return Ok(()),
        frame => frame,
    };
    match speak(app, id, frame).await {
        Err(ApiError::Refused(_) | ApiError::Wait { .. }) => Ok(()),
        heard => heard,
    }
}

/// Does what the user of a socket says, if there is one whose token still holds.
async fn speak(app: &App, id: &ConnectionId, frame: ClientFrame) -> Result<(), ApiError> {
    let Some(connection) = app.store.connection(id, app.now()).await? else { return Ok(()) };
    let user = identity::user_of_token(app, &connection.uid, &connection.digest).await?;
    match frame {
        ClientFrame::Receipt { receipt, up_to, with } => {
            let origin = Origin { actor: user.uid.clone(), device: Some(connection.device) };
            receipts::mark_as(app, &user, &origin, &with, receipt, Some(up_to)).await
        }
        ClientFrame::Typing { to, is_started, metadata } => relay::typing(app, &user, &to, is_started, metadata).await,
        ClientFrame::Transient { to, data } => relay::transient(app, &user, &to, data).await,
        ClientFrame::Auth { .. } | ClientFrame::Ping | ClientFrame::Unknown => Ok(()),
    }
}
