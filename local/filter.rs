//! Lambda's filters of events, as far as the template uses them: a pattern of objects, whose leaves are lists of texts
//! or of `{"exists": true}`.

use serde_json::Value;

/// Whether a record passes a filter's pattern.
pub fn lets_through(pattern: &str, record: &Value) -> bool {
    serde_json::from_str(pattern).is_ok_and(|pattern: Value| fits(&pattern, Some(record)))
}

fn fits(pattern: &Value, value: Option<&Value>) -> bool {
    match pattern {
        Value::Object(members) => {
            members.iter().all(|(name, pattern)| fits(pattern, value.and_then(|value| value.get(name))))
        }
        Value::Array(choices) => choices.iter().any(|choice| match choice.get("exists") {
            Some(exists) => exists.as_bool() == Some(value.is_some()),
            None => value == Some(choice),
        }),
        _ => false,
    }
}
