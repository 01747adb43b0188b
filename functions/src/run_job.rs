//! Does one slice of a job, told by an asynchronous invocation.

use model::job::Task;
use serde::Deserialize;
use serde_json::Value;
use shared::app::App;
use shared::error::ApiError;
use shared::jobs;
use shared::worker::{Answer, Handler};

/// Does what the event says.
pub const HANDLER: Handler = |app, event| -> Answer { Box::pin(handle(app, event)) };

async fn handle(app: &App, event: Value) -> Result<Value, ApiError> {
    let task = Task::deserialize(event).map_err(ApiError::unreadable_event)?;
    jobs::run(app, &task).await?;
    Ok(Value::Null)
}
