//! What people leave on conversations and messages: receipts, pins, saves, subscriptions, interactions, reports.

use super::{Key, about_message};
use crate::store::error::StoreError;
use model::conversation::ConversationId;
use model::id::MessageId;
use model::receipt::Receipt;
use model::receipt::ReceiptSubject;
use model::uid::{Guid, Uid};

impl Key {
    /// That somebody had received or read everything up to this id.
    pub(in crate::store) fn watermark(
        conversation: &ConversationId,
        subject: &ReceiptSubject,
        receipt: Receipt,
        id: MessageId,
    ) -> Key {
        let what = match receipt {
            Receipt::Delivered => "D",
            Receipt::Read => "R",
        };
        Key::new(format!("CONV#{}", conversation.stored()), format!("MARK#{subject}#{what}#{:016}", id.number()))
    }

    /// The watermarks of all members of a group, and of all but one: a prefix of keys.
    pub(in crate::store) fn watermarks_of_whole_group(guid: &Guid) -> Key {
        Key::new(format!("CONV#{}", ConversationId::Group(guid.clone()).stored()), "MARK#*")
    }

    /// Who had read everything up to which id, if this is the key of a [`Key::watermarks_of_whole_group`] of reading.
    pub(in crate::store) fn whole_group_read(&self) -> Option<(ReceiptSubject, MessageId)> {
        let mut parts = self.sk.strip_prefix("MARK#*")?.split('#');
        let (who, "R", id) = (parts.next()?, parts.next()?, parts.next()?) else { return None };
        let subject = if who.is_empty() { ReceiptSubject::All } else { ReceiptSubject::AllBut(Uid::parse(who).ok()?) };
        Some((subject, MessageId::parse(id).ok()?))
    }

    /// That a message is pinned in its conversation.
    pub(in crate::store) fn pin(conversation: &ConversationId, id: MessageId) -> Key {
        Key::new(format!("CONV#{}", conversation.stored()), format!("PIN#{:016}", id.number()))
    }

    /// All pins of a conversation: a prefix of keys.
    pub(in crate::store) fn pins(conversation: &ConversationId) -> Key {
        Key::new(format!("CONV#{}", conversation.stored()), "PIN#")
    }

    /// The message of such a pin.
    pub(in crate::store) fn pinned_id(&self) -> Result<MessageId, StoreError> {
        let id = self.sk.strip_prefix("PIN#").and_then(|digits| MessageId::parse(digits).ok());
        id.ok_or_else(|| StoreError::Corrupt("a pin of no message".to_owned()))
    }

    /// How many pins were ever made in a conversation; see [`crate::store::room`].
    pub(in crate::store) fn pin_counter(conversation: &ConversationId) -> Key {
        Key::new(format!("CONV#{}", conversation.stored()), "PINS")
    }

    /// That a user has saved a message.
    pub(in crate::store) fn saved(uid: &Uid, id: MessageId) -> Key {
        Key::new(format!("USER#{uid}"), format!("SAVED#{:016}", id.number()))
    }

    /// All messages that a user has saved: a prefix of keys.
    pub(in crate::store) fn all_saved(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "SAVED#")
    }

    /// How many saves a user ever made; see [`crate::store::room`].
    pub(in crate::store) fn save_counter(uid: &Uid) -> Key {
        Key::new(format!("USER#{uid}"), "SAVES")
    }

    /// A save beside its message, so that the message's deletion finds it.
    pub(in crate::store) fn saver(id: MessageId, uid: &Uid) -> Key {
        Key::new(about_message(id), format!("SAVER#{uid}"))
    }

    /// What a user did with an interactive message. Who has the UID of somebody else before them has rows of their own.
    pub(in crate::store) fn interactions(id: MessageId, uid: &Uid, born_id: Option<MessageId>) -> Key {
        let life = born_id.map(|born_id| format!("#{born_id}")).unwrap_or_default();
        Key::new(about_message(id), format!("ACTED#{uid}{life}"))
    }

    /// That a user wants to hear of a thread.
    pub(in crate::store) fn subscription(parent: MessageId, uid: &Uid) -> Key {
        Key::new(about_message(parent), format!("SUBSCRIBER#{uid}"))
    }

    /// That a user has reported a message.
    pub(in crate::store) fn flag(id: MessageId, uid: &Uid) -> Key {
        Key::new(about_message(id), format!("FLAG#{uid}"))
    }

    /// The reports of a message: a prefix of keys.
    pub(in crate::store) fn flags(id: MessageId) -> Key {
        Key::new(about_message(id), "FLAG#")
    }

    /// That a message was reported, among all that were.
    pub(in crate::store) fn flagged(id: MessageId) -> Key {
        Key::new(about_message(id), "FLAGGED")
    }

    /// Why messages may be reported.
    pub(in crate::store) fn flag_reasons() -> Key {
        Key::new("REASONS".to_owned(), "REASONS")
    }

    /// All reactions to a message and who holds them: a prefix of keys.
    pub(in crate::store) fn all_reactions(message: MessageId) -> Key {
        Key::new(about_message(message), "REACT")
    }

    /// That a message was brought in under a `muid`, by its hex SHA-256.
    pub(in crate::store) fn muid(digest: &str) -> Key {
        Key::new(format!("MUID#{digest}"), "MUID")
    }

    /// Everything that depends on a message: a prefix of keys.
    pub(in crate::store) fn all_about(id: MessageId) -> Key {
        Key::new(about_message(id), "")
    }

    /// Who reported a message, if this is the key of a report.
    pub(in crate::store) fn reporter(&self) -> Option<Uid> {
        Uid::parse(self.sk.strip_prefix("FLAG#")?).ok()
    }

    /// The row in the user's partition that stands for this one beside a message, if there is one.
    pub(in crate::store) fn mirror_key(&self) -> Option<Key> {
        let uid = Uid::parse(self.sk.strip_prefix("SAVER#")?).ok()?;
        let id = MessageId::parse(self.pk.strip_prefix("MSG#")?).ok()?;
        Some(Key::saved(&uid, id))
    }

    /// The conversations that a user, or the app, has pinned.
    pub(in crate::store) fn pinned_conversations(owner: &Uid) -> Key {
        Key::new(format!("USER#{owner}"), "PINNED")
    }
}
