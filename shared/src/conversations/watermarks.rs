//! How far all members of a group have come in reading it (contract/related.md, "Receipts").

use std::collections::{BTreeSet, HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use crate::store::batch::Batch;
use crate::store::error::StoreError;
use crate::store::message::Slice;
use crate::store::receipt::Moved;
use crate::store::tries::Tries;
use crate::store::whole_group::Noted;
use model::common_watermarks::CommonWatermark;
use model::conversation::ConversationId;
use model::conversation_state::ConversationState;
use model::event::{Audience, Event, EventKind, MemberChange, Origin};
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
async fn are_kept(app: &App, group: &Group) -> Result<bool, ApiError> {
    if !may_be_kept(group) {
        return Ok(false);
    }
    Ok(app.tells_receipts_among(group.members_count)
        || app.tells_receipts_among(app.store.count_live(&group.guid, app.now()).await? as u64))
}

/// By what members of a group may have come further together.
struct News<'e> {
    guid: &'e Guid,
    /// Which receipts.
    receipts: &'static [Receipt],
    /// Who gave one, and up to where they had come before; nobody if it is that somebody waits for one member less.
    reader: Option<(&'e Uid, Option<MessageId>)>,
}

impl News<'_> {
    fn of(event: &Event) -> Option<News<'_>> {
        match (&event.audience, &event.kind) {
            (Audience::Conversation(ConversationId::Group(guid)), EventKind::Delivered { from, .. }) => {
                Some(News { guid, receipts: &[Receipt::Delivered], reader: Some((&event.actor, *from)) })
            }
            // Who reads has received as much before, at the least.
            (Audience::Conversation(ConversationId::Group(guid)), EventKind::Read { from, .. }) => {
                Some(News { guid, receipts: &Receipt::ALL, reader: Some((&event.actor, *from)) })
            }
            (Audience::Group(guid), EventKind::Member { change, .. }) => {
                let is_departure = matches!(change, MemberChange::Left | MemberChange::Kicked | MemberChange::Banned);
                is_departure.then_some(News { guid, receipts: &Receipt::ALL, reader: None })
            }
            _ => None,
        }
    }
}

/// Notes how far all members of a group have come by what this event tells: that one of them gave a receipt, or is a member no
/// more, for whose receipts nobody waits then. For whoever is told by the table's stream: no request waits for it, and of two
/// members whose receipts come at once the one who is told of last sees both.
///
/// It may be told late, twice, of who is gone, or by two at once: what is noted is how far all have come by now, and nothing is
/// noted twice. Where members have stepped back meanwhile, it is what they have read still; see `store/whole_group.rs` for why
/// nothing false is noted even then. Should an event be lost, as those are that fail three times, the next receipt in the
/// group notes what it left.
///
/// Cost: nothing for other events; else 1 round trip and 2 read units; that of [`are_kept`]; 1 query of the members; 1 round trip
/// and 2 read units as a rule for who of them is deactivated; if they have come further, that of [`note`].
pub async fn follow(app: &App, event: &Event) -> Result<(), ApiError> {
    let Some(news) = News::of(event) else { return Ok(()) };
    let origin = Origin { actor: event.actor.clone(), device: event.device.clone() };
    let conversation = ConversationId::Group(news.guid.clone());
    let mut tries = Tries::begin();
    loop {
        // Before the positions; see `store/whole_group.rs`.
        let known = app.store.know(Batch::default().group(news.guid).conversation(&conversation)).await?;
        let Some((group, state)) = known.group(news.guid)?.zip(known.conversation(&conversation)?) else {
            return Ok(());
        };
        if !are_kept(app, &group).await? {
            return Ok(());
        }
        let Some(positions) = app.store.positions(news.guid, Receipt::MAX_MEMBERS).await? else { return Ok(()) };
        let away = away(app, &positions, news.receipts).await?;
        let waited: Vec<&Position> = positions.iter().filter(|position| !away.contains(&position.uid)).collect();
        let marks = news.receipts.iter().flat_map(|receipt| due(&waited, *receipt, news.reader, &state));
        let marks = marks.map(|(id, receipt, subject)| {
            let last = waited.iter().filter_map(|position| position.since(receipt)).max();
            // All have come so far since the last of them did, whenever that is noted.
            CommonWatermark { id, receipt, subject, at: event.at().seconds().max(last.unwrap_or_default()) }
        });
        if note(app, &origin, news.guid, &state, marks.collect()).await? == Moved::Done {
            return Ok(());
        }
        tries.again().await?;
    }
}

