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

/// The key of metadata that only the app sees and sets.
const PRIVATE: &str = "@private";

/// Metadata as a body gives it, taken apart. The parts are stored by themselves, so that whoever changes the one cannot
/// touch the other.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// What everybody sees.
    pub public: Map<String, Value>,
    /// What only the app sees.
    pub private: Option<Value>,
}

/// Metadata of at most [`MAX_METADATA_BYTES`].
pub fn metadata(value: &Value) -> Result<Metadata, FieldProblem> {
    let mut public = limited_object(value)?;
    let private = public.remove(PRIVATE).filter(|private| !private.is_null());
    Ok(Metadata { public, private })
}

/// A JSON object of at most [`MAX_METADATA_BYTES`].
pub fn limited_object(value: &Value) -> Result<Map<String, Value>, FieldProblem> {
    let metadata = fields::map(value)?;
    if MAX_METADATA_BYTES < value.to_string().len() {
        return Err(format!("must not be larger than {MAX_METADATA_BYTES} bytes of JSON."));
    }
    Ok(metadata)
}

/// Metadata as the app sees it.
pub fn whole(mut public: Map<String, Value>, private: Option<&Value>) -> Map<String, Value> {
    public.extend(private.map(|private| (PRIVATE.to_owned(), private.clone())));
    public
}

/// Metadata as everybody sees it; nothing but [`metadata`] keeps the `@private` part out of what is stored.
pub fn public(metadata: &Map<String, Value>) -> Map<String, Value> {
    metadata.iter().filter(|(key, _)| *key != PRIVATE).map(|(key, value)| (key.clone(), value.clone())).collect()
}
