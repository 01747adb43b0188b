//! Marking messages as received, read, and unread again (contract/related.md, "Receipts").

use futures_util::join;
use serde_json::{Map, Value};

use crate::app::App;
use crate::conversations::watermarks;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access::{self, require_member};
use crate::store::receipt::{Moved, StepBack};
use crate::store::tries::Tries;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationAccess, ParticipantState};
use model::entity::Party;
use model::event::{Audience, EventKind, Origin};
use model::fields::Fields;
use model::id::MessageId;
use model::message::Receiver;
use model::new_message::message_id;
use model::page::IdRange;
use model::problem::{Code, Problem};
use model::receipt::{Receipt, ReceiptSubject, ReceiptWatermark, first_covering};
use model::uid::{Guid, Uid};
use model::user::User;

/// Reads the message that a body names: up to it all is received or read, or beyond it all is unread.
pub fn named_message(body: &Map<String, Value>) -> Result<Option<MessageId>, Problem> {
    let mut fields = Fields::of(body);
    let id = fields.optional("messageId", message_id);
    fields.finish()?;
    Ok(id)
}

/// Marks what the acting user has of the conversation with `with`, up to a message or all; returns who that user is.
/// What is wrong with the message's id is said to who acts.
///
/// Cost: 3 round trips; 4 write units for "delivered", 6 for "read", 2 more in a group, whatever the number of messages.
/// In a group of up to [`Receipt::MAX_MEMBERS`] also one query of its members, and 2 units when all of them have come
/// further.
pub async fn mark(
    app: &App,
    caller: &Caller,
    with: &Receiver,
    receipt: Receipt,
    up_to: Result<Option<MessageId>, ApiError>,
) -> Result<Uid, ApiError> {
    let user = access::acting_user(app, caller).await?;
    let (reader, up_to) = (&user.uid, up_to?);
    let origin = caller.origin(reader.clone());
    // Who has read a message has received it.
    let implied: &[Receipt] = match receipt {
        Receipt::Delivered => &[Receipt::Delivered],
        Receipt::Read => &Receipt::ALL,
    };
    let mut tries = Tries::begin();
    loop {
        let (access, newest) = join!(conversation_access(app, &user, with, up_to), newest(app, reader, with, up_to));
        let (access, newest) = (access?, newest?);
        let (before, Some(id)) = (participant_of(reader, with, &access)?, up_to.or(newest)) else {
            return Ok(user.uid);
        };
        let raised: Vec<Receipt> =
            implied.iter().copied().filter(|receipt| before.position(*receipt) < Some(id)).collect();
        if raise(app, &origin, &before, &raised, id).await? == Moved::Done {
            if let Some(guid) = small_group(&access) {
                let has_moved = !raised.is_empty();
                watermarks::note_receipts(app, &origin, guid, &before, implied, has_moved).await?;
            }
            return Ok(user.uid);
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
    let mark = ReceiptWatermark { id, at: app.now() };
    Ok(app.store.mark(&origin.actor, before, raised, mark, &event).await?)
}

/// Makes the messages after one, or all, unread for the acting user again; returns who that is. What is wrong with the
/// message's id is said to who acts.
///
/// Cost: 3 round trips; 4 write units and 2 for each earlier receipt that is taken back, 2 more in a group. In a group
/// of up to [`Receipt::MAX_MEMBERS`] also a query for each member.
pub async fn unmark(
    app: &App,
    caller: &Caller,
    with: &Receiver,
    after: Result<Option<MessageId>, ApiError>,
) -> Result<Uid, ApiError> {
    let user = access::acting_user(app, caller).await?;
    let (reader, to) = (&user.uid, after?);
    let origin = caller.origin(reader.clone());
    let mut tries = Tries::begin();
    loop {
        let access = conversation_access(app, &user, with, to).await?;
        let before = participant_of(reader, with, &access)?;
        let Some(from) = before.read_id.filter(|from| to < Some(*from)) else { return Ok(user.uid) };
        let at = match to.and_then(|id| IdRange::new(id, id)) {
            Some(range) => {
                let subject = ReceiptSubject::User(reader.clone());
                let marks = app.store.marks(&before.conversation, &subject, Receipt::Read, range).await?;
                first_covering(&marks, range.first())
            }
            None => None,
        };
        let audience = Audience::Conversation(before.conversation.clone());
        let event = app.event(&origin, audience, EventKind::MarkedUnread { after: to });
        if app.store.unmark(reader, &before, &StepBack { from, to, at }, &event).await? == Moved::Done {
            if let Some(guid) = small_group(&access) {
                watermarks::take_back(app, guid, reader, to).await?;
            }
            return Ok(user.uid);
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
    let access = app.store.conversation_access(reader, with, named).await?;
    match (with, &access.with) {
        // Who is deactivated is still listed, so that what they wrote can be read.
        (Receiver::User(_), Some(Party::User(_))) => {}
        (Receiver::User(uid), _) => return Err(ApiError::uid_not_found(uid)),
        (Receiver::Group(guid), None) => return Err(ApiError::guid_not_found(guid)),
        (Receiver::Group(guid), Some(_)) => {
            require_member(&access.membership, guid, &reader.uid)?;
        }
    }
    match named.filter(|_| !access.holds_named) {
        Some(id) => Err(ApiError::message_not_found(id)),
        None => Ok(access),
    }
}

async fn newest(
    app: &App,
    reader: &Uid,
    with: &Receiver,
    up_to: Option<MessageId>,
) -> Result<Option<MessageId>, ApiError> {
    if up_to.is_some() {
        return Ok(None);
    }
    let newest = app.store.newest_message(&ConversationId::of(reader, with), IdRange::ALL).await?;
    Ok(newest.map(|message| message.id))
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

/// The group, if it keeps receipts of all its members.
fn small_group(access: &ConversationAccess) -> Option<&Guid> {
    match &access.with {
        Some(Party::Group(group)) if group.members_count <= Receipt::MAX_MEMBERS as u64 => Some(&group.guid),
        _ => None,
    }
}
