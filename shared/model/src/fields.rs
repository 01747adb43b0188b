//! Reads a JSON object field by field and collects every problem, so that a caller learns all of them at once.

use serde_json::{Map, Value};

use super::uid::Uid;
use crate::problem::{Details, Problem, sentence};

/// A JSON object being read.
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    details: Details,
}

/// What is wrong with a field: completes "The `<field>` field …".
pub type FieldProblem = String;

impl<'a> Fields<'a> {
    /// Starts to read `object`.
    pub fn of(object: &'a Map<String, Value>) -> Fields<'a> {
        Fields { object, details: Details::new() }
    }

    /// A field that must be there. `None` means that its problem was noted.
    pub fn required<T>(&mut self, name: &str, parse: impl Fn(&Value) -> Result<T, FieldProblem>) -> Option<T> {
        let found = self.optional(name, parse);
        if found.is_none() && !self.details.contains_key(name) {
            self.note(name, "is required.");
        }
        found
    }

    /// A field that may be left out or be `null`. `None` means that it was, or that its problem was noted.
    pub fn optional<T>(&mut self, name: &str, parse: impl Fn(&Value) -> Result<T, FieldProblem>) -> Option<T> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        match parse(value) {
            Ok(parsed) => Some(parsed),
            Err(problem) => {
                self.note(name, problem);
                None
            }
        }
    }

    /// Notes a problem that spans fields.
    pub fn note(&mut self, name: &str, problem: impl std::fmt::Display) {
        self.details.entry(name.to_owned()).or_default().push(sentence(name, problem));
    }

    /// Fails if any problem was noted.
    pub fn finish(self) -> Result<(), Problem> {
        if self.details.is_empty() { Ok(()) } else { Err(Problem::invalid(self.details)) }
    }
}

/// The string in `value`.
pub fn string(value: &Value) -> Result<&str, FieldProblem> {
    value.as_str().ok_or_else(|| "must be a string.".to_owned())
}

/// A string of at most `MAX` characters that is not empty.
pub fn text<const MAX: usize>(value: &Value) -> Result<String, FieldProblem> {
    match string(value)? {
        "" => Err("must not be empty.".to_owned()),
        text if MAX < text.chars().count() => Err(format!("must not be longer than {MAX} characters.")),
        text => Ok(text.to_owned()),
    }
}

/// Refuses what could not stand in a path as one of its parts, and in logs as it is.
pub fn require_segment(text: &str) -> Result<(), FieldProblem> {
    if text.is_empty() {
        return Err("must not be empty.".to_owned());
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("must not hold spaces.".to_owned());
    }
    if text.contains('/') || [".", ".."].contains(&text) {
        return Err("must not hold a slash, nor be dots: it stands in paths.".to_owned());
    }
    Ok(())
}

/// A string that one of our types reads.
pub fn parsed<T, E: std::fmt::Display>(
    parse: impl Fn(&str) -> Result<T, E>,
) -> impl Fn(&Value) -> Result<T, FieldProblem> {
    move |value| parse(string(value)?).map_err(|problem| problem.to_string())
}

/// `true`, `false`, or the `1` and `0` that some clients send.
pub fn flag(value: &Value) -> Result<bool, FieldProblem> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Number(number) if number.as_u64() == Some(0) => Ok(false),
        Value::Number(number) if number.as_u64() == Some(1) => Ok(true),
        _ => Err("must be true or false.".to_owned()),
    }
}

/// A JSON object.
pub fn object(value: &Value) -> Result<Map<String, Value>, FieldProblem> {
    value.as_object().cloned().ok_or_else(|| "must be an object.".to_owned())
}

/// A JSON object; also `[]`, which is how PHP writes a map without entries.
pub fn map(value: &Value) -> Result<Map<String, Value>, FieldProblem> {
    if is_empty_map_of_php(value) { Ok(Map::new()) } else { object(value) }
}

/// Whether a value that should be a map is PHP's empty one.
pub fn is_empty_map_of_php(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// An array whose items all parse.
pub fn array<T>(item: impl Fn(&Value) -> Result<T, FieldProblem>) -> impl Fn(&Value) -> Result<Vec<T>, FieldProblem> {
    move |value| {
        let items = value.as_array().ok_or_else(|| "must be an array.".to_owned())?;
        items
            .iter()
            .enumerate()
            .map(|(at, value)| item(value).map_err(|problem| format!("is wrong at position {at}: it {problem}")))
            .collect()
    }
}

/// An array of at most `MAX` items that all parse.
pub fn up_to<const MAX: usize, T>(
    item: impl Fn(&Value) -> Result<T, FieldProblem>,
) -> impl Fn(&Value) -> Result<Vec<T>, FieldProblem> {
    let items = array(item);
    move |value| match value.as_array() {
        Some(given) if MAX < given.len() => Err(format!("must not hold more than {MAX} items.")),
        _ => items(value),
    }
}

/// The most UIDs, GUIDs or the like that one array of a body names: each is a row that is read, or more.
pub const MAX_NAMED: usize = 100;

/// An array of at most [`MAX_NAMED`] names.
pub fn names<T>(item: impl Fn(&Value) -> Result<T, FieldProblem>) -> impl Fn(&Value) -> Result<Vec<T>, FieldProblem> {
    up_to::<MAX_NAMED, _>(item)
}

/// The distinct UIDs of the array that a body must hold.
pub fn uids(object: &Map<String, Value>, name: &str) -> Result<Vec<Uid>, Problem> {
    some_uids::<MAX_NAMED>(object, name)
}

/// The distinct UIDs of the array that a body must hold, of `MAX` at the most.
pub fn some_uids<const MAX: usize>(object: &Map<String, Value>, name: &str) -> Result<Vec<Uid>, Problem> {
    let mut fields = Fields::of(object);
    let uids = fields.required(name, up_to::<MAX, _>(parsed(Uid::parse))).unwrap_or_default();
    fields.finish()?;
    Ok(distinct(uids))
}

fn distinct(mut uids: Vec<Uid>) -> Vec<Uid> {
    let mut known = std::collections::BTreeSet::new();
    uids.retain(|uid| known.insert(uid.clone()));
    uids
}

/// Any string.
pub fn owned(value: &Value) -> Result<String, FieldProblem> {
    string(value).map(str::to_owned)
}

/// One of these words.
pub fn one_of<const N: usize>(words: [&'static str; N]) -> impl Fn(&Value) -> Result<&'static str, FieldProblem> {
    move |value| {
        let given = string(value)?;
        words.into_iter().find(|word| *word == given).ok_or_else(|| format!("must be one of {}.", words.join(", ")))
    }
}
