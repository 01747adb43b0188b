//! The table's definition, from which the local table is made; a test holds `template.yaml` to it.

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, StreamSpecification, StreamViewType, TimeToLiveSpecification,
};

use super::error::StoreError;
use super::{Store, keys};

/// An index of the table; it projects keys only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// Its partition key.
    pub pk: &'static str,
    /// Its sort key.
    pub sk: &'static str,
}

/// The table's partition key and sort key, both strings.
pub const KEY: [&str; 2] = [keys::PK, keys::SK];
/// The attribute by which items expire.
pub const TTL: &str = keys::EXPIRES_AT;
/// What a record of the table's stream shows of its item.
pub const STREAM: &str = "NEW_AND_OLD_IMAGES";
/// The table's indexes, with string keys.
pub const INDEXES: [Index; 2] = [
    Index { name: keys::BY_ID, pk: keys::BY_ID_PK, sk: keys::BY_ID_SK },
    Index { name: keys::BY_PARENT, pk: keys::BY_PARENT_PK, sk: keys::BY_PARENT_SK },
];

impl Store {
    /// Creates the table if it does not exist, and gives it its stream if it was made without. Only the local service
    /// does this; in AWS the template does.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let strings = KEY.into_iter().chain(INDEXES.into_iter().flat_map(|index| [index.pk, index.sk]));
        let attributes: Result<Vec<_>, _> = strings
            .map(|name| {
                AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
            })
            .collect();
        let indexes: Result<Vec<_>, StoreError> = INDEXES.into_iter().map(index).collect();
        let created = self
            .client
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes?))
            .set_key_schema(Some(key_schema(KEY[0], KEY[1])?))
            .set_global_secondary_indexes(Some(indexes?))
            .stream_specification(stream()?)
            .send()
            .await;
        match created {
            Ok(_) => self.expire_items().await,
            Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => {
                self.enable_stream().await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Local tables of earlier versions have none.
    async fn enable_stream(&self) -> Result<(), StoreError> {
        let described = self.client.describe_table().table_name(&self.table).send().await?;
        let known = described.table.and_then(|table| table.stream_specification);
        if !known.is_some_and(|known| known.stream_enabled) {
            self.client.update_table().table_name(&self.table).stream_specification(stream()?).send().await?;
        }
        Ok(())
    }

    async fn expire_items(&self) -> Result<(), StoreError> {
        let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name(TTL).build()?;
        self.client.update_time_to_live().table_name(&self.table).time_to_live_specification(ttl).send().await?;
        Ok(())
    }
}

fn stream() -> Result<StreamSpecification, StoreError> {
    Ok(StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::from(STREAM)).build()?)
}

fn index(index: Index) -> Result<GlobalSecondaryIndex, StoreError> {
    Ok(GlobalSecondaryIndex::builder()
        .index_name(index.name)
        .set_key_schema(Some(key_schema(index.pk, index.sk)?))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()?)
}

fn key_schema(pk: &str, sk: &str) -> Result<Vec<KeySchemaElement>, StoreError> {
    let element = |name: &str, key_type| KeySchemaElement::builder().attribute_name(name).key_type(key_type).build();
    Ok(vec![element(pk, KeyType::Hash)?, element(sk, KeyType::Range)?])
}
