//! Ids of users, groups and roles: one alphabet, one length, three types that cannot be mixed up.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is no such id. The sentences complete "The `<field>` …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// No character at all.
    #[error("must not be empty.")]
    Empty,
    /// More than [`Uid::MAX`] characters.
    #[error("must not be longer than {} characters.", Uid::MAX)]
    TooLong,
    /// Something else than a letter, a digit, a hyphen or an underscore.
    #[error("may only hold letters, digits, hyphens and underscores.")]
    BadCharacter,
}

fn parse(raw: &str) -> Result<String, BadName> {
    if raw.is_empty() {
        return Err(BadName::Empty);
    }
    if Uid::MAX < raw.chars().count() {
        return Err(BadName::TooLong);
    }
    if !raw.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
        return Err(BadName::BadCharacter);
    }
    Ok(raw.to_ascii_lowercase())
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads the id; capitals are lowered.
            pub fn parse(raw: &str) -> Result<$name, BadName> {
                parse(raw).map($name)
            }

            /// The id as stored and answered.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;

            fn try_from(raw: String) -> Result<$name, BadName> {
                $name::parse(&raw)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

name! {
    /// A user id: 1 to [`Uid::MAX`] of `a-z 0-9 - _`.
    Uid
}

name! {
    /// A group id: 1 to [`Uid::MAX`] of `a-z 0-9 - _`.
    Guid
}

name! {
    /// The id of a role of users: 1 to [`Uid::MAX`] of `a-z 0-9 - _`.
    RoleId
}

impl Default for RoleId {
    /// The role of who has no other.
    fn default() -> RoleId {
        RoleId("default".to_owned())
    }
}

impl Uid {
    /// The most characters of any of these ids (contract/limits.md).
    pub const MAX: usize = 100;

    /// The user that stands for the app itself.
    pub fn app_system() -> Uid {
        Uid("app_system".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("ash", Ok("ash"))]
    #[case::lowered("Alice", Ok("alice"))]
    #[case::all_signs("a-z_0", Ok("a-z_0"))]
    #[case::empty("", Err(BadName::Empty))]
    #[case::space("a b", Err(BadName::BadCharacter))]
    #[case::separator("a#b", Err(BadName::BadCharacter))]
    #[case::letter_beyond_ascii("ä", Err(BadName::BadCharacter))]
    fn uid_parses(#[case] raw: &str, #[case] expected: Result<&str, BadName>) {
        let uid = Uid::parse(raw);
        assert_eq!(uid.as_ref().map(Uid::as_str).map_err(|bad| *bad), expected);
    }

    #[test]
    fn a_hundred_characters_fit_and_one_more_does_not() {
        assert!(Guid::parse(&"g".repeat(100)).is_ok());
        assert_eq!(Guid::parse(&"g".repeat(101)), Err(BadName::TooLong));
    }

    proptest! {
        #[test]
        fn parsing_is_stable_and_never_panics(raw: String) {
            if let Ok(uid) = Uid::parse(&raw) {
                prop_assert_eq!(Uid::parse(uid.as_str()), Ok(uid));
            }
        }
    }
}
