//! Auth tokens (contract/related.md, "Auth tokens").

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{self, FieldProblem, Fields};
use super::json_text;
use super::nesting;
use super::time::Seconds;
use super::uid::Uid;
use super::user::{User, is_first};
use crate::problem::Problem;

/// A token as the list of its user holds it.
///
/// The list has to answer the token itself, so it is kept here in clear, under its user; requests are proved by the
/// digest alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssuedToken {
    /// As whom it acts.
    pub uid: Uid,
    /// The token.
    pub auth_token: String,
    /// Its hex SHA-256, under which it is looked up.
    pub digest: String,
    /// When it was made.
    pub created_at: Seconds,
    /// The epoch of its user in which it was made.
    #[serde(default, skip_serializing_if = "is_first")]
    pub epoch: u64,
    /// On what it is used.
    #[serde(flatten)]
    pub device: Device,
}

impl IssuedToken {
    /// The most tokens of a user that work; the oldest goes when another one is made.
    pub const MAX: usize = 100;

    /// Whether it was not revoked by a deactivation of its user.
    pub fn is_of(&self, user: &User) -> bool {
        self.epoch == user.token_epoch
    }
}

/// The mark of a token: the first half of its SHA-256, 128 bits that nobody finds another token for. Bytes and no text, because all
/// marks of a user are in the row that is read of them everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenMark(Vec<u8>);

impl TokenMark {
    /// How many characters of a digest are its mark.
    const LENGTH: usize = 32;

    /// The mark of the token of this hex SHA-256.
    pub fn of(digest: &str) -> TokenMark {
        let half = digest.get(..TokenMark::LENGTH).and_then(|half| u128::from_str_radix(half, 16).ok());
        // What is no digest is like none.
        TokenMark(half.map_or_else(|| digest.as_bytes().to_vec(), |half| half.to_be_bytes().to_vec()))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for TokenMark {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TokenMark, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = TokenMark;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("the bytes of a mark")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<TokenMark, E> {
                Ok(TokenMark(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// The marks of tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct TokenMarks(BTreeSet<TokenMark>);

impl TokenMarks {
    /// The mark of one token.
    pub fn of(digest: &str) -> TokenMarks {
        TokenMarks([TokenMark::of(digest)].into())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &TokenMark> {
        self.0.iter()
    }

    /// Those that are of none of these tokens.
    pub fn of_none(mut self, tokens: &[IssuedToken]) -> TokenMarks {
        let of_some: BTreeSet<TokenMark> = tokens.iter().map(|token| TokenMark::of(&token.digest)).collect();
        self.0.retain(|mark| !of_some.contains(mark));
        self
    }

    /// Whether the token of this digest is among them.
    pub fn hold(&self, digest: &str) -> bool {
        self.0.contains(&TokenMark::of(digest))
    }
}

/// The device and app on which a client uses a token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// `web`, `android`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The browser's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// What the client keeps of itself.
    #[serde(default, skip_serializing_if = "Map::is_empty", with = "json_text")]
    pub app_info: Map<String, Value>,
}

impl Device {
    /// The most characters of platform and user agent.
    pub const MAX_TEXT: usize = 500;

    /// Reads and validates the body; everything may be left out.
    pub fn parse(body: &Map<String, Value>) -> Result<Device, Problem> {
        let mut fields = Fields::of(body);
        let device = Device {
            platform: fields.optional("platform", fields::text::<{ Device::MAX_TEXT }>),
            user_agent: fields.optional("userAgent", fields::text::<{ Device::MAX_TEXT }>),
            app_info: fields.optional("appInfo", app_info).unwrap_or_default(),
        };
        fields.finish()?;
        Ok(device)
    }

    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        *self == Device::default()
    }
}

/// As much as metadata; some clients send it as JSON in a string.
fn app_info(value: &Value) -> Result<Map<String, Value>, FieldProblem> {
    match value.as_str() {
        // A string adds no level to the body that holds it, so what it holds is checked by itself.
        Some(text) if nesting::is_deep(text) => Err(nesting::problem()),
        Some(text) => super::profile::limited_object(&serde_json::from_str(text).unwrap_or_default()),
        None => super::profile::limited_object(value),
    }
}

/// A token as answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenView {
    uid: Uid,
    auth_token: String,
    created_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    app_info: Map<String, Value>,
}

impl TokenView {
    /// The token as the app sees it.
    pub fn of(token: &IssuedToken) -> TokenView {
        let Device { platform, user_agent, app_info } = token.device.clone();
        let (uid, auth_token) = (token.uid.clone(), token.auth_token.clone());
        TokenView { uid, auth_token, created_at: token.created_at, platform, user_agent, app_info }
    }
}
