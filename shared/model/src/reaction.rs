//! Reactions (contract/messages.md, operations 11 to 14).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::conversation::ConversationId;
use super::id::MessageId;
use super::time::Seconds;
use super::uid::Uid;

/// What somebody reacts with: any text of 1 to [`Reaction::MAX_CHARS`] characters, as a rule an emoji.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reaction(String);

/// Why a text is no reaction. The sentences complete "The reaction field …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReaction {
    /// No character at all.
    #[error("must not be empty.")]
    Empty,
    /// More than [`Reaction::MAX_CHARS`] characters.
    #[error("must not be longer than {} characters.", Reaction::MAX_CHARS)]
    TooLong,
}

impl Reaction {
    /// The most characters, counted as Unicode scalar values.
    pub const MAX_CHARS: usize = 45;
    /// The most distinct reactions of one message.
    pub const MAX_DISTINCT: usize = 25;

    /// Reads a reaction; it is kept as it is.
    pub fn parse(raw: &str) -> Result<Reaction, BadReaction> {
        match raw.chars().count() {
            0 => Err(BadReaction::Empty),
            1..=Reaction::MAX_CHARS => Ok(Reaction(raw.to_owned())),
            _ => Err(BadReaction::TooLong),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Reaction {
    type Error = BadReaction;

    fn try_from(raw: String) -> Result<Reaction, BadReaction> {
        Reaction::parse(&raw)
    }
}

impl From<Reaction> for String {
    fn from(reaction: Reaction) -> String {
        reaction.0
    }
}

/// One reaction in a message's summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many users hold it.
    pub count: u64,
    /// The id of its first use, which orders the summary.
    pub first: MessageId,
}

/// That a user reacted to a message, as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reacted {
    /// The reaction's own id.
    pub id: MessageId,
    /// When it was given, where the id does not tell it.
    #[serde(default, rename = "reactedAt", skip_serializing_if = "Option::is_none")]
    pub dated_at: Option<Seconds>,
    /// The message.
    pub message_id: MessageId,
    /// With what.
    pub reaction: Reaction,
    /// Who.
    pub uid: Uid,
    /// The user as they were.
    #[serde(with = "super::json_text")]
    pub reacted_by: Map<String, Value>,
}

impl Reacted {
    /// When it was given.
    pub fn reacted_at(&self) -> Seconds {
        self.dated_at.unwrap_or_else(|| self.id.sent_at())
    }
}

/// A reaction in an answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReactedView {
    id: MessageId,
    message_id: MessageId,
    reaction: Reaction,
    uid: Uid,
    reacted_at: Seconds,
    reacted_by: Map<String, Value>,
}

impl ReactedView {
    /// The reaction as `viewer` sees it: with their conversation, unless it is their own.
    pub fn of(reacted: &Reacted, viewer: Option<&Uid>) -> ReactedView {
        let mut reacted_by = reacted.reacted_by.clone();
        if let Some(viewer) = viewer.filter(|viewer| **viewer != reacted.uid) {
            let conversation = ConversationId::between(viewer, &reacted.uid);
            reacted_by.insert("conversationId".to_owned(), json!(conversation.to_string()));
        }
        ReactedView {
            id: reacted.id,
            message_id: reacted.message_id,
            reaction: reacted.reaction.clone(),
            uid: reacted.uid.clone(),
            reacted_at: reacted.reacted_at(),
            reacted_by,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::emoji("🔥", true)]
    #[case::skin_tone("👍🏽", true)]
    #[case::flag("🇩🇪", true)]
    #[case::family("👨‍👩‍👧‍👦", true)]
    #[case::word(":thumbsup:", true)]
    #[case::empty("", false)]
    fn reaction_parses(#[case] raw: &str, #[case] is_one: bool) {
        assert_eq!(Reaction::parse(raw).is_ok_and(|reaction| reaction.as_str() == raw), is_one);
    }

    proptest! {
        #[test]
        fn forty_five_characters_fit_whatever_their_bytes(c: char) {
            prop_assert!(Reaction::parse(&c.to_string().repeat(45)).is_ok());
            prop_assert_eq!(Reaction::parse(&c.to_string().repeat(46)), Err(BadReaction::TooLong));
        }
    }
}
