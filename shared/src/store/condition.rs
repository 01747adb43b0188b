//! What must hold of a row for a write, with the names and values that the condition uses.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;

/// A condition by DynamoDB's rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    pub(super) expression: String,
    names: HashMap<String, String>,
    values: Item,
}

impl Condition {
    /// A condition, whose names and values follow.
    pub(super) fn new(expression: impl Into<String>) -> Condition {
        Condition { expression: expression.into(), ..Condition::default() }
    }

    /// What a name in it stands for: some attributes have names that DynamoDB reserves.
    pub(super) fn name(mut self, placeholder: &str, name: impl Into<String>) -> Condition {
        self.names.insert(placeholder.to_owned(), name.into());
        self
    }

    /// The value of a name in it.
    pub(super) fn value(mut self, placeholder: &str, value: AttributeValue) -> Condition {
        self.values.insert(placeholder.to_owned(), value);
        self
    }

    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    pub(super) fn values(&self) -> Option<Item> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}
