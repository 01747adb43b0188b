//! What browsers are told about other origins, as API Gateway tells it from the template's `CorsConfiguration`: it
//! answers every preflight itself, and adds its headers to every other answer. A test holds the template to the lists.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};

/// The request headers of the contract. Browsers compare them without regard to case.
pub const ALLOWED_HEADERS: [&str; 7] =
    ["appid", "authtoken", "apikey", "content-type", "resource", "sdk", "onbehalfof"];
/// The methods that pages may use.
pub const ALLOWED_METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// The response headers that pages may read.
pub const EXPOSED_HEADERS: [&str; 1] = ["retry-after"];
/// For how long a browser may remember the answer to a preflight.
pub const MAX_AGE_SECONDS: u32 = 86_400;

/// The local service is open to every origin, as the template is by default.
const ANY_ORIGIN: HeaderValue = HeaderValue::from_static("*");

/// The answer to a preflight, whatever its path; every other request is the API's.
pub fn preflight(req: &Request<Body>) -> Option<Response<Body>> {
    let asks = req.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if req.method() != Method::OPTIONS || !asks || !is_from_a_page(req.headers()) {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN);
    set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, &ALLOWED_METHODS.join(","));
    set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, &ALLOWED_HEADERS.join(","));
    set(headers, header::ACCESS_CONTROL_MAX_AGE, &MAX_AGE_SECONDS.to_string());
    Some(response)
}

/// Whether a request names an origin; the others get no header of this kind.
pub fn is_from_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN)
}

/// Lets the page that asked read the answer.
pub fn allow(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN);
    set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &EXPOSED_HEADERS.join(","));
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    headers.insert(name, HeaderValue::from_str(value).expect("the lists above are ASCII"));
}
