//! The order in which a body names its entities, which maps lose: importers give messages of one second in theirs.

use std::collections::HashMap;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Entities;

/// The places of the keys of an object.
#[derive(Default)]
struct Places(HashMap<String, usize>);

impl<'de> Deserialize<'de> for Places {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Places, D::Error> {
        deserializer.deserialize_map(Places::default())
    }
}

impl<'de> Visitor<'de> for Places {
    type Value = Places;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Places, A::Error> {
        while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
            self.0.insert(key, self.0.len());
        }
        Ok(self)
    }
}

impl Entities {
    /// Sorts entities as `text`, the body that they were read from, names them.
    pub fn sort_as_told(self, entities: &mut [(&String, &Value)], text: &str) {
        let body: HashMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
        let told = body.get(<&str>::from(self)).map(|told| told.get());
        let places: Places = told.and_then(|told| serde_json::from_str(told).ok()).unwrap_or_default();
        entities.sort_by_key(|(key, _)| places.0.get(*key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_stand_as_the_body_names_them() {
        let text = r#"{"users":{"z":{}},"messages":{"9":{},"10":{"a":[1]},"\u0062":{},"a":{}}}"#;
        let body = serde_json::from_str::<Value>(text).unwrap();
        let mut entities = Entities::Messages.of(body.as_object().unwrap()).unwrap();
        Entities::Messages.sort_as_told(&mut entities, text);
        assert_eq!(entities.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["9", "10", "b", "a"]);
    }
}
