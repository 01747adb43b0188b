//! Keeps JSON that the sender made as one text attribute.
//!
//! DynamoDB's own maps would refuse numbers beyond 38 digits and nesting beyond 32 levels, so a body that the contract
//! allows could not be stored; a text keeps every value as it came.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::nesting;

/// Writes `value` as JSON text.
pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::to_string(value).map_err(S::Error::custom)?.serialize(serializer)
}

/// Reads what [`serialize`] wrote, whatever its depth; see [`nesting`].
pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    serde_json::from_str(&nesting::readable(&String::deserialize(deserializer)?)).map_err(D::Error::custom)
}
