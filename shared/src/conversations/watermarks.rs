//! How far all members of a group have come in reading it (contract/related.md, "Receipts").

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use crate::store::error::StoreError;
use crate::store::message::Slice;
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::event::{Audience, Event, EventKind, Origin};
use model::group::Group;
use model::id::MessageId;
use model::message::{Category, Message};
use model::page::{Affix, IdRange};
use model::receipt::{Position, Receipt, ReceiptSubject, ReceiptWatermark};
use model::uid::{Guid, Uid};
use model::user::User;

/// How many messages that receipts do not count for are passed by to find one for which they do.
const MOST_PASSED: usize = 10;
/// How many members' watermarks are looked at together.
const AT_ONCE: usize = 16;

/// Whether receipts of all members of a group may be kept: few enough are looked at.
pub(super) fn may_be_kept(group: &Group) -> bool {
    group.members_count <= Receipt::MAX_MEMBERS as u64
}

/// Whether they are: as long as those who are online are not too many to be told.
///
/// Cost: nothing in a group that has no more members than may be online; else 1 query, 1 read unit for about 25 sockets.
pub(super) async fn are_kept(app: &App, group: &Group) -> Result<bool, ApiError> {
    if !may_be_kept(group) {
        return Ok(false);
    }
    Ok(app.tells_receipts_among(group.members_count)
        || app.tells_receipts_among(app.store.count_live(&group.guid, app.now()).await? as u64))
}

/// Notes how far all members have come by now, if receipts of the acting reader moved that. Repeated receipts note it in
/// any case, so that some that broke off here are completed by their repeat; it tells only what such a one left untold, and
/// not what was so since somebody joined.
///
/// Cost: 1 query of the members; 2 round trips, 1 read unit and 2 write units for each note.
pub(super) async fn note_receipts(
    app: &App,
    origin: &Origin,
    guid: &Guid,
    before: &ParticipantState,
    receipts: &[Receipt],
    has_moved: bool,
) -> Result<(), ApiError> {
    let Some(positions) = app.store.positions(guid, Receipt::MAX_MEMBERS).await? else { return Ok(()) };
    let reader = &origin.actor;
    for receipt in receipts {
        let now = waited_for(app, at(&positions, *receipt)).await?;
        let known = if has_moved {
            let earlier = before.position(*receipt).max(before.start_id);
            let earlier = now.iter().map(|(uid, at)| (*uid, if *uid == reader { earlier } else { *at }));
            common(&earlier.collect::<Vec<_>>())
        } else {
            Vec::new()
        };
        for noted in common(&now).into_iter().filter(|noted| !known.contains(noted)) {
            let is_given = positions.iter().any(|position| position.given(*receipt) == Some(noted.1));
            let event = if has_moved || is_given { event(app, origin, guid, *receipt, &noted).await? } else { None };
            note(app, guid, *receipt, noted, event.as_ref()).await?;
        }
    }
    Ok(())
}

/// Notes how far all members have come after one of them is gone: nobody waits for their receipts any more. `origin` is
/// who ended the membership.
///
/// Cost: that of [`are_kept`]; 1 query of the members; 1 round trip and 2 write units for each note.
pub async fn note_departure(app: &App, origin: &Origin, group: &Group) -> Result<(), ApiError> {
    if !are_kept(app, group).await? {
        return Ok(());
    }
    let Some(positions) = app.store.positions(&group.guid, Receipt::MAX_MEMBERS).await? else { return Ok(()) };
    for receipt in Receipt::ALL {
        for noted in common(&at(&positions, receipt)) {
            let event = event(app, origin, &group.guid, receipt, &noted).await?;
            note(app, &group.guid, receipt, noted, event.as_ref()).await?;
        }
    }
    Ok(())
}

/// The event that all members, or all but one, have come up to a message; none where they have come past none.
///
/// Cost: that of [`last_counted`].
async fn event(
    app: &App,
    origin: &Origin,
    guid: &Guid,
    receipt: Receipt,
    (subject, up_to): &(ReceiptSubject, MessageId),
) -> Result<Option<Event>, ApiError> {
    let sender = match subject {
        ReceiptSubject::AllBut(uid) => Some(uid.clone()),
        ReceiptSubject::All | ReceiptSubject::User(_) => None,
    };
    let conversation = ConversationId::Group(guid.clone());
    let Some(up_to) = last_counted(app, &conversation, sender.as_ref(), *up_to).await? else { return Ok(None) };
    let kind = match receipt {
        Receipt::Delivered => EventKind::DeliveredToAll { up_to, sender },
        Receipt::Read => EventKind::ReadByAll { up_to, sender },
    };
    Ok(Some(app.event(origin, Audience::Conversation(conversation), kind)))
}

