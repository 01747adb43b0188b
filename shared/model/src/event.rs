//! What changed, by whom, from where, and for whom: one noun for sockets, webhooks, bots, jobs and exports.
//!
//! An event holds references, never content: who is told renders what they may see. It is stored as one attribute of a
//! row that the change writes anyway, so it exists if and only if the change does.

use serde::{Deserialize, Serialize};

use crate::conversation::ConversationId;
use crate::id::MessageId;
pub use crate::membership::MemberChange;
use crate::message::Receiver;
use crate::time::{Millis, Seconds};
use crate::uid::{Guid, Uid};

/// The device that a request came from, as its `resource` header names it; sockets do not echo to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(String);

impl DeviceId {
    /// The longest id that is kept, in bytes: the vendor's are about 60.
    pub const MAX: usize = 128;

    /// Reads a header; what no client sends is no device.
    pub fn parse(raw: &str) -> Option<DeviceId> {
        let is_id = !raw.is_empty() && raw.len() <= DeviceId::MAX && raw.bytes().all(|byte| byte.is_ascii_graphic());
        is_id.then(|| DeviceId(raw.to_owned()))
    }

    /// As given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who makes a change, and from which device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The acting user; the app is `app_system`.
    pub actor: Uid,
    /// Their device, if the request named one.
    pub device: Option<DeviceId>,
}

/// Whom an event concerns, before anybody's rights are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Audience {
    /// The participants of a conversation.
    Conversation(ConversationId),
    /// One user: their other devices.
    User(Uid),
    /// Two users: both learn of it on all devices.
    Users(Uid, Uid),
    /// The members of a group, and who the change makes one or ends being one: the kind names them.
    Group(Guid),
    /// All users of the app: profiles are seen by everybody.
    Everybody,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// It holds the millisecond. Ids rise within a process, and no two events of one row have the same; two of different
    /// rows may, because only ids of messages are claimed. So an event is known by its row and its id.
    pub id: MessageId,
    /// Who did it; the app is `app_system`.
    pub actor: Uid,
    /// From where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// For whom.
    pub audience: Audience,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

impl Event {
    /// An event of this moment, which `id` holds.
    pub fn new(id: MessageId, origin: &Origin, audience: Audience, kind: EventKind) -> Event {
        Event { id, actor: origin.actor.clone(), device: origin.device.clone(), audience, kind }
    }

    /// When it happened.
    pub fn at(&self) -> Millis {
        self.id.drawn_at()
    }
}

