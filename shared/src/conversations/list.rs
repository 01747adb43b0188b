//! Lists of conversations, and how one is shown (contract/related.md, `GET /conversations`).

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream, try_join};
use serde_json::{Value, json};

use crate::app::App;
use crate::conversations::last_message;
use crate::conversations::query::ConversationListing;
use crate::error::ApiError;
use crate::id_walk::IdWalk;
use crate::store::id_index::IdIndex;
use crate::store::pin::PinnedConversations;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationState, ParticipantState};
use model::conversation_view::{ConversationView, PinView};
use model::filter::{folded, other_side};
use model::group::{Group, GroupView, Member};
use model::message::Receiver;
use model::page::{Affix, IdRange};
use model::paging::{NumberedPage, Pager};
use model::receipt::Receipt;
use model::uid::{Guid, Uid};
use model::user::{Relation, User, UserView};

/// The most unread messages that are counted in one conversation; a counter of this size means "at least".
const MAX_COUNTED: usize = 10_000;
/// How many conversations are counted or searched at once.
const AT_ONCE: usize = 16;
/// How many conversations are looked at together: one batch of the store.
const CHUNK: usize = 100;

/// A conversation as one of its users has it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is to the user.
    pub row: ParticipantState,
    /// What it is to everybody.
    pub head: ConversationState,
}

impl Entry {
    /// Whether it holds anything that the user has not removed, or keeps its place without.
    pub fn is_listed(&self) -> bool {
        self.head.shown_message_id.is_some_and(|shown| self.row.cleared_id < Some(shown)) || self.row.is_kept
    }

    /// What may be unread: beyond what the user read or removed, up to what the conversation counts.
    fn unread(&self) -> Option<IdRange> {
        let beyond = match self.row.seen(Receipt::Read) {
            Some(id) => IdRange::ALL.beyond(id, Affix::Append)?,
            None => IdRange::ALL,
        };
        IdRange::new(beyond.first(), self.head.news_message_id?)
    }

    /// What the last message may be.
    pub(crate) fn shown(&self) -> Option<IdRange> {
        IdRange::new(self.row.visible()?.first(), self.head.shown_message_id?)
    }
}

/// A conversation with its other side and its counter.
#[derive(Clone, Debug)]
struct Known {
    entry: Entry,
    with: With,
    unread: usize,
}

#[derive(Clone, Debug)]
enum With {
    User(User),
    Group(Group, Option<Member>),
}

/// One conversation as its user sees it.
///
/// Cost: 3 round trips: other side and counter, last message and pins, and what the last message refers to.
pub async fn view(app: &App, uid: &Uid, entry: Entry) -> Result<ConversationView, ApiError> {
    let with = other_side(&entry.row.conversation, uid);
    let known = known(app, uid, vec![entry]).await?;
    let views = views(app, uid, known, &Shown { tags: true, ..Shown::default() }).await?;
    views.into_iter().next().ok_or_else(|| crate::conversations::receipts::not_accessible(uid, &with))
}

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
    let shown = Shown::of(listing);
    if !listing.unread && !listing.looks_at_others() {
        let page = NumberedPage::of(entries, listing.page);
        let known = known(app, uid, page.items.clone()).await?;
        let views = views(app, uid, known, &shown).await?;
        return Ok(page.with(views, |entry, view| entry.row.conversation.to_string() == view.conversation_id));
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
/// Cost: that of the rows and heads of every user up to the page's end, then as [`page`] for each user on it.
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
            entries.retain(|entry| !listing.unique || listed.insert(entry.row.conversation.clone()));
            let known = known(app, &uid, entries).await?;
            known.into_iter().filter(|known| keeps(listing, known)).for_each(|known| pager.push((uid.clone(), known)));
        }
    }
    let page = pager.finish();
    let mut shown = Vec::new();
    for (uid, known) in page.items.clone() {
        shown.extend(views(app, &uid, vec![known], &Shown::of(listing)).await?);
    }
    Ok(page.with(shown, |_, _| true))
}

/// The conversations of a user that the rows and heads alone do not exclude, the latest active first; with `viewer`, as
/// the user themselves may see them.
async fn entries(
    app: &App,
    uid: &Uid,
    viewer: Option<&User>,
    listing: &ConversationListing,
) -> Result<Vec<Entry>, ApiError> {
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
    let heads = app.store.conversation_states(&conversations).await?;
    let entries = rows.into_iter().zip(heads).filter_map(|(row, head)| Some(Entry { row, head: head? }));
    let mut entries: Vec<Entry> = entries.filter(Entry::is_listed).collect();
    entries.sort_by(|one, other| {
        let activity = |entry: &Entry| (entry.head.updated_at, entry.head.shown_message_id);
        activity(other).cmp(&activity(one)).then_with(|| one.row.conversation.cmp(&other.row.conversation))
    });
    Ok(entries)
}

