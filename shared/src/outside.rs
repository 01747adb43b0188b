//! Requests to addresses that the app's owner gave: to nothing but what [`Reach`] takes, whatever a name leads to at the
//! moment of the connection; without redirects; bounded in time and size.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::timeout::TimeoutConfig;
use model::outside::{BadTarget, Reach, Target};

use crate::aws::call::CallError;

/// Why a request was not answered as it should be.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The URL is not called.
    #[error("the URL is not called: {0}")]
    BadTarget(#[from] BadTarget),
    /// Nobody answered.
    #[error("no answer: {0}")]
    Failed(#[from] CallError),
    /// Not in time.
    #[error("no answer in time")]
    TooLate,
    /// The answer is longer than is read.
    #[error("the answer is too long")]
    TooLong,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its headers, by their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as far as it was asked for.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, if it came.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Calls addresses outside.
#[derive(Debug)]
pub struct Outside {
    reach: Reach,
    /// Made for the first call: most functions never make one, and their start is waited for.
    client: OnceLock<SharedHttpClient>,
}

impl Outside {
    /// Calls what `reach` takes. Nothing is opened before the first call.
    pub fn new(reach: Reach) -> Outside {
        Outside { reach, client: OnceLock::new() }
    }

    fn client(&self) -> SharedHttpClient {
        let made = self.client.get_or_init(|| {
            let builder = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
            builder.build_with_resolver(Resolver(self.reach))
        });
        made.clone()
    }

    /// What is called.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Posts once. Of the answer's body `most` bytes are read, none if that is 0; a longer one is an error then.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
        most: usize,
        patience: Duration,
    ) -> Result<Answer, Unanswered> {
        self.ask("POST", url, headers, body, (most, patience)).await
    }

    /// Gets once; of the answer's body `most` bytes are read, a longer one is an error.
    pub async fn get(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        most: usize,
        patience: Duration,
    ) -> Result<Answer, Unanswered> {
        self.ask("GET", url, headers, &[], (most, patience)).await
    }

    async fn ask(
        &self,
        method: &'static str,
        url: &str,
        headers: &[(&'static str, String)],
        body: &[u8],
        (most, patience): (usize, Duration),
    ) -> Result<Answer, Unanswered> {
        let target = self.reach.target(url)?;
        let asked = async {
            let Taken { status, headers, body } = self.send(method, target, headers, body).await?;
            let body = if most == 0 { Vec::new() } else { read(body, most).await? };
            Ok(Answer { status, headers, body })
        };
        tokio::time::timeout(patience, asked).await.map_err(|_| Unanswered::TooLate)?
    }

    async fn send(
        &self,
        method: &'static str,
        target: Target,
        headers: &[(&'static str, String)],
        body: &[u8],
    ) -> Result<Taken, Unanswered> {
        let path = target.path;
        let operation = Operation::builder()
            .service_name("Outside")
            .operation_name("Ask")
            .http_client(self.client())
            .endpoint_url(&target.origin)
            .no_auth()
            .no_retry()
            .timeout_config(TimeoutConfig::disabled())
            .serializer(move |(headers, body): (Vec<(&'static str, String)>, Vec<u8>)| {
                Ok(request(method, &path, headers, body)?)
            })
            .deserializer_impl::<Taken, CallError>(Take)
            .build();
        let taken = operation.invoke((headers.to_vec(), body.to_vec())).await;
        Ok(taken.map_err(|error| CallError::of(causes(&error)))?)
    }
}

/// An error with what it comes from, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}

fn request(
    method: &str,
    path: &str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
) -> Result<HttpRequest, CallError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method(method).map_err(CallError::of)?;
    request.set_uri(path.to_owned()).map_err(CallError::of)?;
    for (name, value) in headers {
        request.headers_mut().try_insert(name, value).map_err(CallError::of)?;
    }
    Ok(request)
}

async fn read(body: SdkBody, most: usize) -> Result<Vec<u8>, Unanswered> {
    let (mut read, mut stream) = (Vec::new(), ByteStream::new(body));
    while let Some(bytes) = stream.next().await {
        read.extend_from_slice(&bytes.map_err(CallError::of)?);
        if most < read.len() {
            return Err(Unanswered::TooLong);
        }
    }
    Ok(read)
}

/// An answer whose body was not read: an SDK would read all of it, however long.
#[derive(Debug)]
struct Taken {
    status: u16,
    headers: Vec<(String, String)>,
    body: SdkBody,
}

#[derive(Debug)]
struct Take;

impl DeserializeResponse for Take {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        let headers = response.headers().iter().map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Some(Ok(Output::erase(Taken { status: response.status().as_u16(), headers, body })))
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        _: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        Err(OrchestratorError::other("the answer was taken before"))
    }
}

/// Looks names up, and keeps what may be called: the connection is opened to what this returns and to nothing else.
#[derive(Clone, Debug)]
struct Resolver(Reach);

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 0)).await.map_err(ResolveDnsError::new)?;
            let taken: Vec<IpAddr> = found.map(|address| address.ip()).filter(|ip| self.0.takes(*ip)).collect();
            if taken.is_empty() {
                return Err(ResolveDnsError::new("the name leads to no public address"));
            }
            Ok(taken)
        })
    }
}
