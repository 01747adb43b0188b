//! One line for each request. Message text, keys and tokens never get here.

use std::sync::Arc;

use serde::Serialize;

use crate::store::Cost;

/// What is known of a request once it is answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestLine {
    /// The id that API Gateway gave it.
    pub request_id: String,
    /// The function that answered.
    pub function: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The error code, if it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// The whole chain of causes, for failures only; nothing that a caller sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// From the event to the answer, in microseconds.
    pub latency_micros: u64,
    /// DynamoDB operations.
    pub calls: u32,
    /// HTTP requests to DynamoDB beyond one an operation.
    pub retries: u32,
    /// Read request units.
    pub read_units: f64,
    /// Write request units.
    pub write_units: f64,
}

impl RequestLine {
    /// Sets the figures of what the request cost.
    pub fn costing(mut self, cost: Cost) -> RequestLine {
        self.calls = cost.calls;
        self.retries = cost.attempts.saturating_sub(cost.calls);
        self.read_units = cost.read_units;
        self.write_units = cost.write_units;
        self
    }
}

/// Takes the line of each request.
pub type LogSink = Arc<dyn Fn(&RequestLine) + Send + Sync>;

/// Prints each line as JSON, where CloudWatch collects it.
pub fn to_stdout() -> LogSink {
    Arc::new(|line| {
        if let Ok(text) = serde_json::to_string(line) {
            println!("{text}");
        }
    })
}

/// Drops every line.
pub fn to_nowhere() -> LogSink {
    Arc::new(|_| {})
}
