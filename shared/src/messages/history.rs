//! Pages through one conversation, several merged, or all, filtered, without skipping or repeating anything.

use std::collections::HashMap;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Actor, Caller};
use crate::store::batch::{Batch, Known};
use crate::store::error::StoreError;
use crate::store::has_spent;
use crate::store::message::{Pointed, Shard};
use crate::store::partition::Rows;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationState, ParticipantState};
use model::filter::MessageFilter;
use model::id::MessageId;
use model::leaving::Leaving;
use model::message::Message;
use model::page::{Affix, IdRange, Page, PageRequest};
use model::uid::Uid;

use crate::messages::merge::{Merge, Source};

/// The most messages that one request looks at to fill its page; then the cursor leads on from there.
pub const MAX_EXAMINED: usize = 2_000;
/// The same while its page is empty: clients take an empty page for the end. Together with [`MAX_SEARCHED_BYTES`] at most
/// 1,500 read units, because DynamoDB reads 4 KB for one.
pub const MAX_SEARCHED: usize = 5_000;
/// How much of messages one request looks at while its page is empty, in bytes of JSON.
const MAX_SEARCHED_BYTES: usize = 6 * 1024 * 1024;
/// How many messages of a conversation a search looks at first: as many short ones as a read unit holds.
const SEARCHED_AT_ONCE: usize = 20;
/// Up to how many conversations.
const SEARCHED_TOGETHER: usize = 4;
/// Which share of the request's bound may be spent before no further messages are read.
const SHARE: f64 = 0.4;
/// Where reading for a page ends, in bytes of JSON: a little more of it than an answer holds is never shown. What the
/// answer really holds is cut when it is written; see [`model::budget`].
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// A page of one conversation.
///
/// Cost: 1 round trip as a rule; a filter that drops much adds more, up to [`MAX_EXAMINED`] messages, or
/// [`MAX_SEARCHED`] if it drops all.
pub async fn conversation(
    app: &App,
    row: ParticipantState,
    request: &PageRequest,
    filter: &MessageFilter,
) -> Result<Page<Message>, ApiError> {
    let range = request.range.zip(reach(&row, filter)).and_then(|(range, reach)| range.and(reach));
    let Some(range) = range else { return Ok(Page::empty()) };
    let sources = vec![Source::new(row.conversation, range)];
    let merge = Merge::new(&app.store, sources, request.affix, looked_at(request.limit.get() + 1, 1, filter));
    filled(app, merge, Filling { leaving: row.leaving, ..Filling::new(request, filter) }).await
}

/// A page of what is merged, as it is there while somebody is being deleted.
async fn filled(
    app: &App,
    mut merge: Merge<'_, ConversationId>,
    mut filling: Filling<'_>,
) -> Result<Page<Message>, ApiError> {
    while filling.wants_more() {
        merge.searches(filling.items.is_empty());
        let Some(message) = merge.next().await? else { break };
        filling.take(message);
    }
    let leaving = std::mem::take(&mut filling.leaving);
    let page = filling.page(!merge.is_done())?;
    Ok(Page { items: app.store.without_leaving(page.items, &leaving).await?, ..page })
}

/// Up to how many conversations are merged by their states, a read unit each.
pub const MAX_MERGED: usize = 500;

/// Who asks for what is in all their conversations, and the first rows of these; their states too, where calls take turns.
///
/// Cost: 1 round trip; see [`identity::actor_beside`].
pub async fn asked(app: &App, caller: &Caller) -> Result<(Actor, Known, Option<Rows<ParticipantState>>), ApiError> {
    let first = |uid: Uid| async move { app.store.first_conversations(&uid).await };
    let wanted = |_: Option<&Uid>, first: Option<&Rows<ParticipantState>>| {
        first.into_iter().fold(Batch::default(), Batch::conversations)
    };
    identity::actor_beside(app, caller, wanted, first).await
}

/// Several conversations that pages are read of.
#[derive(Debug)]
pub enum Conversations {
    /// Each with the ids among which it holds anything that is looked for.
    Alive(Vec<(ParticipantState, IdRange)>),
    /// More than a request looks at one by one: their messages are picked out of all.
    Many(HashMap<ConversationId, ParticipantState>),
}

