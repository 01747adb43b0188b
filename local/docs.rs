//! The API's own description: `GET /openapi.json`, and `GET /docs` for people, who try it there. Only the local service has these; they are
//! no functions.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{Method, Request, Response};
use serde::de::Error as _;
use serde_saphyr::Error;

/// `openapi.yaml` as JSON, in its own order, in which people read it on the page.
pub static OPENAPI_JSON: LazyLock<String> = LazyLock::new(|| {
    let yaml = include_str!("../openapi.yaml");
    serde_saphyr::with_deserializer_from_str(yaml, |document| {
        let mut json = Vec::new();
        serde_transcode::transcode(document, &mut serde_json::Serializer::new(&mut json)).map_err(Error::custom)?;
        String::from_utf8(json).map_err(Error::custom)
    })
    .expect("a test reads openapi.yaml")
});

/// The page, with the document in it. A `<` in JSON stands inside strings only, where it may be escaped; so nothing in
/// the document can end the page's script.
static PAGE: LazyLock<String> =
    LazyLock::new(|| include_str!("docs.html").replace("\"OPENAPI_JSON\"", &OPENAPI_JSON.replace('<', "\\u003c")));

/// The page runs its own scripts and style, and asks this service only.
const POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The answer to a request for the description; every other request is the API's.
pub fn answer(req: &Request<Body>) -> Option<Response<Body>> {
    // Who asks for the head alone gets no body: the server leaves it out.
    if ![Method::GET, Method::HEAD].contains(req.method()) {
        return None;
    }
    let (content_type, text): (_, &'static str) = match req.uri().path() {
        "/openapi.json" => ("application/json", &OPENAPI_JSON),
        "/docs/try.js" => ("text/javascript; charset=utf-8", include_str!("try.js")),
        "/docs" => ("text/html; charset=utf-8", &PAGE),
        _ => return None,
    };
    let response = Response::builder().header("content-type", content_type).header("content-security-policy", POLICY);
    Some(response.body(Body::from(text)).expect("constant headers make a response"))
}
