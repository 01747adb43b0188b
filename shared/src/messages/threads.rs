//! The list of threads (contract/extras.md, "Threads").

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Actor, Caller};
use crate::messages::access;
use crate::messages::history::{self, Conversations};
use crate::messages::named;
use crate::messages::query;
use crate::messages::render::Viewing;
use crate::messages::unread_replies::{self, Unread};
use crate::parts;
use crate::store::batch::{Freshness, Known};
use crate::store::has_spent;
use model::budget::Entries;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationState, ParticipantState};
use model::filter::MessageFilter;
use model::id::MessageId;
use model::listed::Listed;
use model::message::{Message, Receiver};
use model::message_view::MessageView;
use model::page::{Affix, Cursor, IdRange, Limit, Page, PageRequest};
use model::query::Query;
use model::time::Seconds;
use model::uid::Uid;
use model::user::User;

/// Who asks, and which conversations they ask for; all, if there is no list of them.
struct Asked {
    actor: Actor,
    rows: Option<Vec<ParticipantState>>,
    /// What was read with the proof, as it is by now.
    known: Known,
}

/// How often one request reads on when the replies it found are not the last of their threads.
const MAX_ROUNDS: usize = 5;
/// How many replies are looked at in one round.
const MOST_AT_ONCE: usize = 100;
/// Which share of the request's bound may be spent before another round.
const SHARE: f64 = 0.4;
/// How many of a thread's last replies are searched for one of the acting user's.
const MAX_SEARCHED: usize = 500;

/// A list of threads as asked for.
#[derive(Clone, Debug)]
pub struct ThreadListing {
    request: PageRequest,
    participated_by_me: bool,
    with_unread: bool,
    with_mentions: bool,
    with_subscriptions: bool,
}

impl ThreadListing {
    /// Reads a query. The cursor `updatedAt` is the second of a thread's last reply; the `id` of that
    /// reply, which `meta.next` also holds, wins over it, so that no thread of the same second is skipped.
    pub fn parse(query: &Query) -> Result<ThreadListing, ApiError> {
        let affix = query.parsed("affix", Affix::parse)?.unwrap_or(Affix::Prepend);
        let id = query.parsed("id", |raw| MessageId::parse(raw).map_err(|_| "must be a message id."))?;
        let cursor = Cursor { id, sent_at: query.number("updatedAt")?.map(Seconds::new) };
        let limit = query::limit(query)?.unwrap_or(Limit::NUMBERED);
        Ok(ThreadListing {
            request: PageRequest { range: cursor.range(affix), untimed: None, affix, limit },
            participated_by_me: query.flag("participatedByMe")?,
            with_unread: query.flag("withUnreadReplyCount")?,
            with_mentions: query.flag("withMentionCount")?,
            with_subscriptions: query.flag("withThreadSubscribed")?,
        })
    }
}

/// A thread: its parent, and its last reply.
#[derive(Clone, Debug)]
struct Thread {
    parent: Message,
    last: Message,
}

/// A thread in an answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ThreadView {
    #[serde(flatten)]
    parent: MessageView,
    last_reply: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_replies_count: Option<u64>,
    /// The same: the vendor's clients read it by this name here, and by the other on messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_reply_count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_mentions_count: Option<u64>,
}

/// The `meta` of a page of threads.
#[derive(Debug, Serialize)]
pub struct ThreadMeta {
    current: Current,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Next>,
}

