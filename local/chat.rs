//! The chat of `examples/chat`, at `/`: a page like any other client of the API. Only the local service serves it.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::header::{self, HeaderMap};
use axum::http::{Method, Request, Response, StatusCode};
use shared::identity::hex_sha256;

/// The page's own policy stands in it, so that it holds wherever the page is hosted; what a page cannot say of itself is
/// said here.
const POLICY: &str = "frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// One file, and where it is served.
struct File {
    path: &'static str,
    content_type: &'static str,
    content: &'static [u8],
}

macro_rules! files {
    ($($path:literal $content_type:expr, $name:literal;)*) => {
        &[$(File { path: $path, content_type: $content_type, content: include_bytes!(concat!("../examples/chat/", $name)) }),*]
    };
}

const FILES: &[File] = files! {
    "/" HTML, "index.html";
    "/style.css" "text/css; charset=utf-8", "style.css";
    "/icon.svg" "image/svg+xml", "icon.svg";
    "/app.js" SCRIPT, "app.js";
    "/composer.js" SCRIPT, "composer.js";
    "/deeds.js" SCRIPT, "deeds.js";
    "/dialog.js" SCRIPT, "dialog.js";
    "/dom.js" SCRIPT, "dom.js";
    "/find.js" SCRIPT, "find.js";
    "/group.js" SCRIPT, "group.js";
    "/halley.js" SCRIPT, "halley.js";
    "/inbox.js" SCRIPT, "inbox.js";
    "/inspector.js" SCRIPT, "inspector.js";
    "/mentions.js" SCRIPT, "mentions.js";
    "/message.js" SCRIPT, "message.js";
    "/messages.js" SCRIPT, "messages.js";
    "/pane.js" SCRIPT, "pane.js";
    "/panels.js" SCRIPT, "panels.js";
    "/people.js" SCRIPT, "people.js";
    "/rest.js" SCRIPT, "rest.js";
    "/sidebar.js" SCRIPT, "sidebar.js";
    "/signin.js" SCRIPT, "signin.js";
    "/text.js" SCRIPT, "text.js";
    "/uploads.js" SCRIPT, "uploads.js";
};

/// The tags of the files, by which a browser learns that it has them already.
static TAGS: LazyLock<Vec<String>> =
    LazyLock::new(|| FILES.iter().map(|file| format!("\"{}\"", hex_sha256(file.content))).collect());

/// The answer to a request for the page or a part of it; every other request is for somebody else.
pub fn answer(req: &Request<Body>) -> Option<Response<Body>> {
    if req.method() != Method::GET {
        return None;
    }
    let (file, tag) = FILES.iter().zip(TAGS.iter()).find(|(file, _)| file.path == req.uri().path())?;
    let response = Response::builder()
        .header(header::CONTENT_TYPE, file.content_type)
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

fn has(headers: &HeaderMap, tag: &str) -> bool {
    headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes())
}
