//! How a conversation is shown to one of its participants (contract/related.md, "Conversations").

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream, try_join};
use serde_json::{Value, json};

use crate::app::App;
use crate::conversations::last_message;
use crate::conversations::pinned::Pins;
use crate::conversations::receipts::not_accessible;
use crate::error::ApiError;
use crate::store::batch::{Batch, Freshness, Known};
use crate::store::news::News;
use crate::store::own_mark::may_be_late;
use crate::store::preview::Previews;
use model::conversation_state::OwnConversation;
use model::conversation_view::ConversationView;
use model::filter::other_side;
use model::group::{Group, Member};
use model::group_view::GroupView;
use model::message::Receiver;
use model::uid::Uid;
use model::user::{Relation, User, UserView};

/// The most messages that are looked at to count what is unread in one conversation; a counter of this size means "at
/// least", as does one whose messages would cost too much to read.
const MAX_COUNTED: usize = 1_000;
/// How many conversations are counted at once.
const AT_ONCE: usize = 16;

/// A conversation with its other side and its counter.
#[derive(Clone, Debug)]
pub(super) struct LoadedConversation {
    pub(super) entry: OwnConversation,
    pub(super) with: With,
    pub(super) unread: usize,
    /// How many of these mention the user.
    pub(super) mentions: usize,
}

impl From<LoadedConversation> for Candidate {
    fn from(known: LoadedConversation) -> Candidate {
        let LoadedConversation { entry, with, unread: messages, mentions } = known;
        Candidate { entry, with: Some(with), news: Some(News { messages, mentions }) }
    }
}

/// The other side, with the user's membership of a group.
#[derive(Clone, Debug)]
pub(super) enum With {
    User(User),
    Group(Group, Member),
}

/// A conversation of which the other side may be known already, and what is unread.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) entry: OwnConversation,
    pub(super) with: Option<With>,
    pub(super) news: Option<News>,
}

impl From<OwnConversation> for Candidate {
    fn from(entry: OwnConversation) -> Candidate {
        Candidate { entry, with: None, news: None }
    }
}

/// One conversation as its user sees it.
///
/// Cost: 1 to 3 round trips: other side, counter, last message and pins, and what the last message refers to.
pub async fn one(app: &App, uid: &Uid, entry: OwnConversation) -> Result<ConversationView, ApiError> {
    let with = other_side(entry.id(), uid);
    let parts = ShownParts { tags: true, ..ShownParts::default() };
    let view = shown(app, uid, vec![entry.into()], &parts, &ReadBefore::default()).await?.pop();
    view.flatten().ok_or_else(|| not_accessible(uid, &with))
}

/// Conversations as their user sees them; none for one whose other side is gone.
///
/// Cost: 1 round trip for each 100 rows: of the other sides, last messages of which there is no copy, pins if they are not known,
/// and how far the others have come; in two calls, where what others write may be late, half a unit for it then. At the same time a count for each conversation with something unread, see [`known`], and that of blocks if they are asked for.
/// Then what the last messages refer to.
pub(super) async fn shown(
    app: &App,
    uid: &Uid,
    candidates: Vec<Candidate>,
    parts: &ShownParts,
    before: &ReadBefore,
) -> Result<Vec<Option<ConversationView>>, ApiError> {
    let entries: Vec<&OwnConversation> = candidates.iter().map(|candidate| &candidate.entry).collect();
    let others: Vec<Receiver> = entries.iter().map(|entry| other_side(entry.id(), uid)).collect();
    let (mut facts, counts, relations) = try_join!(
        looked_up(app, uid, &entries, &others, (parts.of_others, before)),
        counts(app, uid, &candidates),
        relations(app, uid, &others, parts),
    )?;
    let last = last_message::of(app, uid, &entries, &mut facts, &before.previews).await?;
    let pins = before.pins.clone().map_or_else(|| Pins::among(&facts, uid), Ok)?;
    let shown = candidates.iter().zip(others).zip(counts).zip(last).map(|(((candidate, other), news), last)| {
        let Some(with) = candidate.with.clone().map_or_else(|| side(&facts, uid, &other), |with| Ok(Some(with)))?
        else {
            return Ok(None);
        };
        let entry = &candidate.entry;
        Ok(Some(ConversationView {
            conversation_id: entry.id().to_string(),
            conversation_type: other.receiver_type(),
            unread_message_count: news.messages,
            unread_mentions_count: news.mentions,
            last_read_message_id: entry.participant.read_id,
            latest_message_id: last.id,
            created_at: entry.state.created_at,
            updated_at: entry.state.updated_at,
            last_message: last.shown,
            conversation_with: other_view(uid, &with, parts, &relations),
            tags: Some(entry.participant.tags.clone()).filter(|tags| parts.tags && !tags.is_empty()),
            pin: pins.pin_of(&other),
        }))
    });
    shown.collect()
}

