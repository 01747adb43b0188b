//! Jobs, and what a deletion looks through.

use super::Key;
use model::conversation::ConversationId;
use model::id::MessageId;
use model::uid::{Guid, Uid};

impl Key {
    /// A job.
    pub(in crate::store) fn job(id: &str) -> Key {
        Key::new("JOBS".to_owned(), id)
    }

    /// All jobs: a prefix of keys.
    pub(in crate::store) fn jobs() -> Key {
        Key::job("")
    }

    /// All watermarks of a conversation: a prefix of keys.
    pub(in crate::store) fn marks(conversation: &ConversationId) -> Key {
        Key::new(format!("CONV#{}", conversation.stored()), "MARK#")
    }

    /// The message at which a pin or a watermark stands, if this is one.
    pub(in crate::store) fn id_in_conversation(&self) -> Option<MessageId> {
        let (_, id) = self.sk.rsplit_once('#').filter(|_| self.pk.starts_with("CONV#"))?;
        MessageId::parse(id).ok()
    }

    /// Everything that belongs to a group: a prefix of keys.
    pub(in crate::store) fn all_of_group(guid: &Guid) -> Key {
        Key::new(format!("GROUP#{guid}"), "")
    }

    /// Everything that belongs to a user: a prefix of keys.
    pub(in crate::store) fn all_of_user(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "")
    }

    /// The user whose membership this is, if it is one.
    pub(in crate::store) fn member_uid(&self) -> Option<Uid> {
        Uid::parse(self.sk.strip_prefix("MEMBER#").filter(|_| self.pk.starts_with("GROUP#"))?).ok()
    }
}
