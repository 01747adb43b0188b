//! `$default`: every request that has no route (contract/README.md, "Addressing and versioning").

use std::future::ready;

use lambda_http::http::Method;
use lambda_http::{Request, RequestExt};
use model::problem::Code;
use shared::error::ApiError;
use shared::http::response::{self, Response};
use shared::lambda::Handler;
use shared::routes::VERSIONS;

/// Answers one request.
pub const HANDLER: Handler = |_, req| Box::pin(ready(answer(req)));

/// `$default` catches OPTIONS too, and a browser sends nothing after a preflight that was answered `404`. The headers of
/// the answer are API Gateway's, from the template's `CorsConfiguration`; it ignores those of functions.
fn answer(req: &Request) -> Result<Response, ApiError> {
    if req.method() == Method::OPTIONS {
        return Ok(response::no_content());
    }
    Err(refusal(req))
}

/// A path of another version is told so; any other path or method does not exist.
fn refusal(req: &Request) -> ApiError {
    let path = req.raw_http_path();
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let is_version = first.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if is_version && !VERSIONS.contains(&first) {
        return ApiError::new(Code::InvalidApiVersion, "There is no such version of this API; use v3.");
    }
    ApiError::new(Code::ApiNotFound, format!("There is no {} {path}.", req.method()))
}
