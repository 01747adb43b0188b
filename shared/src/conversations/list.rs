//! Lists of conversations (contract/related.md, `GET /conversations`).

use std::collections::HashSet;

use futures_util::try_join;

use crate::app::App;
use crate::conversations::query::ConversationListing;
use crate::conversations::view::{LoadedConversation, ShownParts, With, known, views};
use crate::error::ApiError;
use crate::id_walk::IdWalk;
use crate::store::id_index::IdIndex;
use model::conversation::ConversationId;
use model::conversation_state::OwnConversation;
use model::conversation_view::ConversationView;
use model::filter::{folded, other_side};
use model::message::Receiver;
use model::paging::{NumberedPage, Pager};
use model::uid::Uid;
use model::user::User;

/// How many conversations are looked at together: one batch of the store.
const CHUNK: usize = 100;

/// A page of a user's conversations, the latest active first.
///
/// Cost: 1 query of the user's rows and 1 batch for each 100 conversations, 8 at once, whatever is asked for; then for
/// the page 2 batches of other sides, 1 of last messages, 1 of rows, 1 of pins, and 1 count for each conversation with
/// something unread, 16 at once, which reads what is unread. A filter by what is unread or by the other side looks at
/// further conversations in the same way, 100 at a time, until the page is full.
pub async fn page(
    app: &App,
    user: &User,
    listing: &ConversationListing,
) -> Result<NumberedPage<ConversationView>, ApiError> {
    let uid = &user.uid;
    let entries = entries(app, uid, Some(user), listing).await?;
    let shown = shown_of(listing);
    if !listing.unread && !listing.looks_at_others() {
        let page = NumberedPage::of(entries, listing.page);
        let known = known(app, uid, page.items.clone()).await?;
        let views = views(app, uid, known, &shown).await?;
        return Ok(page.with(views, |entry, view| entry.id().to_string() == view.conversation_id));
    }
    let mut pager = Pager::new(listing.page, false);
    let mut chunks = entries.chunks(CHUNK);
    while pager.wants_more() {
        let Some(chunk) = chunks.next() else {
            pager.end();
            break;
        };
        let known = known(app, uid, chunk.to_vec()).await?;
        known.into_iter().filter(|known| keeps(listing, known)).for_each(|known| pager.push(known));
    }
    let page = pager.finish();
    let views = views(app, uid, page.items.clone(), &shown).await?;
    Ok(page.with(views, |_, _| true))
}

/// A page of all conversations, user by user; with `unique` each once.
///
/// Cost: that of the states of every user up to the page's end, then as [`page`] for each user on it.
pub async fn everybodys(app: &App, listing: &ConversationListing) -> Result<NumberedPage<ConversationView>, ApiError> {
    let mut walk = IdWalk::new(&app.store, &[IdIndex::Users], "");
    let mut pager = Pager::new(listing.page, false);
    let mut listed: HashSet<ConversationId> = HashSet::new();
    while pager.wants_more() {
        let names = walk.next(CHUNK).await?;
        if names.is_empty() {
            pager.end();
        }
        for uid in names.iter().filter_map(|name| Uid::parse(name).ok()) {
            if !pager.wants_more() {
                break;
            }
            let mut entries = entries(app, &uid, None, listing).await?;
            entries.retain(|entry| !listing.unique || listed.insert(entry.id().clone()));
            let known = known(app, &uid, entries).await?;
            known.into_iter().filter(|known| keeps(listing, known)).for_each(|known| pager.push((uid.clone(), known)));
        }
    }
    let page = pager.finish();
    let mut shown = Vec::new();
    for (uid, known) in page.items.clone() {
        shown.extend(views(app, &uid, vec![known], &shown_of(listing)).await?);
    }
    Ok(page.with(shown, |_, _| true))
}

/// The conversations of a user that their states alone do not exclude, the latest active first; with `viewer`, as
/// the user themselves may see them.
async fn entries(
    app: &App,
    uid: &Uid,
    viewer: Option<&User>,
    listing: &ConversationListing,
) -> Result<Vec<OwnConversation>, ApiError> {
    if listing.only_agentic {
        return Ok(Vec::new());
    }
    let blocked = async {
        Ok::<_, ApiError>(if listing.include_blocked { Vec::new() } else { app.store.blocked_by(uid).await? })
    };
    let rows = async {
        Ok::<_, ApiError>(match viewer {
            Some(user) => app.store.own_conversations(user).await?,
            None => app.store.conversations_of(uid).await?,
        })
    };
    let (mut rows, blocked) = try_join!(rows, blocked)?;
    let blocked: HashSet<Uid> = blocked.into_iter().map(|block| block.uid).collect();
    rows.retain(|row| {
        let other = other_side(&row.conversation, uid);
        let is_blocked = matches!(&other, Receiver::User(other) if blocked.contains(other));
        let is_of_type = listing.conversation_type.as_deref().is_none_or(|wanted| wanted == other.receiver_type());
        !is_blocked && is_of_type && (listing.tags.is_empty() || row.tags.has_any(&listing.tags))
    });
    let conversations: Vec<ConversationId> = rows.iter().map(|row| row.conversation.clone()).collect();
    let states = app.store.conversation_states(&conversations).await?;
    let entries =
        rows.into_iter().zip(states).filter_map(|(participant, state)| Some(OwnConversation::new(participant, state?)));
    let mut entries: Vec<OwnConversation> = entries.filter(OwnConversation::is_listed).collect();
    entries.sort_by(|one, other| {
        let activity = |entry: &OwnConversation| (entry.state.updated_at, entry.state.shown_message_id);
        activity(other).cmp(&activity(one)).then_with(|| one.id().cmp(other.id()))
    });
    Ok(entries)
}

fn keeps(listing: &ConversationListing, known: &LoadedConversation) -> bool {
    let (name, tags, wanted) = match &known.with {
        With::User(user) => (&user.name, &user.tags, &listing.user_tags),
        With::Group(group, _) => (&group.name, &group.tags, &listing.group_tags),
    };
    let is_tagged = match (listing.user_tags.is_empty() && listing.group_tags.is_empty(), wanted.is_empty()) {
        (true, _) => true,
        // Tags of users exclude groups without tags of groups, and the other way round.
        (false, true) => false,
        (false, false) => tags.has_any(wanted),
    };
    is_tagged
        && (!listing.unread || 0 < known.unread)
        && listing.search_key.as_ref().is_none_or(|key| folded(name).starts_with(key))
}

fn shown_of(listing: &ConversationListing) -> ShownParts {
    ShownParts { tags: listing.with_tags, other_tags: listing.with_other_tags, blocks: listing.with_blocked_info }
}
