//! What every AWS client of the process shares: region, credentials, one HTTP client.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::store::Endpoint;

/// Reads the environment's settings. Nothing is sent before the first access.
pub async fn config(endpoint: &Endpoint) -> SdkConfig {
    // `ring` has made its first TLS connection for a twentieth of the CPU that the SDK's default needs, and an
    // arm64 function at its smallest size feels each millisecond of it.
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    let loader = match endpoint {
        Endpoint::Aws => loader,
        Endpoint::Local(url) => loader
            .endpoint_url(url)
            .region(Region::from_static("local"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local")),
    };
    loader.load().await
}
