//! API keys: made here, stored as digests.

use std::io::Write;
use std::str::FromStr;

use clap::ValueEnum;
use model::api_key::{ApiKey, KeyScope, ListedApiKey};
use shared::identity::hex_sha256;
use shared::store::Store;
use shared::store::limited::{Creation, Removal};

use crate::AdminError;

/// How much of a digest the list shows; enough to tell 25 apart.
const SHOWN_DIGEST_CHARS: usize = 12;
/// Half as many as a key has hex digits.
const KEY_BYTES: usize = 20;

/// What people call a key.
#[derive(Clone)]
pub struct Name(String);

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(raw: &str) -> Result<Name, &'static str> {
        ApiKey::name(raw).map(Name)
    }
}

/// What a key may do, as people type it.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "camelCase")]
pub enum Scope {
    FullAccess,
    AuthOnly,
}

impl From<Scope> for KeyScope {
    fn from(scope: Scope) -> KeyScope {
        match scope {
            Scope::FullAccess => KeyScope::FullAccess,
            Scope::AuthOnly => KeyScope::AuthOnly,
        }
    }
}

/// The first key of a table.
pub async fn bootstrap(store: &Store, out: &mut impl Write) -> Result<(), AdminError> {
    if !store.api_keys().await?.is_empty() {
        return Err(AdminError::HasKeys);
    }
    create(store, Name("first".to_owned()), Scope::FullAccess, out).await
}

/// A further key. Nothing but the key goes to the output, so that a script can take it.
pub async fn create(store: &Store, name: Name, scope: Scope, out: &mut impl Write) -> Result<(), AdminError> {
    let value = new_value()?;
    let key = ApiKey { name: name.0, scope: scope.into(), created_at: shared::clock::system().seconds() };
    match store.put_api_key(&hex_sha256(value.as_bytes()), &key).await? {
        // It exists when the SDK repeats a write whose answer was lost; 160 random bits are never drawn twice.
        Creation::Done | Creation::Exists => Ok(writeln!(out, "{value}")?),
        Creation::Full => Err(AdminError::Full),
    }
}

/// All keys, oldest first.
pub async fn list(store: &Store, out: &mut impl Write) -> Result<(), AdminError> {
    let mut keys = store.api_keys().await?;
    keys.sort_by_key(|listed| listed.key.created_at);
    for ListedApiKey { digest, key } in keys {
        let shown: String = digest.chars().take(SHOWN_DIGEST_CHARS).collect();
        writeln!(out, "{shown}  {:10}  {}  {}", key.scope, key.created_at.get(), key.name)?;
    }
    Ok(())
}

/// Revokes the one key that `given` means.
pub async fn revoke(store: &Store, given: &str, out: &mut impl Write) -> Result<(), AdminError> {
    let given = given.trim();
    let meant = ListedApiKey::meant(store.api_keys().await?, given, &hex_sha256(given.as_bytes()));
    let ListedApiKey { digest, key } = meant?;
    match store.delete_api_key(&digest).await? {
        Removal::Done => Ok(writeln!(out, "Revoked: {}", key.name)?),
        Removal::Unknown => Err(AdminError::Unknown),
    }
}

fn new_value() -> Result<String, AdminError> {
    let mut random = [0; KEY_BYTES];
    getrandom::fill(&mut random)?;
    Ok(hex::encode(random))
}
