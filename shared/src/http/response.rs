//! The envelopes of the contract: `data`, `data` with `meta`, and `error`.

use lambda_http::http::HeaderValue;
use lambda_http::http::StatusCode;
use lambda_http::{Body, Response as HttpResponse};
use serde::Serialize;
use serde_json::json;

use super::status::status;
use crate::error::ApiError;
use model::budget::Entries;
use model::listed::Listed;
use model::outcome::ErrorView;

/// An answer on its way to API Gateway.
pub type Response = HttpResponse<Body>;

/// `{"data": …}`.
pub fn data(data: &impl Serialize) -> Response {
    with_body(200, format!(r#"{{"data":{}}}"#, text(data)))
}

/// [`data`] that no cache on the way may keep: it holds what this caller alone is told.
pub fn private_data(data: &impl Serialize) -> Response {
    let mut response = self::data(data);
    response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
    response
}

/// `{"data": […], "meta": {…}}`: what fits of a list, and what leads on.
pub fn list(entries: &Entries, meta: &impl Serialize) -> Response {
    with_body(200, entries.array(r#"{"data":"#, &format!(r#","meta":{}}}"#, text(meta))))
}

/// `{"data": […]}`, for a list that nothing leads on.
pub fn whole_list(entries: &Entries) -> Response {
    with_body(200, entries.array(r#"{"data":"#, "}"))
}

/// [`list`] or [`whole_list`], as the domain answers it.
pub fn listed(listed: &Listed<impl Serialize>) -> Response {
    match &listed.meta {
        Some(meta) => list(&listed.entries, meta),
        None => whole_list(&listed.entries),
    }
}

/// `{"data": {"success": true}}`.
pub fn success() -> Response {
    data(&json!({ "success": true }))
}

/// `{"data": {"success": true, "message": …}}`.
pub fn outcome(message: impl Into<String>) -> Response {
    data(&json!({ "success": true, "message": message.into() }))
}

/// The same with what became of something, if there is anything to show.
pub fn outcome_with(message: impl Into<String>, name: &str, shown: Option<impl Serialize>) -> Response {
    let mut outcome = json!({ "success": true, "message": message.into() });
    if let (Some(shown), Some(fields)) = (shown, outcome.as_object_mut()) {
        fields.insert(name.to_owned(), json!(shown));
    }
    data(&outcome)
}

/// `204`, without a body.
pub fn no_content() -> Response {
    let mut response = HttpResponse::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: ErrorView<'a>,
}

/// `{"error": {…}}` with the code's status.
pub fn error(error: &ApiError) -> Response {
    let mut response = answer(status(error.code()), &Envelope { error: error.view() });
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    response
}

fn answer(status: u16, body: &impl Serialize) -> Response {
    with_body(status, text(body))
}

fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("our envelopes have string keys and no failing Serialize")
}

fn with_body(status: u16, text: String) -> Response {
    HttpResponse::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::Text(text))
        .expect("a three-digit status and a constant header make a response")
}
