//! Asynchronous invocations: a function hands work to another and does not wait for it. Lambda keeps what it has taken,
//! and tries again what fails.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, OrchestratorError};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::clock::{self, Clock};
use crate::worker::Worker;

/// For how long Lambda may take to take an invocation; the stream's record is tried again then.
const PATIENCE: Duration = Duration::from_secs(4);

/// Why an invocation was not taken.
#[derive(Debug, thiserror::Error)]
#[error("Lambda did not take an invocation: {0}")]
pub struct InvokeError(String);

impl InvokeError {
    fn of(problem: impl std::fmt::Display) -> InvokeError {
        InvokeError(problem.to_string())
    }
}

/// Takes invocations in this process.
pub type Here = Arc<dyn Fn(Worker, Vec<u8>) + Send + Sync>;

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
    /// What tells the time of a signature.
    pub clock: Clock,
}

impl Invoker {
    /// Hands `payload`, which is JSON, to a function; it is taken once this returns. Cost: 1 round trip.
    pub async fn invoke(&self, worker: Worker, payload: Vec<u8>) -> Result<(), InvokeError> {
        match self {
            Invoker::Here(take) => {
                take(worker, payload);
                Ok(())
            }
            Invoker::Lambda(lambda) => {
                let taken = tokio::time::timeout(PATIENCE, lambda.invoke(worker, payload)).await;
                taken.map_err(|_| InvokeError::of("it took too long"))?
            }
        }
    }
}

/// A request that is signed.
#[derive(Debug)]
struct Signed {
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Lambda {
    async fn invoke(&self, worker: Worker, payload: Vec<u8>) -> Result<(), InvokeError> {
        let name = match worker {
            Worker::RunJob => self.run_job.as_deref(),
            Worker::DeliverEvents => None,
        };
        let name = name.ok_or_else(|| InvokeError::of(format!("{} may not be invoked", worker.function())))?;
        let region = self.aws.region().ok_or_else(|| InvokeError::of("there is no region"))?.to_string();
        let endpoint = self.aws.endpoint_url().map(str::to_owned);
        let endpoint = endpoint.unwrap_or_else(|| format!("https://lambda.{region}.amazonaws.com"));
        let path = format!("/2015-03-31/functions/{name}/invocations");
        let signed = self.sign(&endpoint, path, &region, payload).await?;
        let client = self.aws.http_client().ok_or_else(|| InvokeError::of("there is no HTTP client"))?;
        let operation = Operation::builder()
            .service_name("Lambda")
            .operation_name("Invoke")
            .http_client(client)
            .endpoint_url(&endpoint)
            .no_auth()
            .no_retry()
            .timeout_config(TimeoutConfig::disabled())
            .serializer(|signed: Signed| Ok(request(signed)?))
            .deserializer::<_, InvokeError>(|response| match response.status().as_u16() {
                202 => Ok(()),
                status => Err(OrchestratorError::operation(InvokeError::of(format!("it answered {status}")))),
            })
            .build();
        operation
            .invoke(signed)
            .await
            .map_err(|error| InvokeError::of(aws_smithy_types::error::display::DisplayErrorContext(error)))
    }

    async fn sign(&self, endpoint: &str, path: String, region: &str, body: Vec<u8>) -> Result<Signed, InvokeError> {
        let provider = self.aws.credentials_provider().ok_or_else(|| InvokeError::of("there are no credentials"))?;
        let identity = provider.provide_credentials().await.map_err(InvokeError::of)?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("lambda")
            .time(clock::system_time((self.clock)()))
            .settings(SigningSettings::default())
            .build()
            .map_err(InvokeError::of)?
            .into();
        let headers = [("content-type", "application/json"), ("x-amz-invocation-type", "Event")];
        let url = format!("{endpoint}{path}");
        let signable = SignableRequest::new("POST", url, headers.into_iter(), SignableBody::Bytes(&body));
        let (instructions, _) =
            sign(signable.map_err(InvokeError::of)?, &parameters).map_err(InvokeError::of)?.into_parts();
        let added = instructions.headers().chain(headers);
        let headers = added.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Signed { path, headers, body })
    }
}

fn request(signed: Signed) -> Result<HttpRequest, InvokeError> {
    let mut request = HttpRequest::new(SdkBody::from(signed.body));
    request.set_method("POST").map_err(InvokeError::of)?;
    request.set_uri(signed.path).map_err(InvokeError::of)?;
    for (name, value) in signed.headers {
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}
