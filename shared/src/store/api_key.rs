//! API keys: only digests are stored.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use serde::{Deserialize, Serialize};
use strum::Display;

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::legacy::{Outcome, item, number, put, put_new, update};
use model::time::Seconds;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum KeyScope {
    /// Everything.
    FullAccess,
    /// Create users and auth tokens.
    AuthOnly,
}

/// An API key as stored, under the digest of its value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub scope: KeyScope,
    /// When it was made.
    pub created_at: Seconds,
}

impl ApiKey {
    /// How many keys there can be.
    pub const MAX: u64 = 25;
    /// The longest name, in characters.
    pub const MAX_NAME_CHARS: usize = 100;
}

/// An API key in the list of all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListedApiKey {
    /// The hex SHA-256 of its value.
    pub digest: String,
    /// The key.
    #[serde(flatten)]
    pub key: ApiKey,
}

/// How making an API key ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewApiKey {
    /// It works now.
    Done,
    /// It was one before.
    Exists,
    /// There are as many keys as there can be.
    Full,
}

impl Store {
    /// Makes an API key. Cost: 1 round trip, 6 write units.
    pub async fn put_api_key(&self, digest: &str, key: &ApiKey) -> Result<NewApiKey, StoreError> {
        const ROW: usize = 0;
        let listed = ListedApiKey { digest: digest.to_owned(), key: key.clone() };
        let count = update(&self.table, &Key::api_key_count(), "ADD apiKeys :one")
            .condition_expression("attribute_not_exists(apiKeys) OR apiKeys < :most")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(ApiKey::MAX))
            .build()?;
        let writes = vec![
            put_new(&self.table, item(&Key::api_key(digest), key)?)?,
            put(&self.table, item(&Key::listed_api_key(digest), &listed)?)?,
            TransactWriteItem::builder().update(count).build(),
        ];
        Ok(match self.transact(writes).await? {
            Outcome::Done => NewApiKey::Done,
            Outcome::Refused(refused) if refused.iter().any(|(position, _)| *position == ROW) => NewApiKey::Exists,
            Outcome::Refused(_) => NewApiKey::Full,
        })
    }

    /// All API keys, by their digests. Cost: 1 round trip, 1 read unit for about 20.
    pub async fn api_keys(&self) -> Result<Vec<ListedApiKey>, StoreError> {
        self.all_rows(&Key::listed_api_keys()).await
    }

    /// Makes an API key unknown; false if it is. Cost: 1 round trip, 6 write units.
    pub async fn delete_api_key(&self, digest: &str) -> Result<bool, StoreError> {
        let count = update(&self.table, &Key::api_key_count(), "ADD apiKeys :less")
            .expression_attribute_values(":less", AttributeValue::N("-1".to_owned()))
            .build()?;
        let writes = vec![
            self.delete_existing(&Key::api_key(digest))?,
            self.delete_existing(&Key::listed_api_key(digest))?,
            TransactWriteItem::builder().update(count).build(),
        ];
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }
}
