//! Tells a webhook or a bot of one event, told by an asynchronous invocation (contract/webhooks.md, "Delivery").

use model::delivery::Delivery;
use serde::Deserialize;
use serde_json::Value;
use shared::app::App;
use shared::error::ApiError;
use shared::webhooks;
use shared::worker::{Answer, Handler};

/// Does what the event says.
pub const HANDLER: Handler = |app, event| -> Answer { Box::pin(handle(app, event)) };

async fn handle(app: &App, event: Value) -> Result<Value, ApiError> {
    let delivery = Delivery::deserialize(event).map_err(ApiError::unreadable_event)?;
    webhooks::deliver(app, &delivery).await?;
    Ok(Value::Null)
}
