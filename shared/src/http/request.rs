//! A request's path and body as types. Limits live with the types; this module has only the whole body's.

use lambda_http::{Request, RequestExt};
use serde_json::{Map, Value};

use crate::error::ApiError;
use model::fields::{self, Fields};
use model::problem::Code;
use model::reaction::Reaction;
use model::uid::{Guid, Uid};

/// The most characters of a JSON body (contract/limits.md: the whole message, metadata included).
pub const MAX_BODY_CHARS: usize = 65_536;

/// A path parameter as it came, percent-decoded.
pub fn raw_path<'a>(req: &'a Request, name: &str) -> &'a str {
    req.path_parameters_ref().and_then(|parameters| parameters.first(name)).unwrap_or_default()
}

/// Whether the route has this parameter in its path.
pub fn has_path(req: &Request, name: &str) -> bool {
    req.path_parameters_ref().is_some_and(|parameters| parameters.first(name).is_some())
}

/// A header's value; `None` if it is not text.
pub fn header<'a>(req: &'a Request, name: &str) -> Option<&'a str> {
    req.headers().get(name).and_then(|value| value.to_str().ok())
}

/// The JSON object in the body. An empty body counts as an empty object: each field then says that it is required.
pub fn json(req: &Request) -> Result<Map<String, Value>, ApiError> {
    let text = std::str::from_utf8(req.body()).map_err(|_| ApiError::field("body", "must be UTF-8 text."))?;
    if MAX_BODY_CHARS < text.chars().count() {
        return Err(ApiError::field("body", format!("must not be longer than {MAX_BODY_CHARS} characters.")));
    }
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(ApiError::field("body", "must be a JSON object.")),
        Err(error) => {
            let problem = format!("is not valid JSON (line {}, column {}).", error.line(), error.column());
            Err(ApiError::field("body", problem))
        }
    }
}

/// The user that the path names. A malformed UID names nobody.
pub fn uid(req: &Request) -> Result<Uid, ApiError> {
    Uid::parse(raw_path(req, "uid")).map_err(|_| ApiError::new(Code::UidNotFound, "There is no user of this UID."))
}

/// The group that the path names. A malformed GUID names none.
pub fn guid(req: &Request) -> Result<Guid, ApiError> {
    Guid::parse(raw_path(req, "guid")).map_err(|_| ApiError::new(Code::GuidNotFound, "There is no group of this GUID."))
}

/// The reaction that the path names, or else the body.
pub fn reaction(req: &Request) -> Result<Reaction, ApiError> {
    let given = match raw_path(req, "reaction") {
        "" => {
            let body = json(req)?;
            let mut fields = Fields::of(&body);
            let reaction = fields.required("reaction", fields::owned);
            fields.finish()?;
            reaction.unwrap_or_default()
        }
        path => path.to_owned(),
    };
    Reaction::parse(&given).map_err(|problem| ApiError::field("reaction", problem))
}
