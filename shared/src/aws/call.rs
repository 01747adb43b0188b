//! Single calls to services of AWS without their SDKs, each of which would be another tenth of a function for one call.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::timeout::TimeoutConfig;

use model::time::Millis;

use crate::clock::{self, Clock};

/// Why a call was not answered.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CallError(String);

impl CallError {
    /// For this reason.
    pub fn of(problem: impl std::fmt::Display) -> CallError {
        CallError(problem.to_string())
    }
}

/// What is called.
#[derive(Debug)]
pub struct Call<'c> {
    /// The service, as signatures name it.
    pub service: &'static str,
    /// Scheme and host.
    pub endpoint: &'c str,
    /// The path, encoded.
    pub path: String,
    /// The HTTP method.
    pub method: &'static str,
    /// Headers beside those of the signature.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body.
    pub body: Vec<u8>,
}

/// A call that is signed.
#[derive(Debug)]
struct Signed {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Makes single calls in the name of this process.
#[derive(Clone, Debug)]
pub struct Calls {
    /// Region, credentials, HTTP client, and for tests an endpoint.
    aws: SdkConfig,
    /// What tells the time of a signature.
    clock: Clock,
}

impl Calls {
    /// Calls with these settings.
    pub fn new(aws: SdkConfig, clock: Clock) -> Calls {
        Calls { aws, clock }
    }

    /// Makes a call, once, and says the status of its answer. Cost: 1 round trip.
    pub async fn status(&self, call: Call<'_>, patience: Duration) -> Result<u16, CallError> {
        Ok(self.answer(call, patience).await?.0)
    }

    /// Makes a call, once; the status and the body of its answer. Cost: 1 round trip.
    pub async fn answer(&self, call: Call<'_>, patience: Duration) -> Result<(u16, Vec<u8>), CallError> {
        let outcome = tokio::time::timeout(patience, ask(&self.aws, self.clock, call)).await;
        outcome.map_err(|_| CallError::of("it took too long"))?
    }

    /// Scheme and host of a service in this region.
    pub fn endpoint_of(&self, service: &str) -> Result<String, CallError> {
        if let Some(url) = self.aws.endpoint_url() {
            return Ok(url.to_owned());
        }
        let region = self.aws.region().ok_or_else(no_region)?;
        Ok(format!("https://{service}.{region}.amazonaws.com"))
    }

    /// The moment, as signatures say it.
    pub fn now(&self) -> Millis {
        (self.clock)()
    }
}

fn no_region() -> CallError {
    CallError::of("there is no region")
}

async fn ask(aws: &SdkConfig, clock: Clock, call: Call<'_>) -> Result<(u16, Vec<u8>), CallError> {
    let client = aws.http_client().ok_or_else(|| CallError::of("there is no HTTP client"))?;
    let endpoint = call.endpoint.to_owned();
    let signed = signed(aws, clock, call).await?;
    let operation = Operation::builder()
        .service_name("AWS")
        .operation_name("Call")
        .http_client(client)
        .endpoint_url(&endpoint)
        .no_auth()
        .no_retry()
        .timeout_config(TimeoutConfig::disabled())
        .serializer(|signed: Signed| Ok(request(signed)?))
        .deserializer::<_, CallError>(|response| {
            Ok((response.status().as_u16(), response.body().bytes().unwrap_or_default().to_vec()))
        })
        .build();
    let answer = operation.invoke(signed).await;
    answer.map_err(|error| CallError::of(aws_smithy_types::error::display::DisplayErrorContext(error)))
}

async fn signed(aws: &SdkConfig, clock: Clock, call: Call<'_>) -> Result<Signed, CallError> {
    let Call { service, endpoint, path, method, headers, body } = call;
    let region = aws.region().ok_or_else(no_region)?.to_string();
    let provider = aws.credentials_provider().ok_or_else(|| CallError::of("there are no credentials"))?;
    let identity = provider.provide_credentials().await.map_err(CallError::of)?.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&region)
        .name(service)
        .time(clock::system_time(clock()))
        .settings(SigningSettings::default())
        .build()
        .map_err(CallError::of)?
        .into();
    let signable =
        SignableRequest::new(method, format!("{endpoint}{path}"), headers.iter().copied(), SignableBody::Bytes(&body));
    let (instructions, _) = sign(signable.map_err(CallError::of)?, &parameters).map_err(CallError::of)?.into_parts();
    let added = instructions.headers().chain(headers.iter().copied());
    let headers = added.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(Signed { method, path, headers, body })
}

fn request(signed: Signed) -> Result<HttpRequest, CallError> {
    let mut request = HttpRequest::new(SdkBody::from(signed.body));
    request.set_method(signed.method).map_err(CallError::of)?;
    request.set_uri(signed.path).map_err(CallError::of)?;
    for (name, value) in signed.headers {
        request.headers_mut().insert(name, value);
    }
    Ok(request)
}
