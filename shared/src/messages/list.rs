//! Lists of messages: which conversations they reach, what the acting user has not seen, pages or counters (contract/
//! messages.md, operations 2 to 4).

use std::cmp::Reverse;
use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Actor, Caller};
use crate::messages::access;
use crate::messages::history::{self, Conversations};
use crate::messages::marked;
use crate::messages::query::Listing;
use crate::parts;
use crate::store::error::StoreError;
use crate::store::has_spent;
use model::budget::Entries;
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::filter::{MessageFilter, Unseen, other_side};
use model::listed::{Listed, MessagesMeta};
use model::marks::MarkKind;
use model::message::Message;
use model::page::{Affix, Page};
use model::problem::Code;
use model::receipt::Receipt;
use model::uid::{Guid, Uid};

/// The most messages of one conversation that are looked at to be counted; a counter of this size means "at least".
pub const MAX_COUNTED: usize = 1_000;
/// How many messages one read of a count asks for.
const COUNT_CHUNK: usize = 100;
/// Which share of the request's bound may be spent before nothing further is counted.
const COUNT_SHARE: f64 = 0.7;
/// How many conversations are counted at once.
const AT_ONCE: usize = 16;

/// Which messages a list reaches.
#[derive(Debug)]
enum Reach {
    /// Every message of the app.
    Everything,
    /// Those of several conversations, merged.
    Conversations(Vec<ParticipantState>),
    /// Those of one conversation.
    One(ParticipantState),
}

impl Reach {
    /// What `GET /messages` reaches: everything for the app, their own conversations for a user, or of these the ones
    /// that the query names.
    ///
    /// Cost: nothing for the app, 1 round trip for a user.
    async fn of(app: &App, actor: &Actor, listing: &Listing) -> Result<Reach, ApiError> {
        let Some(user) = actor.user() else {
            let named = listing.conversations.as_ref();
            let rows = named.map(|conversations| conversations.iter().cloned().map(ParticipantState::new).collect());
            return Ok(rows.map_or(Reach::Everything, Reach::Conversations));
        };
        let mut rows = app.store.listed_conversations(user).await?;
        if let Some(named) = &listing.conversations {
            rows.retain(|row| named.contains(&row.conversation));
            if rows.is_empty() {
                let uid = &user.uid;
                let message =
                    format!("The user {uid} is not a participant of this conversation, or nobody wrote in it yet.");
                return Err(ApiError::new(Code::ConversationNotAccessible, message));
            }
        }
        Ok(Reach::Conversations(rows))
    }

    /// One conversation, with the acting user's state of it.
    ///
    /// Cost: 1 round trip; 1 read unit, 2 for a user.
    async fn one(app: &App, actor: &Actor, conversation: ConversationId) -> Result<Reach, ApiError> {
        Ok(Reach::One(match actor.user() {
            Some(user) => app.store.participant_state(user, &conversation).await?,
            None => {
                let absent = app.store.absent(&conversation).await?;
                ParticipantState::new(conversation).without(absent)
            }
        }))
    }

    fn states(&self) -> &[ParticipantState] {
        match self {
            Reach::Everything => &[],
            Reach::Conversations(rows) => rows,
            Reach::One(row) => std::slice::from_ref(row),
        }
    }

