//! The keys of blocks: each stands with who blocks and with who is blocked.

use super::Key;
use model::uid::Uid;

impl Key {
    /// That `uid` has blocked `other`.
    pub(in crate::store) fn block(uid: &Uid, other: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), format!("BLOCK#{other}"))
    }

    /// All blocks of a user: a prefix of keys.
    pub(in crate::store) fn blocks(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "BLOCK#")
    }

    /// The same block, among those of who is blocked.
    pub(in crate::store) fn blocked_by(other: &Uid, uid: &Uid) -> Key {
        Key::new(format!("USER#{other}"), format!("BLOCKED_BY#{uid}"))
    }

    /// All blocks by others of a user: a prefix of keys.
    pub(in crate::store) fn all_blocked_by(other: &Uid) -> Key {
        Key::new(format!("USER#{other}"), "BLOCKED_BY#")
    }

    /// All blocks of a user, of both directions: a prefix of keys.
    pub(in crate::store) fn all_blocks(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "BLOCK")
    }

    /// Whether this row says that its user is blocked.
    pub(in crate::store) fn is_blocked_by(&self) -> bool {
        self.sk.starts_with("BLOCKED_BY#")
    }

    /// The other row of a block; none if this is no row of a block.
    pub(in crate::store) fn mirrored_block(&self) -> Option<Key> {
        let owner = self.pk.strip_prefix("USER#")?;
        let mirrored = |kind: &str, other: &str| Key::new(format!("USER#{other}"), format!("{kind}#{owner}"));
        match self.sk.split_once('#')? {
            ("BLOCK", other) => Some(mirrored("BLOCKED_BY", other)),
            ("BLOCKED_BY", other) => Some(mirrored("BLOCK", other)),
            _ => None,
        }
    }
}
