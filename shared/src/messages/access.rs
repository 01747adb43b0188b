//! Who may read what (contract/messages.md, "Who may do what").

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Actor, Caller, Identity};
use crate::messages::render::Viewing;
use crate::store::batch::{Batch, Freshness};
use crate::store::block::Blocks;
use crate::store::message::Pointer;
use crate::store::message_facts::{Looks, MessageFacts, Reader};
use crate::store::own_mark::Writer;
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::group::{Group, Member, Scope};
use model::id::MessageId;
use model::leaving::Leaving;
use model::membership::Membership;
use model::message::Message;
use model::problem::Code;
use model::receipt::Position;
use model::uid::{Guid, Uid};
use model::user::User;

/// The group, if who asks may know of it; `viewer` is the membership of a user who asks. To everybody who does not belong
/// to it, banned or not, a private group is as one that does not exist. Every route that names a group comes here, before
/// it says anything else of the group.
pub fn known_group<G: Borrow<Group>>(
    group: Option<G>,
    guid: &Guid,
    viewer: Option<&Membership>,
) -> Result<G, ApiError> {
    let is_known = |group: &Group| viewer.is_none_or(|membership| group.is_known_to(membership.member.as_ref()));
    group.filter(|group| is_known(group.borrow())).ok_or_else(|| ApiError::guid_not_found(guid))
}

/// Whether a conversation is that of a group that `uid` may not know of.
///
/// Cost: 1 round trip, 3 read units; nothing between two users.
pub async fn is_hidden(app: &App, conversation: &ConversationId, uid: &Uid) -> Result<bool, ApiError> {
    let ConversationId::Group(guid) = conversation else { return Ok(false) };
    let (group, membership) = app.store.group_for(guid, Some(uid)).await?;
    Ok(known_group(group, guid, Some(&membership)).is_err())
}

/// Of the groups among these conversations, those that a user belongs to by now: lists go by a user's own rows, and what
/// lets somebody read is the membership, and that there is no ban.
///
/// Cost: 1 round trip for each 50 groups, 2 read units a group; nothing without groups.
pub async fn joined_groups<'c>(
    app: &App,
    uid: &Uid,
    conversations: impl Iterator<Item = &'c ConversationId>,
) -> Result<Joined, ApiError> {
    let groups = conversations.filter_map(|conversation| match conversation {
        ConversationId::Group(guid) => Some(guid.clone()),
        ConversationId::Users(..) => None,
    });
    let guids: BTreeSet<Guid> = groups.collect();
    let memberships = app.store.memberships(uid, &guids).await?;
    let joined = memberships.into_iter().filter(|(_, membership)| membership.member.is_some());
    Ok(Joined(joined.map(|(guid, _)| guid).collect()))
}

/// The groups that a user belongs to, of those that were looked up.
#[derive(Debug)]
pub struct Joined(BTreeSet<Guid>);

impl Joined {
    /// Whether the user may read the conversation, one of their own rows.
    pub fn may_read(&self, conversation: &ConversationId) -> bool {
        match conversation {
            ConversationId::Group(guid) => self.0.contains(guid),
            ConversationId::Users(..) => true,
        }
    }
}

/// The membership that lets `uid` read and write in a group.
pub fn require_member<'m>(membership: &'m Membership, guid: &Guid, uid: &Uid) -> Result<&'m Member, ApiError> {
    if membership.is_banned {
        return Err(ApiError::new(Code::BannedGroupMember, format!("The user {uid} is banned from the group {guid}.")));
    }
    let not_joined = || ApiError::new(Code::GroupNotJoined, format!("The user {uid} has not joined the group {guid}."));
    membership.member.as_ref().ok_or_else(not_joined)
}

/// Neither of two users may block the other; `other` is whom the acting one reaches.
pub fn require_no_block(blocks: Blocks, other: &Uid) -> Result<(), ApiError> {
    if blocks.by_them {
        let message = format!("The receiver {other} is blocked by the sender.");
        return Err(ApiError::new(Code::BlockedReceiver, message));
    }
    if blocks.by_other {
        let message = format!("The receiver {other} has blocked the sender.");
        return Err(ApiError::new(Code::BlockedSender, message));
    }
    Ok(())
}

/// An active user, or the app itself, whom people also hear from.
///
/// Cost: 1 round trip, 1 read unit.
pub async fn user(app: &App, uid: &Uid) -> Result<User, ApiError> {
    if *uid == Uid::app_system() {
        return Ok(User::app_system());
    }
    crate::users::account::active(app, uid).await
}

