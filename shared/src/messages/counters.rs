//! Counters of messages instead of messages (`count`; contract/messages.md, operations 2 to 4).

use std::cmp::Reverse;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::messages::{access, goals, history};
use crate::store::batch::Known;
use crate::store::error::StoreError;
use crate::store::has_spent;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationState, ParticipantState};
use model::filter::{MessageFilter, other_side};
use model::message::Message;
use model::page::{Affix, IdRange};
use model::uid::Uid;

/// The most messages of one conversation that are looked at to be counted; a counter of this size means "at least".
pub const MAX_COUNTED: usize = 1_000;
/// How many messages one read of a count asks for.
const COUNT_CHUNK: usize = 100;
/// Which share of the request's bound may be spent before nothing further is counted.
const COUNT_SHARE: f64 = 0.7;
/// How many conversations are counted at once.
const AT_ONCE: usize = 16;
/// How many states are read at once.
const STATES_AT_ONCE: usize = 100;

/// How many messages of a conversation a list would show.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counter {
    entity_id: String,
    entity_type: &'static str,
    count: usize,
}

/// A counter for each of these conversations that holds anything which the filter keeps. Those that the user had to do with
/// last come first, because not all are looked at where that would cost too much.
///
/// Cost: 1 round trip for the states of each 100, 1 read unit each, and that of [`count`] for each that may hold anything.
pub async fn of_several(
    app: &App,
    actor: &Actor,
    mut rows: Vec<ParticipantState>,
    filter: &MessageFilter,
    whose: &Uid,
) -> Result<Vec<Counter>, ApiError> {
    rows.sort_by_cached_key(|row| Reverse(row.touched()));
    let mut counted = Vec::new();
    for some in rows.chunks(STATES_AT_ONCE) {
        if has_spent(COUNT_SHARE) {
            break;
        }
        let alive = history::alive(app, some.to_vec(), Known::default(), ConversationState::messages).await?;
        counted.extend(counts(app, actor, alive, filter).await?);
    }
    shown(app, actor, counted, whose).await
}

/// The same of one conversation, whose state was read. Cost: that of [`count`].
pub async fn of_one(
    app: &App,
    actor: &Actor,
    row: ParticipantState,
    filter: &MessageFilter,
    whose: &Uid,
) -> Result<Vec<Counter>, ApiError> {
    let counted = counts(app, actor, vec![(row, IdRange::ALL)], filter).await?;
    shown(app, actor, counted, whose).await
}

/// How many messages there are of each conversation in its range, [`AT_ONCE`] counted at once.
async fn counts(
    app: &App,
    actor: &Actor,
    alive: Vec<(ParticipantState, IdRange)>,
    filter: &MessageFilter,
) -> Result<Vec<(ConversationId, usize)>, ApiError> {
    let counts = alive.into_iter().map(|(row, range)| count(app, actor, row, range, filter));
    stream::iter(counts.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await
}

async fn shown(
    app: &App,
    actor: &Actor,
    mut counted: Vec<(ConversationId, usize)>,
    whose: &Uid,
) -> Result<Vec<Counter>, ApiError> {
    counted.retain(|(_, count)| 0 < *count);
    if let Some(uid) = actor.uid() {
        let joined = access::joined_groups(app, uid, counted.iter().map(|(conversation, _)| conversation)).await?;
        counted.retain(|(conversation, _)| joined.may_read(conversation));
    }
    counted.sort();
    let counter = |(conversation, count): (ConversationId, usize)| {
        let other = other_side(&conversation, whose);
        Counter { entity_id: other.as_str().to_owned(), entity_type: other.receiver_type(), count }
    };
    Ok(counted.into_iter().map(counter).collect())
}

/// How many messages of a conversation the filter keeps, from the newest; reads only what may be unseen, if that is asked.
///
/// Cost: 1 round trip for each 100 messages looked at or MB, [`MAX_COUNTED`] at the most.
async fn count(
    app: &App,
    actor: &Actor,
    row: ParticipantState,
    range: IdRange,
    filter: &MessageFilter,
) -> Result<(ConversationId, usize), ApiError> {
    let mut left = history::reach(&row, filter).and_then(|reach| reach.and(range));
    let ParticipantState { conversation, leaving, .. } = row;
    let (mut count, mut n_examined) = (0, 0);
    while let Some(range) = left.filter(|_| n_examined < MAX_COUNTED && !has_spent(COUNT_SHARE)) {
        let slice = match app.store.messages(&conversation, range, Affix::Prepend, COUNT_CHUNK).await {
            Err(StoreError::TooMuchWork) => break,
            slice => slice?,
        };
        let is_there = |message: &&Message| !leaving.holds(&message.sender) && filter.keeps(message);
        let kept = slice.items.iter().filter(is_there);
        count += if filter.with_goal { goals::met(app, actor, kept).await?.len() } else { kept.count() };
        n_examined += slice.items.len();
        left = match slice.items.last() {
            Some(last) if !slice.is_all => range.beyond(last.id, Affix::Prepend),
            _ => None,
        };
    }
    Ok((conversation, count))
}
