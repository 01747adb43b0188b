//! Does what a client says over its socket, one frame an event of the gateway.

use serde_json::{Value, json};
use shared::app::App;
use shared::error::ApiError;
use shared::gateway::SocketEvent;
use shared::sockets;
use shared::worker::{Answer, Handler};

/// Takes one frame.
pub const HANDLER: Handler = |app, event| -> Answer { Box::pin(handle(app, event)) };

async fn handle(app: &App, event: Value) -> Result<Value, ApiError> {
    let event = SocketEvent::read(event)?;
    let id = event.connection_id()?;
    if let Some(text) = event.text() {
        sockets::hear(app, &id, text).await?;
    }
    Ok(json!({ "statusCode": 200 }))
}
