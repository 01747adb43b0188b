//! Lists of conversations (contract/related.md, `GET /conversations`).

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use futures_util::try_join;

use crate::app::App;
use crate::conversations::pinned::{Pins, Rank};
use crate::conversations::query::{ConversationListing, Pinner};
use crate::conversations::view::{Candidate, LoadedConversation, ReadBefore, ShownParts, With, known, shown, sides};
use crate::error::ApiError;
use crate::id_walk::IdWalk;
use crate::identity::{self, Caller};
use crate::parts;
use crate::store::batch::{Batch, Freshness, Known};
use crate::store::block::Block;
use crate::store::error::StoreError;
use crate::store::id_index::{IdIndex, listed_uid};
use crate::store::partition::Rows;
use crate::store::preview::Previews;
use crate::store::{has_spent, share};
use crate::users::list::at_once;
use model::conversation::ConversationId;
use model::conversation_state::{OwnConversation, ParticipantState};
use model::conversation_view::ConversationView;
use model::filter::{folded, other_side};
use model::message::Receiver;
use model::paging::{NumberedPage, Pager};
use model::problem::Problem;
use model::uid::Uid;
use model::user::User;

/// How many users are looked at together.
const CHUNK: usize = 100;
/// Which share of the request's bound the shared states of one part of the conversations cost, a unit each at the most.
const PART_SHARE: f64 = 0.25;
/// Which share of the request's bound may be spent before the other sides of further conversations are looked at.
const SHARE: f64 = 0.5;

/// What is read of a user's conversations along with the proof of who asks.
struct Ahead {
    rows: Rows<ParticipantState>,
    blocked: Rows<Block>,
}

impl Ahead {
    /// Cost: as [`Store::first_conversations_and_blocks`](crate::store::Store::first_conversations_and_blocks).
    async fn of(app: &App, uid: Uid) -> Result<Ahead, StoreError> {
        let (rows, blocked) = app.store.first_conversations_and_blocks(&uid).await?;
        Ok(Ahead { rows, blocked })
    }
}

/// A page of the acting user's conversations, or of everybody's. `listing` reads the query, which the app may ask for more by.
///
/// Cost: that of [`page`] or [`everybodys`].
pub async fn of(
    app: &App,
    caller: &Caller,
    listing: impl FnOnce(bool) -> Result<ConversationListing, Problem>,
) -> Result<NumberedPage<ConversationView>, ApiError> {
    let wanted = |uid: Option<&Uid>, ahead: Option<&Ahead>| {
        let pins = uid.map_or_else(Batch::default, |uid| Pins::looked_at(Batch::default(), uid));
        ahead.iter().fold(pins, |batch, ahead| batch.conversations(&ahead.rows))
    };
    let (actor, known, ahead) = identity::actor_beside(app, caller, wanted, |uid| Ahead::of(app, uid)).await?;
    let listing = listing(actor.uid().is_none())?;
    let Some(user) = actor.user() else { return everybodys(app, &listing).await };
    let ahead = match ahead {
        Some(ahead) => ahead,
        None => Ahead::of(app, user.uid.clone()).await?,
    };
    let listed = Listed { user, pins: Pins::among(&known, &user.uid)?, of_others: actor.of_others() };
    page(app, &listed, (ahead, known), &listing).await
}

/// Whose conversations are listed, what is pinned for them, and how fresh what others write has to be.
struct Listed<'a> {
    user: &'a User,
    pins: Pins,
    of_others: Freshness,
}

