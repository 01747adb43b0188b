//! A user's membership of a group.

use super::group::Member;

/// A user's membership: member, banned or neither.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    /// The membership, if there is one.
    pub member: Option<Member>,
    /// Whether the user is banned.
    pub is_banned: bool,
}