impl Conversations {
    /// Looks at them; `sought` says among which ids of a conversation there may be what is looked for.
    ///
    /// Cost: 1 round trip for the states of each 100, 1 read unit each; nothing for more than [`MAX_MERGED`].
    pub async fn of(
        app: &App,
        rows: Vec<ParticipantState>,
        known: Known,
        sought: impl Fn(&ConversationState) -> Option<IdRange>,
    ) -> Result<Conversations, ApiError> {
        if MAX_MERGED < rows.len() {
            return Ok(Conversations::Many(rows.into_iter().map(|row| (row.conversation.clone(), row)).collect()));
        }
        Ok(Conversations::Alive(alive(app, rows, known, sought).await?))
    }
}

/// Those of `rows` whose conversations hold anything that is sought, as [`Conversations::of`] says it.
///
/// Cost: 1 round trip for the states of each 100, 1 read unit each.
pub async fn alive(
    app: &App,
    rows: Vec<ParticipantState>,
    known: Known,
    sought: impl Fn(&ConversationState) -> Option<IdRange>,
) -> Result<Vec<(ParticipantState, IdRange)>, ApiError> {
    let conversations: Vec<ConversationId> = rows.iter().map(|row| row.conversation.clone()).collect();
    let states = app.store.conversation_states(&conversations, known).await?;
    let alive = rows.into_iter().zip(states).filter_map(|(row, state)| {
        let state = state?;
        let alive = sought(&state)?;
        Some((row.without(state.absent()), alive))
    });
    Ok(alive.collect())
}

/// A page of several conversations merged by id.
///
/// Cost: 1 round trip for each conversation that has a message on the page or beside it, 16 at once. Going back from the
/// newest, conversations that went quiet earlier cost nothing. Of more than [`MAX_MERGED`]: that of [`everything`], and of
/// looking at pointers to the messages of others, 40 for a read unit.
pub async fn merged(
    app: &App,
    conversations: &Conversations,
    request: &PageRequest,
    filter: &MessageFilter,
) -> Result<Page<Message>, ApiError> {
    let Some(range) = request.range else { return Ok(Page::empty()) };
    let alive = match conversations {
        Conversations::Alive(alive) => alive,
        Conversations::Many(rows) => return picked(app, request, filter, Some(rows)).await,
    };
    let sources: Vec<Source<ConversationId, Message>> = alive
        .iter()
        .filter_map(|(row, alive)| {
            let reach = reach(row, filter)?.and(*alive)?;
            Some(Source::new(row.conversation.clone(), reach.and(range)?))
        })
        .collect();
    let share = request.limit.get().div_ceil(sources.len().clamp(1, 4)) + 1;
    let n_sources = sources.len();
    let merge = Merge::new(&app.store, sources, request.affix, looked_at(share, n_sources, filter));
    let mut leaving = Leaving::default();
    alive.iter().for_each(|(row, _)| leaving.extend(&row.leaving));
    filled(app, merge, Filling { leaving, ..Filling::new(request, filter) }).await
}

/// How many messages of each of so many conversations are read at once, of which so many are wanted. A search looks at more, where
/// that takes nothing of the bound from reading all of them at the same time.
fn looked_at(wanted: usize, n_conversations: usize, filter: &MessageFilter) -> usize {
    let is_of_few = n_conversations <= SEARCHED_TOGETHER;
    if filter.is_search() && is_of_few { wanted.max(SEARCHED_AT_ONCE) } else { wanted }
}

/// The messages of a conversation that its user can see and the filter can keep.
pub fn reach(row: &ParticipantState, filter: &MessageFilter) -> Option<IdRange> {
    row.visible()?.and(filter.reach(&row.conversation)?)
}

/// A page of all messages of the app.
///
/// Cost: 64 queries of pointers, 16 at once, whatever the history, and now and then a few more; then 1 round trip for
/// each 100 messages looked at. 64 read units and 1 a message.
pub async fn everything(app: &App, request: &PageRequest, filter: &MessageFilter) -> Result<Page<Message>, ApiError> {
    picked(app, request, filter, None).await
}

/// How many messages are read at once that pointers name: one batch of the store, and less when they might cost too much.
fn messages_at_once() -> usize {
    if has_spent(SHARE / 2.0) { 25 } else { 100 }
}

