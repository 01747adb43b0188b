//! The lists of all users, groups, bots and reported messages: index `by-id` under partition values of their own, keys only.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};

use super::error::StoreError;
use super::{Store, keys, meter};
use model::uid::Uid;
use model::user_filter::Search;

/// A list of ids in their order, or of users by their names.
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
    /// The messages that were reported.
    FlaggedMessages,
}

/// Part of a list of ids.
#[derive(Debug)]
pub struct IdPage {
    /// UIDs or GUIDs, or what users are listed by, in the order that was asked for.
    pub names: Vec<String>,
    /// Whether the list holds no further one.
    pub is_all: bool,
}

impl Store {
    /// Up to `most` entries of a list that begin with `prefix` and come after `after`, in a rising or a falling order. Of
    /// users the prefix says nothing.
    ///
    /// Query, index `by-id`, eventually consistent. Cost: 1 round trip, 1 read unit for about 80 ids, or 70 users.
    pub async fn id_page(
        &self,
        index: IdIndex,
        prefix: &str,
        after: Option<&str>,
        is_falling: bool,
        most: usize,
    ) -> Result<IdPage, StoreError> {
        let (first, last) = keys::entries_between(index, prefix, after, is_falling);
        // A falling list begins with the entry that was the last.
        let most = most + usize::from(is_falling && after.is_some());
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
            .scan_index_forward(!is_falling)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        meter::reads(answer.consumed_capacity.as_slice());
        let is_all = answer.last_evaluated_key.is_none();
        let mut names: Vec<String> =
            answer.items.unwrap_or_default().iter().map(keys::listed_name).collect::<Result<_, _>>()?;
        names.retain(|name| after != Some(name));
        Ok(IdPage { names, is_all })
    }
}

/// Whose entry in a list of users this is.
pub fn listed_uid(entry: &str) -> Option<Uid> {
    Some(keys::user_of_entry(entry)?.0)
}

/// Whether a search may find the user of this entry, as far as the entry tells.
pub fn may_find(search: &Search, entry: &str) -> bool {
    keys::user_of_entry(entry).is_some_and(|(uid, name)| search.may_find(name, uid.as_str(), keys::name_in_order))
}
