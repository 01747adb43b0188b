//! Plays a WebSocket API of API Gateway, on the port of the REST API: connections, events for the functions behind its
//! routes, `@connections`, and the platform's limits. As in the template nothing stands behind `$connect`, and pings are
//! answered by the gateway itself.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE;
use hyper::upgrade::{self, OnUpgrade};
use lambda_http::Error;
use model::host::Host;
use serde_json::{Value, json};
use shared::app::App;
use shared::delivery::SOCKETS;
use shared::worker::Worker;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use crate::TABLE;
use crate::database::Database;
use crate::event::called_host;
use crate::worker;
use connection::{Client, Connection, Open};
use parting::Parting;

mod connection;
mod event;
mod management;
mod parting;

/// A function of the WebSocket API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SocketFunction {
    /// `socket-frame`, behind `$default`.
    Frame,
    /// `socket-close`, behind `$disconnect`.
    Close,
}

/// What a function will answer.
pub type SocketAnswer = Pin<Box<dyn Future<Output = Result<Value, Error>> + Send>>;

/// Invokes a function with the event that Lambda would hand to it.
pub type SocketFunctions = Arc<dyn Fn(SocketFunction, Value) -> SocketAnswer + Send + Sync>;

/// The platform's limits, which tests need not wait for.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// How many connections are open at once. API Gateway has no such limit, a laptop does.
    pub connections: usize,
    /// After how much time without a message a connection is closed.
    pub idle: Duration,
    /// After how much time a connection is closed whatever happens.
    pub life: Duration,
    /// How long a function may take to answer a frame.
    pub integration: Duration,
    /// How many messages wait for a client that does not read them.
    pub queue: usize,
}

impl Default for SocketLimits {
    fn default() -> SocketLimits {
        SocketLimits {
            connections: 1_000,
            idle: Duration::from_secs(10 * 60),
            life: Duration::from_secs(2 * 60 * 60),
            integration: Duration::from_secs(29),
            queue: 64,
        }
    }
}

/// How the WebSocket API behaves.
#[derive(Clone, Default)]
pub struct SocketOptions {
    /// The functions behind its routes; the service's own without it.
    pub functions: Option<SocketFunctions>,
    /// Its limits.
    pub limits: SocketLimits,
}

/// The functions of the service itself.
pub fn own_functions(app: &Arc<App>) -> SocketFunctions {
    let app = app.clone();
    Arc::new(move |function, event| {
        let app = app.clone();
        let worker = match function {
            SocketFunction::Frame => Worker::SocketFrame,
            SocketFunction::Close => Worker::SocketClose,
        };
        Box::pin(async move { worker::invoke(&app, worker, event).await })
    })
}

/// Ends what an earlier process left open, when none of this one is: nobody said of it that it was closed. It goes as if
/// its time were over, so the table's stream tells of each.
pub fn end_former(database: &Database) -> Result<(), Error> {
    let former = database.keys_from(TABLE, SOCKETS)?;
    for key in &former {
        let update = json!({ "TableName": TABLE, "Key": key, "UpdateExpression": "SET expiresAt = :over",
            "ExpressionAttributeValues": { ":over": { "N": "1" } } });
        database.call("UpdateItem", &update)?;
    }
    if !former.is_empty() {
        database.expire()?;
    }
    Ok(())
}

/// The API: what is open, and what answers.
pub struct Sockets {
    functions: SocketFunctions,
    limits: SocketLimits,
    /// Where it listens, for clients that do not say whom they called.
    own: Host,
    /// Whose calls to `@connections` are carried out.
    credentials: Credentials,
    /// For how long the body of such a call may take to arrive.
    patience: Duration,
    open: Mutex<HashMap<String, Arc<Open>>>,
    /// A connection holds one until all that it leads to is done.
    places: Arc<Semaphore>,
    ending: watch::Sender<bool>,
}

impl Sockets {
    /// No connection is open yet.
    pub fn new(
        functions: SocketFunctions,
        limits: SocketLimits,
        own: Host,
        credentials: Credentials,
        patience: Duration,
    ) -> Arc<Sockets> {
        let places = Arc::new(Semaphore::new(limits.connections));
        let (open, ending) = (Mutex::default(), watch::Sender::new(false));
        Arc::new(Sockets { functions, limits, own, credentials, patience, open, places, ending })
    }

    /// Answers what is for this API: upgrades, and calls to `@connections`. Every other request comes back.
    pub async fn answer(self: &Arc<Sockets>, mut req: Request<Body>) -> Result<Response<Body>, Request<Body>> {
        if let Some(id) = management::connection_id(req.uri().path()) {
            return Ok(self.manage(&id, req).await);
        }
        if !is_upgrade(req.headers()) {
            return Err(req);
        }
        let upgrade = upgrade::on(&mut req);
        Ok(self.upgrade(req, upgrade))
    }

    /// Agrees to a WebSocket, which lives on by itself.
    fn upgrade(self: &Arc<Sockets>, req: Request<Body>, upgrade: OnUpgrade) -> Response<Body> {
        let Ok(response) = create_response_with_body(&req, Body::empty) else {
            let mut response = refusal(StatusCode::BAD_REQUEST, "Bad Request");
            response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            return response;
        };
        let (parts, _) = req.into_parts();
        let Ok(host) = called_host(&parts, &self.own) else {
            return refusal(StatusCode::FORBIDDEN, "Forbidden");
        };
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return refusal(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
        };
        let Ok(id) = new_id() else {
            return refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
        };
        let client = Client::of(id, &parts, &host);
        let sockets = self.clone();
        tokio::spawn(async move {
            // A client that goes before it is connected leaves nothing.
            if let Ok(upgraded) = upgrade.await {
                sockets.connect(client, upgraded).await;
            }
            drop(place);
        });
        response
    }

    async fn connect(self: Arc<Sockets>, client: Client, upgraded: upgrade::Upgraded) {
        let (sender, queue) = mpsc::channel(self.limits.queue);
        let (part, parted) = oneshot::channel();
        let open = Arc::new(Open::new(client, sender, part));
        self.all_open().insert(open.client.id.clone(), open.clone());
        Connection::new(self, open).live(upgraded, queue, parted).await;
    }

    fn all_open(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Option<Arc<Open>> {
        self.all_open().get(id).cloned()
    }

    /// From now on there is no such connection.
    fn forget(&self, id: &str) -> Option<Arc<Open>> {
        self.all_open().remove(id)
    }

    /// Closes all connections, and waits until the functions were told.
    pub async fn end(&self) {
        self.ending.send_replace(true);
        let all = u32::try_from(self.limits.connections).unwrap_or(u32::MAX);
        let _ = self.places.acquire_many(all).await;
    }

    /// Ends when the service does.
    async fn ended(&self) -> Parting {
        let _ = self.ending.subscribe().wait_for(|is_ending| *is_ending).await;
        Parting::going_away()
    }
}

fn is_upgrade(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|upgrade| upgrade.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// Eleven random bytes, as API Gateway's ids of connections, messages and requests look: `JC1dgf9yoAMCK-g=`.
fn new_id() -> Result<String, Error> {
    let mut bytes = [0; 11];
    getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
    Ok(BASE64_URL_SAFE.encode(bytes))
}

fn refusal(status: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