/// The last message at or before `up_to` that receipts count for, of this sender if one is named: positions stand at
/// action messages too, where members begin. None if there is none; `up_to` itself if the last [`MOST_PASSED`] are none, or looking
/// would cost more than the request may.
///
/// Cost: 1 round trip and a read unit as a rule, twice that and what is passed where an action message is the last.
async fn last_counted(
    app: &App,
    conversation: &ConversationId,
    sender: Option<&Uid>,
    up_to: MessageId,
) -> Result<Option<MessageId>, ApiError> {
    let counts = |message: &&Message| {
        message.category != Category::Action && sender.is_none_or(|sender| message.sender == *sender)
    };
    let mut range = IdRange::new(MessageId::MIN, up_to);
    for most in [1, MOST_PASSED] {
        let Some(unread) = range else { return Ok(None) };
        let found = app.store.messages(conversation, unread, Affix::Prepend, most).await;
        // What was done before is not undone by what is left of the request's bound.
        if matches!(found, Err(StoreError::TooMuchWork)) {
            return Ok(Some(up_to));
        }
        let Slice { items, is_all } = found?;
        if let Some(message) = items.iter().find(counts) {
            return Ok(Some(message.id));
        }
        let last = items.last().filter(|_| !is_all);
        range = last.and_then(|message| unread.beyond(message.id, Affix::Prepend));
    }
    Ok(range.map(|_| up_to))
}

async fn note(
    app: &App,
    guid: &Guid,
    receipt: Receipt,
    (subject, up_to): (ReceiptSubject, MessageId),
    event: Option<&Event>,
) -> Result<(), ApiError> {
    let watermark = ReceiptWatermark { id: up_to, at: app.now() };
    Ok(app.store.note_receipt_of_whole_group(guid, &subject, receipt, watermark, event).await?)
}

/// Takes back that all members had read what `reader` has not read any more: all beyond `to`.
///
/// Cost: 1 query of the members and 1 of the group's watermarks, and for each member who has any beyond 1 query and 1 write
/// unit for each; for all members, if the group has thousands.
pub(super) async fn take_back(app: &App, guid: &Guid, reader: &Uid, to: Option<MessageId>) -> Result<(), ApiError> {
    let Some(positions) = app.store.positions(guid, Receipt::MAX_MEMBERS).await? else { return Ok(()) };
    let others = positions.into_iter().map(|position| position.uid).filter(|uid| uid != reader);
    let mut subjects: Vec<ReceiptSubject> = others.map(ReceiptSubject::AllBut).chain([ReceiptSubject::All]).collect();
    if let Some(marked) = app.store.whole_group_marked_beyond(guid, to).await? {
        subjects.retain(|subject| marked.contains(subject));
    }
    let conversation = &ConversationId::Group(guid.clone());
    stream::iter(subjects)
        .map(|subject| async move { app.store.remove_marks_beyond(conversation, &subject, to).await })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    Ok(())
}

/// Who has come how far.
fn at(positions: &[Position], receipt: Receipt) -> Vec<(&Uid, Option<MessageId>)> {
    positions.iter().map(|position| (&position.uid, position.at(receipt))).collect()
}

/// Those of `positions` for whom anybody waits: the rest are deactivated. Only the lowest decide, so only they are looked
/// up, until two are found who are active.
///
/// Cost: 1 round trip and 2 read units as a rule; more for each deactivated member who is behind.
async fn waited_for<'p>(
    app: &App,
    mut positions: Vec<(&'p Uid, Option<MessageId>)>,
) -> Result<Vec<(&'p Uid, Option<MessageId>)>, ApiError> {
    positions.sort_by_key(|(uid, at)| (*at, *uid));
    let (mut n_active, mut n_known) = (0, 0);
    // Of fewer than two nothing follows; see `common`.
    while n_active < 2 && 2 <= positions.len() && n_known < positions.len() {
        let next: Vec<&Uid> =
            positions.iter().skip(n_known).take(if n_known == 0 { 2 } else { 50 }).map(|(uid, _)| *uid).collect();
        let active: HashSet<Uid> =
            app.store.users(&next).await?.into_iter().filter(User::is_active).map(|user| user.uid).collect();
        positions.retain(|(uid, _)| !next.contains(uid) || active.contains(*uid));
        n_active += active.len();
        n_known += active.len();
    }
    Ok(positions)
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

    use model::receipt::first_covering;
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
