//! Items that share a partition and the beginning of their sort keys: members, bans, blocks, tokens.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use super::error::StoreError;
use super::keys::{self, Key};
use super::{Item, Store, meter};

impl Store {
    /// Up to `most` keys that begin as `prefix` does. Cost: as if the whole items were read.
    pub(super) async fn keys(&self, prefix: &Key, most: usize) -> Result<Vec<Key>, StoreError> {
        let items = self.items(prefix, most).await?;
        items.iter().map(Key::of).collect()
    }

    async fn items(&self, prefix: &Key, most: usize) -> Result<Vec<Item>, StoreError> {
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
            .consistent_read(true)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await?;
        meter::reads(answer.consumed_capacity.as_slice());
        Ok(answer.items.unwrap_or_default())
    }
}
