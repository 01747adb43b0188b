//! What a send must be allowed, decided from what was looked up.

use std::collections::BTreeSet;

use super::Sender;
use crate::app::App;
use crate::error::ApiError;
use crate::identity::Identity;
use crate::messages::access;
use crate::store::send::{SendFacts, SendQuery};
use crate::users::circles::{self, Limits};
use model::conversation::ConversationId;
use model::entity::Party;
use model::id::MessageId;
use model::message::{Category, Message, Receiver};
use model::problem::Code;
use model::user::User;

/// Whether this sender may send to this receiver, for operations that only prepare a send.
///
/// The sender, if so. Cost: 1 round trip, 5 or 6 read units.
pub async fn require_may_send(app: &App, sender: &Identity, receiver: &Receiver) -> Result<User, ApiError> {
    let uid = sender.uid();
    let limits = limits_of(app, &Sender::from(sender.clone())).await?;
    let query = SendQuery {
        sender: &uid,
        receiver,
        conversation: &ConversationId::of(&uid, receiver),
        mentioned: &BTreeSet::new(),
        known: None,
        quoted: None,
        parent: None,
        // Bots send into groups that they are no members of, and the body does not say whether one is to send.
        as_bot: true,
        asks_for_friend: limits.are_any(),
        stores: false,
        repeat: None,
        uploads: &[],
        proof: None,
        now: app.now(),
    };
    let facts = app.store.send_facts(&query).await?;
    let as_who = if facts.is_bot { Sender::Bot(uid) } else { Sender::from(sender.clone()) };
    let sender = active_sender(&Sender::from(sender.clone()), &facts)?;
    active_party(&as_who, receiver, &facts)?;
    check_access(&as_who, receiver, &facts, &limits)?;
    Ok(sender)
}

/// The sender, who must exist.
pub fn active_sender(sender: &Sender, facts: &SendFacts) -> Result<User, ApiError> {
    let user = || facts.sender.clone().filter(User::is_active);
    match sender {
        Sender::App => Ok(User::app_system()),
        Sender::User(uid) => user().ok_or_else(|| ApiError::uid_not_found(uid)),
        Sender::Bot(uid) => {
            let not_found = || ApiError::new(Code::BotNotFound, format!("There is no bot {uid}."));
            user().filter(|_| facts.is_bot).ok_or_else(not_found)
        }
    }
}

/// What limits the sender to friends: of the app and of bots, which write for it, nothing.
///
/// Cost: that of [`circles::of_senders`].
pub async fn limits_of(app: &App, sender: &Sender) -> Result<Limits, ApiError> {
    match sender {
        Sender::User(_) => circles::of_senders(app).await,
        Sender::App | Sender::Bot(_) => Ok(Limits::none()),
    }
}

/// The sender must be of the group; of two users neither may block the other, and the sender's role must let them write to
/// the receiver. To themselves everybody writes.
pub fn check_access(sender: &Sender, receiver: &Receiver, facts: &SendFacts, limits: &Limits) -> Result<(), ApiError> {
    match (receiver, sender) {
        (Receiver::Group(guid), Sender::User(uid)) => access::require_member(&facts.membership, guid, uid).map(drop),
        (Receiver::Group(_), _) => Ok(()),
        (Receiver::User(uid), sender) => {
            access::require_no_block(facts.blocks, uid)?;
            let is_limited = facts.sender.as_ref().is_some_and(|sender| limits.hold(&sender.role));
            match sender {
                Sender::User(own) if is_limited && own != uid && !facts.are_friends => Err(circles::no_friend(uid)),
                _ => Ok(()),
            }
        }
    }
}

/// The receiver, who must exist, as far as the sender may know.
pub fn active_party<'f>(sender: &Sender, receiver: &Receiver, facts: &'f SendFacts) -> Result<&'f Party, ApiError> {
    let viewer = matches!(sender, Sender::User(_)).then_some(&facts.membership);
    let party = facts.receiver.as_ref();
    if let (Receiver::Group(guid), Some(Party::Group(group))) = (receiver, party) {
        access::known_group(Some(group), guid, viewer)?;
    }
    let is_there = party.filter(|party| !matches!(party, Party::User(user) if !user.is_active()));
    is_there.ok_or_else(|| match receiver {
        Receiver::User(uid) => ApiError::uid_not_found(uid),
        Receiver::Group(guid) => ApiError::guid_not_found(guid),
    })
}

/// Whether a message between two users is from before the life of one of them: then it is a former owner's.
fn is_former(id: MessageId, facts: &SendFacts) -> bool {
    let Some(Party::User(receiver)) = &facts.receiver else { return false };
    receiver.is_younger_than(id) || facts.sender.as_ref().is_some_and(|sender| sender.is_younger_than(id))
}

/// The parent must exist, be no reply itself, be one that somebody wrote, and of the life of both.
pub fn check_parent(parent: Option<MessageId>, facts: &SendFacts) -> Result<(), ApiError> {
    match (parent, &facts.parent) {
        (Some(id), None) => Err(ApiError::message_not_found(id)),
        (Some(id), _) if is_former(id, facts) => Err(ApiError::message_not_found(id)),
        (_, Some(parent)) if parent.parent_id.is_some() => {
            let message = format!("The message {} is a reply itself; reply to its parent.", parent.id);
            Err(ApiError::new(Code::MessageThreadNesting, message))
        }
        (_, Some(parent)) if matches!(parent.category, Category::Action | Category::Call) => {
            let message = format!("A message of category {} has no thread.", parent.category);
            Err(ApiError::new(Code::WrongMessageThreadCategory, message))
        }
        _ => Ok(()),
    }
}

/// The quoted message must be of the same conversation, one that somebody wrote, and of the life of both.
pub fn quoted(quoted: Option<MessageId>, facts: &SendFacts) -> Result<Option<&Message>, ApiError> {
    match (quoted, &facts.quoted) {
        (Some(id), None) => Err(ApiError::message_not_found(id)),
        (Some(id), _) if is_former(id, facts) => Err(ApiError::message_not_found(id)),
        (_, Some(quoted)) if matches!(quoted.category, Category::Action | Category::Call) => {
            Err(ApiError::field("quotedMessageId", "names an action message, which cannot be quoted."))
        }
        (_, quoted) => Ok(quoted.as_ref()),
    }
}
