//! One write of a change, and how DynamoDB is told it.

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use model::event::Event;

use super::Item;
use super::condition::Condition;
use super::error::StoreError;
use super::keys::{EVENT, EXPIRES_AT, GONE, Key};
use super::transaction::{IS_NEW, number};
use super::update::Update;

/// For how long a tombstone carries its event; streams keep records for as long.
pub(super) const TOMBSTONE_SECONDS: u64 = 24 * 60 * 60;

/// A write.
#[derive(Clone, Debug)]
pub(super) enum Write {
    Put(Item, Option<Condition>),
    Update(Update),
    Delete(Key, Option<Condition>),
    Check(Key, Condition),
}

impl Write {
    /// What it costs at the most in a transaction: the largest of the item before and after it.
    pub(super) fn most_units(&self) -> Result<f64, StoreError> {
        const UNIT_BYTES: usize = 1_024;
        let stated = |key: &Key| 2.0 * key.most_write_units();
        Ok(match self {
            Write::Put(item, condition) => {
                let known = 2.0 * bytes_of(item).div_ceil(UNIT_BYTES).max(1) as f64;
                let key = Key::of(item)?;
                let is_tombstone = item.contains_key(GONE);
                // In the place of what is there no more at the most a tombstone stands.
                let is_new = key.is_message() || condition.as_ref().is_some_and(|it| it.expression == IS_NEW);
                if is_new && !is_tombstone { known } else { known.max(stated(&key)) }
            }
            Write::Update(update) => stated(update.key()),
            Write::Delete(key, _) | Write::Check(key, _) => stated(key),
        })
    }

    pub(super) fn build(self, table: &str) -> Result<TransactWriteItem, StoreError> {
        const OLD: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;
        let built = TransactWriteItem::builder();
        Ok(match self {
            Write::Put(item, condition) => {
                let put = Put::builder().table_name(table).set_item(Some(item));
                let put = match condition {
                    Some(condition) => put
                        .set_expression_attribute_names(condition.names())
                        .set_expression_attribute_values(condition.values())
                        .condition_expression(condition.expression)
                        .return_values_on_condition_check_failure(OLD),
                    None => put,
                };
                built.put(put.build()?).build()
            }
            Write::Update(update) => built.update(update.build(table, OLD)?).build(),
            Write::Delete(key, condition) => {
                let delete = Delete::builder().table_name(table).set_key(Some(key.item()));
                let delete = match condition {
                    Some(condition) => delete
                        .set_expression_attribute_names(condition.names())
                        .set_expression_attribute_values(condition.values())
                        .condition_expression(condition.expression),
                    None => delete,
                };
                built.delete(delete.build()?).build()
            }
            Write::Check(key, condition) => {
                let check = ConditionCheck::builder().table_name(table).set_key(Some(key.item()));
                let check = check
                    .set_expression_attribute_names(condition.names())
                    .set_expression_attribute_values(condition.values());
                built.condition_check(check.condition_expression(condition.expression).build()?).build()
            }
        })
    }
}

/// The bytes of an item, nearly.
pub(super) fn bytes_of(item: &Item) -> usize {
    let of_value = |value: &AttributeValue| match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Bs(all) => all.iter().map(|bytes| bytes.as_ref().len()).sum(),
        AttributeValue::L(values) => values.iter().filter_map(|value| value.as_s().ok()).map(String::len).sum(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::M(map) => 3 + map.len() + bytes_of(map),
        _ => 16,
    };
    item.iter().map(|(name, value)| name.len() + of_value(value)).sum()
}

/// What stays of a deleted row: its key and the event of its deletion.
pub(super) fn tombstone(key: &Key, event: &Event, stamp: AttributeValue) -> Item {
    let mut item = key.item();
    let now = event.at().seconds();
    item.insert(EVENT.to_owned(), stamp);
    item.insert(GONE.to_owned(), number(now.get()));
    item.insert(EXPIRES_AT.to_owned(), number(now.plus(TOMBSTONE_SECONDS).get()));
    item
}
