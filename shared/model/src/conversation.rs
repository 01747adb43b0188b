//! Conversations: between two users, or of a group.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::message::Receiver;
use super::uid::{Guid, Uid};

/// Which conversation a message belongs to.
///
/// The wire form (`a_user_b`, `group_g`) is ambiguous, because UIDs may hold underscores: `a` with `b_user_c` and
/// `a_user_b` with `c` print the same. So the parts are kept apart here and in every key, and only
/// [`fmt::Display`] makes the wire form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ConversationId {
    /// Two users, the smaller UID first. A user may write to themselves.
    Users(Uid, Uid),
    /// The members of a group.
    Group(Guid),
}

/// A stored conversation id that is none.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no stored conversation id")]
pub struct BadConversationId(String);

impl ConversationId {
    /// The conversation between two users, whoever writes.
    pub fn between(one: &Uid, other: &Uid) -> ConversationId {
        let (first, second) = if one <= other { (one, other) } else { (other, one) };
        ConversationId::Users(first.clone(), second.clone())
    }

    /// The conversation in which `sender` reaches `receiver`.
    pub fn of(sender: &Uid, receiver: &Receiver) -> ConversationId {
        match receiver {
            Receiver::User(uid) => ConversationId::between(sender, uid),
            Receiver::Group(guid) => ConversationId::Group(guid.clone()),
        }
    }

    /// Every conversation that has this wire form: none if it is malformed, one as a rule.
    pub fn parse_wire(raw: &str) -> Vec<ConversationId> {
        let raw = raw.to_ascii_lowercase();
        let group = raw.strip_prefix("group_").and_then(|guid| Guid::parse(guid).ok()).map(ConversationId::Group);
        let pairs = raw.match_indices("_user_").filter_map(|(at, separator)| {
            let (first, rest) = raw.split_at_checked(at)?;
            let second = rest.strip_prefix(separator)?;
            let (first, second) = (Uid::parse(first).ok()?, Uid::parse(second).ok()?);
            (first <= second).then_some(ConversationId::Users(first, second))
        });
        group.into_iter().chain(pairs).collect()
    }

    /// Whether `uid` is one of the two users; a group answers no, its members are rows.
    pub fn is_between(&self, uid: &Uid) -> bool {
        matches!(self, ConversationId::Users(first, second) if first == uid || second == uid)
    }

    /// The two users, one for those who write to themselves; nobody in a group, whose members are rows.
    pub fn users(&self) -> Vec<&Uid> {
        match self {
            ConversationId::Users(first, second) if first == second => vec![first],
            ConversationId::Users(first, second) => vec![first, second],
            ConversationId::Group(_) => Vec::new(),
        }
    }

    /// The other one of the two users; nobody in a group, for strangers, and for those who write to themselves.
    pub fn other_than(&self, uid: &Uid) -> Option<&Uid> {
        match self {
            ConversationId::Users(first, second) if first == second => None,
            ConversationId::Users(first, second) if first == uid => Some(second),
            ConversationId::Users(first, second) if second == uid => Some(first),
            _ => None,
        }
    }

    /// The unambiguous form that keys and attributes hold: `user#a#b` or `group#g`.
    pub fn stored(&self) -> String {
        match self {
            ConversationId::Users(first, second) => format!("user#{first}#{second}"),
            ConversationId::Group(guid) => format!("group#{guid}"),
        }
    }

    /// Reads [`ConversationId::stored`].
    pub fn parse_stored(raw: &str) -> Result<ConversationId, BadConversationId> {
        let mut parts = raw.split('#');
        let read = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("user"), Some(first), Some(second), None) => {
                Uid::parse(first).and_then(|first| Ok(ConversationId::Users(first, Uid::parse(second)?)))
            }
            (Some("group"), Some(guid), None, None) => Guid::parse(guid).map(ConversationId::Group),
            _ => return Err(BadConversationId(raw.to_owned())),
        };
        read.map_err(|_| BadConversationId(raw.to_owned()))
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConversationId::Users(first, second) => write!(f, "{first}_user_{second}"),
            ConversationId::Group(guid) => write!(f, "group_{guid}"),
        }
    }
}

impl TryFrom<String> for ConversationId {
    type Error = BadConversationId;

    fn try_from(raw: String) -> Result<ConversationId, BadConversationId> {
        ConversationId::parse_stored(&raw)
    }
}

impl From<ConversationId> for String {
    fn from(conversation: ConversationId) -> String {
        conversation.stored()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uid(raw: &str) -> Uid {
        Uid::parse(raw).unwrap()
    }

    #[test]
    fn both_sides_name_the_same_conversation() {
        let conversation = ConversationId::between(&uid("birch"), &uid("ash"));
        assert_eq!(conversation, ConversationId::between(&uid("ash"), &uid("birch")));
        assert_eq!(conversation.to_string(), "ash_user_birch");
    }

    #[test]
    fn two_pairs_with_one_wire_form_stay_two_conversations() {
        let one = ConversationId::between(&uid("a"), &uid("b_user_c"));
        let other = ConversationId::between(&uid("a_user_b"), &uid("c"));
        assert_eq!(one.to_string(), other.to_string());
        assert_ne!(one.stored(), other.stored());
        assert_eq!(ConversationId::parse_wire(&one.to_string()), [one, other]);
    }

    #[test]
    fn a_malformed_wire_form_names_no_conversation() {
        for raw in ["", "ash", "group_", "_user_", "ash_user_", "birch_user_ash", "group_a b", "ä_user_b"] {
            assert_eq!(ConversationId::parse_wire(raw), [], "{raw}");
        }
    }

    proptest! {
        #[test]
        fn both_forms_read_back(first in "[a-z0-9_-]{1,20}", second in "[a-z0-9_-]{1,20}") {
            for conversation in [
                ConversationId::between(&uid(&first), &uid(&second)),
                ConversationId::Group(Guid::parse(&first).unwrap()),
            ] {
                prop_assert_eq!(&ConversationId::parse_stored(&conversation.stored()).unwrap(), &conversation);
                prop_assert!(ConversationId::parse_wire(&conversation.to_string()).contains(&conversation));
            }
        }

        #[test]
        fn parsing_never_panics(raw: String) {
            let _ = ConversationId::parse_wire(&raw);
            let _ = ConversationId::parse_stored(&raw);
        }
    }
}