/// What changed, with the references that are needed to look it up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum EventKind {
    /// A message was sent, action messages of members excepted.
    MessageSent {
        /// The message.
        message: MessageId,
    },
    /// A message was edited.
    MessageEdited {
        /// The message.
        message: MessageId,
        /// The action message.
        action: MessageId,
    },
    /// A message was deleted; its row stays without content.
    MessageDeleted {
        /// The message.
        message: MessageId,
        /// The action message.
        action: MessageId,
    },
    /// A message was deleted permanently.
    MessagePermanentlyDeleted {
        /// The message.
        message: MessageId,
        /// The action message.
        action: MessageId,
    },
    /// A reply to a message went with who wrote it, who is deleted; that it is shown no more `UserDeleted` told.
    ReplyGone {
        /// The message that it replied to, which counts it no more.
        parent: MessageId,
    },
    /// Somebody reacted.
    ReactionAdded {
        /// To which message.
        message: MessageId,
        /// With what.
        reaction: String,
        /// The reaction's id.
        reaction_id: MessageId,
    },
    /// A reaction was taken back.
    ReactionRemoved {
        /// Of which message.
        message: MessageId,
        /// What it was.
        reaction: String,
        /// The reaction's id.
        reaction_id: MessageId,
    },
    /// A message was pinned.
    MessagePinned {
        /// The message.
        message: MessageId,
    },
    /// A message was unpinned.
    MessageUnpinned {
        /// The message.
        message: MessageId,
    },
    /// A user saved a message for themselves.
    MessageSaved {
        /// The message.
        message: MessageId,
    },
    /// A user saved a message no more.
    MessageUnsaved {
        /// The message.
        message: MessageId,
    },
    /// A user used elements of an interactive message.
    Interacted {
        /// The message.
        message: MessageId,
        /// The elements that this change names.
        elements: Vec<String>,
    },
    /// A user reported a message.
    MessageReported {
        /// The message.
        message: MessageId,
    },
    /// A user received everything up to a message.
    Delivered {
        /// The message.
        up_to: MessageId,
        /// In a group the last one that they had received before, if they had any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<MessageId>,
    },
    /// A user read everything up to a message, and so received it.
    Read {
        /// The message.
        up_to: MessageId,
        /// In a group the last one that they had read before, if they had any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<MessageId>,
    },
    /// All members of a group but its sender received everything up to a message.
    DeliveredToAll {
        /// The message.
        up_to: MessageId,
        /// Whose own messages only count, if not everybody's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sender: Option<Uid>,
    },
    /// All members of a group but its sender read everything up to a message.
    ReadByAll {
        /// The message.
        up_to: MessageId,
        /// Whose own messages only count, if not everybody's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sender: Option<Uid>,
    },
    /// A user marked messages of a conversation as unread.
    MarkedUnread {
        /// The last message that is read still; none is all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<MessageId>,
    },
    /// A user, or the app for everybody, changed which conversations are pinned.
    ConversationsPinned {
        /// The other sides of what is pinned now and was not before.
        pinned: Vec<Receiver>,
        /// And of what is pinned no more. Without either, the order is another.
        unpinned: Vec<Receiver>,
    },
    /// A user removed a conversation from their view.
    ConversationCleared {
        /// The conversation.
        conversation: ConversationId,
        /// The last message that is gone from their view.
        up_to: MessageId,
    },
    /// A conversation was deleted for everybody.
    ConversationDeleted,
    /// A group was created; who owns it is a member from the beginning.
    GroupCreated {
        /// The group.
        guid: Guid,
    },
    /// A group was changed.
    GroupUpdated {
        /// The group.
        guid: Guid,
    },
    /// A group was deleted.
    GroupDeleted {
        /// The group.
        guid: Guid,
    },
    /// A group has another owner; whatever else the same request changed of it is told by this as well.
    OwnerTransferred {
        /// The group.
        guid: Guid,
        /// The owner now.
        to: Uid,
    },
    /// A group counts one member less, who was deactivated, or one more, who was brought back. That a user was is told to
    /// everybody before.
    MembersCounted {
        /// The group.
        guid: Guid,
    },
    /// Something became of a membership.
    Member {
        /// What.
        change: MemberChange,
        /// Whose.
        uid: Uid,
        /// The action message, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        action: Option<MessageId>,
    },
    /// A user was created.
    UserCreated {
        /// The user.
        uid: Uid,
    },
    /// A user's profile was changed.
    UserUpdated {
        /// The user.
        uid: Uid,
    },
    /// A user who acts has come online: the device of the event is their only one.
    CameOnline {
        /// Since when its socket is open.
        since: Seconds,
    },
    /// A user who acts has no open socket any more; the last one was of the device of the event.
    WentOffline {
        /// Since when that was open.
        since: Seconds,
    },
    /// A user was deactivated. Their groups count them no more from the moment on in which [`EventKind::MembersCounted`]
    /// tells it.
    UserDeactivated {
        /// The user.
        uid: Uid,
    },
    /// A deactivated user was brought back. Their groups count them again as each tells it.
    UserReactivated {
        /// The user.
        uid: Uid,
    },
    /// A user was deleted permanently.
    UserDeleted {
        /// The user.
        uid: Uid,
    },
    /// A user blocked another.
    UserBlocked {
        /// The other.
        other: Uid,
    },
    /// A user blocked another no more.
    UserUnblocked {
        /// The other.
        other: Uid,
    },
    /// A user has become the friend of another, who is theirs.
    FriendAdded {
        /// The other.
        other: Uid,
    },
    /// Two users are friends no more.
    FriendRemoved {
        /// The other.
        other: Uid,
    },
    /// A user got an auth token.
    TokenIssued {
        /// The hex SHA-256 of the token.
        digest: String,
    },
    /// An auth token works no more.
    TokenRevoked {
        /// The hex SHA-256 of the token.
        digest: String,
    },
}

#[cfg(test)]
mod tests;
