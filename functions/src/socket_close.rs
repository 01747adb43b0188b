//! Is told that a socket is closed, by the gateway.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use model::connection::ConnectionId;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::app::App;
use shared::error::ApiError;
use shared::sockets::session;
use shared::worker::{Answer, Handler};

/// The code with which clients close their socket when their user logs out.
const NORMAL_CLOSURE: i64 = 1000;
/// What the vendor's SDKs say then, and not when they close one that does not answer.
const LOGGED_OUT: &str = "User logged out";

/// Takes one event.
pub const HANDLER: Handler = |app, event| -> Answer { Box::pin(handle(app, event)) };

async fn handle(app: &App, event: Value) -> Result<Value, ApiError> {
    let event = ApiGatewayWebsocketProxyRequest::deserialize(event).map_err(ApiError::unreadable_event)?;
    let context = event.request_context;
    let id = context.connection_id.as_deref().and_then(ConnectionId::parse);
    let id = id.ok_or_else(|| ApiError::unreadable_event("it names no connection"))?;
    let is_logout = context.disconnect_status_code == Some(NORMAL_CLOSURE)
        && context.disconnect_reason.as_deref() == Some(LOGGED_OUT);
    session::close(app, &id, is_logout).await?;
    Ok(json!({ "statusCode": 200 }))
}
