//! What client SDKs ask before they send messages (contract/clients.md, "Session calls").

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{self, Fields};
use super::flag_reason::FlagReason;
use super::host::Host;
use super::socket_address::SocketAddress;
use super::user::{User, UserView};
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

/// How a client talks to this service, and what it may offer its user. Clients keep it until they log in again, under
/// either of the names by which they get it: `GET /settings`, and `settings` of the answer to their login.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct Settings {
    client_api_host: String,
    admin_api_host: String,
    chat_api_version: &'static str,
    chat_host: String,
    chat_host_override: String,
    chat_wss_port: String,
    mode: &'static str,
    /// Nothing is reported to anybody.
    analytics_ping_disabled: bool,
    /// From 3 on, a page that is loaded again goes on with what it keeps, without logging in anew.
    app_version: u32,
    #[serde(rename = "parameters")]
    parameters: BTreeMap<&'static str, Parameter>,
    #[serde(rename = "flagReasons")]
    flag_reasons: Vec<FlagReason>,
}

/// A feature's switch or limit.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub enum Parameter {
    /// Whether there is such a thing.
    Switch(bool),
    /// How much of it.
    Limit(u64),
}

impl Settings {
    /// The settings for a client that reached `host`, and finds its socket at `socket`.
    pub fn new(
        host: &Host,
        socket: &SocketAddress,
        parameters: BTreeMap<&'static str, Parameter>,
        flag_reasons: Vec<FlagReason>,
    ) -> Settings {
        let (chat_host, chat_wss_port) = socket.host_and_port(host);
        Settings {
            client_api_host: host.to_string(),
            admin_api_host: host.to_string(),
            chat_api_version: "v3.0",
            chat_host: chat_host.clone(),
            chat_host_override: chat_host,
            chat_wss_port,
            mode: "DEFAULT",
            analytics_ping_disabled: true,
            app_version: 4,
            parameters,
            flag_reasons,
        }
    }
}

/// The user of a token, as their own client sees them.
#[derive(Clone, Debug, Serialize)]
pub struct Me {
    #[serde(flatten)]
    user: UserView,
    /// What the client shows where it cannot send a token: the token, so that both end together.
    jwt: String,
    settings: Settings,
}

impl Me {
    /// The user of `auth_token`.
    pub fn of(user: &User, auth_token: String, settings: Settings) -> Me {
        let jwt = auth_token.clone();
        let user = UserView::of(user).with_tags(&user.tags).with_auth_token(Some(auth_token));
        Me { user, jwt, settings }
    }
}