/// What [`shown`] looks up of these conversations, whose other sides these are: what is of other users alone, their profiles and
/// how far they have come, may be late, and the last messages of conversations in which the user wrote nothing of late. Users
/// whom late reads do not know, because they are new, are looked up again.
async fn looked_up(
    app: &App,
    uid: &Uid,
    entries: &[&OwnConversation],
    others: &[Receiver],
    (of_others, before): (Freshness, &ReadBefore),
) -> Result<Known, ApiError> {
    let is_other = |other: &&Receiver| matches!(other, Receiver::User(other) if other != uid);
    let (users, rest): (Vec<&Receiver>, Vec<&Receiver>) = others.iter().partition(is_other);
    let batch = if before.pins.is_some() { Batch::default() } else { Pins::looked_at(Batch::default(), uid) };
    let mut batch = rest.into_iter().fold(batch, |batch, other| with_side(batch, uid, other));
    let mut theirs = users.into_iter().fold(Batch::default(), |batch, other| with_side(batch, uid, other));
    let now = app.now();
    for (entry, other) in entries.iter().zip(others) {
        let of = if may_be_late(&entry.participant, of_others, now) { &mut theirs } else { &mut batch };
        *of = last_message::looked_at(std::mem::take(of), entry, &before.previews);
        let of = if is_other(&other) { &mut theirs } else { &mut batch };
        *of = last_message::read_by(std::mem::take(of), uid, entry);
    }
    let mut known = app.store.know_as(batch.beside(theirs), of_others).await?;
    if of_others == Freshness::Late {
        let is_new = |other: &&Receiver| matches!(other, Receiver::User(other) if *other != Uid::app_system() && !known.has_user(other));
        let new = others.iter().filter(is_new).fold(Batch::default(), |batch, other| with_side(batch, uid, other));
        known.extend(app.store.know(new).await?);
    }
    Ok(known)
}

async fn relations(
    app: &App,
    uid: &Uid,
    others: &[Receiver],
    parts: &ShownParts,
) -> Result<HashMap<Uid, Relation>, ApiError> {
    let users = others.iter().filter_map(|other| match other {
        Receiver::User(other) if parts.blocks => Some(other),
        _ => None,
    });
    Ok(app.store.relations_on_page(uid, &users.collect::<Vec<_>>()).await?)
}

/// The other sides of conversations, and what is unread; those whose other side is gone, or a group that the user does
/// not belong to, are left out.
pub(super) async fn known(
    app: &App,
    uid: &Uid,
    candidates: Vec<Candidate>,
) -> Result<Vec<LoadedConversation>, ApiError> {
    let unknown: Vec<&OwnConversation> =
        candidates.iter().filter(|candidate| candidate.with.is_none()).map(|candidate| &candidate.entry).collect();
    let (sides, counts) = try_join!(sides(app, uid, &unknown), counts(app, uid, &candidates))?;
    let known = candidates.into_iter().zip(counts).filter_map(|(Candidate { entry, with, .. }, news)| {
        let with = with.or_else(|| sides.get(&other_side(entry.id(), uid)).cloned())?;
        Some(LoadedConversation { entry, with, unread: news.messages, mentions: news.mentions })
    });
    Ok(known.collect())
}

