//! One connection: its frames to the functions, what is posted to its client, and its end.

use shared::log::say;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use model::host::Host;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::event::{self, Call};
use super::parting::{Parting, farewell};
use super::{SocketFunction, Sockets, new_id};

/// API Gateway's limits of a frame and of a message.
const MAX_FRAME_BYTES: usize = 32 * 1024;
pub const MAX_MESSAGE_BYTES: usize = 128 * 1024;
/// The template's MOCK integration behind the route `ping`.
const PONG: &str = r#"{"action":"pong"}"#;
/// How many frames of one connection are at the function at once. API Gateway promises no order, so none is kept here: who
/// needs one says so in the frames. It is bounded, so that one client does not take the laptop.
const FRAMES_AT_ONCE: usize = 8;
/// A connection after the upgrade.
pub type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Who is connected.
pub struct Client {
    /// API Gateway's id of the connection.
    pub id: String,
    /// Milliseconds.
    pub connected_at: u64,
    /// By which name the client reached the service.
    pub host: String,
    /// The first part of the path.
    pub stage: String,
    user_agent: Option<String>,
}

impl Client {
    /// Whoever sent this request, connected now.
    pub fn of(id: String, parts: &Parts, host: &Host) -> Client {
        let stage = parts.uri.path().split('/').find(|part| !part.is_empty()).unwrap_or("$default").to_owned();
        let user_agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).map(str::to_owned);
        let connected_at = shared::clock::system().get();
        Client { id, connected_at, host: host.to_string(), stage, user_agent }
    }

    /// As events and `GET @connections` show it. It listens on 127.0.0.1 only.
    pub fn identity(&self) -> Value {
        match &self.user_agent {
            Some(user_agent) => json!({ "sourceIp": "127.0.0.1", "userAgent": user_agent }),
            None => json!({ "sourceIp": "127.0.0.1" }),
        }
    }
}

/// A connection as others reach it.
pub struct Open {
    /// Whose it is.
    pub client: Client,
    /// What is to be sent.
    pub outgoing: mpsc::Sender<Utf8Bytes>,
    part: Mutex<Option<oneshot::Sender<Parting>>>,
    opened: Instant,
    active: Mutex<Instant>,
}

impl Open {
    /// Connected now.
    pub fn new(client: Client, outgoing: mpsc::Sender<Utf8Bytes>, part: oneshot::Sender<Parting>) -> Open {
        let now = Instant::now();
        Open { client, outgoing, part: Mutex::new(Some(part)), opened: now, active: Mutex::new(now) }
    }

    /// Ends it; the first who does so says how.
    pub fn part(&self, parting: Parting) {
        let part = self.part.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(part) = part {
            let _ = part.send(parting);
        }
    }

    /// When a message last went either way, in milliseconds.
    pub fn last_active_at(&self) -> u64 {
        let since = self.active().duration_since(self.opened).as_millis();
        self.client.connected_at.saturating_add(u64::try_from(since).unwrap_or_default())
    }