#[derive(Debug, Serialize)]
struct Current {
    limit: usize,
    count: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Next {
    affix: Affix,
    updated_at: Seconds,
    id: MessageId,
}

/// The threads of the acting user's conversations, or of the whole app, in reading order: with `prepend` the latest
/// first. With `named` only those with this user or group; for the app of all conversations of the user. What is wrong
/// with the query is said to those who may ask.
///
/// Cost: that of a list of messages, whose replies are looked at: each thread stands at its last reply, so no index is
/// kept. Conversations that never had a reply cost their state, others are looked at from their last reply on. Where replies
/// are rare a page may be short; then its cursor leads on. 1 batch for each 100 replies found.
pub async fn list(
    app: &App,
    caller: &Caller,
    named: Option<Result<Receiver, ApiError>>,
    listing: Result<ThreadListing, ApiError>,
) -> Result<Listed<ThreadMeta>, ApiError> {
    let Asked { actor, rows, known } = match named {
        Some(named) => with_named(app, caller, named).await?,
        None => with_all(app, caller).await?,
    };
    let (actor, listing) = (&actor, &listing?);
    if listing.participated_by_me && actor.user().is_none() {
        return Err(ApiError::field("participatedByMe", "needs an acting user."));
    }
    let conversations = match &rows {
        Some(rows) => Some(Conversations::of(app, rows.clone(), known, ConversationState::replies).await?),
        None => None,
    };
    let (mut threads, mut reached) = (Vec::new(), None);
    let (mut left, limit) = (listing.request.range, listing.request.limit.get());
    for round in 0..MAX_ROUNDS.max(2 * limit / MOST_AT_ONCE) {
        let wanted = (limit - threads.len()).min(MOST_AT_ONCE);
        // The first round always makes a page, if an empty one that leads on.
        let Some(range) = left.filter(|_| 0 < wanted && (round == 0 || !has_spent(SHARE))) else { break };
        let replies = replies(app, conversations.as_ref(), listing, range, wanted).await?;
        let has_more = replies.has_more;
        let end = replies.reached;
        let mut found = last_of_threads(app, actor.user(), listing, replies.items).await?;
        found.retain(|thread| is_visible(rows.as_deref(), &thread.parent));
        if let Some(uid) = actor.uid() {
            let found_in = found.iter().map(|thread| &thread.parent.conversation);
            let joined = access::joined_groups(app, uid, found_in).await?;
            found.retain(|thread| joined.may_read(&thread.parent.conversation));
        }
        let is_full = wanted < found.len();
        found.truncate(wanted);
        reached = if is_full || found.len() == wanted { found.last().map(|thread| thread.last.id) } else { end };
        threads.extend(found);
        left = reached.filter(|_| is_full || has_more).and_then(|id| range.beyond(id, listing.request.affix));
    }
    let next = left.and(reached);
    shown(app, actor, listing, threads, next).await
}

/// Who asks, and their conversations; none for the app, which reads those of everybody. Cost: 1 round trip.
async fn with_all(app: &App, caller: &Caller) -> Result<Asked, ApiError> {
    let (actor, known, first) = history::asked(app, caller).await?;
    let rows = match actor.user() {
        Some(user) => Some(app.store.listed_conversations(user, first).await?),
        None => None,
    };
    Ok(Asked { actor, rows, known })
}

/// Who asks, and the conversations with a user or group that they may read: one at the most, but for the app and a user.
///
/// Cost: 1 round trip; for the app and a user 2.
async fn with_named(app: &App, caller: &Caller, wanted: Result<Receiver, ApiError>) -> Result<Asked, ApiError> {
    let (actor, known) = identity::actor_with(app, caller, |me| named::deciding(me, wanted.as_ref().ok())).await?;
    let conversation = match &wanted? {
        Receiver::User(uid) => {
            named::require_active(app, &known, uid).await?;
            match actor.user() {
                Some(user) => ConversationId::between(&user.uid, uid),
                None => {
                    let rows = Some(named::one_to_one(app, uid).await?);
                    return Ok(Asked { actor, rows, known });
                }
            }
        }
        Receiver::Group(guid) => {
            let membership = named::membership(app, &known, actor.uid(), guid).await?;
            if let Some(uid) = actor.uid() {
                access::require_member(&membership, guid, uid)?;
            }
            ConversationId::Group(guid.clone())
        }
    };
    // Whoever asks may have replied a moment ago, which a state that may be late need not tell.
    let is_late = matches!(conversation, ConversationId::Users(..)) && actor.of_others() == Freshness::Late;
    let row = match actor.user() {
        Some(user) => known.own(user, &conversation)?,
        None => ParticipantState::new(conversation),
    };
    let known = if is_late { Known::default() } else { known };
    Ok(Asked { actor, rows: Some(vec![row]), known })
}

/// Whether the acting user has not removed a thread's parent from their view.
fn is_visible(rows: Option<&[ParticipantState]>, parent: &Message) -> bool {
    let row = rows.and_then(|rows| rows.iter().find(|row| row.conversation == parent.conversation));
    row.is_none_or(|row| row.cleared_id < Some(parent.id))
}

/// Replies inside `range`, in reading order.
async fn replies(
    app: &App,
    conversations: Option<&Conversations>,
    listing: &ThreadListing,
    range: IdRange,
    wanted: usize,
) -> Result<Page<Message>, ApiError> {
    let filter = MessageFilter { only_replies: true, ..MessageFilter::default() };
    let limit = Limit::new(wanted as u64).unwrap_or(listing.request.limit);
    let request = PageRequest { range: Some(range), limit, ..listing.request };
    let mut page = match conversations {
        Some(conversations) => history::merged(app, conversations, &request, &filter).await?,
        None => history::everything(app, &request, &filter).await?,
    };
    if request.affix == Affix::Prepend {
        page.items.reverse();
    }
    Ok(page)
}

/// The threads of which one of `replies` is the last.
async fn last_of_threads(
    app: &App,
    viewer: Option<&User>,
    listing: &ThreadListing,
    replies: Vec<Message>,
) -> Result<Vec<Thread>, ApiError> {
    let keys = replies.iter().filter_map(|reply| Some((&reply.conversation, reply.parent_id?)));
    let parents = app.store.messages_by_id(keys).await?;
    let parents: HashMap<MessageId, Message> = parents.into_iter().map(|parent| (parent.id, parent)).collect();
    let mut threads = Vec::new();
    for last in replies {
        let parent = last.parent_id.and_then(|id| parents.get(&id));
        let Some(parent) = parent.filter(|parent| parent.last_reply_id == Some(last.id)) else { continue };
        let is_wanted = match viewer.filter(|_| listing.participated_by_me) {
            Some(user) => wrote_in(app, user, parent).await?,
            None => true,
        };
        if is_wanted {
            threads.push(Thread { parent: parent.clone(), last });
        }
    }
    Ok(threads)
}

/// Whether a user began a thread or replied in it, among its last [`MAX_SEARCHED`] replies; what a former owner of their UID
/// wrote is not theirs.
async fn wrote_in(app: &App, user: &User, parent: &Message) -> Result<bool, ApiError> {
    let is_theirs = |sender: &Uid, id: MessageId| *sender == user.uid && !user.is_younger_than(id);
    if is_theirs(&parent.sender, parent.id) {
        return Ok(true);
    }
    let entries = app.store.reply_entries(parent.id, IdRange::ALL, Affix::Prepend, MAX_SEARCHED).await?;
    Ok(entries.iter().any(|(id, sender)| sender.as_ref().is_some_and(|sender| is_theirs(sender, *id))))
}

/// A page of threads as the actor sees them, cut where showing more would cost too much.
async fn shown(
    app: &App,
    actor: &Actor,
    listing: &ThreadListing,
    threads: Vec<Thread>,
    next: Option<MessageId>,
) -> Result<Listed<ThreadMeta>, ApiError> {
    let items = parts::of(&threads, |part| views(app, actor, listing, part)).await?;
    let n_shown = items.len();
    let entries = Entries::first(items);
    let cut_at = entries.len().checked_sub(1).filter(|_| entries.is_cut() || n_shown < threads.len());
    let next = cut_at.and_then(|at| threads.get(at)).map(|thread| thread.last.id).or(next);
    let meta = ThreadMeta {
        current: Current { limit: listing.request.limit.get(), count: entries.len() },
        next: next.map(|id| Next { affix: listing.request.affix, updated_at: id.sent_at(), id }),
    };
    Ok(Listed { entries, meta: Some(meta) })
}

async fn views(
    app: &App,
    actor: &Actor,
    listing: &ThreadListing,
    threads: Vec<Thread>,
) -> Result<Vec<ThreadView>, ApiError> {
    let (parents, last): (Vec<Message>, Vec<Message>) =
        threads.into_iter().map(|thread| (thread.parent, thread.last)).unzip();
    let viewing = Viewing { with_subscriptions: listing.with_subscriptions, ..Viewing::default() }.by(actor);
    let unread: HashMap<MessageId, Unread> = match actor.uid() {
        Some(uid) if listing.with_mentions => unread_replies::count_mentions(app, uid, &parents).await?,
        Some(uid) if listing.with_unread => unread_replies::count(app, uid, &parents, &[]).await?,
        _ => HashMap::new(),
    };
    let views = viewing.all(app, &parents).await?.into_iter().zip(viewing.all(app, &last).await?);
    let items = parents.iter().zip(&last).zip(views).map(|((parent, last), (view, reply))| {
        let unread = unread.get(&parent.id).copied().unwrap_or_default();
        let counted = |is_asked: bool, count: u64| (is_asked && actor.uid().is_some()).then_some(count);
        ThreadView {
            parent: view.as_thread(last.sent_at()),
            last_reply: with_unset_fields(json!(reply)),
            unread_replies_count: counted(listing.with_unread, unread.replies),
            unread_reply_count: counted(listing.with_unread, unread.replies),
            unread_mentions_count: counted(listing.with_mentions, unread.mentions),
        }
    });
    Ok(items.collect())
}

/// The contract shows these fields of a last reply also when they are not set.
fn with_unset_fields(mut reply: Value) -> Value {
    if let Some(fields) = reply.as_object_mut() {
        fields.entry("muid").or_insert_with(|| json!(""));
        for name in ["editedAt", "editedBy", "deliveredAt", "readAt", "deletedAt"] {
            fields.entry(name).or_insert(Value::Null);
        }
    }
    reply
}
