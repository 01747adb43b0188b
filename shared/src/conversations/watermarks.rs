//! How far all members of a group have come in reading it (contract/related.md, "Receipts").

use std::collections::{BTreeSet, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::conversations::positions::{at, away, common};
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

/// How many messages that receipts do not count for are passed by to find one for which they do.
const MOST_PASSED: usize = 10;
/// How many members' watermarks are looked at together.
const AT_ONCE: usize = 16;

/// Whether receipts of all members of a group may be kept: few enough are looked at.
pub(crate) fn may_be_kept(group: &Group) -> bool {
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
