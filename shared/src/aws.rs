//! What every AWS client of the process shares: region, credentials, one HTTP client.

pub mod call;
pub mod connection_gate;

use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::meta::region::ProvideRegion;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::config::variable;
use crate::store::Endpoint;

/// The settings of a deployed function. Lambda puts all of them into the environment, so this does without what
/// [`config`] brings along: profiles, roles and container credentials are a tenth of a function, and time at its start.
pub async fn of_function() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http_client())
        .region(EnvironmentVariableRegionProvider::new().region().await)
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .service_config(Environment)
        .build()
}

/// Reads the settings of wherever this runs, as the AWS command line does. Nothing is sent before the first access.
pub async fn config(endpoint: &Endpoint) -> SdkConfig {
    config_with(endpoint, None).await
}

/// [`config`] with these credentials, if there are any, instead of those that the command line would find.
pub async fn config_with(endpoint: &Endpoint, credentials: Option<Credentials>) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client());
    let loader = match endpoint {
        Endpoint::Aws => loader,
        Endpoint::Local(url) => loader.endpoint_url(url).region(Region::from_static("local")),
    };
    let loader = match credentials {
        Some(credentials) => loader.credentials_provider(credentials),
        None => loader,
    };
    loader.load().await
}

fn http_client() -> SharedHttpClient {
    // `ring` has made its first TLS connection for a twentieth of the CPU that the SDK's default needs, and an
    // arm64 function at its smallest size feels each millisecond of it.
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// What single services are told by the environment, such as `AWS_ENDPOINT_URL_DYNAMODB`.
#[derive(Debug)]
struct Environment;

impl LoadServiceConfig for Environment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        variable(&format!("{}_{service}", key.env())).or_else(|| variable(key.env()))
    }
}
