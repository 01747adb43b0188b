//! Marking messages as received, read, and unread again (contract/related.md, "Receipts").

use futures_util::join;
use serde_json::{Map, Value};

use crate::app::App;
use crate::conversations::{find, taken_back, view, watermarks};
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
use model::receipt::{Receipt, ReceiptWatermark};
use model::uid::Uid;
use model::user::User;

/// Reads the message that a body names: up to it all is received or read, or from it on all is unread.
pub fn named_message(body: &Map<String, Value>) -> Result<Option<MessageId>, Problem> {
    let mut fields = Fields::of(body);
    let id = fields.optional("messageId", message_id);
    fields.finish()?;
    Ok(id)
}

/// How a user stands in a conversation who gives a receipt.
struct Standing {
    /// How far they have come.
    before: ParticipantState,
    /// The last message, if there is one.
    newest: Option<MessageId>,
}

/// Marks what the acting user has of the conversation with `with`, up to a message or all; returns who that user is.
/// What is wrong with the message's id is said to who acts. How far all members of a group have come by it is noted by whoever
/// reads the table's stream ([`crate::conversations::watermarks::follow`]), moments later.
///
/// Cost: 2 round trips; 4 write units for "delivered", 6 for "read", 2 more in a group, whatever its size and the number of
/// messages; 1 round trip and 5 read units more in a group for who is refused, and where nobody wrote.
pub async fn mark(
    app: &App,
    caller: &Caller,
    with: &Receiver,
    receipt: Receipt,
    up_to: Result<Option<MessageId>, ApiError>,
) -> Result<Uid, ApiError> {
    let named = up_to.as_ref().ok().copied().flatten();
    let wanted = |uid: Option<&Uid>| uid.map_or_else(Batch::default, |uid| standing_in(uid, with, named));
    let (actor, known) = identity::actor_with(app, caller, wanted).await?;
    let user = access::require_acting_user(&actor)?;
    let up_to = up_to?;
    let standing = match with {
        Receiver::User(_) => {
            let access = known.conversation_access(user, with, up_to)?;
            Some(standing_of(app, user, with, up_to, access).await?)
        }
        Receiver::Group(guid) => {
            let of_member = known.standing_of_member(user, guid, up_to)?;
            of_member.map(|(before, newest)| Standing { before, newest: Some(newest) })
        }
    };
    mark_by(app, user, &actor.origin(), with, receipt, up_to, standing).await?;
    Ok(user.uid.clone())
}

/// What tells how a user stands, as far as it is read before it is proved who they are.
fn standing_in(uid: &Uid, with: &Receiver, named: Option<MessageId>) -> Batch {
    match with {
        Receiver::User(_) => Batch::default().conversation_access(uid, with, named),
        Receiver::Group(guid) => Batch::default().standing_of_member(uid, guid, named),
    }
}

/// [`mark`] by a user who is known. Cost: as that; 3 read units more in a group.
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
    mut known: Option<Standing>,
) -> Result<(), ApiError> {
    // Who has read a message has received it.
    let implied: &[Receipt] = match receipt {
        Receipt::Delivered => &[Receipt::Delivered],
        Receipt::Read => &Receipt::ALL,
    };
    let mut tries = Tries::begin();
    loop {
        let Standing { before, newest } = match known.take() {
            Some(standing) => standing,
            None => {
                let access = app.store.conversation_access(user, with, up_to).await?;
                standing_of(app, user, with, up_to, access).await?
            }
        };
        let Some(id) = up_to.or(newest) else { return Ok(()) };
        let raised: Vec<Receipt> =
            implied.iter().copied().filter(|receipt| before.position(*receipt) < Some(id)).collect();
        if raise(app, origin, &before, &raised, id).await? == Moved::Done {
            return Ok(());
        }
        tries.again().await?;
    }
}

/// How a user stands, if the other side exists and they are a participant, and the named message is part of it.
async fn standing_of(
    app: &App,
    user: &User,
    with: &Receiver,
    named: Option<MessageId>,
    access: ConversationAccess,
) -> Result<Standing, ApiError> {
    let access = allowed(app, user, with, named, access).await?;
    let newest = access.state.as_ref().map(|state| state.last_message_id);
    Ok(Standing { before: participant_of(&user.uid, with, &access)?, newest })
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
    let Some(last) = raised.last() else { return Ok(Moved::Done) };
    let from = match before.conversation {
        ConversationId::Group(_) => before.position(*last),
        ConversationId::Users(..) => None,
    };
    let kind = match last {
        Receipt::Delivered => EventKind::Delivered { up_to: id, from },
        Receipt::Read => EventKind::Read { up_to: id, from },
    };
    let event = app.event(origin, Audience::Conversation(before.conversation.clone()), kind);
    let watermark = ReceiptWatermark { id, at: app.now() };
    Ok(app.store.note_receipt(&origin.actor, before, raised, watermark, &event).await?)
}

/// Makes a message and all after it, or all, unread for the acting user again; returns who that is, and the conversation
/// as it is then, unless they have nothing of it. What is wrong with the message's id is said to who acts.
///
/// Cost: 3 round trips; 4 write units and 2 for each earlier receipt that is taken back, 2 more in a group. In a group
/// that may keep receipts of all its members also 2 and 2 or 4 for each of these that is taken back, and that of finding them
/// ([`taken_back::of_group`]). Then that of showing the conversation.
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
        let at = app.store.read_since(&before.conversation, reader, to).await?;
        let mut of_group = None;
        if let Some((group, state)) = access.group.zip(access.state).filter(|(group, _)| watermarks::may_be_kept(group))
        {
            let Some(taken) = taken_back::of_group(&app.store, group.guid, state, reader, to).await? else {
                tries.again().await?;
                continue;
            };
            of_group = Some(taken);
        }
        let audience = Audience::Conversation(before.conversation.clone());
        let event = app.event(origin, audience, EventKind::MarkedUnread { after: to });
        let back = MoveBack { from, to, at };
        if app.store.take_back_receipt(reader, &before, &back, of_group.as_ref(), &event).await? == Moved::Done {
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
