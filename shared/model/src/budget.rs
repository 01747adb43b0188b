//! What fits into one answer: Lambda takes 6 MB, so every list is filled entry by entry and cut where the next one would
//! not fit; its cursor or offset then leads on from there.

use std::ops::Range;

use serde::Serialize;

/// Lambda's limit of an answer, as the JSON document in which the body stands as a string.
pub const MAX_ANSWER_BYTES: usize = 6 * 1024 * 1024;
/// Left for status, headers, envelope and `meta`.
const RESERVED_BYTES: usize = 16 * 1024;
/// What the entries of one answer may take.
pub const ENTRIES_BYTES: usize = MAX_ANSWER_BYTES - RESERVED_BYTES;

/// The entries of a list that fit into an answer, written once.
#[derive(Debug, Default)]
pub struct Entries {
    /// The JSON of all of them, without anything between.
    written: Vec<u8>,
    /// Where each stands, in the order of the list.
    places: Vec<Range<usize>>,
    is_cut: bool,
}

impl Entries {
    /// As many of `entries` as fit, from the first.
    ///
    /// The first is always taken, so paging always goes on: an item of the table has 400 KB at the most, a message with
    /// all that it refers to is four of them, and escapes double that.
    pub fn first(entries: impl IntoIterator<Item = impl Serialize>) -> Entries {
        let (mut fitting, mut left) = (Entries::default(), ENTRIES_BYTES);
        for entry in entries {
            let start = fitting.written.len();
            write(&entry, &mut fitting.written);
            let bytes = answered_bytes(fitting.written.get(start..).unwrap_or_default()) + ",".len();
            if left < bytes && !fitting.is_empty() {
                fitting.is_cut = true;
                break;
            }
            left = left.saturating_sub(bytes);
            fitting.places.push(start..fitting.written.len());
        }
        fitting
    }

    /// As many of `entries` as fit, from the last; in their order.
    pub fn last<E: Serialize>(entries: impl IntoIterator<Item = E, IntoIter: DoubleEndedIterator>) -> Entries {
        let mut entries = Entries::first(entries.into_iter().rev());
        entries.places.reverse();
        entries
    }

    /// How many fit.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether any did not fit.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// The JSON array of them, between `before` and `after`.
    pub fn array(&self, before: &str, after: &str) -> String {
        let mut array = Vec::with_capacity(before.len() + self.written.len() + self.len() + after.len() + "[]".len());
        array.extend(before.bytes().chain(*b"["));
        for (n, place) in self.places.iter().enumerate() {
            array.extend((0 < n).then_some(b','));
            array.extend(self.written.get(place.clone()).unwrap_or_default());
        }
        array.extend(b"]".iter().copied().chain(after.bytes()));
        String::from_utf8(array).expect("JSON is UTF-8")
    }
}

/// How many bytes `value` takes in an answer.
pub fn bytes_of(value: &impl Serialize) -> usize {
    let mut json = Vec::new();
    write(value, &mut json);
    answered_bytes(&json)
}

fn write(view: &impl Serialize, json: &mut Vec<u8>) {
    serde_json::to_writer(json, view).expect("our views have string keys and no failing Serialize");
}

/// JSON as part of a string in JSON: it has neither control characters nor anything else to escape than these two.
fn answered_bytes(json: &[u8]) -> usize {
    json.len() + json.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_list_is_cut_exactly_where_an_entry_would_not_fit() {
        let third = "x".repeat(ENTRIES_BYTES / 3 - "\\\"\\\",".len());
        let (fitting, beyond) = (vec![third.clone(); 3], format!("{third}xxx"));
        assert_eq!(Entries::first(&fitting).len(), 3);
        for cut in [Entries::first([&third, &third, &beyond]), Entries::last([&beyond, &third, &third])] {
            assert!(cut.is_cut());
            assert_eq!(cut.array("", ""), json!([third, third]).to_string());
        }
    }

    #[test]
    fn an_entry_that_alone_is_too_large_does_not_stop_the_paging() {
        let entries = Entries::first(["x".repeat(ENTRIES_BYTES + 1), String::new()]);
        assert_eq!((entries.len(), entries.is_cut()), (1, true));
    }

    proptest! {
        #[test]
        fn what_is_counted_is_what_lambda_answers(text: String, number: i64) {
            let value = json!({ "text": text, "list": [number, null, "\u{1}\"\\\u{2028}"] });
            let in_a_string = Value::String(value.to_string()).to_string();
            prop_assert_eq!(bytes_of(&value), in_a_string.len() - 2);
        }
    }
}
