//! API keys: made, listed, changed and revoked by the app. Only digests are stored, so a key is answered once, when it is
//! made; afterwards the beginning of its digest stands for it.

use serde_json::{Map, Value};

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{Caller, hex_sha256};
use crate::store::limited::{Creation, Removal};
use model::api_key::{ApiKey, ApiKeyChange, ApiKeyView, KeyScope, ListedApiKey};
use model::filter::folded;
use model::paging::{NumberedPage, PageNumber};
use model::problem::Code;
use model::query::Query;

/// Half as many as a key has hex digits.
const KEY_BYTES: usize = 20;

/// Which keys are listed.
#[derive(Clone, Debug, Default)]
pub struct KeyFilter {
    scope: Option<KeyScope>,
    search: Option<String>,
}

impl KeyFilter {
    /// Reads `scope` and `searchKey`.
    pub fn parse(query: &Query) -> Result<KeyFilter, ApiError> {
        let scope = query.parsed("scope", KeyScope::parse)?;
        Ok(KeyFilter { scope, search: query.text("searchKey").map(folded) })
    }

    fn keeps(&self, key: &ApiKey) -> bool {
        self.scope.is_none_or(|scope| key.scope == scope)
            && self.search.as_ref().is_none_or(|search| folded(&key.name).contains(search))
    }
}

/// Makes a key, which is answered here and never again. Cost: 1 round trip, 6 write units.
pub async fn create(app: &App, body: &Map<String, Value>) -> Result<ApiKeyView, ApiError> {
    let key = ApiKey::parse(body, app.now())?;
    let value = hex::encode(app.random_bytes::<KEY_BYTES>()?);
    match app.store.put_api_key(&hex_sha256(value.as_bytes()), &key).await? {
        // It exists when the SDK repeats a write whose answer was lost; 160 random bits are never drawn twice.
        Creation::Done | Creation::Exists => Ok(ApiKeyView::revealed(value, key)),
        Creation::Full => {
            let message = format!("There are {} API keys, the most there can be; delete one first.", ApiKey::MAX);
            Err(ApiError::new(Code::QuotaReached, message))
        }
    }
}

/// A page of the keys, oldest first. Cost: 1 round trip, 1 read unit for about 20.
pub async fn page(app: &App, filter: &KeyFilter, page: PageNumber) -> Result<NumberedPage<ListedApiKey>, ApiError> {
    let mut keys = app.store.api_keys().await?;
    keys.retain(|listed| filter.keeps(&listed.key));
    keys.sort_by_key(|listed| listed.key.created_at);
    Ok(NumberedPage::of(keys, page))
}

/// The key that `given` means: itself, or what stands for it. Cost: 1 round trip, 1 read unit for about 20 keys.
pub async fn find(app: &App, given: &str) -> Result<ListedApiKey, ApiError> {
    let keys = app.store.api_keys().await?;
    ListedApiKey::meant(keys, given, &hex_sha256(given.as_bytes())).map_err(|_| unknown())
}

/// Changes another key than the caller's; other processes go by its former scope for up to a minute.
///
/// Cost: 2 round trips, 4 write units.
pub async fn change(
    app: &App,
    caller: &Caller,
    given: &str,
    body: &Map<String, Value>,
) -> Result<ListedApiKey, ApiError> {
    let change = ApiKeyChange::parse(body)?;
    let ListedApiKey { digest, key } = find(app, given).await?;
    require_other(caller, &digest)?;
    if !app.store.change_api_key(&digest, &change).await? {
        return Err(unknown());
    }
    app.keys.forget(&digest);
    Ok(ListedApiKey { digest, key: change.of(key) })
}

/// Revokes another key than the caller's; other processes take it for up to a minute more.
///
/// Cost: 2 round trips, 6 write units.
pub async fn revoke(app: &App, caller: &Caller, given: &str) -> Result<ListedApiKey, ApiError> {
    let listed = find(app, given).await?;
    require_other(caller, &listed.digest)?;
    match app.store.delete_api_key(&listed.digest).await? {
        Removal::Done => {
            app.keys.forget(&listed.digest);
            Ok(listed)
        }
        Removal::Unknown => Err(unknown()),
    }
}

/// A key does not lock out whoever uses it.
fn require_other(caller: &Caller, digest: &str) -> Result<(), ApiError> {
    match caller.api_key.as_ref().is_some_and(|own| hex_sha256(own.as_bytes()) == digest) {
        true => Err(ApiError::new(Code::ApiKeyNoSelfAction, "An API key changes and revokes others only.")),
        false => Ok(()),
    }
}

fn unknown() -> ApiError {
    ApiError::new(Code::NoSuchApiKey, "There is no such API key.")
}
