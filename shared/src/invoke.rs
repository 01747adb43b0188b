//! Asynchronous invocations: a function hands work to another and does not wait for it. Lambda keeps what it has taken,
//! and tries again what fails.

use std::sync::Arc;
use std::time::Duration;

use crate::aws::call::{Call, CallError, Calls};
use crate::worker::Worker;

/// For how long Lambda may take to take an invocation; the stream's record is tried again then.
const PATIENCE: Duration = Duration::from_secs(4);

/// Why an invocation was not taken.
#[derive(Debug, thiserror::Error)]
#[error("an invocation was not taken: {0}")]
pub struct InvokeError(#[from] CallError);

/// Takes an invocation in this process: kept once it returns.
pub type Here = Arc<dyn Fn(Worker, Vec<u8>) -> Result<(), CallError> + Send + Sync>;

/// Who takes invocations.
#[derive(Clone)]
pub enum Invoker {
    /// Lambda, and the names under which it knows what may be invoked.
    Lambda(Box<Lambda>),
    /// This process, as on a laptop.
    Here(Here),
}

/// Lambda, reached by a signed request: its SDK would be another tenth of a function for one call.
#[derive(Clone)]
pub struct Lambda {
    /// By what it is reached.
    pub calls: Calls,
    /// The name of the deployed `run-job`, in functions that may invoke it.
    pub run_job: Option<String>,
    /// That of `deliver-webhook`, in the same way.
    pub deliver_webhook: Option<String>,
}

impl Invoker {
    /// Hands `payload`, which is JSON, to a function; it is taken once this returns. Cost: 1 round trip.
    pub async fn invoke(&self, worker: Worker, payload: Vec<u8>) -> Result<(), InvokeError> {
        match self {
            Invoker::Here(take) => Ok(take(worker, payload)?),
            Invoker::Lambda(lambda) => lambda.invoke(worker, payload).await,
        }
    }
}

impl Lambda {
    async fn invoke(&self, worker: Worker, payload: Vec<u8>) -> Result<(), InvokeError> {
        let name = match worker {
            Worker::RunJob => self.run_job.as_deref(),
            Worker::DeliverWebhook => self.deliver_webhook.as_deref(),
            Worker::DeliverEvents | Worker::SocketFrame | Worker::SocketClose => None,
        };
        let name = name.ok_or_else(|| CallError::of(format!("{} may not be invoked", worker.function())))?;
        let call = Call {
            service: "lambda",
            endpoint: &self.calls.endpoint_of("lambda")?,
            path: format!("/2015-03-31/functions/{name}/invocations"),
            method: "POST",
            headers: &[("content-type", "application/json"), ("x-amz-invocation-type", "Event")],
            body: payload,
        };
        match self.calls.status(call, PATIENCE).await? {
            202 => Ok(()),
            status => Err(CallError::of(format!("it answered {status}")).into()),
        }
    }
}
