//! Does one slice of a job, told by an asynchronous invocation.

use model::job::Turn;
use serde::Deserialize;
use serde_json::Value;
use shared::app::App;
use shared::error::ApiError;
use shared::jobs;
use shared::worker::{Answer, Handler};

/// Does the slice that the event names.
pub const HANDLER: Handler = |app, event| -> Answer { Box::pin(handle(app, event)) };

async fn handle(app: &App, event: Value) -> Result<Value, ApiError> {
    let turn = Turn::deserialize(event).map_err(ApiError::unreadable_event)?;
    jobs::run(app, &turn).await?;
    Ok(Value::Null)
}