fn keeps(listing: &ConversationListing, known: &Known) -> bool {
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

/// The other sides of conversations, and what is unread; those whose other side is gone are left out.
async fn known(app: &App, uid: &Uid, entries: Vec<Entry>) -> Result<Vec<Known>, ApiError> {
    let others: Vec<Receiver> = entries.iter().map(|entry| other_side(&entry.row.conversation, uid)).collect();
    let (mut uids, mut guids): (Vec<&Uid>, Vec<Guid>) = (Vec::new(), Vec::new());
    for other in &others {
        match other {
            Receiver::User(other) => uids.push(other),
            Receiver::Group(guid) => guids.push(guid.clone()),
        }
    }
    let counts = stream::iter(
        entries
            .iter()
            .map(|entry| async move {
                match entry.unread() {
                    Some(span) => Ok(app.store.count_news(&entry.row.conversation, uid, span, MAX_COUNTED).await?),
                    None => Ok::<usize, ApiError>(0),
                }
            })
            .collect::<Vec<_>>(),
    );
    let (users, groups, counts) = try_join!(
        async { Ok(app.store.users(&uids).await?) },
        async { Ok(app.store.groups_for(&guids, Some(uid)).await?) },
        counts.buffered(AT_ONCE).try_collect::<Vec<usize>>(),
    )?;
    let users = users.into_iter().chain([User::app_system()]);
    let mut with: HashMap<Receiver, With> =
        users.map(|user| (Receiver::User(user.uid.clone()), With::User(user))).collect();
    with.extend(
        groups.into_iter().map(|(group, member)| (Receiver::Group(group.guid.clone()), With::Group(group, member))),
    );
    let known = entries
        .into_iter()
        .zip(others)
        .zip(counts)
        .filter_map(|((entry, other), unread)| Some(Known { entry, with: with.get(&other)?.clone(), unread }));
    Ok(known.collect())
}

/// What a view of a conversation shows on demand.
#[derive(Clone, Copy, Debug, Default)]
struct Shown {
    tags: bool,
    other_tags: bool,
    blocks: bool,
}

impl Shown {
    fn of(listing: &ConversationListing) -> Shown {
        Shown { tags: listing.with_tags, other_tags: listing.with_other_tags, blocks: listing.with_blocked_info }
    }
}

async fn views(app: &App, uid: &Uid, known: Vec<Known>, shown: &Shown) -> Result<Vec<ConversationView>, ApiError> {
    let entries: Vec<&Entry> = known.iter().map(|known| &known.entry).collect();
    let app_uid = Uid::app_system();
    let others: Vec<&Uid> = known
        .iter()
        .filter_map(|known| match &known.with {
            With::User(user) if shown.blocks => Some(&user.uid),
            _ => None,
        })
        .collect();
    let (last, [mine, system], relations) = try_join!(
        last_message::of(app, uid, &entries),
        async { Ok(app.store.pinned_conversations_of([uid, &app_uid]).await?) },
        async { Ok(app.store.relations(uid, &others).await?) },
    )?;
    let views = known.iter().zip(last).map(|(known, last_message)| {
        let Known { entry, with, unread } = known;
        let other = other_side(&entry.row.conversation, uid);
        ConversationView {
            conversation_id: entry.row.conversation.to_string(),
            conversation_type: other.receiver_type(),
            unread_message_count: *unread,
            created_at: entry.head.created_at,
            updated_at: entry.head.updated_at,
            last_message,
            conversation_with: other_view(uid, with, shown, &relations),
            tags: Some(entry.row.tags.clone()).filter(|tags| shown.tags && !tags.is_empty()),
            pin: pin_of(&system, &other, &app_uid).or_else(|| pin_of(&mine, &other, uid)),
        }
    });
    Ok(views.collect())
}

/// The pin of the conversation with `other` in somebody's list.
pub fn pin_of(pinned: &PinnedConversations, other: &Receiver, by: &Uid) -> Option<PinView> {
    let pin = pinned.pins.iter().find(|pin| pin.with == *other)?;
    Some(PinView { pinned_by: by.clone(), pinned_at: pin.pinned_at })
}

fn other_view(uid: &Uid, with: &With, shown: &Shown, relations: &HashMap<Uid, Relation>) -> Value {
    match with {
        With::User(user) => {
            let view = UserView::of(user).seen_by(uid).related(relations.get(&user.uid));
            json!(if shown.other_tags { view.with_tags(&user.tags) } else { view })
        }
        With::Group(group, member) => {
            let view = GroupView::of(group).seen_by(member.as_ref());
            json!(if shown.other_tags { view } else { view.without_tags() })
        }
    }
}
