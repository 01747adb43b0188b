//! How the process reaches DynamoDB: one client, made before the first event.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::StalledStreamProtectionConfig;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_smithy_types::body::SdkBody;

use super::Store;
use super::meter::CountAttempts;

/// Which AWS to use.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// The one of the account that the environment's credentials belong to.
    Aws,
    /// An embedded service at this URL.
    Local(String),
}

/// How often the SDK sends a request before it gives up.
const MAX_ATTEMPTS: u32 = 4;
/// How long it waits at most before the second try; twice as long before each further one. The SDK's own second is a
/// thousand times what DynamoDB takes, and the caller waits it out.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a start waits for its connection, which takes some milliseconds.
const PING_TIMEOUT: Duration = Duration::from_millis(500);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
/// The embedded one shares a processor with everything else, so on a busy machine it is slow without being broken.
const EMBEDDED_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

impl Store {
    /// Connects to `table`. Nothing is sent before the first access.
    pub async fn connect(endpoint: &Endpoint, table: &str) -> Store {
        Store::on(&crate::aws::config(endpoint).await, table)
    }

    /// The store on `table` with these settings.
    pub fn on(aws: &SdkConfig, table: &str) -> Store {
        let is_embedded = aws.endpoint_url().is_some();
        let attempt_timeout = if is_embedded { EMBEDDED_ATTEMPT_TIMEOUT } else { ATTEMPT_TIMEOUT };
        let stalled = match is_embedded {
            true => StalledStreamProtectionConfig::disabled(),
            false => StalledStreamProtectionConfig::enabled().build(),
        };
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(attempt_timeout);
        let config = aws_sdk_dynamodb::config::Builder::from(aws)
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(FIRST_BACKOFF))
            .timeout_config(timeouts.build())
            .stalled_stream_protection(stalled)
            .interceptor(CountAttempts)
            .build();
        Store { client: aws_sdk_dynamodb::Client::from_conf(config), table: table.to_owned(), member_limit: None }
    }

    /// Opens the connection that the first call will use, by asking DynamoDB whether it is well, which needs no permission.
    /// Whatever comes of it, the first call goes on.
    ///
    /// Cost: 1 round trip, no unit.
    pub async fn open_connection(&self) {
        // A read in all but its content, so that it takes the same way as those that follow.
        let once = aws_sdk_dynamodb::config::Config::builder().retry_config(RetryConfig::disabled());
        let ping = self.client.get_item().table_name(&self.table).customize().config_override(once);
        let ping = ping.mutate_request(|request| {
            let _ = request.set_method("GET");
            for name in ["x-amz-target", "content-length"] {
                request.headers_mut().remove(name);
            }
            *request.body_mut() = SdkBody::empty();
        });
        let _ = tokio::time::timeout(PING_TIMEOUT, ping.send()).await;
    }

    /// The same store, in which groups of more members than this move no conversations.
    pub fn with_member_limit(self, member_limit: Option<u64>) -> Store {
        Store { member_limit, ..self }
    }
}