/// What is unread of each, where that is not known.
///
/// Cost: a count for each conversation with something unread, 16 at once.
async fn counts(app: &App, uid: &Uid, candidates: &[Candidate]) -> Result<Vec<News>, ApiError> {
    let counts = candidates.iter().map(|candidate| async move {
        let entry = &candidate.entry;
        match (candidate.news, entry.unread()) {
            (Some(news), _) => Ok::<News, ApiError>(news),
            (None, Some(range)) => {
                Ok(app.store.count_news(entry.id(), uid, range, &entry.state.leaving, MAX_COUNTED).await?)
            }
            (None, None) => Ok(News::default()),
        }
    });
    stream::iter(counts.collect::<Vec<_>>()).buffered(AT_ONCE).try_collect().await
}

/// The other sides of conversations that are there.
///
/// Cost: 1 round trip for each 100 rows; 1 read unit for a user, 3 for a group.
pub(super) async fn sides(
    app: &App,
    uid: &Uid,
    entries: &[&OwnConversation],
) -> Result<HashMap<Receiver, With>, ApiError> {
    let others: Vec<Receiver> = entries.iter().map(|entry| other_side(entry.id(), uid)).collect();
    let batch = others.iter().fold(Batch::default(), |batch, other| with_side(batch, uid, other));
    let facts = app.store.know(batch).await?;
    let mut sides = HashMap::new();
    for other in others {
        if let Some(with) = side(&facts, uid, &other)? {
            sides.insert(other, with);
        }
    }
    Ok(sides)
}

/// The batch with what tells an other side.
fn with_side(batch: Batch, uid: &Uid, other: &Receiver) -> Batch {
    match other {
        Receiver::User(other) => batch.user(other),
        Receiver::Group(guid) => batch.group(guid).membership(guid, uid),
    }
}

/// The other side, if it is there. A row alone lets nobody read, and a ban takes away whatever is stored beside it.
fn side(facts: &Known, uid: &Uid, other: &Receiver) -> Result<Option<With>, ApiError> {
    Ok(match other {
        Receiver::User(other) if *other == Uid::app_system() => Some(With::User(User::app_system())),
        Receiver::User(other) => facts.user(other)?.map(With::User),
        Receiver::Group(guid) => {
            let member = facts.membership(guid, uid)?.member;
            facts.group(guid)?.zip(member).map(|(group, member)| With::Group(group, member))
        }
    })
}

/// What was read before of the conversations that are shown.
#[derive(Debug, Default)]
pub(super) struct ReadBefore {
    /// What is pinned; looked up if it is not known.
    pub(super) pins: Option<Pins>,
    /// The copies of the last messages that there are.
    pub(super) previews: Previews,
}

/// What a view of a conversation shows on demand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ShownParts {
    /// The user's tags of the conversation.
    pub(super) tags: bool,
    /// The tags of the other side.
    pub(super) other_tags: bool,
    /// Who of the two blocks the other.
    pub(super) blocks: bool,
    /// How fresh what others write has to be.
    pub(super) of_others: Freshness,
}

fn other_view(uid: &Uid, with: &With, shown: &ShownParts, relations: &HashMap<Uid, Relation>) -> Value {
    match with {
        With::User(user) => {
            let view = UserView::of(user).seen_by(uid).related(relations.get(&user.uid));
            json!(if shown.other_tags { view.with_tags(&user.tags) } else { view })
        }
        With::Group(group, member) => {
            let view = GroupView::of(group).seen_by(Some(member));
            json!(if shown.other_tags { view } else { view.without_tags() })
        }
    }
}
