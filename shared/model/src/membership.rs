//! A user's membership of a group, and what can become of it.

use serde::{Deserialize, Serialize};

use super::group::{Member, Scope};

/// A user's membership: member, banned or neither.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    /// The membership, if there is one.
    pub member: Option<Member>,
    /// Whether the user is banned.
    pub is_banned: bool,
}

/// What can become of a membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MemberChange {
    /// They joined by themselves.
    Joined,
    /// They were added.
    Added,
    /// They left, or their user was deleted: then there is no action message, and what they owned is the app's.
    Left,
    /// They were removed.
    Kicked,
    /// They were banned, members or not.
    Banned,
    /// Their ban was lifted.
    Unbanned,
    /// They have another scope.
    ScopeChanged {
        /// Before.
        old: Scope,
        /// Now.
        new: Scope,
    },
}
