//! API keys: only digests are stored.

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::limited::{self, Creation, Refused, Removal};
use super::transaction::Update;
use model::api_key::{ApiKey, ListedApiKey};

impl Store {
    /// Makes an API key. Cost: 1 round trip, 6 write units.
    pub async fn put_api_key(&self, digest: &str, key: &ApiKey) -> Result<Creation, StoreError> {
        let listed = ListedApiKey { digest: digest.to_owned(), key: key.clone() };
        let count = Update::of(&Key::api_key_count()).one_more("apiKeys", ApiKey::MAX);
        let tx = self.transaction().put_new(&Key::api_key(digest), key)?.or(Refused::Exists);
        limited::create(tx.put(&Key::listed_api_key(digest), &listed)?, count).await
    }

    /// All API keys, by their digests. Cost: 1 round trip, 1 read unit for about 20.
    pub async fn api_keys(&self) -> Result<Vec<ListedApiKey>, StoreError> {
        self.all_rows(&Key::listed_api_keys()).await
    }

    /// Makes an API key unknown. Cost: 1 round trip, 6 write units.
    pub async fn delete_api_key(&self, digest: &str) -> Result<Removal, StoreError> {
        let tx = self.transaction().delete_existing(&Key::api_key(digest)).or(Refused::Unknown);
        let tx = tx.delete_existing(&Key::listed_api_key(digest)).or(Refused::Unknown);
        limited::remove(tx, Update::of(&Key::api_key_count()).add("apiKeys", -1)).await
    }
}
