//! Changes of single attributes, so that two changes of different ones do not undo each other.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue, TransactWriteItem};
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::keys::Key;
use super::legacy::update;
use super::{Item, Store, meter, read};

/// What becomes of an item's attributes.
#[derive(Clone, Debug, Default)]
pub(super) struct Change {
    /// The attributes that get these values.
    pub(super) set: Item,
    /// The attributes that go.
    pub(super) remove: Vec<&'static str>,
}

/// A change as DynamoDB takes it.
struct Expressed {
    clauses: String,
    names: HashMap<String, String>,
    values: Item,
}

impl Change {
    fn expressed(self) -> Expressed {
        let (mut names, mut values) = (HashMap::new(), Item::new());
        let (mut sets, mut removals) = (Vec::new(), Vec::new());
        for (at, (name, value)) in self.set.into_iter().enumerate() {
            sets.push(format!("#s{at} = :s{at}"));
            names.insert(format!("#s{at}"), name);
            values.insert(format!(":s{at}"), value);
        }
        for (at, name) in self.remove.into_iter().enumerate() {
            removals.push(format!("#r{at}"));
            names.insert(format!("#r{at}"), name.to_owned());
        }
        Expressed { clauses: [clause("SET", &sets), clause("REMOVE", &removals)].concat(), names, values }
    }
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
        let Expressed { clauses, names, values } = change.expressed();
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .update_expression(clauses)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()))
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match request.send().await {
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

    /// The same as a part of a transaction.
    pub(super) fn change_write(
        &self,
        key: &Key,
        change: Change,
        condition: &str,
    ) -> Result<TransactWriteItem, StoreError> {
        let Expressed { clauses, names, values } = change.expressed();
        let update = update(&self.table, key, &clauses)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names).filter(|names| !names.is_empty()))
            .set_expression_attribute_values(Some(values).filter(|values| !values.is_empty()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

fn clause(word: &str, parts: &[String]) -> String {
    if parts.is_empty() { String::new() } else { format!("{word} {} ", parts.join(", ")) }
}
