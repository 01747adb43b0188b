//! One line for each request. Message text, keys and tokens never get here.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::clock;
use crate::error::ApiError;
use crate::store::Cost;

/// Says what goes wrong beside any request to who started the process. Whether anybody still listens decides nothing: a pipe
/// into `head` is closed while the service goes on.
pub fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

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
    /// How many of these were waited for in turn: those that overlap count once.
    pub round_trips: u32,
    /// HTTP requests to DynamoDB beyond one an operation.
    pub retries: u32,
    /// Read request units.
    pub read_units: f64,
    /// Write request units.
    pub write_units: f64,
}

impl RequestLine {
    /// What is known of an answer of `function` with this status, or with this error, and what it cost.
    pub fn of(
        request_id: String,
        function: &'static str,
        (status, error): (u16, Option<&ApiError>),
        took: Duration,
        cost: Cost,
    ) -> RequestLine {
        RequestLine {
            request_id,
            function,
            status,
            code: error.map(|error| error.code().as_str()),
            failure: error.and_then(failure),
            latency_micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            calls: cost.calls,
            round_trips: cost.round_trips,
            retries: cost.attempts.saturating_sub(cost.calls),
            read_units: cost.read_units,
            write_units: cost.write_units,
        }
    }
}

/// Takes the line of each request.
pub type LogSink = Arc<dyn Fn(&RequestLine) + Send + Sync>;

/// Prints each line as JSON, where CloudWatch collects it; with a namespace, it counts its numbers among the metrics there.
pub fn to_stdout(metrics: Option<String>) -> LogSink {
    Arc::new(move |line| {
        let text = match &metrics {
            None => serde_json::to_string(line),
            Some(namespace) => serde_json::to_string(&Measured { aws: embedded(namespace), line }),
        };
        if let Ok(text) = text {
            // Whoever listened to a laptop's service may be gone, such as `head`; the request is answered all the same.
            let _ = writeln!(io::stdout(), "{text}");
        }
    })
}

/// A line in CloudWatch's embedded metric format: the same, and which of its fields are metrics.
#[derive(Serialize)]
struct Measured<'a> {
    #[serde(rename = "_aws")]
    aws: Value,
    #[serde(flatten)]
    line: &'a RequestLine,
}

/// The fields of a line that are metrics, and their units. Each of each function costs by the month, so there are few.
pub const METRICS: [(&str, &str); 3] =
    [("latencyMicros", "Microseconds"), ("readUnits", "Count"), ("writeUnits", "Count")];

fn embedded(namespace: &str) -> Value {
    json!({
        "Timestamp": clock::system().get(),
        "CloudWatchMetrics": [{
            "Namespace": namespace,
            "Dimensions": [["function"]],
            "Metrics": METRICS.map(|(name, unit)| json!({ "Name": name, "Unit": unit })),
        }],
    })
}

/// Drops every line.
pub fn to_nowhere() -> LogSink {
    Arc::new(|_| {})
}

/// What the log says beyond the code: only for failures, where the caller reads a fixed sentence.
fn failure(error: &ApiError) -> Option<String> {
    match error {
        ApiError::Invoke(failure) => Some(failure.to_string()),
        ApiError::UnreadableEvent(_) | ApiError::Undelivered(..) => Some(error.to_string()),
        ApiError::Store(failure) => Some(failure.to_string()),
        ApiError::Media(failure) => Some(failure.to_string()),
        ApiError::OutOfTime => Some("the time of the invocation was over".to_owned()),
        ApiError::Refused(_) | ApiError::Wait { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_line_is_the_line_with_the_metrics_that_it_names() {
        let cost = Cost { calls: 3, round_trips: 2, attempts: 4, read_units: 6.0, write_units: 9.0 };
        let line = RequestLine::of("id".to_owned(), "send-message", (200, None), Duration::from_micros(1_500), cost);
        let mut measured = serde_json::to_value(Measured { aws: embedded("Halley/chat"), line: &line }).unwrap();
        let about = measured.as_object_mut().unwrap().remove("_aws").unwrap();
        assert_eq!(measured, serde_json::to_value(&line).unwrap());
        assert!(1_700_000_000_000 < about["Timestamp"].as_u64().unwrap());
        let set = &about["CloudWatchMetrics"][0];
        assert_eq!((&set["Namespace"], &set["Dimensions"]), (&json!("Halley/chat"), &json!([["function"]])));
        assert!(measured["function"].is_string());
        for metric in set["Metrics"].as_array().unwrap() {
            assert!(measured[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
        }
    }
}
