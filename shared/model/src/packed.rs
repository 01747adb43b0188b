//! Keeps JSON of which nearly all messages have the same as few bytes: what a page reads is paid for by its bytes.
//!
//! LZ4 finds in [`DICTIONARY`] what snapshots have in common, so of a snapshot little more is stored than its names. What
//! earlier versions stored as text is read as well.

use std::fmt;

use lz4_flex::block::{compress_prepend_size_with_dict, decompress_size_prepended_with_dict};
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserializer, Serialize, Serializer};

use super::nesting;

/// What is stored is read by it for ever, so it is never changed. What is most frequent comes last.
const DICTIONARY: &[u8] = br#"{"by":{"entity":{"name":"System","role":"default","status":"offline","uid":"app_system"},"entityType":"user"},"for":{"entity":{"conversationId":"group_","createdAt":17,"description":"","guid":"","icon":"https://","membersCount":2,"metadata":{},"name":"","owner":"app_system","tags":["","type":"private"},"entityType":"group"},"on":{"entity":{"avatar":"https://","createdAt":17,"lastActiveAt":17,"link":"https://","metadata":{},"name":"","role":"default","status":"available","statusMessage":"","tags":[],"uid":""},"entityType":"user"}}{"receiver":{"entity":{"conversationId":"group_","createdAt":17,"guid":"","membersCount":2,"name":"","owner":"","type":"public"},"entityType":"group"},"sender":{"receiver":{"entity":{"conversationId":"_user_","createdAt":17,"name":"","role":"default","status":"offline","uid":""},"entityType":"user"},"sender":{"entity":{"avatar":"https://","createdAt":17,"lastActiveAt":17,"name":"","role":"default","status":"offline","uid":""},"entityType":"user"}}"#;

/// Writes `value` as packed JSON.
pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let text = serde_json::to_vec(value).map_err(S::Error::custom)?;
    serializer.serialize_bytes(&compress_prepend_size_with_dict(&text, DICTIONARY))
}

/// Reads what [`serialize`] wrote, or JSON as text.
pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = deserializer.deserialize_any(Text)?;
    serde_json::from_str(&nesting::readable(&text)).map_err(D::Error::custom)
}

/// Reads the text of JSON from either form.
struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("packed JSON")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_bytes<E: serde::de::Error>(self, packed: &[u8]) -> Result<String, E> {
        let text = decompress_size_prepended_with_dict(packed, DICTIONARY).map_err(E::custom)?;
        String::from_utf8(text).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<String, A::Error> {
        let mut packed = Vec::new();
        while let Some(byte) = bytes.next_element()? {
            packed.push(byte);
        }
        self.visit_bytes(&packed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row(#[serde(with = "super")] Value);

    proptest! {
        #[test]
        fn what_is_packed_is_read(text in any::<String>(), number in any::<u64>()) {
            let row = Row(json!({ "entity": { "name": text, "createdAt": number }, "entityType": "user" }));
            let stored = serde_json::to_value(&row).unwrap();
            prop_assert_eq!(serde_json::from_value::<Row>(stored).unwrap(), row);
        }
    }

    #[test]
    fn what_was_stored_as_text_is_read() {
        assert_eq!(serde_json::from_value::<Row>(json!(r#"{"a":1}"#)).unwrap(), Row(json!({ "a": 1 })));
        assert!(serde_json::from_value::<Row>(json!([1, 2, 3])).is_err());
    }

    /// Nobody could read what is stored by another one.
    #[test]
    fn the_dictionary_is_what_it_was() {
        let sum = DICTIONARY.iter().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
        assert_eq!((DICTIONARY.len(), sum), (986, 1_309_445_316));
    }

    #[test]
    fn a_snapshot_takes_a_third_of_its_text() {
        let user = |uid: &str| {
            json!({ "entity": { "createdAt": 1_795_695_404, "name": uid, "role": "default",
            "status": "offline", "uid": uid }, "entityType": "user" })
        };
        let mut entities = json!({ "receiver": user("birch"), "sender": user("ash") });
        entities["receiver"]["entity"]["conversationId"] = json!("ash_user_birch");
        let packed = serde_json::to_value(Row(entities.clone())).unwrap();
        assert!(packed.as_array().unwrap().len() * 3 < entities.to_string().len());
    }
}
