//! API keys, as the table holds them: the digest of a key stands for it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{Display, EnumString};

use crate::fields::{self, Fields};
use crate::problem::{Code, Problem};
use crate::time::Seconds;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum KeyScope {
    /// Everything.
    FullAccess,
    /// Create users and auth tokens.
    AuthOnly,
}

impl KeyScope {
    /// Reads `fullAccess` or `authOnly`.
    pub fn parse(raw: &str) -> Result<KeyScope, &'static str> {
        raw.parse().map_err(|_| "must be fullAccess or authOnly.")
    }
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
    /// How many hex digits of a digest stand for a key in answers; as many as a key has.
    pub const HANDLE_DIGITS: usize = 40;
    /// How much of a digest must be given to mean its key.
    pub const MIN_DIGITS: usize = 8;

    /// Reads a name.
    pub fn name(raw: &str) -> Result<String, &'static str> {
        match raw.trim() {
            "" => Err("must not be empty."),
            name if ApiKey::MAX_NAME_CHARS < name.chars().count() => Err("must not be longer than 100 characters."),
            name if name.chars().any(char::is_control) => Err("must not hold control characters."),
            name => Ok(name.to_owned()),
        }
    }

    /// Reads the body that makes a key; it may only create users and tokens unless the body says otherwise.
    pub fn parse(body: &Map<String, Value>, now: Seconds) -> Result<ApiKey, Problem> {
        let mut fields = Fields::of(body);
        let name = fields.required("name", fields::parsed(ApiKey::name));
        let scope = fields.optional("scope", fields::parsed(KeyScope::parse));
        fields.finish()?;
        let name = name.ok_or_else(|| Problem::field("name", "is required."))?;
        Ok(ApiKey { name, scope: scope.unwrap_or(KeyScope::AuthOnly), created_at: now })
    }
}

/// What of a key is changed.
#[derive(Clone, Debug, Serialize)]
pub struct ApiKeyChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<KeyScope>,
}

impl ApiKeyChange {
    /// Reads a body.
    pub fn parse(body: &Map<String, Value>) -> Result<ApiKeyChange, Problem> {
        let mut fields = Fields::of(body);
        let name = fields.optional("name", fields::parsed(ApiKey::name));
        let scope = fields.optional("scope", fields::parsed(KeyScope::parse));
        fields.finish()?;
        if name.is_none() && scope.is_none() {
            return Err(Problem::new(Code::BadRequest, "The body contains no field that can be updated."));
        }
        Ok(ApiKeyChange { name, scope })
    }

    /// The key after it.
    pub fn of(&self, key: ApiKey) -> ApiKey {
        ApiKey { name: self.name.clone().unwrap_or(key.name), scope: self.scope.unwrap_or(key.scope), ..key }
    }
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

/// Why something given means no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmeant {
    /// It is the beginning of no digest.
    Unknown,
    /// It is too short.
    TooShort,
    /// The digests of several keys begin so.
    Ambiguous,
}

impl ListedApiKey {
    /// The one of `keys` that `given` means, which is a key or the beginning of a digest; `digest` is that of `given`. A
    /// whole key, of whatever form, comes before the beginning of a digest.
    pub fn meant(keys: Vec<ListedApiKey>, given: &str, digest: &str) -> Result<ListedApiKey, Unmeant> {
        if let Some(listed) = keys.iter().find(|listed| listed.digest == digest) {
            return Ok(listed.clone());
        }
        if given.len() < ApiKey::MIN_DIGITS {
            return Err(Unmeant::TooShort);
        }
        let given = given.to_ascii_lowercase();
        let mut meant = keys.into_iter().filter(|listed| listed.digest.starts_with(&given));
        match (meant.next(), meant.next()) {
            (None, _) => Err(Unmeant::Unknown),
            (Some(listed), None) => Ok(listed),
            (Some(_), Some(_)) => Err(Unmeant::Ambiguous),
        }
    }
}

/// An API key as answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyView {
    api_key: String,
    #[serde(flatten)]
    key: ApiKey,
}

impl ApiKeyView {
    /// As it is answered when it is made, and never again.
    pub fn revealed(value: String, key: ApiKey) -> ApiKeyView {
        ApiKeyView { api_key: value, key }
    }

    /// With the beginning of its digest in place of its value, which nobody knows. It names the key in paths.
    pub fn of(listed: &ListedApiKey) -> ApiKeyView {
        let api_key = listed.digest.chars().take(ApiKey::HANDLE_DIGITS).collect();
        ApiKeyView { api_key, key: listed.key.clone() }
    }
}
