//! How a user is notified: their preferences, where they are, and which devices they have.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::json_text;
use super::preferences::Preferences;
use super::time_zone::TimeZone;

/// The one row that says whether a user may be notified of something; of most users there is none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notified {
    /// What they want to be notified of.
    #[serde(default, with = "json_text")]
    pub preferences: Preferences,
    /// Where they are.
    #[serde(default)]
    pub timezone: TimeZone,
    /// The digests of their push tokens. A digest of a token that another user took over may be left.
    #[serde(default)]
    pub devices: BTreeSet<String>,
}
