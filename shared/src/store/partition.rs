//! Items that share a partition and the beginning of their sort keys: members, bans, blocks, tokens.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures_util::FutureExt;
use serde::de::DeserializeOwned;

use super::batch::Freshness;
use super::error::StoreError;
use super::keys::{self, Index, Key};
use super::message::Slice;
use super::{Item, Store, is_live, meter, read};

/// Part of such a list, in the order of its sort keys.
#[derive(Debug)]
pub struct Rows<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the rest starts; nothing is left without it.
    pub rest: Option<Rest>,
}

/// Where the rest of a list starts.
#[derive(Clone, Debug)]
pub struct Rest(pub(super) Item);

impl Rest {
    /// What comes after this key.
    pub(super) fn after(key: &Key) -> Rest {
        Rest(key.item())
    }

    /// The name in the key after which the rest starts: of a list by UID, that UID.
    pub fn name(&self) -> Option<&str> {
        self.0.get(keys::SK)?.as_s().ok()?.rsplit('#').next()
    }
}

impl Store {
    /// Up to `most` rows whose keys begin as `prefix` does, from where `rest` starts.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit per 4 KB of the rows.
    pub(super) async fn rows<T: DeserializeOwned>(
        &self,
        prefix: &Key,
        rest: Option<Rest>,
        most: Option<usize>,
    ) -> Result<Rows<T>, StoreError> {
        let (items, rest) = self.items(prefix, rest, most).await?;
        let rows: Result<_, _> = items.into_iter().filter(is_live).map(read).collect();
        Ok(Rows { rows: rows?, rest })
    }

    /// All rows whose keys begin as `prefix` does.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip for each MB, 1 read unit per 4 KB.
    pub(super) async fn all_rows<T: DeserializeOwned>(&self, prefix: &Key) -> Result<Vec<T>, StoreError> {
        let (mut all, mut start) = (Vec::new(), None);
        loop {
            let Rows { rows, rest } = self.rows(prefix, start, None).await?;
            all.extend(rows);
            start = rest;
            if start.is_none() {
                return Ok(all);
            }
        }
    }

    /// Up to `most` keys that begin as `prefix` does. Cost: as if the whole items were read.
    pub(super) async fn keys(&self, prefix: &Key, most: usize) -> Result<Vec<Key>, StoreError> {
        let (items, _) = self.items(prefix, None, Some(most)).await?;
        items.iter().map(Key::of).collect()
    }

    /// Up to `most` keys that begin as `prefix` does, and whether these are all. Cost: as if the whole items were read.
    pub(super) async fn some_keys(&self, prefix: &Key, most: usize) -> Result<(Vec<Key>, bool), StoreError> {
        let (items, rest) = self.items(prefix, None, Some(most)).await?;
        let keys: Result<Vec<Key>, _> = items.iter().map(Key::of).collect();
        Ok((keys?, rest.is_none()))
    }

    /// Up to `most` entries of a partition of an index, from `first` to `last`, in a rising or a falling order.
    ///
    /// Query, eventually consistent. Cost: 1 round trip, half a read unit per 4 KB of the entries.
    pub(super) async fn entries(
        &self,
        index: Index,
        partition: AttributeValue,
        [first, last]: [AttributeValue; 2],
        is_falling: bool,
        most: usize,
    ) -> Result<Slice<Item>, StoreError> {
        let _held = meter::reserve(keys::most_read_units_of_entries(most)).await?;
        let Index { name, pk, sk } = index;
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(name)
            .key_condition_expression(format!("{pk} = :partition AND {sk} BETWEEN :first AND :last"))
            .expression_attribute_values(":partition", partition)
            .expression_attribute_values(":first", first)
            .expression_attribute_values(":last", last)
            .scan_index_forward(!is_falling)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .boxed()
            .await?;
        meter::reads(answer.consumed_capacity.as_slice());
        let is_all = answer.last_evaluated_key.is_none();
        Ok(Slice { items: answer.items.unwrap_or_default(), is_all })
    }

    pub(super) async fn items(
        &self,
        prefix: &Key,
        rest: Option<Rest>,
        most: Option<usize>,
    ) -> Result<(Vec<Item>, Option<Rest>), StoreError> {
        self.items_as(prefix, rest, most, Freshness::Exact).await
    }

    pub(super) async fn items_as(
        &self,
        prefix: &Key,
        rest: Option<Rest>,
        most: Option<usize>,
        freshness: Freshness,
    ) -> Result<(Vec<Item>, Option<Rest>), StoreError> {
        let _held = meter::reserve(prefix.most_read_units_of(most)).await?;
        let query = self.client.query().table_name(&self.table);
        // DynamoDB refuses an empty prefix.
        let query = match prefix.is_whole_partition() {
            true => query.key_condition_expression(format!("{} = :partition", keys::PK)),
            false => query
                .key_condition_expression(format!("{} = :partition AND begins_with({}, :prefix)", keys::PK, keys::SK))
                .expression_attribute_values(":prefix", prefix.sk()),
        };
        let answer = query
            .expression_attribute_values(":partition", prefix.pk())
            .consistent_read(freshness == Freshness::Exact)
            .set_limit(most.map(|most| i32::try_from(most).unwrap_or(i32::MAX)))
            .set_exclusive_start_key(rest.map(|rest| rest.0))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .boxed()
            .await?;
        meter::reads(answer.consumed_capacity.as_slice());
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key.map(Rest)))
    }
}
