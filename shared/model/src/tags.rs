//! Tags of messages, users, groups and conversations.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::{self, FieldProblem};

/// Up to [`Tags::MAX`] distinct tags of 1 to [`Tags::MAX_CHARS`] characters, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(Vec<String>);

impl Tags {
    /// The most tags of one thing.
    pub const MAX: usize = 25;
    /// The most characters of one tag.
    pub const MAX_CHARS: usize = 100;

    /// Reads an array of strings; a repeated tag counts once.
    pub fn parse(value: &Value) -> Result<Tags, FieldProblem> {
        let mut tags: Vec<String> = Vec::new();
        for tag in fields::array(fields::text::<{ Tags::MAX_CHARS }>)(value)? {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        if Tags::MAX < tags.len() {
            return Err(format!("must not hold more than {} tags.", Tags::MAX));
        }
        Ok(Tags(tags))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any of `wanted` is among them.
    pub fn has_any(&self, wanted: &[String]) -> bool {
        wanted.iter().any(|tag| self.0.contains(tag))
    }
}
