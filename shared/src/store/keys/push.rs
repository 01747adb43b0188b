//! What a user's devices are notified by: rows of the user, but for who holds a token.

use model::message::Receiver;
use model::uid::Uid;

use super::Key;

impl Key {
    /// A push token of a user, by its digest.
    pub(in crate::store) fn push_token(uid: &Uid, digest: &str) -> Key {
        Key::new(format!("USER#{uid}"), format!("PUSH#{digest}"))
    }

    /// All push tokens of a user: a prefix of keys.
    pub(in crate::store) fn push_tokens(uid: &Uid) -> Key {
        Key::push_token(uid, "")
    }

    /// Who holds a push token: a device has one user at a time.
    pub(in crate::store) fn push_holder(digest: &str) -> Key {
        Key::new(format!("PUSH#{digest}"), "PUSH")
    }

    /// The row of who holds the push token that a user has here, if it is one.
    pub(in crate::store) fn holder_key(&self) -> Option<Key> {
        let digest = self.sk.strip_prefix("PUSH#").filter(|_| self.pk.starts_with("USER#"))?;
        Some(Key::push_holder(digest))
    }

    /// How a user wants to be notified.
    pub(in crate::store) fn notified(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "PREFERENCES")
    }

    /// That a user does not want to be notified of a conversation.
    pub(in crate::store) fn mute(uid: &Uid, with: &Receiver) -> Key {
        Key::new(format!("USER#{uid}"), format!("MUTE#{}#{}", with.receiver_type(), with.as_str()))
    }

    /// All conversations that a user has muted: a prefix of keys.
    pub(in crate::store) fn mutes(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "MUTE#")
    }
}
