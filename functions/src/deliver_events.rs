//! Is told what changed in the table, by its stream, in order, and hands it on to whom it concerns: jobs for now.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::app::App;
use shared::error::ApiError;
use shared::jobs;
use shared::store::change::StreamEvent;
use shared::worker::{Answer, Handler};

/// Takes one batch of records.
pub const HANDLER: Handler = |app, event| -> Answer { Box::pin(handle(app, event)) };

/// Answers which record failed; Lambda hands that over again, and all behind it.
async fn handle(app: &App, event: Value) -> Result<Value, ApiError> {
    let StreamEvent { records } = StreamEvent::deserialize(event).map_err(ApiError::unreadable_event)?;
    for record in &records {
        if let Err(error) = jobs::listen(app, record).await {
            // The record is named in the answer; the line of the invocation says nothing of it.
            eprintln!("a record was not delivered: {error}");
            return Ok(json!({ "batchItemFailures": [{ "itemIdentifier": record.sequence_number() }] }));
        }
    }
    Ok(json!({ "batchItemFailures": [] }))
}
