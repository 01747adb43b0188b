//! API keys: only digests are stored.

use serde::{Deserialize, Serialize};

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::transaction::{item, put};
use crate::model::time::Seconds;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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

impl Store {
    /// The API key of this hex SHA-256. Cost: 1 round trip, 1 read unit.
    pub async fn api_key(&self, digest: &str) -> Result<Option<ApiKey>, StoreError> {
        self.get(&Key::api_key(digest)).await
    }

    /// Stores an API key. Cost: 1 round trip, 2 write units.
    pub async fn put_api_key(&self, digest: &str, key: &ApiKey) -> Result<(), StoreError> {
        self.transact(vec![put(&self.table, item(&Key::api_key(digest), key)?)?]).await?;
        Ok(())
    }
}
