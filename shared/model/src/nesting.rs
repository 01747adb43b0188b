//! How deep JSON nests: what people send up to [`MAX`] levels; what is stored is read whatever its depth, because what
//! one user once wrote must not break the lists of everybody who meets it.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::fields::FieldProblem;

/// The most levels of arrays and objects in what people send, the body itself counted.
pub const MAX: usize = 64;

/// The most levels of a stored text as they are read. Above [`MAX`], because snapshots of users stand a few levels deeper
/// in messages than in the users; below what serde_json and the JSON parsers of most clients take, envelope included.
const MAX_READ: usize = 80;

/// Refuses a value of more than [`MAX`] levels.
pub fn check(value: &Value) -> Result<(), FieldProblem> {
    if fits(value, MAX) { Ok(()) } else { Err(problem()) }
}

/// [`check`] for an object.
pub fn check_object(object: &Map<String, Value>) -> Result<(), FieldProblem> {
    if object.values().all(|value| fits(value, MAX - 1)) { Ok(()) } else { Err(problem()) }
}

/// What is wrong with JSON that nests deeper than [`MAX`].
pub fn problem() -> FieldProblem {
    format!("must not nest deeper than {MAX} levels.")
}

/// Whether a text nests deeper than [`MAX`] if it is JSON; serde_json alone does not tell this from broken JSON.
pub fn is_deep(text: &str) -> bool {
    Levels::of(text).any(|(_, levels)| MAX < levels)
}

/// A stored JSON text with at most [`MAX_READ`] levels: a value that lies deeper becomes a string that holds its JSON.
///
/// So nothing is lost, and no value in memory is deep enough to exhaust a stack when it is parsed, copied, written or
/// dropped.
pub(super) fn readable(text: &str) -> Cow<'_, str> {
    // Nearly every text has fewer brackets than that.
    if text.bytes().filter(|byte| matches!(byte, b'{' | b'[')).count() <= MAX_READ {
        return Cow::Borrowed(text);
    }
    let (mut folded, mut copied, mut opened) = (String::new(), 0, None);
    for (at, levels) in Levels::of(text) {
        match opened {
            None if MAX_READ < levels => opened = Some(at),
            Some(start) if levels <= MAX_READ => {
                folded.push_str(text.get(copied..start).unwrap_or_default());
                folded.push_str(&Value::from(text.get(start..=at).unwrap_or_default()).to_string());
                (copied, opened) = (at + 1, None);
            }
            _ => {}
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    folded.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(folded)
}

fn fits(value: &Value, levels: usize) -> bool {
    let inner = levels.checked_sub(1);
    match value {
        Value::Array(items) => inner.is_some_and(|inner| items.iter().all(|item| fits(item, inner))),
        Value::Object(fields) => inner.is_some_and(|inner| fields.values().all(|value| fits(value, inner))),
        _ => true,
    }
}

/// The brackets of a JSON text outside its strings: where each stands, and how many are open after it.
struct Levels<'a> {
    bytes: std::iter::Enumerate<std::str::Bytes<'a>>,
    open: usize,
}

impl<'a> Levels<'a> {
    fn of(text: &'a str) -> Levels<'a> {
        Levels { bytes: text.bytes().enumerate(), open: 0 }
    }

    fn skip_string(&mut self) {
        while let Some((_, byte)) = self.bytes.next() {
            match byte {
                b'\\' => drop(self.bytes.next()),
                b'"' => return,
                _ => {}
            }
        }
    }
}

impl Iterator for Levels<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            let (at, byte) = self.bytes.next()?;
            self.open = match byte {
                b'{' | b'[' => self.open + 1,
                b'}' | b']' => self.open.saturating_sub(1),
                b'"' => {
                    self.skip_string();
                    continue;
                }
                _ => continue,
            };
            return Some((at, self.open));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn arrays(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[rstest]
    #[case::scalar("1", true)]
    #[case::at_the_limit(&arrays(MAX), true)]
    #[case::beyond(&arrays(MAX + 1), false)]
    #[case::beside_others(&format!("[1,[],{}]", arrays(MAX)), false)]
    #[case::in_an_object(&format!(r#"{{"a":{}}}"#, arrays(MAX)), false)]
    fn the_limit_is_exact(#[case] text: &str, #[case] fits: bool) {
        assert_eq!(check(&serde_json::from_str(text).unwrap()).is_ok(), fits);
        assert_eq!(is_deep(text), !fits);
    }

    #[test]
    fn brackets_in_strings_are_no_levels() {
        assert!(!is_deep(&format!(r#"["\"{}"]"#, "[".repeat(1_000))));
    }

    #[rstest]
    #[case(MAX_READ + 1)]
    #[case(10_000)]
    #[case(200_000)]
    fn a_deep_text_is_read_with_its_depths_as_text(#[case] levels: usize) {
        let text = format!(r#"{{"a":{},"b":[2]}}"#, arrays(levels - 1));
        let read: Value = serde_json::from_str(&readable(&text)).unwrap();
        assert_eq!(read["b"], json!([2]));
        let (mut inner, mut n_levels) = (&read["a"], 1);
        while let Some(items) = inner.as_array() {
            (inner, n_levels) = (items.first().unwrap(), n_levels + 1);
        }
        assert_eq!((n_levels, inner), (MAX_READ, &json!(arrays(levels - MAX_READ))));
    }

    proptest! {
        #[test]
        fn what_is_not_deep_is_read_as_it_is(inner in "[\\[\\]\"a\\\\{}]{0,200}") {
            let text = json!([inner, [[{ "a": [] }]], vec![json!({}); 100]]).to_string();
            prop_assert_eq!(readable(&text), text.as_str());
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]\"é\\\\{}]{0,300}") {
            readable(&text);
            is_deep(&text);
        }
    }
}