/// A page of a user's conversations: those that the app has pinned, in its order, then those that the user has, then the
/// rest; the latest active first.
///
/// Of a user with more conversations than one part has, 500 for who has no key, those that they had to do with last are
/// the first part; each part is sorted, and the list goes on with the next where `meta.next` says.
///
/// Cost: a query and the pins along with the proof, more beyond the first rows, and 1 batch for each 100
/// conversations, 8 at once, whatever is asked for, at half the price where the user wrote nothing of late; then for the page
/// that of [`shown`]. A filter by what is unread or by the other side looks at further conversations in the same way, 100 at a
/// time, until the page is full.
async fn page(
    app: &App,
    Listed { user, pins, of_others }: &Listed<'_>,
    (ahead, known): (Ahead, Known),
    listing: &ConversationListing,
) -> Result<NumberedPage<ConversationView>, ApiError> {
    let uid = &user.uid;
    let Ahead { rows, blocked } = ahead;
    let blocked = async {
        match blocked.rest {
            Some(_) => app.store.blocked_by(uid).await,
            None => Ok(blocked.rows),
        }
    };
    let mut rows = wanted(uid, app.store.listed_conversations(user, Some(rows)), blocked, listing).await?;
    let rank = |conversation: &ConversationId| pins.rank_of(&other_side(conversation, uid));
    rows.retain(|row| is_pinned_as_asked(listing, rank(&row.conversation)));
    let part_size = (share(PART_SHARE) as usize).max(1);
    let start: usize = listing.page.start().and_then(|place| place.parse().ok()).unwrap_or_default();
    let (part_begin, in_part) = (start - start % part_size, start % part_size);
    let n_rows = rows.len();
    if part_size < n_rows {
        let place =
            |row: &ParticipantState| (rank(&row.conversation), Reverse(row.touched()), row.conversation.to_string());
        rows.sort_by_cached_key(place);
        rows = rows.into_iter().skip(part_begin).take(part_size).collect();
    }
    let (mut part, previews) = entries(app, rows, *of_others, known).await?;
    part.sort_by_cached_key(|entry| rank(entry.id()));
    let end = if part_begin + part_size < n_rows { End::Of(part_begin + part_size) } else { End::OfAll };
    let mut pager = Pager::new(listing.page.clone(), n_rows <= part_size && !listing.is_filtered());
    fill(app, uid, listing, &mut pager, (part.get(in_part..).unwrap_or_default(), start, end)).await?;
    let mut page = pager.finish();
    let shown_parts = &ShownParts { of_others: *of_others, ..shown_of(listing) };
    let before = &ReadBefore { pins: Some(pins.clone()), previews };
    let views = parts::of(&page.items, |some| shown(app, uid, some, shown_parts, before)).await?;
    page.cut(views.len());
    let views = views.into_iter().flatten().collect();
    let is_of =
        |candidate: &Candidate, view: &ConversationView| candidate.entry.id().to_string() == view.conversation_id;
    Ok(page.with(views, is_of))
}

/// What follows a part of the conversations.
#[derive(Clone, Copy)]
enum End {
    /// Nothing.
    OfAll,
    /// The part that begins at this place.
    Of(usize),
}

/// Lets `pager` pick from these conversations, which begin at the place `start`, those that the listing keeps.
async fn fill(
    app: &App,
    uid: &Uid,
    listing: &ConversationListing,
    pager: &mut Pager<Candidate>,
    (part, start, end): (&[OwnConversation], usize, End),
) -> Result<(), ApiError> {
    let (mut place, mut left) = (start, part);
    while pager.wants_more() && !left.is_empty() {
        if has_spent(SHARE) {
            pager.stop(&place.to_string());
            return Ok(());
        }
        if !listing.is_filtered() {
            left.iter().cloned().for_each(|entry| pager.push(entry.into()));
            left = &[];
            continue;
        }
        let (some, _) = left.split_at(at_once().min(left.len()));
        let looked_at = parts::of(some, |some| kept(app, uid, listing, some)).await?;
        left = left.get(looked_at.len()..).unwrap_or_default();
        place += looked_at.len();
        looked_at.into_iter().flatten().for_each(|kept| pager.push(kept));
    }
    if left.is_empty() {
        match end {
            End::OfAll => pager.end(),
            End::Of(next) => pager.stop(&next.to_string()),
        }
    }
    Ok(())
}

/// Each of some conversations, if the listing keeps it. What is unread is counted last, and only where there is any news.
async fn kept(
    app: &App,
    uid: &Uid,
    listing: &ConversationListing,
    some: Vec<OwnConversation>,
) -> Result<Vec<Option<Candidate>>, ApiError> {
    let has_news = |entry: &OwnConversation| !listing.unread || entry.unread().is_some();
    let news: Vec<&OwnConversation> = some.iter().filter(|entry| has_news(entry)).collect();
    let mut sides = if listing.looks_at_others() { sides(app, uid, &news).await? } else { HashMap::new() };
    let keeps =
        |with: &Option<With>| !listing.looks_at_others() || with.as_ref().is_some_and(|with| keeps_side(listing, with));
    let mut candidates: HashMap<ConversationId, Candidate> = HashMap::new();
    for entry in news {
        let with = sides.remove(&other_side(entry.id(), uid));
        if keeps(&with) {
            candidates.insert(entry.id().clone(), Candidate { with, ..entry.clone().into() });
        }
    }
    if listing.unread {
        let known = known(app, uid, candidates.into_values().collect()).await?;
        let unread = known.into_iter().filter(|known| 0 < known.unread);
        candidates = unread.map(|known| (known.entry.id().clone(), known.into())).collect();
    }
    Ok(some.iter().map(|entry| candidates.remove(entry.id())).collect())
}