/// A message that somebody asked for by its id, and what they are to its group.
#[derive(Debug)]
pub struct Opened {
    /// Who asks.
    pub actor: Actor,
    /// The message.
    pub message: Message,
    /// The acting user's membership of the group, where it was looked up to change the message; empty for others.
    pub membership: Membership,
    /// Whose messages and reactions in the conversation are there for nobody.
    pub leaving: Leaving,
    /// The action message of a permanent deletion that has begun, for who may end it: to others the message is gone.
    pub ending_by: Option<MessageId>,
    /// The states of its conversation that were looked up, by their users.
    pub rows: Vec<(Uid, ParticipantState)>,
    /// How far the members of its group have come, if that was looked up; nobody's where they are too many.
    pub positions: Option<Vec<Position>>,
    /// The reactions that the actor holds on it and the id of each, if they were looked up.
    pub held: HashMap<String, MessageId>,
    purpose: Purpose,
}

impl Opened {
    /// The message as it is now, if the same actor may still have it: for a change that met another one.
    ///
    /// Cost: 1 round trip.
    pub async fn again(self, app: &App) -> Result<Opened, ApiError> {
        let Opened { actor, message, purpose, .. } = self;
        read(app, actor, message.conversation, message.id, purpose).await
    }

    /// How the actor is shown the message, and what belongs to it.
    pub fn viewing(&self) -> Viewing {
        Viewing::of_one(None).knowing(self.rows.clone()).by(&self.actor)
    }

    /// Who changes the message: the actor, if they are a user.
    pub fn writer(&self) -> Option<Writer<'_>> {
        let uid = self.actor.uid()?;
        self.rows.iter().find(|(of, _)| of == uid).map(|(uid, row)| Writer { uid, row })
    }

    /// The actor's scope in the group of the message.
    pub fn scope(&self) -> Option<Scope> {
        self.membership.member.as_ref().map(|member| member.scope)
    }
}

/// What somebody is about to do with a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Purpose {
    /// It needs an acting user.
    by_user: bool,
    /// It may go on with a permanent deletion that has begun.
    of_deletion: bool,
    /// What is looked up beside the message.
    looks: Looks,
}

impl Purpose {
    /// With what is shown of a message of one's own: the receipts of the other side, of a group those of its members, if they are few.
    fn of(self, reader: Option<&Uid>, pointer: &Pointer, of_others: Freshness) -> Purpose {
        let is_own = reader.is_some() && pointer.sender.as_ref() == reader;
        let at_receipts = self.looks.at_receipts || is_own;
        let at_members = self.looks.at_members && is_own && !pointer.is_to_many;
        Purpose { looks: Looks { at_receipts, at_members, of_others, ..self.looks }, ..self }
    }
}

/// What the other side is told of: a block between two users stops it.
const CHANGE: Looks = Looks { at_blocks: true, ..Looks::NOTHING };
/// The same, of what in a group hangs on the scope of who changes it.
const CHANGE_BY_SCOPE: Looks = Looks { at_membership: true, ..CHANGE };

