//! Changes of single attributes, so that two changes of different ones do not undo each other.

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::keys::Key;
use super::{Item, Store, meter, read};

/// What becomes of an item's attributes.
#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    /// The attributes that get these values.
    pub(super) set: Item,
    /// The attributes that go.
    pub(super) remove: Vec<&'static str>,
}

impl Store {
    /// Changes an item that meets `condition`, and returns it as it is then; `None` if it does not meet it.
    ///
    /// Cost: 1 round trip, 1 write unit per KB of the item.
    pub(super) async fn change<T: DeserializeOwned>(
        &self,
        key: &Key,
        change: Change,
        condition: &str,
    ) -> Result<Option<T>, StoreError> {
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .condition_expression(condition)
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let (mut sets, mut removals) = (Vec::new(), Vec::new());
        for (at, (name, value)) in change.set.into_iter().enumerate() {
            sets.push(format!("#s{at} = :s{at}"));
            request = request
                .expression_attribute_names(format!("#s{at}"), name)
                .expression_attribute_values(format!(":s{at}"), value);
        }
        for (at, name) in change.remove.into_iter().enumerate() {
            removals.push(format!("#r{at}"));
            request = request.expression_attribute_names(format!("#r{at}"), name);
        }
        let clauses = [clause("SET", &sets), clause("REMOVE", &removals)].concat();
        match request.update_expression(clauses).send().await {
            Ok(answer) => {
                meter::writes(answer.consumed_capacity.as_slice());
                answer.attributes.map(read).transpose()
            }
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                meter::refused_write();
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn clause(word: &str, parts: &[String]) -> String {
    if parts.is_empty() { String::new() } else { format!("{word} {} ", parts.join(", ")) }
}
