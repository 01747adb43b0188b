//! Where messages stand.

use super::{Item, Key, PK, SK};
use model::conversation::ConversationId;
use model::id::MessageId;

const CONVERSATION: &str = "CONV#";
const MESSAGE: &str = "MSG#";

impl Key {
    /// Whether this is the key of a message, whose id is claimed by what stores it.
    pub(in crate::store) fn is_message(&self) -> bool {
        self.pk.starts_with(CONVERSATION) && self.sk.starts_with(MESSAGE)
    }
}

/// Which message of which conversation an item is, if it is one.
pub(in crate::store) fn message_of(item: &Item) -> Option<(ConversationId, MessageId)> {
    let part = |name: &str, prefix: &str| item.get(name)?.as_s().ok()?.strip_prefix(prefix);
    let (id, conversation) = (part(SK, MESSAGE)?, part(PK, CONVERSATION)?);
    Some((ConversationId::parse_stored(conversation).ok()?, MessageId::parse(id).ok()?))
}
