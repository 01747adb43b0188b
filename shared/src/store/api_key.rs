//! API keys: only digests are stored.

use super::error::StoreError;
use super::keys::Key;
use super::transaction::{Commit, EXISTS, Untold, Update};
use super::{Item, Store};
use model::api_key::{ApiKey, ApiKeyChange, ListedApiKey};

/// How making an API key ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` made it"]
pub enum NewApiKey {
    /// It works now.
    Done,
    /// It was one before.
    Exists,
    /// There are as many keys as there can be.
    Full,
}

/// How changing or revoking an API key ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` did it"]
pub enum ApiKeyOutcome {
    /// It is done.
    Done,
    /// It was none.
    Unknown,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Exists,
    Full,
    Unknown,
}

impl Store {
    /// Makes an API key. Cost: 1 round trip, 6 write units.
    pub async fn put_api_key(&self, digest: &str, key: &ApiKey) -> Result<NewApiKey, StoreError> {
        let listed = ListedApiKey { digest: digest.to_owned(), key: key.clone() };
        let count = Update::of(&Key::api_key_count()).one_more("apiKeys", ApiKey::MAX);
        let tx = self.transaction().put_new(&Key::api_key(digest), key)?.or(Refused::Exists);
        let tx = tx.put(&Key::listed_api_key(digest), &listed)?.update(count).or(Refused::Full);
        Ok(match tx.untold(Untold::OwnAffair).commit().await? {
            Commit::Done => NewApiKey::Done,
            Commit::Refused(refused) if refused.iter().any(|(meaning, _)| *meaning == Some(Refused::Exists)) => {
                NewApiKey::Exists
            }
            Commit::Refused(_) => NewApiKey::Full,
        })
    }

    /// All API keys, by their digests. Cost: 1 round trip, 1 read unit for about 20.
    pub async fn api_keys(&self) -> Result<Vec<ListedApiKey>, StoreError> {
        self.all_rows(&Key::listed_api_keys()).await
    }

    /// Gives an API key these values. Cost: 1 round trip, 4 write units.
    pub async fn change_api_key(&self, digest: &str, change: &ApiKeyChange) -> Result<ApiKeyOutcome, StoreError> {
        let values = serde_dynamo::to_item::<_, Item>(change)?;
        let of = |key: Key| Update::of(&key).set_all(values.clone()).when(EXISTS);
        let tx = self.transaction().update(of(Key::api_key(digest))).or(Refused::Unknown);
        let tx = tx.update(of(Key::listed_api_key(digest))).or(Refused::Unknown);
        let commit = tx.untold(Untold::OwnAffair).commit().await?;
        Ok(commit.either(ApiKeyOutcome::Done, ApiKeyOutcome::Unknown))
    }

    /// Makes an API key unknown. Cost: 1 round trip, 6 write units.
    pub async fn delete_api_key(&self, digest: &str) -> Result<ApiKeyOutcome, StoreError> {
        let tx = self.transaction().delete_existing(&Key::api_key(digest)).or(Refused::Unknown);
        let tx = tx.delete_existing(&Key::listed_api_key(digest)).or(Refused::Unknown);
        let tx = tx.update(Update::of(&Key::api_key_count()).add("apiKeys", -1));
        let commit = tx.untold(Untold::OwnAffair).commit().await?;
        Ok(commit.either(ApiKeyOutcome::Done, ApiKeyOutcome::Unknown))
    }
}
