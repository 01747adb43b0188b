//! The fields that users and groups share: name, URL, metadata.

use serde_json::{Map, Value};
use url::Url;

use super::fields::{self, FieldProblem};

/// The most characters of a name.
pub const MAX_NAME: usize = 100;
/// The most characters of an avatar, icon or link.
pub const MAX_URL: usize = 3_000;
/// The most bytes of metadata as compact JSON.
pub const MAX_METADATA_BYTES: usize = 5 * 1024;

/// A name: 1 to [`MAX_NAME`] characters, not only blanks.
pub fn name(value: &Value) -> Result<String, FieldProblem> {
    let name = fields::text::<MAX_NAME>(value)?;
    if name.trim().is_empty() { Err("must not be blank.".to_owned()) } else { Ok(name) }
}

/// An absolute `http` or `https` URL of at most [`MAX_URL`] characters.
pub fn url(value: &Value) -> Result<String, FieldProblem> {
    let url = fields::text::<MAX_URL>(value)?;
    let is_web = Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is_web { Ok(url) } else { Err("must be a valid URL.".to_owned()) }
}

/// A map of at most [`MAX_METADATA_BYTES`] of JSON.
pub fn metadata(value: &Value) -> Result<Map<String, Value>, FieldProblem> {
    let metadata = fields::map(value)?;
    if MAX_METADATA_BYTES < value.to_string().len() {
        return Err(format!("must not be larger than {MAX_METADATA_BYTES} bytes of JSON."));
    }
    Ok(metadata)
}

/// Metadata as others see it: without the `@private` part.
pub fn public(metadata: &Map<String, Value>) -> Map<String, Value> {
    metadata.iter().filter(|(key, _)| *key != "@private").map(|(key, value)| (key.clone(), value.clone())).collect()
}
