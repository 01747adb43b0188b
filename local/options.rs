//! How a service is started.

use std::time::Duration;

use aws_config::SdkConfig;
use shared::aws::connection_gate::ConnectionGate;
use shared::log::LogSink;
use shared::sockets::grace::PRESENCE_GRACE;
use shared::webhooks::WebhookSettings;

use crate::embedded::Data;
use crate::server::PATIENCE;
use crate::sockets::SocketOptions;

/// An embedded service, as the handlers reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// The table.
    DynamoDb,
    /// The bucket.
    S3,
    /// The WebSocket API, as functions reach it.
    Sockets,
}

/// Changes how the handlers reach a service; for tests that stand between.
pub type Wiring = Box<dyn Fn(Service, SdkConfig) -> SdkConfig + Send + Sync>;

/// The longest time that the template gives a function.
pub const TIME_LIMIT: Duration = Duration::from_secs(30);

/// How to start.
pub struct Options {
    /// The port of 127.0.0.1 to listen on; 0 takes a free one.
    pub port: u16,
    /// Where the data lives.
    pub data: Data,
    /// The full-access API key; without one it is made, and kept with the data.
    pub api_key: Option<String>,
    /// Up to how many members a group moves conversations and counts unread messages; any number without it.
    pub member_limit: Option<u64>,
    /// Up to how many users online a group keeps and tells receipts of all its members; any number without it.
    pub receipt_limit: Option<u64>,
    /// How many requests one user may make in a minute by auth tokens; any number without it.
    pub request_limit: Option<u64>,
    /// For how long a client may take to send the head of a request, and the body; [`PATIENCE`] as a rule.
    pub patience: Duration,
    /// When an invocation ends, as Lambda ends it; [`TIME_LIMIT`] as a rule.
    pub time_limit: Duration,
    /// Whether the functions without routes work: who stands at the stream instead of them says no.
    pub works: bool,
    /// How long a user whose network went may take to come back unnoticed; [`PRESENCE_GRACE`] as a rule.
    pub presence_grace: Duration,
    /// How the WebSocket API behaves.
    pub sockets: SocketOptions,
    /// Whether it speaks TLS too, on the same port.
    pub tls: bool,
    /// Whether roles may limit users to their friends.
    pub friends_only: bool,
    /// How webhooks and bots are told.
    pub webhooks: WebhookSettings,
    /// Where request lines go.
    pub log: LogSink,
    /// What stands between the handlers and the embedded services, if anything does.
    pub wiring: Option<Wiring>,
    /// Where calls take turns as those of a function's first event do, if they do.
    pub turns: Option<ConnectionGate>,
}

impl Options {
    /// A service on this data, on a free port, that limits nobody and prints nothing.
    pub fn on(data: Data) -> Options {
        Options {
            port: 0,
            data,
            api_key: None,
            member_limit: None,
            receipt_limit: None,
            request_limit: None,
            patience: PATIENCE,
            time_limit: TIME_LIMIT,
            works: true,
            presence_grace: PRESENCE_GRACE,
            sockets: SocketOptions::default(),
            tls: false,
            friends_only: false,
            webhooks: WebhookSettings::default(),
            log: shared::log::to_nowhere(),
            wiring: None,
            turns: None,
        }
    }
}
