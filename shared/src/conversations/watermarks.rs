//! How far all members of a group have come in reading it (contract/related.md, "Receipts").

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use crate::store::batch::Batch;
use crate::store::error::StoreError;
use crate::store::message::Slice;
use crate::store::whole_group::Noted;
use model::common_watermarks::CommonWatermark;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationState, ParticipantState};
use model::event::{Audience, EventKind, Origin};
use model::group::Group;
use model::id::MessageId;
use model::message::{Category, Message};
use model::page::{Affix, IdRange};
use model::receipt::{Position, Receipt, ReceiptSubject};
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
/// not what was so since somebody joined. `state` is that of the conversation as it was read.
///
/// Cost: 1 query of the members; 1 round trip and 1 read unit or two for who of them is deactivated; that of
/// [`last_counted`] for each that is not noted yet; 1 round trip, 2 write units for each and 2.
pub(super) async fn note_receipts(
    app: &App,
    origin: &Origin,
    (guid, state): (&Guid, &ConversationState),
    before: &ParticipantState,
    receipts: &[Receipt],
    has_moved: bool,
) -> Result<(), ApiError> {
    let Some(positions) = app.store.positions(guid, Receipt::MAX_MEMBERS).await? else { return Ok(()) };
    let reader = &origin.actor;
    let away = away(app, &positions, receipts, reader).await?;
    let mut marks = Vec::new();
    for receipt in receipts {
        let mut now = at(&positions, *receipt);
        now.retain(|(uid, _)| !away.contains(*uid));
        let known = if has_moved {
            let earlier = before.position(*receipt).max(before.start_id);
            let earlier = now.iter().map(|(uid, at)| (*uid, if *uid == reader { earlier } else { *at }));
            common(&earlier.collect::<Vec<_>>())
        } else {
            Vec::new()
        };
        for (subject, id) in common(&now).into_iter().filter(|common| !known.contains(common)) {
            let is_given = positions.iter().any(|position| position.given(*receipt) == Some(id));
            marks.push((CommonWatermark { id, receipt: *receipt, subject, at: app.now() }, has_moved || is_given));
        }
    }
    note(app, origin, guid, state, marks).await
}

/// Notes how far all members have come after one of them is gone: nobody waits for their receipts any more. `origin` is
/// who ended the membership.
///
/// Cost: that of [`are_kept`]; 1 query of the members; where they have come further 1 round trip and 1 read unit for the state
/// of the conversation, that of [`last_counted`], 1 round trip and 2 write units for each and 2.
pub async fn note_departure(app: &App, origin: &Origin, group: &Group) -> Result<(), ApiError> {
    if !are_kept(app, group).await? {
        return Ok(());
    }
    let guid = &group.guid;
    let Some(positions) = app.store.positions(guid, Receipt::MAX_MEMBERS).await? else { return Ok(()) };
    let of = |receipt| {
        let common = common(&at(&positions, receipt)).into_iter();
        common.map(move |(subject, id)| (CommonWatermark { id, receipt, subject, at: app.now() }, true))
    };
    let marks: Vec<(CommonWatermark, bool)> = Receipt::ALL.into_iter().flat_map(of).collect();
    if marks.is_empty() {
        return Ok(());
    }
    let conversation = ConversationId::Group(guid.clone());
    let known = app.store.know(Batch::default().conversation(&conversation)).await?;
    match known.conversation(&conversation)? {
        Some(state) => note(app, origin, guid, &state, marks).await,
        None => Ok(()),
    }
}

