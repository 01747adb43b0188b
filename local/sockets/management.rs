//! `@connections`: how functions post to a connection, look at it, and close it. For who signs with the credentials of this
//! service, as in AWS for who may.

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::sync::mpsc::error::TrySendError;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::connection::{MAX_MESSAGE_BYTES, Open};
use super::parting::Parting;
use super::{Sockets, event, refusal};
use crate::signature::{self, Signed};

/// What is read of a body before anything is known of it.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;
/// What a signature has to cover besides method, path and body.
const COVERED: [&str; 2] = ["host", "x-amz-date"];

/// The connection that `/@connections/{id}` names, or `/{stage}/@connections/{id}`.
pub fn connection_id(path: &str) -> Option<String> {
    let parts: Vec<String> = path
        .strip_prefix('/')?
        .split('/')
        .map(|part| percent_decode_str(part).decode_utf8().map(|part| part.into_owned()).unwrap_or_default())
        .collect();
    match parts.as_slice() {
        [name, id] | [_, name, id] if name == "@connections" => Some(id.clone()),
        _ => None,
    }
}

impl Sockets {
    /// Answers a call about a connection.
    pub(super) async fn manage(&self, id: &str, req: Request<Body>) -> Response<Body> {
        let (parts, body) = req.into_parts();
        let body = match tokio::time::timeout(self.patience, to_bytes(body, MAX_BODY_BYTES)).await {
            Ok(Ok(body)) => body,
            Ok(Err(_)) => return too_large(),
            Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "RequestTimeoutException", "The body is late."),
        };
        let path = parts.uri.path();
        let signed = Signed { method: parts.method.as_str(), path, headers: &parts.headers, body: &body };
        let checked = match parts.uri.query() {
            None => signature::check(&signed, &COVERED, &self.credentials, SystemTime::now()),
            Some(_) => Err(signature::Unsigned::Wrong),
        };
        if let Err(unsigned) = checked {
            let (name, sentence) = unsigned.told();
            return refused(StatusCode::FORBIDDEN, name, sentence);
        }
        match parts.method {
            Method::POST => self.post(id, &body),
            Method::GET => self.find(id).map_or_else(gone, |open| shown(&open)),
            Method::DELETE => self.forget(id).map_or_else(gone, |open| {
                open.part(Parting::deleted());
                empty(StatusCode::NO_CONTENT)
            }),
            _ => {
                let sentence = "There are GET, POST and DELETE.";
                refused(StatusCode::FORBIDDEN, "MissingAuthenticationTokenException", sentence)
            }
        }
    }

    /// Queues a message. As in AWS, 200 does not say that it arrives.
    fn post(&self, id: &str, body: &[u8]) -> Response<Body> {
        if MAX_MESSAGE_BYTES < body.len() {
            return too_large();
        }
        let Ok(text) = std::str::from_utf8(body) else {
            return refused(StatusCode::BAD_REQUEST, "BadRequestException", "Frames are text, in UTF-8.");
        };
        let Some(open) = self.find(id) else { return gone() };
        match open.outgoing.try_send(Utf8Bytes::from(text)) {
            Ok(()) => empty(StatusCode::OK),
            Err(TrySendError::Full(_)) => refused(
                StatusCode::TOO_MANY_REQUESTS,
                "LimitExceededException",
                "The client does not read what is posted to it.",
            ),
            Err(TrySendError::Closed(_)) => gone(),
        }
    }
}

fn shown(open: &Arc<Open>) -> Response<Body> {
    let shown = json!({
        "connectedAt": event::iso(open.client.connected_at),
        "lastActiveAt": event::iso(open.last_active_at()),
        "identity": open.client.identity(),
    });
    Response::new(Body::from(shown.to_string()))
}

fn gone() -> Response<Body> {
    refused(StatusCode::GONE, "GoneException", "There is no such connection.")
}

fn too_large() -> Response<Body> {
    refused(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", "A message has 128 KB at the most.")
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// As AWS's clients read an error: its name in a header.
fn refused(status: StatusCode, name: &'static str, sentence: &str) -> Response<Body> {
    let mut response = refusal(status, sentence);
    response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(name));
    response
}
