//! A queue of SQS in which AWS keeps what failed for good.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::call::{Call, CallError, Calls};

/// For how long one call may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// For how long nobody else is handed what was received, in seconds.
const HIDDEN_SECONDS: u64 = 120;

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// By what it is reached.
    pub calls: Calls,
    /// Its URL.
    pub url: String,
}

/// A message of a queue.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Kept {
    /// By this it is removed.
    receipt_handle: String,
    body: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Received {
    #[serde(default)]
    messages: Vec<Kept>,
}

impl Kept {
    /// What a function was asked for that failed, and the name of the function; none if this is no failure of one.
    pub fn failed(&self) -> Option<(String, Value)> {
        let mut record: Value = serde_json::from_str(&self.body).ok()?;
        let arn = record.pointer("/requestContext/functionArn")?.as_str()?;
        let name = arn.split(':').nth(6)?.to_owned();
        Some((name, record.get_mut("requestPayload")?.take()))
    }
}

impl Queue {
    /// Up to 10 messages, which nobody else is handed for 2 minutes. Cost: 1 round trip.
    pub async fn receive(&self) -> Result<Vec<Kept>, CallError> {
        let headers = &[("content-type", JSON), ("x-amz-target", "AmazonSQS.ReceiveMessage")];
        let body = json!({ "QueueUrl": self.url, "MaxNumberOfMessages": 10, "VisibilityTimeout": HIDDEN_SECONDS });
        let answer = self.call(headers, &body).await?;
        let received: Received = serde_json::from_slice(&answer).map_err(CallError::of)?;
        Ok(received.messages)
    }

    /// Removes a message. Cost: 1 round trip.
    pub async fn remove(&self, kept: &Kept) -> Result<(), CallError> {
        let headers = &[("content-type", JSON), ("x-amz-target", "AmazonSQS.DeleteMessage")];
        self.call(headers, &json!({ "QueueUrl": self.url, "ReceiptHandle": kept.receipt_handle })).await?;
        Ok(())
    }

    async fn call(&self, headers: &'static [(&'static str, &'static str)], body: &Value) -> Result<Vec<u8>, CallError> {
        let (scheme, rest) = self.url.split_once("://").ok_or_else(|| CallError::of("the queue's URL is none"))?;
        let endpoint = format!("{scheme}://{}", rest.split('/').next().unwrap_or_default());
        let (path, body) = ("/".to_owned(), body.to_string().into_bytes());
        let call = Call { service: "sqs", endpoint: &endpoint, path, method: "POST", headers, body };
        match self.calls.answer(call, PATIENCE).await? {
            (200, body) => Ok(body),
            (status, body) => {
                Err(CallError::of(format!("the queue answered {status}: {}", String::from_utf8_lossy(&body))))
            }
        }
    }
}

const JSON: &str = "application/x-amz-json-1.0";
