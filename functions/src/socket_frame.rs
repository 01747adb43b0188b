//! Does what a client says over its socket, one frame an event of the gateway.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use model::connection::ConnectionId;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::app::App;
use shared::error::ApiError;
use shared::sockets;
use shared::worker::{Answer, Handler};

/// Takes one frame.
pub const HANDLER: Handler = |app, event| -> Answer { Box::pin(handle(app, event)) };

async fn handle(app: &App, event: Value) -> Result<Value, ApiError> {
    let event = ApiGatewayWebsocketProxyRequest::deserialize(event).map_err(ApiError::unreadable_event)?;
    let id = event.request_context.connection_id.as_deref().and_then(ConnectionId::parse);
    let id = id.ok_or_else(|| ApiError::unreadable_event("it names no connection"))?;
    // Clients write texts; of anything else nothing is known.
    if let Some(text) = event.body.filter(|_| !event.is_base64_encoded) {
        sockets::hear(app, &id, &text).await?;
    }
    Ok(json!({ "statusCode": 200 }))
}
