//! API keys, as the table holds them: the digest of a key stands for it.

use serde::{Deserialize, Serialize};
use strum::Display;

use crate::time::Seconds;

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
