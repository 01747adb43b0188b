//! Lists of messages: which conversations they reach, what the acting user has not seen, pages or counters (contract/
//! messages.md, operations 2 to 4).

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::app::App;
use crate::error::ApiError;
use crate::http::response::{self, Response};
use crate::identity::Actor;
use crate::messages::history;
use crate::messages::query::Listing;
use model::budget::Entries;
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::filter::{MessageFilter, Unseen, other_side};
use model::message::Message;
use model::page::{Affix, Page};
use model::problem::Code;
use model::receipt::Receipt;
use model::uid::Uid;

/// The most messages of one conversation that are counted; a counter of this size means "at least".
pub const MAX_COUNTED: usize = 10_000;
/// How many messages one read of a count asks for.
const COUNT_CHUNK: usize = 1_000;
/// How many conversations are counted at once.
const AT_ONCE: usize = 16;

/// Which messages a list reaches.
#[derive(Debug)]
pub enum Reach {
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
    pub async fn of(app: &App, actor: &Actor, listing: &Listing) -> Result<Reach, ApiError> {
        let Some(user) = actor.user() else {
            let named = listing.conversations.as_ref();
            let rows = named.map(|conversations| conversations.iter().cloned().map(ParticipantState::new).collect());
            return Ok(rows.map_or(Reach::Everything, Reach::Conversations));
        };
        let mut rows = app.store.own_conversations(user).await?;
        if let Some(named) = &listing.conversations {
            rows.retain(|row| named.contains(&row.conversation));
            if rows.is_empty() {
                let uid = &user.uid;
                let message = format!("The user {uid} is no party to such a conversation, or nobody wrote in it yet.");
                return Err(ApiError::new(Code::ConversationNotAccessible, message));
            }
        }
        Ok(Reach::Conversations(rows))
    }

    /// One conversation, with what it is to the acting user.
    ///
    /// Cost: nothing for the app, 1 round trip for a user.
    pub async fn one(app: &App, actor: &Actor, conversation: ConversationId) -> Result<Reach, ApiError> {
        Ok(Reach::One(match actor.user() {
            Some(user) => app.store.participant_state(user, &conversation).await?,
            None => ParticipantState::new(conversation),
        }))
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

/// Answers a list: a page of messages, or with `count` a counter for each conversation that has any.
///
/// `whose` is the user whose conversations they are; counters name the other side.
pub async fn answer(
    app: &App,
    actor: &Actor,
    listing: &Listing,
    reach: Reach,
    whose: &Uid,
) -> Result<Response, ApiError> {
    let filter = personal(app, actor, listing, &reach).await?;
    if listing.count {
        let counters = counters(app, reach, &filter, whose).await?;
        return Ok(response::whole_list(&Entries::first(&counters)));
    }
    let request = &listing.request;
    let page = match reach {
        Reach::Everything => history::everything(app, request, &filter).await?,
        Reach::One(row) => history::conversation(app, row, request, &filter).await?,
        Reach::Conversations(mut rows) => {
            rows.retain(|row| filter.can_keep_from(&row.conversation));
            history::merged(app, rows, request, &filter).await?
        }
    };
    page_answer(app, actor, listing, page).await
}

/// Answers a page of messages.
pub async fn page_answer(
    app: &App,
    actor: &Actor,
    listing: &Listing,
    page: Page<Message>,
) -> Result<Response, ApiError> {
    let viewing = listing.viewing.clone().by(actor);
    let views = viewing.all(app, &page.items).await?;
    let (entries, meta) = response::page(page, &views, &listing.request, |message| message.id);
    Ok(response::list(&entries, &meta))
}

/// The filter with what it means to the acting user.
async fn personal(app: &App, actor: &Actor, listing: &Listing, reach: &Reach) -> Result<MessageFilter, ApiError> {
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
    let rows: &[ParticipantState] = match reach {
        Reach::Everything => &[],
        Reach::Conversations(rows) => rows,
        Reach::One(row) => std::slice::from_ref(row),
    };
    let mut unseen = |up_to: HashMap<_, _>| filter.unseen.push(Unseen { by: uid.clone(), up_to });
    if listing.unread {
        unseen(rows.iter().filter_map(|row| Some((row.conversation.clone(), row.seen(Receipt::Read)?))).collect());
    }
    if listing.undelivered {
        unseen(rows.iter().filter_map(|row| Some((row.conversation.clone(), row.seen(Receipt::Delivered)?))).collect());
    }
    Ok(filter)
}

async fn counters(app: &App, reach: Reach, filter: &MessageFilter, whose: &Uid) -> Result<Vec<Counter>, ApiError> {
    if let Reach::Everything = reach {
        return Err(ApiError::field("count", "needs an acting user or a conversationId."));
    }
    let rows = reach.rows();
    let counts = rows.into_iter().map(|row| count(app, row, filter));
    let mut counted: Vec<(ConversationId, usize)> =
        stream::iter(counts.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).try_collect().await?;
    counted.retain(|(_, count)| 0 < *count);
    counted.sort();
    let counter = |(conversation, count): (ConversationId, usize)| {
        let other = other_side(&conversation, whose);
        Counter { entity_id: other.as_str().to_owned(), entity_type: other.receiver_type(), count }
    };
    Ok(counted.into_iter().map(counter).collect())
}

/// How many messages of a conversation the filter keeps; reads only what may be unseen, if that is asked.
///
/// Cost: 1 round trip for each 1,000 messages looked at or MB, [`MAX_COUNTED`] at the most.
async fn count(app: &App, row: ParticipantState, filter: &MessageFilter) -> Result<(ConversationId, usize), ApiError> {
    let mut left = history::reach(&row, filter);
    let conversation = row.conversation;
    let (mut count, mut n_examined) = (0, 0);
    while let Some(span) = left.filter(|_| n_examined < MAX_COUNTED) {
        let slice = app.store.messages(&conversation, span, Affix::Append, COUNT_CHUNK).await?;
        count += slice.items.iter().filter(|message| filter.keeps(message)).count();
        n_examined += slice.items.len();
        left = match slice.items.last() {
            Some(last) if !slice.is_all => span.beyond(last.id, Affix::Append),
            _ => None,
        };
    }
    Ok((conversation, count))
}
