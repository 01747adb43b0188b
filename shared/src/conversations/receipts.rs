//! Marking messages as received, read, and unread again (contract/related.md, "Receipts").

use futures_util::join;
use serde_json::{Map, Value};

use crate::app::App;
use crate::conversations::{find, view, watermarks};
use crate::error::ApiError;
use crate::identity::{self, Caller};
use crate::messages::access::{self, require_member};
use crate::store::batch::Batch;
use crate::store::receipt::{MoveBack, Moved};
use crate::store::tries::Tries;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationAccess, ConversationState, ParticipantState};
use model::conversation_view::ConversationView;
use model::event::{Audience, EventKind, Origin};
use model::fields::Fields;
use model::id::MessageId;
use model::message::Receiver;
use model::new_message::message_id;
use model::page::{Affix, IdRange};
use model::problem::{Code, Problem};
use model::receipt::{Receipt, ReceiptSubject, ReceiptWatermark, first_covering};
use model::uid::{Guid, Uid};
use model::user::User;

/// Reads the message that a body names: up to it all is received or read, or from it on all is unread.
pub fn named_message(body: &Map<String, Value>) -> Result<Option<MessageId>, Problem> {
    let mut fields = Fields::of(body);
    let id = fields.optional("messageId", message_id);
    fields.finish()?;
    Ok(id)
}

/// Marks what the acting user has of the conversation with `with`, up to a message or all; returns who that user is.
/// What is wrong with the message's id is said to who acts.
///
/// Cost: 2 round trips; 4 write units for "delivered", 6 for "read", 2 more in a group, whatever the number of messages.
/// In a group that keeps receipts of all its members also one query of these, and 2 units when all of them have come
/// further; and what [`watermarks::are_kept`] costs.
pub async fn mark(
    app: &App,
    caller: &Caller,
    with: &Receiver,
    receipt: Receipt,
    up_to: Result<Option<MessageId>, ApiError>,
) -> Result<Uid, ApiError> {
    let named = up_to.as_ref().ok().copied().flatten();
    let wanted = |uid: Option<&Uid>| {
        uid.map_or_else(Batch::default, |uid| Batch::default().conversation_access(uid, with, named))
    };
    let (actor, known) = identity::actor_with(app, caller, wanted).await?;
    let user = access::require_acting_user(&actor)?;
    let up_to = up_to?;
    let access = known.conversation_access(user, with, up_to)?;
    mark_by(app, user, &actor.origin(), with, receipt, up_to, Some(access)).await?;
    Ok(user.uid.clone())
}

/// [`mark`] by a user who is known. Cost: as that.
pub async fn mark_as(
    app: &App,
    user: &User,
    origin: &Origin,
    with: &Receiver,
    receipt: Receipt,
    up_to: Option<MessageId>,
) -> Result<(), ApiError> {
    mark_by(app, user, origin, with, receipt, up_to, None).await
}

/// [`mark_as`], and how the user stands in the conversation, if that was read just now.
async fn mark_by(
    app: &App,
    user: &User,
    origin: &Origin,
    with: &Receiver,
    receipt: Receipt,
    up_to: Option<MessageId>,
    mut access: Option<ConversationAccess>,
) -> Result<(), ApiError> {
    let reader = &user.uid;
    // Who has read a message has received it.
    let implied: &[Receipt] = match receipt {
        Receipt::Delivered => &[Receipt::Delivered],
        Receipt::Read => &Receipt::ALL,
    };
    let mut tries = Tries::begin();
    loop {
        let access = match access.take() {
            Some(access) => allowed(app, user, with, up_to, access).await?,
            None => conversation_access(app, user, with, up_to).await?,
        };
        let newest = access.state.as_ref().map(|state| state.last_message_id);
        let (before, Some(id)) = (participant_of(reader, with, &access)?, up_to.or(newest)) else {
            return Ok(());
        };
        let raised: Vec<Receipt> =
            implied.iter().copied().filter(|receipt| before.position(*receipt) < Some(id)).collect();
        if raise(app, origin, &before, &raised, id).await? == Moved::Done {
            if let Some(kept) = group_that_keeps(app, &access).await? {
                let has_moved = !raised.is_empty();
                watermarks::note_receipts(app, origin, kept, &before, implied, has_moved).await?;
            }
            return Ok(());
        }
        tries.again().await?;
    }
}

/// Moves the reader's position up for each of `raised`, if there is any. A message that is read is received, so the event
/// tells of the last.
async fn raise(
    app: &App,
    origin: &Origin,
    before: &ParticipantState,
    raised: &[Receipt],
    id: MessageId,
) -> Result<Moved, ApiError> {
    let kind = match raised.last() {
        None => return Ok(Moved::Done),
        Some(Receipt::Delivered) => EventKind::Delivered { up_to: id },
        Some(Receipt::Read) => EventKind::Read { up_to: id },
    };
    let event = app.event(origin, Audience::Conversation(before.conversation.clone()), kind);
    let watermark = ReceiptWatermark { id, at: app.now() };
    Ok(app.store.note_receipt(&origin.actor, before, raised, watermark, &event).await?)
}

/// Makes a message and all after it, or all, unread for the acting user again; returns who that is, and the conversation
/// as it is then, unless they have nothing of it. What is wrong with the message's id is said to who acts.
///
/// Cost: 3 round trips; 4 write units and 2 for each earlier receipt that is taken back, 2 more in a group. In a group
/// that keeps receipts of all its members also a query for each member. Then that of showing the conversation.
pub async fn unmark(
    app: &App,
    caller: &Caller,
    with: &Receiver,
    first: Result<Option<MessageId>, ApiError>,
) -> Result<(Uid, Option<ConversationView>), ApiError> {
    let user = access::acting_user(app, caller).await?;
    move_back(app, &caller.origin(user.uid.clone()), &user, with, first?).await?;
    let shown = match find::accessible(app, &user, with).await {
        Ok(conversation) => Some(view::one(app, &user.uid, conversation).await?),
        Err(ApiError::Refused(_)) => None,
        Err(failure) => return Err(failure),
    };
    Ok((user.uid, shown))
}