/// How far those have come for whom others wait, as far as it is since `reader` had come to where they were: what was so since
/// somebody joined is no news of anybody's receipts. What an event that was lost should have noted is looked for where the state
/// can tell that it is not noted.
fn due(
    positions: &[&Position],
    receipt: Receipt,
    reader: Option<(&Uid, Option<MessageId>)>,
    state: &ConversationState,
) -> Vec<(MessageId, Receipt, ReceiptSubject)> {
    let now = at(positions, receipt);
    let known = reader.map_or_else(Vec::new, |(reader, from)| {
        let before = positions.iter().zip(&now).map(|(position, (uid, at))| match *uid == reader {
            true => (*uid, from.max(position.start_id).min(*at)),
            false => (*uid, *at),
        });
        common(&before.collect::<Vec<_>>())
    });
    let is_given = |id| positions.iter().any(|position| position.given(receipt) == Some(id));
    let is_told = |id| state.common.as_ref().is_some_and(|common| common.tells(id));
    let is_due = |due: &(ReceiptSubject, MessageId)| !known.contains(due) || (is_given(due.1) && is_told(due.1));
    common(&now).into_iter().filter(is_due).map(|(subject, id)| (id, receipt, subject)).collect()
}

/// Notes watermarks of all members, or of all but one, that are not noted yet, each with its event if it comes past any message;
/// stale if others changed since `state` was read, which was before the positions were.
///
/// Cost: that of [`last_counted`] for each, at once; 1 round trip, 2 write units for each and 2.
async fn note(
    app: &App,
    origin: &Origin,
    guid: &Guid,
    state: &ConversationState,
    mut marks: Vec<CommonWatermark>,
) -> Result<Moved, ApiError> {
    marks.retain(|mark| !state.common.as_ref().is_some_and(|common| common.holds(mark)));
    let conversation = &ConversationId::Group(guid.clone());
    let told: BTreeSet<(Option<Uid>, MessageId)> = marks.iter().map(|mark| (without(mark), mark.id)).collect();
    let looks = told.into_iter().map(|(sender, id)| async move {
        let up_to = last_counted(app, conversation, state, sender.as_ref(), id).await?;
        Ok::<_, ApiError>(((sender, id), up_to))
    });
    let looks = stream::iter(looks.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
    let up_to: HashMap<_, Option<MessageId>> = looks.try_collect().await?;
    let noted = marks.into_iter().map(|mark| {
        let sender = without(&mark);
        let event = up_to.get(&(sender.clone(), mark.id)).copied().flatten().map(|up_to| {
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

/// Who has come how far.
fn at<'p>(positions: &[&'p Position], receipt: Receipt) -> Vec<(&'p Uid, Option<MessageId>)> {
    positions.iter().map(|position| (&position.uid, position.at(receipt))).collect()
}

/// Those of the members for whom nobody waits, because they are deactivated, as far as that decides anything: only the lowest
/// positions do, so only they are looked up, until two are found who are active.
///
/// Cost: 1 round trip and 2 read units or three as a rule; more for each deactivated member who is behind.
async fn away(app: &App, positions: &[Position], receipts: &[Receipt]) -> Result<HashSet<Uid>, ApiError> {
    let positions: Vec<&Position> = positions.iter().collect();
    let mut is_active: HashMap<Uid, bool> = HashMap::new();
    // Of fewer than two nothing follows; see `common`.
    while 2 <= positions.len() {
        let at_once = if is_active.is_empty() { 2 } else { 50 };
        let of = |receipt: &Receipt| undecided(&at(&positions, *receipt), &is_active, at_once);
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