/// A page of all conversations, user by user; with `unique` each once.
///
/// Cost: that of the states of every user up to the page's end, then as [`page`] for each user on it.
async fn everybodys(app: &App, listing: &ConversationListing) -> Result<NumberedPage<ConversationView>, ApiError> {
    let mut walk = IdWalk::new(&app.store, &[IdIndex::Users], "", None);
    let mut pager = Pager::new(listing.page.clone(), false);
    let (mut listed, mut before): (HashSet<ConversationId>, _) = (HashSet::new(), ReadBefore::default());
    while pager.wants_more() {
        let names = walk.next(CHUNK).await?;
        if names.is_empty() {
            pager.end();
        }
        for uid in names.iter().filter_map(|entry| listed_uid(entry)) {
            if !pager.wants_more() {
                break;
            }
            let rows = wanted(&uid, app.store.conversations_of(&uid), app.store.blocked_by(&uid), listing).await?;
            let (mut entries, previews) = entries(app, rows, Freshness::Exact, Known::default()).await?;
            before.previews.extend(previews);
            entries.retain(|entry| !listing.unique || listed.insert(entry.id().clone()));
            let known = known(app, &uid, entries.into_iter().map(Candidate::from).collect()).await?;
            known.into_iter().filter(|known| keeps(listing, known)).for_each(|known| pager.push((uid.clone(), known)));
        }
    }
    let page = pager.finish();
    let mut views = Vec::new();
    for (uid, known) in page.items.clone() {
        views.extend(shown(app, &uid, vec![known.into()], &shown_of(listing), &before).await?.into_iter().flatten());
    }
    Ok(page.with(views, |_, _| true))
}

/// The user's states of those conversations that these alone do not exclude.
async fn wanted(
    uid: &Uid,
    rows: impl Future<Output = Result<Vec<ParticipantState>, StoreError>>,
    blocked: impl Future<Output = Result<Vec<Block>, StoreError>>,
    listing: &ConversationListing,
) -> Result<Vec<ParticipantState>, ApiError> {
    if listing.only_agentic {
        return Ok(Vec::new());
    }
    let blocked = async { if listing.include_blocked { Ok(Vec::new()) } else { blocked.await } };
    let (mut rows, blocked) = try_join!(rows, blocked)?;
    let blocked: HashSet<Uid> = blocked.into_iter().map(|block| block.uid).collect();
    rows.retain(|row| {
        let other = other_side(&row.conversation, uid);
        let is_blocked = matches!(&other, Receiver::User(other) if blocked.contains(other));
        let is_of_type = listing.conversation_type.as_deref().is_none_or(|wanted| wanted == other.receiver_type());
        !is_blocked && is_of_type && (listing.tags.is_empty() || row.tags.has_any(&listing.tags))
    });
    Ok(rows)
}

fn is_pinned_as_asked(listing: &ConversationListing, rank: Rank) -> bool {
    let asked = &listing.pinned_by;
    asked.is_empty()
        || match rank {
            Rank::OfApp(_) => asked.contains(&Pinner::System),
            Rank::Own => asked.contains(&Pinner::Me),
            Rank::Unpinned => false,
        }
}

/// The conversations of these states that are listed, the latest active first, and the copies of their last messages.
async fn entries(
    app: &App,
    rows: Vec<ParticipantState>,
    of_others: Freshness,
    known: Known,
) -> Result<(Vec<OwnConversation>, Previews), ApiError> {
    let (states, previews) = app.store.listed_states(&rows, of_others, app.now(), known).await?;
    let entries =
        rows.into_iter().zip(states).filter_map(|(participant, state)| Some(OwnConversation::new(participant, state?)));
    let mut entries: Vec<OwnConversation> = entries.filter(OwnConversation::is_listed).collect();
    entries.sort_by(|one, other| {
        let activity = |entry: &OwnConversation| (entry.state.updated_at, entry.state.shown_message_id);
        activity(other).cmp(&activity(one)).then_with(|| one.id().cmp(other.id()))
    });
    Ok((entries, previews))
}

fn keeps(listing: &ConversationListing, known: &LoadedConversation) -> bool {
    (!listing.unread || 0 < known.unread) && keeps_side(listing, &known.with)
}

/// Whether the listing keeps a conversation with this other side.
fn keeps_side(listing: &ConversationListing, with: &With) -> bool {
    let (name, tags, wanted) = match with {
        With::User(user) => (&user.name, &user.tags, &listing.user_tags),
        With::Group(group, _) => (&group.name, &group.tags, &listing.group_tags),
    };
    let is_tagged = match (listing.user_tags.is_empty() && listing.group_tags.is_empty(), wanted.is_empty()) {
        (true, _) => true,
        // Tags of users exclude groups without tags of groups, and the other way round.
        (false, true) => false,
        (false, false) => tags.has_any(wanted),
    };
    is_tagged && listing.search_key.as_ref().is_none_or(|key| folded(name).starts_with(key))
}

fn shown_of(listing: &ConversationListing) -> ShownParts {
    let (tags, other_tags, blocks) = (listing.with_tags, listing.with_other_tags, listing.with_blocked_info);
    ShownParts { tags, other_tags, blocks, of_others: Freshness::Exact }
}
