//! Is told what changed in the table, by its stream, in order, and hands it on to whom it concerns.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::app::App;
use shared::delivery::{self, StreamEvent};
use shared::error::ApiError;
use shared::worker::{Answer, Handler};

/// Takes one batch of records.
pub const HANDLER: Handler = |app, event| -> Answer { Box::pin(handle(app, event)) };

/// Answers which record failed; Lambda hands that over again, and all behind it.
async fn handle(app: &App, event: Value) -> Result<Value, ApiError> {
    let event = StreamEvent::deserialize(event).map_err(ApiError::unreadable_event)?;
    let failures: Vec<Value> =
        delivery::deliver(app, &event).await.map(|number| json!({ "itemIdentifier": number })).into_iter().collect();
    Ok(json!({ "batchItemFailures": failures }))
}
