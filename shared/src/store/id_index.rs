//! The lists of all users, groups and bots: index `by-id` under partition values of their own, keys only.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};

use super::error::StoreError;
use super::{Store, keys, meter};

/// A list of ids, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdIndex {
    /// The active users.
    Users,
    /// The deactivated users.
    DeactivatedUsers,
    /// The groups.
    Groups,
    /// The users who are bots.
    Bots,
}

/// Part of a list of ids.
#[derive(Debug)]
pub struct IdPage {
    /// UIDs or GUIDs, rising.
    pub names: Vec<String>,
    /// Whether the list holds no further one.
    pub is_all: bool,
}

impl Store {
    /// Up to `most` ids of a list that begin with `prefix` and come after `after`.
    ///
    /// Query, index `by-id`, eventually consistent. Cost: 1 round trip, 1 read unit for about 80 ids.
    pub async fn id_page(
        &self,
        index: IdIndex,
        prefix: &str,
        after: Option<&str>,
        most: usize,
    ) -> Result<IdPage, StoreError> {
        let (first, last) = keys::names_between(prefix, after);
        let _held = meter::reserve(keys::most_read_units_of_entries(most)).await?;
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::BY_ID)
            .key_condition_expression(format!(
                "{} = :index AND {} BETWEEN :first AND :last",
                keys::BY_ID_PK,
                keys::BY_ID_SK
            ))
            .expression_attribute_values(":index", AttributeValue::S(keys::index_partition(index).to_owned()))
            .expression_attribute_values(":first", AttributeValue::S(first))
            .expression_attribute_values(":last", AttributeValue::S(last))
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        meter::reads(answer.consumed_capacity.as_slice());
        let is_all = answer.last_evaluated_key.is_none();
        let names: Result<_, _> = answer.items.unwrap_or_default().iter().map(keys::listed_name).collect();
        Ok(IdPage { names: names?, is_all })
    }
}
