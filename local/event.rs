//! An HTTP request as the API Gateway v2 event that a function would get for it.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::http::header::HOST;
use axum::http::request::Parts;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use model::host::{BadHost, Host};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::server::Encrypted;

/// Content types whose bodies API Gateway passes as text; everything else goes as base64.
const TEXT_TYPES: [&str; 4] = ["text/", "application/json", "application/javascript", "application/xml"];

/// The path as API Gateway routes and passes it: percent-decoded. `None` if the encoding is broken.
pub fn decoded_path(parts: &Parts) -> Option<String> {
    let path = parts.uri.path();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let is_escape = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
        if byte == b'%' && !(is_escape(rest.next()) && is_escape(rest.next())) {
            return None;
        }
    }
    percent_decode_str(path).decode_utf8().ok().map(|path| path.into_owned())
}

/// What the gateway found out about a request before it makes the event.
#[derive(Debug)]
pub struct Routed<'a> {
    /// `POST /{version}/messages`, or `$default`.
    pub route_key: String,
    /// [`decoded_path`].
    pub path: &'a str,
    /// The path parameters, decoded.
    pub parameters: BTreeMap<String, String>,
    /// The host that the client called.
    pub host: Host,
    /// A new id.
    pub request_id: String,
}

/// The event.
pub fn event(parts: &Parts, routed: &Routed<'_>, body: &[u8]) -> Value {
    let query = parts.uri.query().unwrap_or_default();
    let (body, is_base64) = body_text(parts, body);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    json!({
        "version": "2.0",
        "routeKey": routed.route_key,
        "rawPath": routed.path,
        "rawQueryString": query,
        "headers": headers(parts, &routed.host),
        "queryStringParameters": joined(form_urlencoded::parse(query.as_bytes())),
        "pathParameters": routed.parameters,
        "requestContext": {
            "accountId": "local",
            "apiId": "local",
            "domainName": routed.host.name(),
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": routed.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": parts.headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default(),
            },
            "requestId": routed.request_id,
            "routeKey": routed.route_key,
            "stage": "$default",
            "timeEpoch": u64::try_from(now.as_millis()).unwrap_or_default(),
        },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// The host that the client called, which is `own` if it does not say. An error if it is none: API Gateway does not
/// know it then, and the adapter would fail to make a URL of it.
pub fn called_host(parts: &Parts, own: &Host) -> Result<Host, BadHost> {
    let Some(host) = parts.headers.get(HOST) else { return Ok(own.clone()) };
    Host::parse(host.to_str().map_err(|_| BadHost)?)
}

/// Header names in lower case, repeated ones joined by commas. The scheme is the gateway's own word, or that of a proxy which
/// ended TLS before it.
fn headers(parts: &Parts, host: &Host) -> Value {
    let values = parts
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "host" | "x-forwarded-proto"))
        .map(|(name, value)| (name.as_str().into(), String::from_utf8_lossy(value.as_bytes()).into_owned().into()));
    let said = parts.headers.get("x-forwarded-proto").and_then(|schemes| schemes.to_str().ok()?.split(',').next());
    let proxied = said.is_some_and(|scheme| scheme.trim() == "https");
    let scheme = if proxied || parts.extensions.get::<Encrypted>().is_some() { "https" } else { "http" };
    let own = [("host".into(), host.to_string().into()), ("x-forwarded-proto".into(), scheme.into())];
    joined(values.chain(own))
}

/// An object of texts in which repeated names are joined by commas.
fn joined<'a>(pairs: impl Iterator<Item = (std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>)>) -> Value {
    let mut object = Map::new();
    for (name, value) in pairs {
        match object.get_mut(name.as_ref()) {
            Some(Value::String(known)) => {
                known.push(',');
                known.push_str(&value);
            }
            _ => {
                object.insert(name.into_owned(), Value::String(value.into_owned()));
            }
        }
    }
    Value::Object(object)
}

fn body_text(parts: &Parts, body: &[u8]) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let content_type = parts.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = TEXT_TYPES.iter().any(|text| content_type.starts_with(text));
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (Some(text.to_owned()), false),
        _ => (Some(BASE64_STANDARD.encode(body)), true),
    }
}
