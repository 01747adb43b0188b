//! Roles, a partition of their own, and who is whose friend.

use super::Key;
use model::uid::{RoleId, Uid};

/// The partition of roles.
const ROLES: &str = "USER_ROLES";

impl Key {
    /// A role.
    pub(in crate::store) fn role(id: &RoleId) -> Key {
        Key::new(ROLES.to_owned(), format!("ROLE#{id}"))
    }

    /// All roles: a prefix of keys.
    pub(in crate::store) fn roles() -> Key {
        Key::new(ROLES.to_owned(), "ROLE#")
    }

    /// How many roles there are.
    pub(in crate::store) fn role_count() -> Key {
        Key::new(ROLES.to_owned(), "COUNT")
    }

    /// That `other` is a friend of `uid`, who is one of theirs by another row.
    pub(in crate::store) fn friend(uid: &Uid, other: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), format!("FRIEND#{other}"))
    }

    /// All friends of a user: a prefix of keys.
    pub(in crate::store) fn friends(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "FRIEND#")
    }
}
