//! The API's own description: `GET /openapi.json`, and `GET /docs` for people. Only the local service has these; they are
//! no functions.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{Method, Request, Response};

/// `openapi.yaml` as JSON.
pub static OPENAPI_JSON: LazyLock<String> = LazyLock::new(|| {
    let document: serde_json::Value =
        serde_saphyr::from_str(include_str!("../openapi.yaml")).expect("a test reads openapi.yaml");
    document.to_string()
});

/// The page, with the document in it. A `<` in JSON stands inside strings only, where it may be escaped; so nothing in
/// the document can end the page's script.
static PAGE: LazyLock<String> =
    LazyLock::new(|| include_str!("docs.html").replace("\"OPENAPI_JSON\"", &OPENAPI_JSON.replace('<', "\\u003c")));

/// The page runs its own script and style and asks for nothing from anywhere.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; base-uri 'none'";

/// The answer to a request for the description; every other request is the API's.
pub fn answer(req: &Request<Body>) -> Option<Response<Body>> {
    let (content_type, text): (_, &'static str) = match (req.method(), req.uri().path()) {
        (&Method::GET, "/openapi.json") => ("application/json", &OPENAPI_JSON),
        (&Method::GET, "/docs") => ("text/html; charset=utf-8", &PAGE),
        _ => return None,
    };
    let response = Response::builder().header("content-type", content_type).header("content-security-policy", POLICY);
    Some(response.body(Body::from(text)).expect("constant headers make a response"))
}
