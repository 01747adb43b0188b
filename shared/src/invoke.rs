//! Asynchronous invocations: a function hands work to another and does not wait for it. Lambda keeps what it has taken,
//! and tries again what fails.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;

use crate::aws::call::{self, Call, CallError};
use crate::clock::Clock;
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
    /// Region, credentials, HTTP client, and for tests an endpoint.
    pub aws: SdkConfig,
    /// The name of the deployed `run-job`, in functions that may invoke it.
    pub run_job: Option<String>,
    /// That of `deliver-webhook`, in the same way.
    pub deliver_webhook: Option<String>,
    /// What tells the time of a signature.
    pub clock: Clock,
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
        let region = self.aws.region().ok_or_else(|| CallError::of("there is no region"))?;
        let endpoint = self.aws.endpoint_url().map(str::to_owned);
        let endpoint = endpoint.unwrap_or_else(|| format!("https://lambda.{region}.amazonaws.com"));
        let call = Call {
            service: "lambda",
            endpoint: &endpoint,
            path: format!("/2015-03-31/functions/{name}/invocations"),
            method: "POST",
            headers: &[("content-type", "application/json"), ("x-amz-invocation-type", "Event")],
            body: payload,
        };
        match call::status(&self.aws, self.clock, call, PATIENCE).await? {
            202 => Ok(()),
            status => Err(CallError::of(format!("it answered {status}")).into()),
        }
    }
}