    fn active(&self) -> Instant {
        *self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self) {
        *self.active.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// A connection as it lives.
pub struct Connection {
    sockets: Arc<Sockets>,
    open: Arc<Open>,
}

impl Connection {
    /// Of these.
    pub fn new(sockets: Arc<Sockets>, open: Arc<Open>) -> Connection {
        Connection { sockets, open }
    }

    /// From the upgrade until the client is gone and the functions have been told.
    pub async fn live(
        self,
        upgraded: Upgraded,
        mut queue: mpsc::Receiver<Utf8Bytes>,
        parted: oneshot::Receiver<Parting>,
    ) {
        // Buffers of the crate's own size would be a hundred megabytes for all connections.
        let config = WebSocketConfig::default()
            .max_frame_size(Some(MAX_FRAME_BYTES))
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .read_buffer_size(4 * 1024)
            .write_buffer_size(0);
        let socket = Socket::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
        let (mut sink, mut stream) = socket.split();
        let mut running = JoinSet::new();
        let parting = tokio::select! {
            // What was posted before the end goes out before it.
            biased;
            parting = self.write(&mut sink, &mut queue) => parting,
            Ok(parting) = parted => parting,
            parting = self.read(&mut stream, &mut running) => parting,
            parting = self.sockets.ended() => parting,
            parting = self.timed_out() => parting,
        };
        self.sockets.forget(&self.open.client.id);
        let farewell = farewell(sink, stream, queue, &parting);
        // Lambda carries on with what it was given, whatever becomes of the connection.
        let frames = async { while running.join_next().await.is_some() {} };
        let _ = tokio::join!(farewell, self.disconnected(&parting), frames);
    }

    /// Sends what is posted, until that fails.
    async fn write(&self, sink: &mut SplitSink<Socket, Message>, queue: &mut mpsc::Receiver<Utf8Bytes>) -> Parting {
        while let Some(text) = queue.recv().await {
            if sink.send(Message::Text(text)).await.is_err() {
                break;
            }
            self.open.touch();
        }
        Parting::lost()
    }

    /// Takes frames, until there are none any more.
    async fn read(&self, stream: &mut SplitStream<Socket>, running: &mut JoinSet<()>) -> Parting {
        loop {
            // Who does not take what is sent to them is not listened to either.
            let Ok(place) = self.open.outgoing.reserve().await else { return Parting::lost() };
            while running.try_join_next().is_some() {}
            if FRAMES_AT_ONCE <= running.len() {
                running.join_next().await;
            }
            let text = match stream.next().await {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Binary(_))) => {
                    return Parting::ours(CloseCode::Unsupported, "Binary frames are not supported");
                }
                Some(Ok(Message::Close(frame))) => return Parting::theirs(frame),
                // The crate answers pings of the protocol. As far as is known they are no activity.
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Parting::because_of(&error),
                None => return Parting::lost(),
            };
            self.open.touch();
            if is_ping(&text) {
                place.send(Utf8Bytes::from_static(PONG));
            } else {
                running.spawn(frame(self.sockets.clone(), self.open.clone(), text));
            }
        }
    }

    async fn timed_out(&self) -> Parting {
        let limits = &self.sockets.limits;
        let idle = async {
            loop {
                let until = self.open.active() + limits.idle;
                if until <= Instant::now() {
                    return;
                }
                tokio::time::sleep_until(until).await;
            }
        };
        tokio::select! {
            () = idle => {}
            () = tokio::time::sleep_until(self.open.opened + limits.life) => {}
        }
        Parting::going_away()
    }

    /// Tells the function behind `$disconnect`, once and as well as it goes, as API Gateway does.
    async fn disconnected(&self, parting: &Parting) {
        let Ok(request_id) = new_id() else { return };
        let call = Call { request_id, at: shared::clock::system().get() };
        let event = event::disconnect(&self.open.client, &call, parting);
        let answer = (self.sockets.functions)(SocketFunction::Close, event);
        match tokio::time::timeout(self.sockets.limits.integration, answer).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => say(format_args!("The function socket-close failed: {error}.")),
            Err(_) => say("The function socket-close did not answer in time."),
        }
    }
}

/// Whether the route selection `$request.body.action` finds `ping`.
fn is_ping(text: &str) -> bool {
    let body: Result<Value, _> = serde_json::from_str(text);
    body.is_ok_and(|body| body.get("action").and_then(Value::as_str) == Some("ping"))
}

/// Hands a frame to the function behind `$default`, and tells the client if that fails.
async fn frame(sockets: Arc<Sockets>, open: Arc<Open>, text: Utf8Bytes) {
    let (Ok(request_id), Ok(message_id)) = (new_id(), new_id()) else { return };
    let call = Call { request_id, at: shared::clock::system().get() };
    let event = event::message(&open.client, &call, &message_id, &text);
    let answer = (sockets.functions)(SocketFunction::Frame, event);
    let (message, problem) = match tokio::time::timeout(sockets.limits.integration, answer).await {
        Ok(Ok(answer)) if answer.get("statusCode").is_some_and(Value::is_u64) => return,
        Ok(Ok(_)) => ("Internal server error", "its answer has no statusCode".to_owned()),
        Ok(Err(error)) => ("Internal server error", error.to_string()),
        Err(_) => ("Endpoint request timed out", "it did not answer in time".to_owned()),
    };
    say(format_args!("The function socket-frame failed: {problem}."));
    let told = json!({ "message": message, "connectionId": open.client.id, "requestId": call.request_id });
    let _ = open.outgoing.send(told.to_string().into()).await;
}
