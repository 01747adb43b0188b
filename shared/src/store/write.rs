//! One write of a change, and how DynamoDB is told it.

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use model::event::Event;

use super::Item;
use super::condition::Condition;
use super::error::StoreError;
use super::keys::{EVENT, EXPIRES_AT, GONE, Key};
use super::transaction::number;
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

/// What stays of a deleted row: its key and the event of its deletion.
pub(super) fn tombstone(key: &Key, event: &Event, stamp: AttributeValue) -> Item {
    let mut item = key.item();
    let now = event.at().seconds();
    item.insert(EVENT.to_owned(), stamp);
    item.insert(GONE.to_owned(), number(now.get()));
    item.insert(EXPIRES_AT.to_owned(), number(now.plus(TOMBSTONE_SECONDS).get()));
    item
}
