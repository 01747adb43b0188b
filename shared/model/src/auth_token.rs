//! Auth tokens (contract/related.md, "Auth tokens").

use std::collections::BTreeSet;

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

/// The marks of tokens: the first half of the hex SHA-256 of each, 128 bits that nobody finds another token for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct TokenMarks(BTreeSet<String>);

impl TokenMarks {
    /// How many characters of a digest are its mark.
    const LENGTH: usize = 32;

    /// The mark of one token.
    pub fn of(digest: &str) -> TokenMarks {
        TokenMarks([TokenMarks::mark(digest).to_owned()].into())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }

    /// The mark of a token, by the hex SHA-256 of it.
    pub fn mark(digest: &str) -> &str {
        digest.get(..TokenMarks::LENGTH).unwrap_or(digest)
    }

    /// Whether the token of this digest is among them.
    pub fn hold(&self, digest: &str) -> bool {
        self.0.contains(TokenMarks::mark(digest))
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
