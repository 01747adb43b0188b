//! How the process reaches DynamoDB: one client, made before the first event.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::Store;
use super::meter::CountAttempts;

/// Which DynamoDB to use.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// The one of the account that the environment's credentials belong to.
    Aws,
    /// An embedded one at this URL, which takes any credentials.
    Local(String),
}

/// How often the SDK sends a request before it gives up.
const MAX_ATTEMPTS: u32 = 4;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
/// The embedded one shares a processor with everything else, so on a busy machine it is slow without being broken.
const EMBEDDED_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

impl Store {
    /// Connects to `table`. Nothing is sent before the first access.
    pub async fn connect(endpoint: &Endpoint, table: &str) -> Store {
        // `ring` has made its first TLS connection for a twentieth of the CPU that the SDK's default needs, and an
        // arm64 function at its smallest size feels each millisecond of it.
        let http =
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
        let loader = match endpoint {
            Endpoint::Aws => loader,
            Endpoint::Local(url) => loader
                .endpoint_url(url)
                .region(Region::from_static("local"))
                .credentials_provider(Credentials::new("local", "local", None, None, "local")),
        };
        let attempt_timeout = match endpoint {
            Endpoint::Aws => ATTEMPT_TIMEOUT,
            Endpoint::Local(_) => EMBEDDED_ATTEMPT_TIMEOUT,
        };
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(attempt_timeout);
        let config = aws_sdk_dynamodb::config::Builder::from(&loader.load().await)
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
            .timeout_config(timeouts.build())
            .interceptor(CountAttempts)
            .build();
        Store { client: aws_sdk_dynamodb::Client::from_conf(config), table: table.to_owned() }
    }
}
