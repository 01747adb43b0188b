//! The chat of `examples/chat`, at `/`: a page like any other client of the API. Only the local service serves it.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::header::{self, HeaderMap};
use axum::http::{Method, Request, Response, StatusCode};
use shared::identity::hex_sha256;

/// The page's own policy stands in it, so that it holds wherever the page is hosted; what a page cannot say of itself is
/// said here.
const POLICY: &str = "frame-ancestors 'none'";

/// One file by its name.
struct File {
    name: &'static str,
    content: &'static [u8],
}

macro_rules! files {
    ($($name:literal)*) => {
        &[$(File { name: $name, content: include_bytes!(concat!("../examples/chat/", $name)) }),*]
    };
}

/// The page and its parts; a test compares them with the folder.
const FILES: &[File] = files! {
    "app.js"
    "composer.js"
    "deeds.js"
    "dialog.js"
    "dom.js"
    "drafts.js"
    "find.js"
    "group.js"
    "halley.js"
    "icon.svg"
    "inbox.js"
    "index.html"
    "inspector.js"
    "mentions.js"
    "message.js"
    "messages.js"
    "model.js"
    "outbox.js"
    "pane.js"
    "panels.js"
    "people.js"
    "rest.js"
    "sidebar.js"
    "signin.js"
    "style.css"
    "text.js"
    "timeline.js"
    "unsent.js"
    "uploads.js"
};

/// The tags of the files, by which a browser learns that it has them already.
static TAGS: LazyLock<Vec<String>> =
    LazyLock::new(|| FILES.iter().map(|file| format!("\"{}\"", hex_sha256(file.content))).collect());

/// The answer to a request for the page or a part of it; every other request is for somebody else.
pub fn answer(req: &Request<Body>) -> Option<Response<Body>> {
    // Who asks for the head alone gets no body: the server leaves it out.
    if ![Method::GET, Method::HEAD].contains(req.method()) {
        return None;
    }
    let name = match req.uri().path().strip_prefix('/')? {
        "" => "index.html",
        name => name,
    };
    let (file, tag) = FILES.iter().zip(TAGS.iter()).find(|(file, _)| file.name == name)?;
    let response = Response::builder()
        .header(header::CONTENT_TYPE, content_type(name))
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        // After an update nobody sees half of the old page.
        .header(header::CACHE_CONTROL, "no-cache")
        .header(header::ETAG, tag);
    let response = if has(req.headers(), tag) {
        response.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        response.body(Body::from(file.content))
    };
    Some(response.expect("constant headers make a response"))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    }
}

fn has(headers: &HeaderMap, tag: &str) -> bool {
    headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes())
}