/// Notes watermarks of all members, or of all but one, that are not noted yet; those that are to be told with their event, if they
/// have come past any message.
///
/// Cost: that of [`last_counted`] for each that is told, at once; 1 round trip, 2 write units for each and 2.
async fn note(
    app: &App,
    origin: &Origin,
    guid: &Guid,
    state: &ConversationState,
    mut marks: Vec<(CommonWatermark, bool)>,
) -> Result<(), ApiError> {
    let is_noted = |mark: &CommonWatermark| {
        state.common.as_ref().is_some_and(|common| common.holds(&mark.subject, mark.receipt, mark.id))
    };
    marks.retain(|(mark, _)| !is_noted(mark));
    let conversation = &ConversationId::Group(guid.clone());
    let told: BTreeSet<(Option<Uid>, MessageId)> =
        marks.iter().filter(|(_, is_told)| *is_told).map(|(mark, _)| (without(mark), mark.id)).collect();
    let looks = told.into_iter().map(|(sender, id)| async move {
        let up_to = last_counted(app, conversation, state, sender.as_ref(), id).await?;
        Ok::<_, ApiError>(((sender, id), up_to))
    });
    let looks = stream::iter(looks.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
    let up_to: HashMap<_, Option<MessageId>> = looks.try_collect().await?;
    let noted = marks.into_iter().map(|(mark, is_told)| {
        let up_to = up_to.get(&(without(&mark), mark.id)).copied().flatten().filter(|_| is_told);
        let sender = without(&mark);
        let event = up_to.map(|up_to| {
            let kind = match mark.receipt {
                Receipt::Delivered => EventKind::DeliveredToAll { up_to, sender },
                Receipt::Read => EventKind::ReadByAll { up_to, sender },
            };
            app.event(origin, Audience::Conversation(conversation.clone()), kind)
        });
        Noted { mark, event }
    });
    Ok(app.store.note_receipts_of_whole_group(guid, state, noted.collect()).await?)
}

/// Whose own messages a watermark of all but one counts for.
fn without(mark: &CommonWatermark) -> Option<Uid> {
    match &mark.subject {
        ReceiptSubject::AllBut(uid) => Some(uid.clone()),
        ReceiptSubject::All | ReceiptSubject::User(_) => None,
    }
}

/// The last message at or before `up_to` that receipts count for, of this sender if one is named: positions stand at
/// action messages too, where members begin. None if there is none; `up_to` itself if the last [`MOST_PASSED`] are none, or looking
/// would cost more than the request may.
///
/// Cost: nothing where the state knows that it is `up_to`; else 1 round trip and a read unit as a rule, twice that and what is
/// passed where an action message is the last.
async fn last_counted(
    app: &App,
    conversation: &ConversationId,
    state: &ConversationState,
    sender: Option<&Uid>,
    up_to: MessageId,
) -> Result<Option<MessageId>, ApiError> {
    let by = state.shown_sender.as_ref().filter(|_| state.shown_message_id == Some(up_to));
    if state.news_message_id == Some(up_to) && (sender.is_none() || sender == by) {
        return Ok(Some(up_to));
    }
    let is_of_another = by.is_some() && sender.is_some() && sender != by;
    let counts = |message: &&Message| {
        message.category != Category::Action && sender.is_none_or(|sender| message.sender == *sender)
    };
    let mut range = IdRange::new(MessageId::MIN, up_to);
    let looks: &[usize] = if is_of_another { &[1 + MOST_PASSED] } else { &[1, MOST_PASSED] };
    for most in looks {
        let Some(unread) = range else { return Ok(None) };
        let found = app.store.messages(conversation, unread, Affix::Prepend, *most).await;
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

/// Takes back that all members had read what `reader` has not read any more: all beyond `to`.
///
/// Cost: 1 query of the members and 1 of the group's watermarks, and for each member who has any beyond 1 query and 1 write
/// unit for each, and 1; for all members, if the group has thousands.
pub(super) async fn take_back(app: &App, guid: &Guid, reader: &Uid, to: Option<MessageId>) -> Result<(), ApiError> {
    let Some(positions) = app.store.positions(guid, Receipt::MAX_MEMBERS).await? else { return Ok(()) };
    let others = positions.into_iter().map(|position| position.uid).filter(|uid| uid != reader);
    let mut subjects: Vec<ReceiptSubject> = others.map(ReceiptSubject::AllBut).chain([ReceiptSubject::All]).collect();
    if let Some(marked) = app.store.whole_group_marked_beyond(guid, to).await? {
        subjects.retain(|subject| marked.contains(subject));
    }
    if subjects.is_empty() {
        return Ok(());
    }
    let conversation = &ConversationId::Group(guid.clone());
    stream::iter(subjects)
        .map(|subject| async move { app.store.remove_marks_beyond(conversation, &subject, to).await })
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    Ok(app.store.forget_common(conversation).await?)
}

/// Who has come how far.
fn at(positions: &[Position], receipt: Receipt) -> Vec<(&Uid, Option<MessageId>)> {
    positions.iter().map(|position| (&position.uid, position.at(receipt))).collect()
}

/// Those of the members for whom nobody waits, because they are deactivated, as far as that decides anything: only the lowest
/// positions do, so only they are looked up, until two are found who are active. The reader is.
///
/// Cost: 1 round trip and 1 read unit or two as a rule; more for each deactivated member who is behind.
async fn away(app: &App, positions: &[Position], receipts: &[Receipt], reader: &Uid) -> Result<HashSet<Uid>, ApiError> {
    let mut is_active: HashMap<Uid, bool> = HashMap::from([(reader.clone(), true)]);
    // Of fewer than two nothing follows; see `common`.
    while 2 <= positions.len() {
        let at_once = if is_active.len() == 1 { 2 } else { 50 };
        let of = |receipt: &Receipt| undecided(&at(positions, *receipt), &is_active, at_once);
        let next: BTreeSet<&Uid> = receipts.iter().flat_map(of).collect();
        if next.is_empty() {
            break;
        }
        let found = app.store.users(&next.iter().copied().collect::<Vec<_>>()).await?;
        let active: HashSet<Uid> = found.into_iter().filter(User::is_active).map(|user| user.uid).collect();
        is_active.extend(next.into_iter().map(|uid| (uid.clone(), active.contains(uid))));
    }
    Ok(is_active.into_iter().filter(|(_, is_active)| !is_active).map(|(uid, _)| uid).collect())
}

/// Of whom it has to be known whether they are active, `at_once` at the most, to find the two lowest positions of active members.
fn undecided<'p>(
    positions: &[(&'p Uid, Option<MessageId>)],
    is_active: &HashMap<Uid, bool>,
    at_once: usize,
) -> Vec<&'p Uid> {
    let mut sorted: Vec<_> = positions.iter().map(|(uid, at)| (*at, *uid)).collect();
    sorted.sort();
    let (mut n_active, mut next) = (0, Vec::new());
    for (_, uid) in sorted {
        match is_active.get(uid) {
            Some(true) => n_active += 1,
            Some(false) => {}
            None => next.push(uid),
        }
        if n_active == 2 || n_active + next.len() == at_once {
            break;
        }
    }
    next
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

    use model::receipt::{ReceiptWatermark, first_covering};
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
