//! What a row is, by its key: for who reads the table from one end to the other.

use super::{GROUP, Key};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::receipt::{Receipt, ReceiptSubject};
use model::uid::{Guid, Uid};

/// A row of which an archive holds a record; the others are derived from these, end by themselves, or are secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Archived {
    Role,
    FlagReasons,
    User(Uid),
    Bot,
    Friend(Uid),
    Block(Uid),
    Participant(Uid, ConversationId),
    ConversationPins(Uid),
    Save(Uid),
    PushToken,
    Preferences(Uid),
    Mute(Uid),
    Group,
    Member(Guid),
    Ban(Guid),
    State(ConversationId),
    Message,
    Watermark(ConversationId, ReceiptSubject, Receipt),
    Reaction,
    Subscription(Uid, MessageId),
    Flag(Uid, MessageId),
    /// With where the life of the UID began to which they belong.
    Interactions(Uid, MessageId, Option<MessageId>),
}

impl Key {
    /// What this is the key of, if an archive holds it.
    pub(in crate::store) fn archived(&self) -> Option<Archived> {
        let (partition, owner) = self.pk.split_once('#').unwrap_or((&self.pk, ""));
        match partition {
            "USER" => self.archived_of_user(Uid::parse(owner).ok()?),
            "GROUP" => self.archived_of_group(Guid::parse(owner).ok()?),
            "CONV" => self.archived_of_conversation(ConversationId::parse_stored(owner).ok()?),
            "MSG" => self.archived_of_message(MessageId::parse(owner).ok()?),
            _ if *self == Key::flag_reasons() => Some(Archived::FlagReasons),
            _ if self.begins_as(&Key::roles()) => Some(Archived::Role),
            _ => None,
        }
    }

    fn begins_as(&self, prefix: &Key) -> bool {
        self.pk == prefix.pk && self.sk.starts_with(&prefix.sk)
    }

    fn archived_of_user(&self, uid: Uid) -> Option<Archived> {
        match self.sk.split_once('#').unwrap_or((&self.sk, "")) {
            ("USER", "") => Some(Archived::User(uid)),
            ("BOT", "") => Some(Archived::Bot),
            ("FRIEND", _) => Some(Archived::Friend(uid)),
            ("BLOCK", _) => Some(Archived::Block(uid)),
            ("CONV", conversation) => {
                Some(Archived::Participant(uid, ConversationId::parse_stored(conversation).ok()?))
            }
            ("PINNED", "") => Some(Archived::ConversationPins(uid)),
            ("SAVED", _) => Some(Archived::Save(uid)),
            ("PUSH", _) => Some(Archived::PushToken),
            ("PREFERENCES", "") => Some(Archived::Preferences(uid)),
            ("MUTE", _) => Some(Archived::Mute(uid)),
            _ => None,
        }
    }

    fn archived_of_group(&self, guid: Guid) -> Option<Archived> {
        match self.sk.split_once('#') {
            None if self.sk == GROUP => Some(Archived::Group),
            Some(("MEMBER", _)) => Some(Archived::Member(guid)),
            Some(("BAN", _)) => Some(Archived::Ban(guid)),
            _ => None,
        }
    }

    fn archived_of_conversation(&self, conversation: ConversationId) -> Option<Archived> {
        match self.sk.split_once('#') {
            None if self.sk == "HEAD" => Some(Archived::State(conversation)),
            Some(("MSG", _)) => Some(Archived::Message),
            Some(("MARK", mark)) => {
                let (who, what) = mark.split_once('#')?;
                let receipt = if what.starts_with("D#") { Receipt::Delivered } else { Receipt::Read };
                Some(Archived::Watermark(conversation, ReceiptSubject::try_from(who.to_owned()).ok()?, receipt))
            }
            _ => None,
        }
    }

    fn archived_of_message(&self, id: MessageId) -> Option<Archived> {
        let (what, of) = self.sk.split_once('#')?;
        match what {
            "REACT" => Some(Archived::Reaction),
            "SUBSCRIBER" => Some(Archived::Subscription(Uid::parse(of).ok()?, id)),
            "FLAG" => Some(Archived::Flag(Uid::parse(of).ok()?, id)),
            "ACTED" => {
                let (uid, born) = of.split_once('#').unwrap_or((of, ""));
                Some(Archived::Interactions(Uid::parse(uid).ok()?, id, MessageId::parse(born).ok()))
            }
            _ => None,
        }
    }
}
