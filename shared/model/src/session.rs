//! What client SDKs ask before they send messages (contract/clients.md, "Session calls").

use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{self, Fields};
use crate::problem::Problem;

/// The body of `POST /user_sessions`, as far as it is answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientSession {
    session_id: String,
}

impl ClientSession {
    /// The most characters of a session id.
    pub const MAX_ID: usize = 255;

    /// Reads and validates the body.
    pub fn parse(body: &Map<String, Value>) -> Result<ClientSession, Problem> {
        let mut fields = Fields::of(body);
        let session_id = fields.required("sessionId", fields::text::<{ ClientSession::MAX_ID }>);
        fields.finish()?;
        session_id
            .map(|session_id| ClientSession { session_id })
            .ok_or_else(|| Problem::field("sessionId", "is required."))
    }
}

/// The hosts that a client talks to: all are the one that it reached.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct Settings {
    client_api_host: String,
    admin_api_host: String,
    chat_api_version: &'static str,
    chat_host_override: String,
    chat_wss_port: &'static str,
    /// Nothing is reported to anybody.
    analytics_ping_disabled: bool,
}

impl Settings {
    /// The settings for a client that reached `host`.
    pub fn of(host: &str) -> Settings {
        Settings {
            client_api_host: host.to_owned(),
            admin_api_host: host.to_owned(),
            chat_api_version: "v3.0",
            chat_host_override: host.to_owned(),
            chat_wss_port: "443",
            analytics_ping_disabled: true,
        }
    }
}