/// A page of all messages of the app, or of those of some conversations as far as their states show them.
async fn picked(
    app: &App,
    request: &PageRequest,
    filter: &MessageFilter,
    rows: Option<&HashMap<ConversationId, ParticipantState>>,
) -> Result<Page<Message>, ApiError> {
    let Some(range) = request.range else { return Ok(Page::empty()) };
    let shards: Vec<_> = Shard::all().map(|shard| Source::new(shard, range)).collect();
    // Ids fall into shards by chance, so a share and a half, and some, nearly always suffices.
    let share = request.limit.get().div_ceil(shards.len()) * 3 / 2 + 3;
    let mut merge = Merge::new(&app.store, shards, request.affix, share);
    // Each message is a read unit here, however small.
    let mut filling = Filling { most_searched: MAX_EXAMINED, ..Filling::new(request, filter) };
    let is_picked = |pointer: &Pointed| match rows {
        None => true,
        Some(rows) => rows
            .get(&pointer.conversation)
            .and_then(|row| reach(row, filter))
            .is_some_and(|reach| reach.holds(pointer.id)),
    };
    while filling.wants_more() && !has_spent(SHARE) {
        let (mut pointers, mut passed, at_once) = (Vec::new(), None, filling.room().min(messages_at_once()));
        while pointers.len() < at_once {
            let Some(pointer) = merge.next().await? else { break };
            if is_picked(&pointer) { pointers.push(pointer) } else { passed = Some(pointer.id) }
        }
        if pointers.is_empty() {
            filling.pass(passed);
            break;
        }
        let keys = pointers.iter().map(|pointer| (&pointer.conversation, pointer.id));
        let mut messages = app.store.messages_by_id(keys).await?;
        messages.sort_by_key(|message| message.id);
        if request.affix == Affix::Prepend {
            messages.reverse();
        }
        let n_messages = messages.len();
        for (n_taken, message) in messages.into_iter().enumerate() {
            if !filling.wants_more() {
                return filling.page(n_taken < n_messages || !merge.is_done());
            }
            filling.take(message);
        }
        filling.pass(pointers.last().map(|pointer| pointer.id).filter(|_| filling.wants_more()));
    }
    filling.page(!merge.is_done())
}

/// A page being filled.
struct Filling<'a> {
    request: &'a PageRequest,
    filter: &'a MessageFilter,
    /// Whose messages are not there.
    leaving: Leaving,
    items: Vec<Message>,
    bytes: usize,
    n_examined: usize,
    bytes_examined: usize,
    most_searched: usize,
    reached: Option<MessageId>,
}

impl<'a> Filling<'a> {
    fn new(request: &'a PageRequest, filter: &'a MessageFilter) -> Filling<'a> {
        Filling {
            request,
            filter,
            leaving: Leaving::default(),
            items: Vec::new(),
            bytes: 0,
            n_examined: 0,
            bytes_examined: 0,
            most_searched: MAX_SEARCHED,
            reached: None,
        }
    }

    fn room(&self) -> usize {
        self.request.limit.get().saturating_sub(self.items.len())
    }

    fn wants_more(&self) -> bool {
        if self.items.is_empty() {
            return self.n_examined < self.most_searched && self.bytes_examined < MAX_SEARCHED_BYTES;
        }
        0 < self.room() && self.n_examined < MAX_EXAMINED && self.bytes < MAX_PAGE_BYTES
    }

    fn take(&mut self, message: Message) {
        self.n_examined += 1;
        self.reached = Some(message.id);
        let bytes = message.approximate_bytes();
        self.bytes_examined += bytes;
        if !self.leaving.holds(&message.sender) && self.filter.keeps(&message) {
            self.bytes += bytes;
            self.items.push(message);
        }
    }

    /// Notes that nothing up to this id is on the page.
    fn pass(&mut self, id: Option<MessageId>) {
        self.reached = id.or(self.reached);
    }

    /// The page; a request that could not look at anything is refused, because nothing would lead on.
    fn page(mut self, has_more: bool) -> Result<Page<Message>, ApiError> {
        if has_more && self.reached.is_none() {
            return Err(StoreError::TooMuchWork.into());
        }
        if self.request.affix == Affix::Prepend {
            self.items.reverse();
        }
        Ok(Page { items: self.items, reached: self.reached, has_more })
    }
}
