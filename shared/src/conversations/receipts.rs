//! Marking messages as received, read, and unread again (contract/related.md, "Receipts").

use futures_util::{StreamExt, TryStreamExt, join, stream};
use lambda_http::Request;

use crate::app::App;
use crate::error::ApiError;
use crate::http::request;
use crate::messages::access;
use crate::store::error::StoreError;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationAccess, ParticipantState};
use model::entity::Party;
use model::fields::Fields;
use model::group::Group;
use model::id::MessageId;
use model::message::Receiver;
use model::new_message::message_id;
use model::page::IdRange;
use model::problem::Code;
use model::receipt::{Position, ReceiptSubject};
use model::receipt::{Receipt, ReceiptWatermark, first_covering};
use model::uid::{Guid, Uid};
use model::user::User;

/// How often a change is tried again when the same user's position moved meanwhile.
const ATTEMPTS: usize = 5;
/// How many members' marks are looked at together.
const AT_ONCE: usize = 16;

/// Marks what the acting user has of the conversation with `with`, up to the body's `messageId` or all; returns who
/// that user is.
///
/// Cost: 3 round trips; 4 write units for "delivered", 6 for "read", 2 more in a group, whatever the number of messages.
/// In a group of up to [`Receipt::MAX_MEMBERS`] also one query of its members, and 2 units when all of them have come
/// further.
pub async fn mark(app: &App, req: &Request, with: &Receiver, receipt: Receipt) -> Result<Uid, ApiError> {
    let (user, up_to) = asked(app, req).await?;
    let reader = &user.uid;
    // Who has read a message has received it.
    let implied: &[Receipt] = match receipt {
        Receipt::Delivered => &[Receipt::Delivered],
        Receipt::Read => &Receipt::ALL,
    };
    for _ in 0..ATTEMPTS {
        let (standing, newest) = join!(conversation_access(app, &user, with, up_to), newest(app, reader, with, up_to));
        let (standing, newest) = (standing?, newest?);
        let (row, Some(id)) = (row_of(reader, with, &standing)?, up_to.or(newest)) else { return Ok(user.uid) };
        let raised: Vec<Receipt> =
            implied.iter().copied().filter(|receipt| row.position(*receipt) < Some(id)).collect();
        let mark = ReceiptWatermark { id, at: app.now() };
        if raised.is_empty() || app.store.mark(reader, &row, &raised, mark).await? {
            if let Some(guid) = small_group(&standing) {
                note_whole_group(app, guid, reader, &row, implied, !raised.is_empty()).await?;
            }
            return Ok(user.uid);
        }
    }
    Err(StoreError::Conflict.into())
}

/// Makes the messages after the body's `messageId`, or all, unread for the acting user again; returns who that is.
///
/// Cost: 3 round trips; 4 write units and 2 for each earlier receipt that is taken back, 2 more in a group. In a group
/// of up to [`Receipt::MAX_MEMBERS`] also a query for each member.
pub async fn unmark(app: &App, req: &Request, with: &Receiver) -> Result<Uid, ApiError> {
    let (user, to) = asked(app, req).await?;
    let reader = &user.uid;
    for _ in 0..ATTEMPTS {
        let standing = conversation_access(app, &user, with, to).await?;
        let row = row_of(reader, with, &standing)?;
        let Some(from) = row.read_id.filter(|from| to < Some(*from)) else { return Ok(user.uid) };
        let at = match to.and_then(|id| IdRange::new(id, id)) {
            Some(span) => {
                let subject = ReceiptSubject::User(reader.clone());
                let marks = app.store.marks(&row.conversation, &subject, Receipt::Read, span).await?;
                first_covering(&marks, span.first())
            }
            None => None,
        };
        if app.store.unmark(reader, &row, from, to, at).await? {
            if let Some(guid) = small_group(&standing) {
                forget_whole_group(app, guid, reader, to).await?;
            }
            return Ok(user.uid);
        }
    }
    Err(StoreError::Conflict.into())
}