    fn rows(self) -> Vec<ParticipantState> {
        match self {
            Reach::Everything => Vec::new(),
            Reach::Conversations(rows) => rows,
            Reach::One(row) => vec![row],
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Counter {
    entity_id: String,
    entity_type: &'static str,
    count: usize,
}

/// The messages of the acting user's conversations, or of the whole app. What is wrong with the query is said to those
/// who may ask.
///
/// Cost: that of [`history::merged`] or [`history::everything`], 1 round trip more for a user, and that of showing
/// them.
pub async fn all(
    app: &App,
    caller: &Caller,
    listing: Result<Listing, ApiError>,
) -> Result<Listed<MessagesMeta>, ApiError> {
    let actor = identity::actor(app, caller).await?;
    let listing = listing?;
    let reach = Reach::of(app, &actor, &listing).await?;
    list(app, &actor, &listing, reach, &actor.as_user().uid).await
}

/// The messages between the acting user and another; for the app, all one-to-one messages of a user.
///
/// Cost: 3 round trips, and that of showing them; for the app that of [`history::merged`].
pub async fn with_user(
    app: &App,
    caller: &Caller,
    uid: Result<Uid, ApiError>,
    listing: Result<Listing, ApiError>,
) -> Result<Listed<MessagesMeta>, ApiError> {
    let actor = identity::actor(app, caller).await?;
    let uid = uid?;
    access::user(app, &uid).await?;
    let listing = listing?;
    let Some(user) = actor.user() else {
        let mut rows = app.store.conversations_of(&uid).await?;
        rows.retain(|row| row.conversation.is_between(&uid));
        return list(app, &actor, &listing, Reach::Conversations(rows), &uid).await;
    };
    let reach = Reach::one(app, &actor, ConversationId::between(&user.uid, &uid)).await?;
    list(app, &actor, &listing, reach, &user.uid).await
}

/// The messages of a group, for its members and the app.
///
/// Cost: 3 round trips, and that of showing them.
pub async fn of_group(
    app: &App,
    caller: &Caller,
    guid: Result<Guid, ApiError>,
    listing: Result<Listing, ApiError>,
) -> Result<Listed<MessagesMeta>, ApiError> {
    let actor = identity::actor(app, caller).await?;
    let guid = guid?;
    let (group, membership) = app.store.group_for(&guid, actor.uid()).await?;
    let group = access::known_group(group, &guid, actor.uid().map(|_| &membership))?;
    let listing = listing?;
    if let Some(uid) = actor.uid() {
        access::require_member(&membership, &guid, uid)?;
    }
    let reach = Reach::one(app, &actor, group.conversation()).await?;
    list(app, &actor, &listing, reach, &actor.as_user().uid).await
}

/// A page of messages, or with `count` a counter for each conversation that has any.
///
/// `whose` is the user whose conversations they are; counters name the other side.
async fn list(
    app: &App,
    actor: &Actor,
    listing: &Listing,
    reach: Reach,
    whose: &Uid,
) -> Result<Listed<MessagesMeta>, ApiError> {
    let filter = personal(app, actor, listing, reach.states()).await?;
    let mut listing = listing.clone();
    listing.viewing.hidden_senders = filter.hidden_senders.clone();
    if let Some(request) = &listing.marks {
        let is_of_one = matches!(reach, Reach::One(_)) || listing.conversations.is_some();
        if request.kind == MarkKind::Pinned && !is_of_one {
            return Err(ApiError::field("pinned", "needs a conversation: name its user, group or conversationId."));
        }
        return Ok(marked::list(app, actor, &listing, request, reach.rows(), &filter).await?.into());
    }
    if listing.count {
        let counters = counters(app, actor, reach, &filter, whose).await?;
        return Ok(Listed::whole(Entries::first(&counters)));
    }
    let request = &listing.request;
    let page = match reach {
        Reach::Everything => history::everything(app, request, &filter).await?,
        Reach::One(row) => history::conversation(app, row, request, &filter).await?,
        Reach::Conversations(mut rows) => {
            rows.retain(|row| filter.can_keep_from(&row.conversation));
            let conversations = Conversations::of(app, rows).await?;
            let mut page = history::merged(app, &conversations, request, &filter).await?;
            if let Some(uid) = actor.uid() {
                let on_page = page.items.iter().map(|message| &message.conversation);
                let joined = access::joined_groups(app, uid, on_page).await?;
                page.items.retain(|message| joined.may_read(&message.conversation));
            }
            page
        }
    };
    Ok(shown(app, actor, &listing, page).await?.into())
}

/// A page of messages as the actor sees them, cut where showing more would cost too much. Cost: that of
/// [`Viewing::all`](super::render::Viewing::all).
pub async fn shown(app: &App, actor: &Actor, listing: &Listing, mut page: Page<Message>) -> Result<Listed, ApiError> {
    let (request, viewing) = (&listing.request, &listing.viewing.clone().by(actor));
    let mut in_reading_order = page.items.clone();
    if request.affix == Affix::Prepend {
        in_reading_order.reverse();
    }
    let mut views = parts::of(&in_reading_order, |part| async move { viewing.all(app, &part).await }).await?;
    page.cut(views.len(), request.affix, |message| message.id);
    if request.affix == Affix::Prepend {
        views.reverse();
    }
    Ok(Listed::page(page, &views, request, |message| message.id))
}

/// The filter with what it means to the acting user, who has these states of the conversations that it reaches.
pub async fn personal(
    app: &App,
    actor: &Actor,
    listing: &Listing,
    rows: &[ParticipantState],
) -> Result<MessageFilter, ApiError> {
    let mut filter = listing.filter.clone();
    let Some(uid) = actor.uid() else {
        for (is_asked, name) in [(listing.unread, "unread"), (listing.undelivered, "undelivered")] {
            if is_asked {
                return Err(ApiError::field(name, "needs an acting user."));
            }
        }
        return Ok(filter);
    };
    if listing.my_mentions_only {
        filter.mentioned_uids = vec![uid.clone()];
    }
    if listing.hide_blocked {
        filter.hidden_senders = app.store.blocked_by(uid).await?.into_iter().map(|block| block.uid).collect();
    }
    let mut unseen = |up_to: HashMap<_, _>| filter.unseen.push(Unseen { by: uid.clone(), up_to });
    if listing.unread {
        unseen(rows.iter().filter_map(|row| Some((row.conversation.clone(), row.seen(Receipt::Read)?))).collect());
    }
    if listing.undelivered {
        unseen(rows.iter().filter_map(|row| Some((row.conversation.clone(), row.seen(Receipt::Delivered)?))).collect());
    }
    Ok(filter)
}

async fn counters(
    app: &App,
    actor: &Actor,
    reach: Reach,
    filter: &MessageFilter,
    whose: &Uid,
) -> Result<Vec<Counter>, ApiError> {
    if let Reach::Everything = reach {
        return Err(ApiError::field("count", "needs an acting user or a conversationId."));
    }
    let mut rows = match reach {
        Reach::One(row) => vec![row],
        reach => not_deleted(app, reach.rows()).await?,
    };
    // Those that they had to do with last come first, should not all be looked at.
    rows.sort_by_cached_key(|row| Reverse(row.touched()));
    let counts = rows.into_iter().map(|row| count(app, row, filter));
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
async fn not_deleted(app: &App, rows: Vec<ParticipantState>) -> Result<Vec<ParticipantState>, ApiError> {
    let conversations: Vec<ConversationId> = rows.iter().map(|row| row.conversation.clone()).collect();
    let states = app.store.conversation_states(&conversations).await?;
    Ok(rows.into_iter().zip(states).filter_map(|(row, state)| Some(row.without(state?.absent()))).collect())
}

/// How many messages of a conversation the filter keeps, from the newest; reads only what may be unseen, if that is asked.
///
/// Cost: 1 round trip for each 100 messages looked at or MB, [`MAX_COUNTED`] at the most.
async fn count(app: &App, row: ParticipantState, filter: &MessageFilter) -> Result<(ConversationId, usize), ApiError> {
    let mut left = history::reach(&row, filter);
    let ParticipantState { conversation, leaving, .. } = row;
    let (mut count, mut n_examined) = (0, 0);
    while let Some(range) = left.filter(|_| n_examined < MAX_COUNTED && !has_spent(COUNT_SHARE)) {
        let slice = match app.store.messages(&conversation, range, Affix::Prepend, COUNT_CHUNK).await {
            Err(StoreError::TooMuchWork) => break,
            slice => slice?,
        };
        let is_there = |message: &&Message| !leaving.holds(&message.sender) && filter.keeps(message);
        count += slice.items.iter().filter(is_there).count();
        n_examined += slice.items.len();
        left = match slice.items.last() {
            Some(last) if !slice.is_all => range.beyond(last.id, Affix::Prepend),
            _ => None,
        };
    }
    Ok((conversation, count))
}
