//! Fields of answers: numbers may come as strings, and what has no value may be left out, `null` or an empty array.

use model::id::MessageId;
use model::tags::Tags;
use model::time::Seconds;
use model::uid::{Guid, Uid};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// A text.
pub fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A whole number.
pub fn number(object: &Value, name: &str) -> Option<u64> {
    match object.get(name)? {
        Value::String(digits) => digits.trim().parse().ok(),
        number => number.as_u64(),
    }
}

/// An id of a message or reaction.
pub fn id(object: &Value, name: &str) -> Option<MessageId> {
    MessageId::new(number(object, name)?).ok()
}

/// A time. None at all is told by 0 as well.
pub fn seconds(object: &Value, name: &str) -> Option<Seconds> {
    number(object, name).filter(|seconds| 0 < *seconds).map(Seconds::new)
}

/// A UID.
pub fn uid(object: &Value, name: &str) -> Option<Uid> {
    Uid::parse(object.get(name)?.as_str()?).ok()
}

/// A GUID.
pub fn guid(object: &Value, name: &str) -> Option<Guid> {
    Guid::parse(object.get(name)?.as_str()?).ok()
}

/// Yes or no.
pub fn flag(object: &Value, name: &str) -> bool {
    matches!(object.get(name), Some(Value::Bool(true))) || number(object, name) == Some(1)
}

/// A map.
pub fn map(object: &Value, name: &str) -> Map<String, Value> {
    object.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Tags; of what cannot be tags there are none.
pub fn tags(object: &Value) -> Tags {
    object.get("tags").and_then(|tags| Tags::parse(tags).ok()).unwrap_or_default()
}

/// A text as a part of a path or query.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
