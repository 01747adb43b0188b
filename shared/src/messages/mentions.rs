//! Whom a message mentions.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::error::ApiError;
use model::entity;
use model::mention;
use model::uid::Uid;
use model::user::User;

/// The distinct UIDs that a text or caption mentions, known or not.
pub fn mentioned(data: &Map<String, Value>) -> Result<BTreeSet<Uid>, ApiError> {
    let text = data.get("text").and_then(Value::as_str).unwrap_or_default();
    let mentioned = mention::mentioned(text);
    if mention::MAX_LOOKED_UP < mentioned.len() { Err(too_many_mentions()) } else { Ok(mentioned) }
}

/// The users that the text mentions and that exist, as the sender sees them; with their tags, which are shown on demand.
pub fn mentions(mentioned: &[User], sender: &Uid) -> Result<Map<String, Value>, ApiError> {
    let known: Vec<&User> = mentioned.iter().filter(|user| user.is_active()).collect();
    if mention::MAX_MENTIONED < known.len() {
        return Err(too_many_mentions());
    }
    Ok(known.into_iter().map(|user| (user.uid.to_string(), entity::mentioned(user, sender))).collect())
}

fn too_many_mentions() -> ApiError {
    ApiError::field("data.text", format!("must not mention more than {} users.", mention::MAX_MENTIONED))
}
