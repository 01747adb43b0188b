//! Writes that happen together or not at all.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Put, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use serde::Serialize;

use super::error::StoreError;
use super::keys::Key;
use super::{ATTEMPTS, Item, Store, meter, pause};

pub(super) use super::transaction::{EXISTS, IS_NEW, item, number};

/// How a transaction ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// All writes happened.
    Done,
    /// No write happened, because these did not meet their conditions: their positions, with the items as they were.
    Refused(Vec<(usize, Option<Item>)>),
}

impl Store {
    /// Carries out all of `writes` or none. Conflicts with other writers and throttling are tried again; when an answer
    /// is lost, the SDK asks again with the same token, so that nothing is carried out twice.
    ///
    /// Cost: 1 round trip, twice the write units of the single writes.
    pub(super) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Outcome, StoreError> {
        for attempt in 0..ATTEMPTS {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            let error = match sent {
                Ok(answer) => {
                    meter::writes(answer.consumed_capacity());
                    return Ok(Outcome::Done);
                }
                Err(error) => error,
            };
            let Some(reasons) = error.as_service_error().and_then(cancellation_reasons) else {
                return Err(error.into());
            };
            let refused = refusals(reasons);
            if !refused.is_empty() {
                return Ok(Outcome::Refused(refused));
            }
            let is_throttled = has(reasons, "ThrottlingError") || has(reasons, "ProvisionedThroughputExceeded");
            if !is_throttled && !has(reasons, "TransactionConflict") {
                return Err(error.into());
            }
            // The SDK tries a cancelled transaction never again.
            if attempt + 1 == ATTEMPTS && is_throttled {
                return Err(StoreError::Throttled("a transaction was throttled".to_owned()));
            }
            pause(attempt).await;
        }
        Err(StoreError::Conflict)
    }
}

fn cancellation_reasons(error: &TransactWriteItemsError) -> Option<&[CancellationReason]> {
    match error {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => Some(cancelled.cancellation_reasons()),
        _ => None,
    }
}

fn refusals(reasons: &[CancellationReason]) -> Vec<(usize, Option<Item>)> {
    reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(at, reason)| (at, reason.item.clone()))
        .collect()
}

fn has(reasons: &[CancellationReason], code: &str) -> bool {
    reasons.iter().any(|reason| reason.code() == Some(code))
}

/// Puts an item whatever was there.
pub(super) fn put(table: &str, item: Item) -> Result<TransactWriteItem, StoreError> {
    let put = Put::builder().table_name(table).set_item(Some(item)).build()?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// Puts an item that must be new.
pub(super) fn put_new(table: &str, item: Item) -> Result<TransactWriteItem, StoreError> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression(IS_NEW)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// A condition on an item that is not written, to be completed.
pub(super) fn check(
    table: &str,
    key: &Key,
    condition: &str,
) -> aws_sdk_dynamodb::types::builders::ConditionCheckBuilder {
    ConditionCheck::builder().table_name(table).set_key(Some(key.item())).condition_expression(condition)
}

/// An update of one item, to be completed.
pub(super) fn update(table: &str, key: &Key, expression: &str) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
    Update::builder().table_name(table).set_key(Some(key.item())).update_expression(expression)
}

use super::keys;
use super::message::Pointer;
use model::message::Message;

impl Store {
    /// Until every store file goes through the gate.
    pub(super) fn message_writes(&self, message: &Message) -> Result<Vec<TransactWriteItem>, StoreError> {
        let pointer = Pointer { conversation: message.conversation.clone() };
        let mut stored = item(&Key::message(&message.conversation, message.id), message)?;
        let thread = message.parent_id.map(|parent| keys::listed_reply(parent, message.id));
        stored.extend(thread.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)));
        Ok(vec![put_new(&self.table, item(&Key::pointer(message.id), &pointer)?)?, put(&self.table, stored)?])
    }

    /// Until every store file goes through the gate.
    pub(super) fn open_row(
        &self,
        uid: &model::uid::Uid,
        conversation: &model::conversation::ConversationId,
        now: model::time::Seconds,
        start: Option<model::id::MessageId>,
    ) -> Result<TransactWriteItem, StoreError> {
        let built = super::send::opened_row(uid, conversation, now, start);
        Ok(TransactWriteItem::builder()
            .update(built.build(&self.table, ReturnValuesOnConditionCheckFailure::AllOld)?)
            .build())
    }

    /// Until every store file goes through the gate.
    pub(super) fn delete(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(key.item())).build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// Until every store file goes through the gate.
    pub(super) fn delete_existing(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(key.item())).condition_expression(EXISTS);
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }
}
