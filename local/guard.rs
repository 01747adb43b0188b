//! Who may talk to the embedded services at all: programs on this machine, by its own names.

use axum::body::Body;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Response, StatusCode, header};

/// The names of the loopback interface. A page whose own name was pointed here (DNS rebinding) asks by that name.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Whether the request names this machine as its host.
pub fn is_local(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).and_then(|host| host.parse::<Authority>().ok());
    hosts.next().is_none() && host.is_some_and(|host| NAMES.iter().any(|name| host.host().eq_ignore_ascii_case(name)))
}

/// What everybody else is told.
pub fn forbidden() -> Response<Body> {
    let mut response = Response::new(Body::from("For programs on this machine only.\n"));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}