/// Moves what `user` has read back to the message before `first`, or to nothing.
async fn move_back(
    app: &App,
    origin: &Origin,
    user: &User,
    with: &Receiver,
    first: Option<MessageId>,
) -> Result<(), ApiError> {
    let reader = &user.uid;
    let mut tries = Tries::begin();
    loop {
        let (access, to) = join!(conversation_access(app, user, with, first), previous(app, reader, with, first));
        let (access, to) = (access?, to?);
        let before = participant_of(reader, with, &access)?;
        let Some(from) = before.read_id.filter(|from| to < Some(*from)) else { return Ok(()) };
        let at = match to.and_then(|id| IdRange::new(id, id)) {
            Some(range) => {
                let subject = ReceiptSubject::User(reader.clone());
                let watermarks = app.store.watermarks(&before.conversation, &subject, Receipt::Read, range).await?;
                first_covering(&watermarks, range.first())
            }
            None => None,
        };
        // First, so that a request that breaks off here may be repeated: the reader's own position still says that there is
        // something to take back.
        if let Some(group) = access.group.as_ref().filter(|group| watermarks::may_be_kept(group)) {
            watermarks::take_back(app, &group.guid, reader, to).await?;
        }
        let audience = Audience::Conversation(before.conversation.clone());
        let event = app.event(origin, audience, EventKind::MarkedUnread { after: to });
        if app.store.take_back_receipt(reader, &before, &MoveBack { from, to, at }, &event).await? == Moved::Done {
            return Ok(());
        }
        tries.again().await?;
    }
}

/// How the reader stands, if the other side exists and they are a participant, and the named message is part of it.
async fn conversation_access(
    app: &App,
    reader: &User,
    with: &Receiver,
    named: Option<MessageId>,
) -> Result<ConversationAccess, ApiError> {
    let known = app.store.conversation_access(reader, with, named).await?;
    allowed(app, reader, with, named, known).await
}

/// The same of what was read.
async fn allowed(
    app: &App,
    reader: &User,
    with: &Receiver,
    named: Option<MessageId>,
    known: ConversationAccess,
) -> Result<ConversationAccess, ApiError> {
    find::require_other(app, with, &known).await?;
    if let Receiver::Group(guid) = with {
        require_member(&known.membership, guid, &reader.uid)?;
    }
    match named.filter(|_| !known.holds_named) {
        Some(id) if !may_be_gone(app, reader, with, &known, id).await? => Err(ApiError::message_not_found(id)),
        _ => Ok(known),
    }
}

/// Whether an id may have been a message of the conversation that was deleted permanently: it is neither from before its
/// beginning nor beyond its last one, and no conversation holds it, or this one until its deletion is done. Receipts name what their client last saw, and count up to there.
///
/// Cost: 1 round trip, 1 read unit, if it is not beyond.
async fn may_be_gone(
    app: &App,
    reader: &User,
    with: &Receiver,
    access: &ConversationAccess,
    id: MessageId,
) -> Result<bool, ApiError> {
    let is_former = matches!(with, Receiver::User(_)) && reader.is_younger_than(id);
    let may_be_of = |state: &ConversationState| match id.tells_time() {
        true => state.created_at <= id.sent_at(),
        false => state.untimed_at.is_some(),
    };
    let is_inside = |state: &ConversationState| may_be_of(state) && id <= state.last_message_id;
    let is_inside = access.state.as_ref().is_some_and(is_inside);
    if is_former || !is_inside {
        return Ok(false);
    }
    let conversation = ConversationId::of(&reader.uid, with);
    Ok(match app.store.know(Batch::default().pointer(id)).await?.pointer(id)? {
        None => true,
        Some(holder) => {
            holder.conversation == conversation && app.store.ending_message(&conversation, id).await?.is_some()
        }
    })
}

/// The message before `first`, if that is named and there is one.
async fn previous(
    app: &App,
    reader: &Uid,
    with: &Receiver,
    first: Option<MessageId>,
) -> Result<Option<MessageId>, ApiError> {
    let Some(range) = first.and_then(|id| IdRange::ALL.beyond(id, Affix::Prepend)) else { return Ok(None) };
    let previous = app.store.newest_message(&ConversationId::of(reader, with), range).await?;
    Ok(previous.map(|message| message.id))
}

fn participant_of(reader: &Uid, with: &Receiver, access: &ConversationAccess) -> Result<ParticipantState, ApiError> {
    let participant =
        access.participant.clone().filter(|_| access.state.is_some() || matches!(with, Receiver::Group(_)));
    participant.ok_or_else(|| not_accessible(reader, with))
}

/// The refusal of a conversation that is not the user's, or in which nobody wrote.
pub fn not_accessible(uid: &Uid, with: &Receiver) -> ApiError {
    let message = format!("The user {uid} has no conversation with {}.", with.as_str());
    ApiError::new(Code::ConversationNotAccessible, message)
}

/// The group, if it keeps receipts of all its members, with the state of its conversation. Cost: that of
/// [`watermarks::are_kept`].
async fn group_that_keeps<'a>(
    app: &App,
    access: &'a ConversationAccess,
) -> Result<Option<(&'a Guid, &'a ConversationState)>, ApiError> {
    let Some((group, state)) = access.group.as_ref().zip(access.state.as_ref()) else { return Ok(None) };
    Ok(watermarks::are_kept(app, group).await?.then_some((&group.guid, state)))
}
