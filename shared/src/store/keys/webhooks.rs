//! Webhooks, a partition of their own.

use super::Key;

/// The partition of webhooks.
const WEBHOOKS: &str = "WEBHOOKS";

impl Key {
    /// A webhook.
    pub(in crate::store) fn webhook(id: &str) -> Key {
        Key::new(WEBHOOKS.to_owned(), format!("HOOK#{id}"))
    }

    /// All webhooks: a prefix of keys.
    pub(in crate::store) fn webhooks() -> Key {
        Key::webhook("")
    }

    /// How many webhooks there are.
    pub(in crate::store) fn webhook_count() -> Key {
        Key::new(WEBHOOKS.to_owned(), "COUNT")
    }
}