/// Proves who asks and reads the message of this id, if they may; what is no id names no message.
///
/// Cost: 2 round trips: what proves who asks with the pointer, then the message with what decides; for who wrote it to
/// another user 1 read unit more, for that one's receipts.
pub async fn message(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<Opened, ApiError> {
    open(app, caller, id, Purpose::default()).await
}

/// [`message`] with how far the members of its group have come, if the actor wrote it and they are few: they are shown that.
///
/// Cost: as [`message`]; 1 query of the members of a group, for who wrote it.
pub async fn message_to_show(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<Opened, ApiError> {
    let looks = Looks { at_members: true, ..Looks::default() };
    open(app, caller, id, Purpose { looks, ..Purpose::default() }).await
}

/// [`message`] with the receipts of the other side, for a view of several messages. Cost: 1 read unit more.
pub async fn message_with_receipts(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<Opened, ApiError> {
    let looks = Looks { at_receipts: true, ..Looks::default() };
    open(app, caller, id, Purpose { looks, ..Purpose::default() }).await
}

/// [`message`] for operations that need an acting user.
pub async fn message_as_user(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<Opened, ApiError> {
    open(app, caller, id, Purpose { by_user: true, ..Purpose::default() }).await
}

/// [`message`] for operations that the other side is told of.
///
/// Cost: as [`message`]; 2 read units more.
pub async fn message_to_change(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<Opened, ApiError> {
    open(app, caller, id, Purpose { looks: CHANGE_BY_SCOPE, ..Purpose::default() }).await
}

/// [`message_to_change`] also of a message whose permanent deletion was broken off.
///
/// Cost: as that; 1 round trip and 1 read unit more for what is not there.
pub async fn message_to_delete(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<Opened, ApiError> {
    open(app, caller, id, Purpose { of_deletion: true, looks: CHANGE_BY_SCOPE, ..Purpose::default() }).await
}

/// [`message`] for operations that need an acting user and that the other side is told of.
///
/// Cost: as [`message`]; between two users 2 read units more.
pub async fn message_to_change_as_user(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<Opened, ApiError> {
    open(app, caller, id, Purpose { by_user: true, looks: CHANGE, ..Purpose::default() }).await
}

/// [`message_to_change_as_user`] with the reactions that the user holds on it. Cost: 1 read unit more.
pub async fn message_with_held(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<Opened, ApiError> {
    let looks = Looks { at_held: true, ..CHANGE };
    open(app, caller, id, Purpose { by_user: true, looks, ..Purpose::default() }).await
}

async fn open(app: &App, caller: &Caller, id: Option<MessageId>, purpose: Purpose) -> Result<Opened, ApiError> {
    let pointer = |id: Option<MessageId>| id.into_iter().fold(Batch::default(), Batch::pointer);
    // Where a message is, is true for ever, so that is believed if it is found late.
    if let Some(id) = id
        && let Some(claim) = identity::claimed(caller)?
        && let Some(pointer) = app.store.late_pointer(id).await?
    {
        let purpose = purpose.of(Some(claim.uid()), &pointer, Freshness::Late);
        let reader = Reader::Named(claim.uid());
        let mut facts = app.store.message_for(&pointer.conversation, id, reader, purpose.looks).await?;
        let actor = claim.proved(app, facts.user.take()).await?;
        return judged(app, actor, (pointer.conversation, id), purpose, facts).await;
    }
    let (actor, known) = identity::actor_with(app, caller, |_| pointer(id)).await?;
    if purpose.by_user {
        require_acting_user(&actor)?;
    }
    let found = id.map(|id| known.pointer(id)).transpose()?.flatten();
    let (id, pointer) = id.zip(found).ok_or_else(not_found)?;
    let purpose = purpose.of(actor.uid(), &pointer, actor.of_others());
    read(app, actor, pointer.conversation, id, purpose).await
}

async fn read(
    app: &App,
    actor: Actor,
    conversation: ConversationId,
    id: MessageId,
    purpose: Purpose,
) -> Result<Opened, ApiError> {
    let facts = app.store.message_for(&conversation, id, Reader::of(actor.user()), purpose.looks).await?;
    judged(app, actor, (conversation, id), purpose, facts).await
}

/// The message, if what was found lets the actor have it.
async fn judged(
    app: &App,
    actor: Actor,
    (conversation, id): (ConversationId, MessageId),
    purpose: Purpose,
    facts: MessageFacts,
) -> Result<Opened, ApiError> {
    let MessageFacts { message, is_within, is_member, membership, blocks, leaving, rows, positions, held, .. } = facts;
    let (message, ending_by) = match message {
        Some(message) => (message, None),
        None if purpose.of_deletion && is_within => {
            let (message, by) = app.store.ending_message(&conversation, id).await?.ok_or_else(not_found)?;
            (message, Some(by))
        }
        None => return Err(not_found()),
    };
    if leaving.holds(&message.sender) {
        return Err(not_found());
    }
    if let Err(refusal) = require_participant(&actor, &message, is_member) {
        // By a message nobody learns of a group that they may not know of.
        return match actor.uid() {
            Some(uid) if is_hidden(app, &conversation, uid).await? => Err(not_found()),
            _ => Err(refusal),
        };
    }
    if let Some(other) = actor.uid().and_then(|uid| conversation.other_than(uid)) {
        require_no_block(blocks, other)?;
    }
    Ok(Opened { actor, message, membership, leaving, ending_by, rows, positions, held, purpose })
}

/// There is no such message, or none that who asks may know of.
pub fn not_found() -> ApiError {
    ApiError::new(Code::MessageNotFound, "There is no message of this id.")
}

/// The acting user of an operation that needs one.
pub fn require_user(identity: &Identity) -> Result<&Uid, ApiError> {
    identity.user().ok_or_else(user_required)
}

/// Proves who asks, who must be a user, and looks them up. Cost: as [`identity::actor`].
pub async fn acting_user(app: &App, caller: &Caller) -> Result<User, ApiError> {
    Ok(require_acting_user(&identity::actor(app, caller).await?)?.clone())
}

/// The same, looked up.
pub fn require_acting_user(actor: &Actor) -> Result<&User, ApiError> {
    actor.user().ok_or_else(user_required)
}

fn user_required() -> ApiError {
    ApiError::field("onBehalfOf", "is required.")
}

/// The app sees all; a user their own conversations and the groups they belong to.
fn require_participant(actor: &Actor, message: &Message, is_member: bool) -> Result<(), ApiError> {
    let Some(uid) = actor.uid() else { return Ok(()) };
    let is_participant = match &message.conversation {
        ConversationId::Group(_) => is_member,
        users => users.is_between(uid),
    };
    if is_participant {
        return Ok(());
    }
    let sentence = format!("The user {uid} is not a participant of the conversation of message {}.", message.id);
    Err(ApiError::new(Code::MessageNoAccess, sentence))
}
