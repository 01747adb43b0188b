//! What a client looks up again when it is told an event: what the event names, and where the client itself shows that.

use model::conversation::ConversationId;
use model::event::{Audience, Event, EventKind};
use model::message::Receiver;
use model::uid::{Guid, Uid};

/// A part of what a client holds.
#[derive(Debug)]
pub enum Lookup {
    /// A message, what it replies to, and what quotes or tells of either.
    Message(u64),
    /// The messages of a conversation from one id to another, those of one sender only if it is given.
    Messages { conversation: ConversationId, from: u64, to: u64, sender: Option<Uid> },
    /// A conversation in the list of them.
    Conversation(ConversationId),
    /// The conversation with somebody.
    ConversationWith(Receiver),
    /// A group itself.
    Group(Guid),
    /// What one user is to a group.
    Member(Guid, Uid),
    /// A group with its members, bans, conversation and messages.
    AllOfGroup(Guid),
    /// A user, and where they are shown as a member, as blocked, or as the other side of a conversation.
    User(Uid),
    /// Whatever shows a user who comes or goes. Groups tell by themselves that they count them, or no more.
    AllThatShows(Uid),
    /// Whether one user blocks another.
    Block(Uid, Uid),
    /// Whether two users are friends.
    Friends(Uid, Uid),
    /// A token of a user, by its digest.
    Token(Uid, String),
    /// What is pinned for everybody.
    SystemPins,
    /// Everything, because who asks has come or gone themselves.
    Everything,
}

/// What `viewer` looks up again, in this order.
pub fn of(event: &Event, viewer: &str) -> Vec<Lookup> {
    match &event.kind {
        EventKind::MessageSent { message } => of_messages(event, [message.number()]),
        EventKind::MessageEdited { message, action }
        | EventKind::MessageDeleted { message, action }
        | EventKind::MessagePermanentlyDeleted { message, action } => {
            of_messages(event, [message.number(), action.number()])
        }
        EventKind::ReplyGone { parent } => of_messages(event, [parent.number()]),
        EventKind::ReactionAdded { message, .. }
        | EventKind::ReactionRemoved { message, .. }
        | EventKind::MessagePinned { message }
        | EventKind::MessageUnpinned { message }
        | EventKind::MessageSaved { message }
        | EventKind::MessageUnsaved { message }
        | EventKind::MessageReported { message }
        | EventKind::Interacted { message, .. } => of_messages(event, [message.number()]),
        EventKind::Delivered { up_to, .. } | EventKind::Read { up_to, .. } => receipts(event, 0, up_to.number(), &None),
        EventKind::DeliveredToAll { up_to, sender } | EventKind::ReadByAll { up_to, sender } => {
            receipts(event, 0, up_to.number(), sender)
        }
        EventKind::MarkedUnread { after } => receipts(event, after.map_or(0, |id| id.number() + 1), u64::MAX, &None),
        EventKind::ConversationsPinned { pinned, unpinned } => {
            let with = pinned.iter().chain(unpinned).cloned().map(Lookup::ConversationWith);
            with.chain([Lookup::SystemPins]).collect()
        }
        EventKind::ConversationCleared { conversation, up_to } => all_of(conversation, 0, up_to.number(), &None),
        EventKind::ConversationDeleted => receipts(event, 0, u64::MAX, &None),
        EventKind::GroupCreated { guid } | EventKind::GroupDeleted { guid } => {
            vec![Lookup::AllOfGroup(guid.clone()), Lookup::SystemPins]
        }
        EventKind::GroupUpdated { guid } | EventKind::MembersCounted { guid } => of_group(guid),
        EventKind::OwnerTransferred { guid, to } => {
            of_group(guid).into_iter().chain([Lookup::Member(guid.clone(), to.clone())]).collect()
        }
        EventKind::Member { uid, action, .. } => {
            of_member(event, viewer, uid, action.as_ref().map(|action| action.number()))
        }
        EventKind::UserCreated { uid }
        | EventKind::UserDeactivated { uid }
        | EventKind::UserReactivated { uid }
        | EventKind::UserDeleted { uid }
            if uid.as_str() == viewer =>
        {
            vec![Lookup::Everything]
        }
        // Whoever acts in these tests has no socket.
        EventKind::CameOnline { .. } | EventKind::WentOffline { .. } => vec![Lookup::User(event.actor.clone())],
        EventKind::UserCreated { uid } | EventKind::UserUpdated { uid } => vec![Lookup::User(uid.clone())],
        EventKind::UserDeactivated { uid } | EventKind::UserReactivated { uid } | EventKind::UserDeleted { uid } => {
            vec![Lookup::User(uid.clone()), Lookup::AllThatShows(uid.clone())]
        }
        EventKind::UserBlocked { other } | EventKind::UserUnblocked { other } => of_block(event, other),
        EventKind::FriendAdded { other } | EventKind::FriendRemoved { other } => {
            let Audience::Users(uid, _) = &event.audience else { panic!("{event:?}") };
            vec![Lookup::Friends(uid.clone(), other.clone())]
        }
        EventKind::TokenIssued { digest } | EventKind::TokenRevoked { digest } => {
            let Audience::User(uid) = &event.audience else { panic!("{event:?}") };
            vec![Lookup::Token(uid.clone(), digest.clone())]
        }
    }
}

fn of_messages<const N: usize>(event: &Event, messages: [u64; N]) -> Vec<Lookup> {
    let conversation = match &event.audience {
        Audience::Conversation(conversation) => Some(Lookup::Conversation(conversation.clone())),
        _ => None,
    };
    messages.into_iter().map(Lookup::Message).chain(conversation).collect()
}

fn receipts(event: &Event, from: u64, to: u64, sender: &Option<Uid>) -> Vec<Lookup> {
    let Audience::Conversation(conversation) = &event.audience else { panic!("{event:?}") };
    all_of(conversation, from, to, sender)
}

fn all_of(conversation: &ConversationId, from: u64, to: u64, sender: &Option<Uid>) -> Vec<Lookup> {
    let messages = Lookup::Messages { conversation: conversation.clone(), from, to, sender: sender.clone() };
    vec![messages, Lookup::Conversation(conversation.clone())]
}

fn of_group(guid: &Guid) -> Vec<Lookup> {
    let conversation = Lookup::Conversation(ConversationId::Group(guid.clone()));
    vec![Lookup::Group(guid.clone()), conversation, Lookup::SystemPins]
}

/// Who becomes a member or ends being one gains or loses all of the group.
fn of_member(event: &Event, viewer: &str, uid: &Uid, action: Option<u64>) -> Vec<Lookup> {
    let Audience::Group(guid) = &event.audience else { panic!("{event:?}") };
    if uid.as_str() == viewer {
        return vec![Lookup::AllOfGroup(guid.clone())];
    }
    let mut lookups = of_group(guid);
    lookups.push(Lookup::Member(guid.clone(), uid.clone()));
    lookups.extend(action.map(Lookup::Message));
    lookups
}

fn of_block(event: &Event, other: &Uid) -> Vec<Lookup> {
    let Audience::Users(by, _) = &event.audience else { panic!("{event:?}") };
    vec![Lookup::Block(by.clone(), other.clone()), Lookup::User(by.clone()), Lookup::User(other.clone())]
}
