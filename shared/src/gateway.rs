//! The gateway that holds the open sockets: what is told through it, and closing one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::connection::ConnectionId;
use model::time::Millis;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

use crate::aws::call::{Call, CallError, Calls};
use crate::error::ApiError;
use crate::log::say;

/// For how long one socket may take; others wait for their next frame meanwhile.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often a frame is tried again that the gateway does not take at the moment.
const TRIES_AGAIN: u32 = 2;
/// For how long a socket gets one try a frame after it took none: a client that does not read would hold up what comes
/// behind, frame for frame.
const BUSY_MILLIS: u64 = 30_000;

/// What the gateway tells of a socket: a frame of its client, or that it is closed. As far as anybody looks at it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SocketEvent {
    request_context: Context,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    connection_id: String,
    #[serde(default)]
    disconnect_status_code: Option<i64>,
    #[serde(default)]
    disconnect_reason: Option<String>,
}

impl SocketEvent {
    /// Reads the event that Lambda hands over.
    pub fn read(event: Value) -> Result<SocketEvent, ApiError> {
        SocketEvent::deserialize(event).map_err(ApiError::unreadable_event)
    }

    /// Which socket.
    pub fn connection_id(&self) -> Result<ConnectionId, ApiError> {
        let id = ConnectionId::parse(&self.request_context.connection_id);
        id.ok_or_else(|| ApiError::unreadable_event("it names no connection"))
    }

    /// What the client said. Clients write texts; of anything else nothing is known.
    pub fn text(&self) -> Option<&str> {
        self.body.as_deref().filter(|_| !self.is_base64_encoded)
    }

    /// Whether the client closed its socket because its user logged out: the code and the words of the vendor's SDKs.
    pub fn is_logout(&self) -> bool {
        let Context { disconnect_status_code, disconnect_reason, .. } = &self.request_context;
        *disconnect_status_code == Some(1000) && disconnect_reason.as_deref() == Some("User logged out")
    }
}

/// The gateway's own API, by which functions reach sockets.
#[derive(Clone)]
pub struct Gateway {
    calls: Calls,
    /// Scheme and host.
    origin: String,
    /// The path of the stage, without a slash at the end.
    stage: String,
    /// Until when sockets that took nothing get one try a frame.
    busy: Arc<Mutex<HashMap<ConnectionId, Millis>>>,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "who is gone is to be forgotten"]
pub enum Posted {
    /// The gateway took it. Whether it arrives, nobody is told.
    Done,
    /// There is no such socket.
    Gone,
    /// The gateway did not take it, several times. The client finds what it missed by asking.
    Failed,
}

impl Gateway {
    /// The gateway at this endpoint: scheme, host and stage, without a slash at the end.
    pub fn new(calls: Calls, mut endpoint: String) -> Gateway {
        let host = endpoint.find("://").map_or(0, |at| at + 3);
        let path = endpoint.get(host..).and_then(|rest| rest.find('/')).map(|at| host + at);
        let stage = path.map_or_else(String::new, |path| endpoint.split_off(path));
        Gateway { calls, origin: endpoint, stage, busy: Arc::default() }
    }

    /// Sends a text through an open socket. Cost: 1 round trip, 3 if the gateway is busy.
    pub async fn post(&self, id: &ConnectionId, text: &str) -> Posted {
        let tries_again = if self.is_busy(id) { 0 } else { TRIES_AGAIN };
        for attempt in 0..=tries_again {
            match self.call("POST", id, text.as_bytes().to_vec()).await {
                Ok(200) => return Posted::Done,
                Ok(410) => return Posted::Gone,
                // Too long for a frame, or not ours: no try would change that.
                Ok(status) if status != 429 && status < 500 => return failed(status),
                Ok(status) if attempt == tries_again => return self.failed(id, status),
                Err(error) if attempt == tries_again => return self.failed(id, error),
                Ok(_) | Err(_) => tokio::time::sleep(Duration::from_millis(100 << (2 * attempt))).await,
            }
        }
        Posted::Failed
    }

    /// Closes a socket; one that is closed stays so. Cost: 1 round trip.
    pub async fn close(&self, id: &ConnectionId) -> Result<(), CallError> {
        match self.call("DELETE", id, Vec::new()).await? {
            200..=299 | 410 => Ok(()),
            status => Err(CallError::of(format!("the gateway answered {status}"))),
        }
    }

    fn is_busy(&self, id: &ConnectionId) -> bool {
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.get(id).is_some_and(|until| self.calls.now() < *until)
    }

    fn failed(&self, id: &ConnectionId, why: impl std::fmt::Display) -> Posted {
        let now = self.calls.now();
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.retain(|_, until| now < *until);
        busy.insert(id.clone(), Millis::new(now.get() + BUSY_MILLIS));
        failed(why)
    }

    async fn call(&self, method: &'static str, id: &ConnectionId, body: Vec<u8>) -> Result<u16, CallError> {
        let path = format!("{}/@connections/{}", self.stage, utf8_percent_encode(id.as_str(), NON_ALPHANUMERIC));
        let call = Call { service: "execute-api", endpoint: &self.origin, path, method, headers: &[], body };
        self.calls.status(call, PATIENCE).await
    }
}

/// Says it to the log, where an alarm counts it.
fn failed(why: impl std::fmt::Display) -> Posted {
    say(format_args!("a frame was not delivered: {why}"));
    Posted::Failed
}
