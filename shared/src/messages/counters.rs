//! Counters of messages instead of messages (`count`; contract/messages.md, operations 2 to 4).

use std::cmp::Reverse;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::messages::{access, goals, history};
use crate::store::error::StoreError;
use crate::store::has_spent;
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::filter::{MessageFilter, other_side};
use model::message::Message;
use model::page::Affix;
use model::uid::Uid;

/// The most messages of one conversation that are looked at to be counted; a counter of this size means "at least".
pub const MAX_COUNTED: usize = 1_000;
/// How many messages one read of a count asks for.
const COUNT_CHUNK: usize = 100;
/// Which share of the request's bound may be spent before nothing further is counted.
const COUNT_SHARE: f64 = 0.7;
/// How many conversations are counted at once.
const AT_ONCE: usize = 16;

/// How many messages of a conversation a list would show.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counter {
    entity_id: String,
    entity_type: &'static str,
    count: usize,
}

/// A counter for each of these conversations that holds anything which the filter keeps.
///
/// Cost: that of [`count`] for each, 16 at once.
pub async fn of(
    app: &App,
    actor: &Actor,
    mut rows: Vec<ParticipantState>,
    filter: &MessageFilter,
    whose: &Uid,
) -> Result<Vec<Counter>, ApiError> {
    // Those that they had to do with last come first, should not all be looked at.
    rows.sort_by_cached_key(|row| Reverse(row.touched()));
    let counts = rows.into_iter().map(|row| count(app, actor, row, filter));
    let mut counted: Vec<(ConversationId, usize)> =
        stream::iter(counts.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await?;
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

/// Those of `rows` whose conversations hold anything, without what is deleted for everybody.
///
/// Cost: 1 round trip for each 100, 1 read unit a conversation.
pub async fn not_deleted(app: &App, rows: Vec<ParticipantState>) -> Result<Vec<ParticipantState>, ApiError> {
    let conversations: Vec<ConversationId> = rows.iter().map(|row| row.conversation.clone()).collect();
    let states = app.store.conversation_states(&conversations).await?;
    Ok(rows.into_iter().zip(states).filter_map(|(row, state)| Some(row.without(state?.absent()))).collect())
}

/// How many messages of a conversation the filter keeps, from the newest; reads only what may be unseen, if that is asked.
///
/// Cost: 1 round trip for each 100 messages looked at or MB, [`MAX_COUNTED`] at the most.
async fn count(
    app: &App,
    actor: &Actor,
    row: ParticipantState,
    filter: &MessageFilter,
) -> Result<(ConversationId, usize), ApiError> {
    let mut left = history::reach(&row, filter);
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