/// The acting user and the body's `messageId`.
async fn asked(app: &App, req: &Request) -> Result<(User, Option<MessageId>), ApiError> {
    let reader = access::acting_user(app, &request::caller(req)).await?;
    let body = request::json(req)?;
    let mut fields = Fields::of(&body);
    let id = fields.optional("messageId", message_id);
    fields.finish()?;
    Ok((reader, id))
}

/// How the reader stands, if the other side exists and they belong to it, and the named message is part of it.
async fn conversation_access(
    app: &App,
    reader: &User,
    with: &Receiver,
    named: Option<MessageId>,
) -> Result<ConversationAccess, ApiError> {
    let standing = app.store.conversation_access(reader, with, named).await?;
    match (with, &standing.with) {
        // Who is deactivated is still listed, so that what they wrote can be read.
        (Receiver::User(_), Some(Party::User(_))) => {}
        (Receiver::User(uid), _) => return Err(ApiError::uid_not_found(uid)),
        (Receiver::Group(guid), None) => return Err(ApiError::guid_not_found(guid)),
        (Receiver::Group(guid), Some(_)) => {
            access::require_member(&standing.membership, guid, &reader.uid)?;
        }
    }
    match named.filter(|_| !standing.holds_named) {
        Some(id) => Err(ApiError::message_not_found(id)),
        None => Ok(standing),
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

fn row_of(reader: &Uid, with: &Receiver, standing: &ConversationAccess) -> Result<ParticipantState, ApiError> {
    let row = standing.row.clone().filter(|_| standing.head.is_some() || matches!(with, Receiver::Group(_)));
    row.ok_or_else(|| not_accessible(reader, with))
}

/// The refusal of a conversation that is not the user's, or in which nobody wrote.
pub fn not_accessible(uid: &Uid, with: &Receiver) -> ApiError {
    let message = format!("The user {uid} has no conversation with {}.", with.as_str());
    ApiError::new(Code::ConversationNotAccessible, message)
}

/// The group, if it keeps receipts of all its members.
fn small_group(standing: &ConversationAccess) -> Option<&Guid> {
    match &standing.with {
        Some(Party::Group(group)) if group.members_count <= Receipt::MAX_MEMBERS as u64 => Some(&group.guid),
        _ => None,
    }
}

/// Notes how far all members have come by now, if this reader's receipt moved that. A repeated receipt notes it in
/// any case, so that one that broke off here is completed by its repeat.
async fn note_whole_group(
    app: &App,
    guid: &Guid,
    reader: &Uid,
    before: &ParticipantState,
    receipts: &[Receipt],
    has_moved: bool,
) -> Result<(), ApiError> {
    let Some(positions) = app.store.positions(guid).await? else { return Ok(()) };
    for receipt in receipts {
        let now: Vec<(&Uid, Option<MessageId>)> =
            positions.iter().map(|position: &Position| (&position.uid, position.at(*receipt))).collect();
        let earlier = now
            .iter()
            .map(|(uid, at)| (*uid, if *uid == reader { before.position(*receipt).max(before.start_id) } else { *at }));
        let known = if has_moved { common(&earlier.collect::<Vec<_>>()) } else { Vec::new() };
        for (subject, id) in common(&now) {
            if !known.contains(&(subject.clone(), id)) {
                let mark = ReceiptWatermark { id, at: app.now() };
                app.store.mark_whole_group(guid, &subject, *receipt, mark).await?;
            }
        }
    }
    Ok(())
}

/// Notes how far all members have come after one of them is gone: nobody waits for their receipts any more.
///
/// Cost: 1 round trip and 2 write units for each note; nothing in groups above [`Receipt::MAX_MEMBERS`].
pub async fn note_departure(app: &App, group: &Group, gone: &Uid) -> Result<(), ApiError> {
    if (Receipt::MAX_MEMBERS as u64) < group.members_count {
        return Ok(());
    }
    let before = ParticipantState::new(group.conversation());
    note_whole_group(app, &group.guid, gone, &before, &Receipt::ALL, false).await
}

async fn forget_whole_group(app: &App, guid: &Guid, reader: &Uid, to: Option<MessageId>) -> Result<(), ApiError> {
    let Some(positions) = app.store.positions(guid).await? else { return Ok(()) };
    let others = positions.into_iter().map(|position| position.uid).filter(|uid| uid != reader);
    let conversation = &ConversationId::Group(guid.clone());
    stream::iter(others.map(ReceiptSubject::AllBut).chain([ReceiptSubject::All]))
        .map(|subject| async move { app.store.remove_marks_beyond(conversation, &subject, to).await })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    Ok(())
}

/// How far all members have come: the lowest position of all; and without the one who holds it, the next, because
/// nobody gives receipts of their own messages. For everybody else "all but them" is the lowest again.
fn common(positions: &[(&Uid, Option<MessageId>)]) -> Vec<(ReceiptSubject, MessageId)> {
    let mut sorted: Vec<_> = positions.iter().map(|(uid, at)| (*at, *uid)).collect();
    sorted.sort();
    let [(lowest, holder), (next, _), ..] = sorted.as_slice() else { return Vec::new() };
    let all = lowest.map(|id| (ReceiptSubject::All, id));
    let others = next.filter(|_| lowest < next).map(|id| (ReceiptSubject::AllBut((*holder).clone()), id));
    all.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::time::Seconds;
    use proptest::prelude::*;

    use super::*;

    const N_MEMBERS: usize = 4;

    /// The marks that a series of receipts leaves, as the store keeps them: rising, the first of each id.
    #[derive(Default)]
    struct Marks(BTreeMap<ReceiptSubject, BTreeMap<MessageId, Seconds>>);

    impl Marks {
        fn first(&self, subject: &ReceiptSubject, id: MessageId) -> Option<Seconds> {
            let marks = self.0.get(subject)?.iter().map(|(id, at)| ReceiptWatermark { id: *id, at: *at });
            first_covering(&marks.collect::<Vec<_>>(), id)
        }
    }

    proptest! {
        #[test]
        fn a_message_counts_as_read_by_all_when_the_last_of_the_others_read_it(
            receipts in proptest::collection::vec((0..N_MEMBERS, 1_u64..20), 1..60),
        ) {
            let uids: Vec<Uid> = (0..N_MEMBERS).map(|n| Uid::parse(&format!("u{n}")).unwrap()).collect();
            let mut positions: Vec<Option<MessageId>> = vec![None; N_MEMBERS];
            let mut marks = Marks::default();
            let mut expected: BTreeMap<(usize, u64), Seconds> = BTreeMap::new();
            for (second, (who, id)) in receipts.into_iter().enumerate() {
                let (at, id) = (Seconds::new(second as u64), MessageId::new(id).unwrap());
                positions[who] = positions[who].max(Some(id));
                let now: Vec<_> = uids.iter().zip(positions.iter().copied()).collect();
                for (subject, id) in common(&now) {
                    marks.0.entry(subject).or_default().entry(id).or_insert(at);
                }
                for sender in 0..positions.len() {
                    for message in 1..20 {
                        let message_id = MessageId::new(message).unwrap();
                        let others = (0..N_MEMBERS).filter(|n| *n != sender);
                        if others.into_iter().all(|n| Some(message_id) <= positions[n]) {
                            expected.entry((sender, message)).or_insert(at);
                        }
                    }
                }
            }
            for (sender, uid) in uids.iter().enumerate() {
                for message in 1..20 {
                    let id = MessageId::new(message).unwrap();
                    let times = [ReceiptSubject::All, ReceiptSubject::AllBut(uid.clone())].map(|who| marks.first(&who, id));
                    let first = times.into_iter().flatten().min();
                    prop_assert_eq!(first, expected.get(&(sender, message)).copied(), "{} by {}", message, sender);
                }
            }
        }
    }
}
