//! Is told that a socket is closed, by the gateway.

use serde_json::{Value, json};
use shared::app::App;
use shared::error::ApiError;
use shared::gateway::SocketEvent;
use shared::sockets::session;
use shared::worker::{Answer, Handler};

/// Takes one event.
pub const HANDLER: Handler = |app, event| -> Answer { Box::pin(handle(app, event)) };

async fn handle(app: &App, event: Value) -> Result<Value, ApiError> {
    let event = SocketEvent::read(event)?;
    session::close(app, &event.connection_id()?, event.is_logout()).await?;
    Ok(json!({ "statusCode": 200 }))
}
