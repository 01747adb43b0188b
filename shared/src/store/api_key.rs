//! API keys: only digests are stored.

use super::error::StoreError;
use super::keys::Key;
use super::limited::{self, Creation, Refused, Removal};
use super::transaction::{EXISTS, Untold, Update};
use super::{Item, Store};
use model::api_key::{ApiKey, ApiKeyChange, ListedApiKey};

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

    /// Gives an API key these values; whether there is such a key. Cost: 1 round trip, 4 write units.
    pub async fn change_api_key(&self, digest: &str, change: &ApiKeyChange) -> Result<bool, StoreError> {
        let values = serde_dynamo::to_item::<_, Item>(change)?;
        let of = |key: Key| Update::of(&key).set_all(values.clone()).when(EXISTS);
        let tx = self.transaction().update(of(Key::api_key(digest))).or(Refused::Unknown);
        let tx = tx.update(of(Key::listed_api_key(digest))).or(Refused::Unknown);
        Ok(tx.untold(Untold::OwnAffair).commit().await?.either(true, false))
    }

    /// Makes an API key unknown. Cost: 1 round trip, 6 write units.
    pub async fn delete_api_key(&self, digest: &str) -> Result<Removal, StoreError> {
        let tx = self.transaction().delete_existing(&Key::api_key(digest)).or(Refused::Unknown);
        let tx = tx.delete_existing(&Key::listed_api_key(digest)).or(Refused::Unknown);
        limited::remove(tx, Update::of(&Key::api_key_count()).add("apiKeys", -1)).await
    }
}
