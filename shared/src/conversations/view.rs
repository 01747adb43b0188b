//! How a conversation is shown to one of its participants (contract/related.md, "Conversations").

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream, try_join};
use serde_json::{Value, json};

use crate::app::App;
use crate::conversations::last_message;
use crate::conversations::pinned::Pins;
use crate::conversations::receipts::not_accessible;
use crate::error::ApiError;
use crate::store::news::News;
use model::conversation_state::OwnConversation;
use model::conversation_view::ConversationView;
use model::filter::other_side;
use model::group::{Group, Member};
use model::group_view::GroupView;
use model::message::Receiver;
use model::uid::{Guid, Uid};
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

impl LoadedConversation {
    pub(super) fn news(&self) -> News {
        News { messages: self.unread, mentions: self.mentions }
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
/// Cost: 3 round trips: other side, counter and pins, the last message, and what it refers to.
pub async fn one(app: &App, uid: &Uid, entry: OwnConversation) -> Result<ConversationView, ApiError> {
    let with = other_side(entry.id(), uid);
    let parts = ShownParts { tags: true, ..ShownParts::default() };
    let (known, pins) = try_join!(known(app, uid, vec![entry.into()]), Pins::of(app, uid))?;
    let view = views(app, uid, known, &parts, &pins).await?.pop();
    view.ok_or_else(|| not_accessible(uid, &with))
}

/// Conversations as their user sees them; none for one whose other side is gone.
pub(super) async fn shown(
    app: &App,
    uid: &Uid,
    candidates: Vec<Candidate>,
    parts: &ShownParts,
    pins: &Pins,
) -> Result<Vec<Option<ConversationView>>, ApiError> {
    let ids: Vec<String> = candidates.iter().map(|candidate| candidate.entry.id().to_string()).collect();
    let mut views = views(app, uid, known(app, uid, candidates).await?, parts, pins).await?.into_iter().peekable();
    let view = |id: String| views.next_if(|view| view.conversation_id == id);
    Ok(ids.into_iter().map(view).collect())
}

/// The other sides of conversations, and what is unread; those whose other side is gone, or a group that the user does
/// not belong to, are left out.
pub(super) async fn known(
    app: &App,
    uid: &Uid,
    candidates: Vec<Candidate>,
) -> Result<Vec<LoadedConversation>, ApiError> {
    let counts = stream::iter(
        candidates
            .iter()
            .map(|candidate| async move {
                let entry = &candidate.entry;
                match (candidate.news, entry.unread()) {
                    (Some(news), _) => Ok::<News, ApiError>(news),
                    (None, Some(range)) => {
                        Ok(app.store.count_news(entry.id(), uid, range, &entry.state.leaving, MAX_COUNTED).await?)
                    }
                    (None, None) => Ok(News::default()),
                }
            })
            .collect::<Vec<_>>(),
    );
    let unknown: Vec<&OwnConversation> =
        candidates.iter().filter(|candidate| candidate.with.is_none()).map(|candidate| &candidate.entry).collect();
    let (sides, counts) = try_join!(sides(app, uid, &unknown), counts.buffered(AT_ONCE).try_collect::<Vec<News>>())?;
    let known = candidates.into_iter().zip(counts).filter_map(|(Candidate { entry, with, .. }, news)| {
        let with = with.or_else(|| sides.get(&other_side(entry.id(), uid)).cloned())?;
        Some(LoadedConversation { entry, with, unread: news.messages, mentions: news.mentions })
    });
    Ok(known.collect())
}

/// The other sides of conversations that are there.
///
/// Cost: 2 round trips at once for each 100; 1 read unit for a user, 3 for a group.
pub(super) async fn sides(
    app: &App,
    uid: &Uid,
    entries: &[&OwnConversation],
) -> Result<HashMap<Receiver, With>, ApiError> {
    let others: Vec<Receiver> = entries.iter().map(|entry| other_side(entry.id(), uid)).collect();
    let (mut uids, mut guids): (Vec<&Uid>, Vec<Guid>) = (Vec::new(), Vec::new());
    for other in &others {
        match other {
            Receiver::User(other) => uids.push(other),
            Receiver::Group(guid) => guids.push(guid.clone()),
        }
    }
    let (users, groups) = try_join!(app.store.users(&uids), app.store.groups_with_membership(&guids, uid))?;
    let users = users.into_iter().chain([User::app_system()]);
    let mut with: HashMap<Receiver, With> =
        users.map(|user| (Receiver::User(user.uid.clone()), With::User(user))).collect();
    // A row alone lets nobody read, and a ban takes away whatever is stored beside it.
    let joined = groups.into_iter().filter_map(|(group, membership)| Some((group, membership.member?)));
    with.extend(joined.map(|(group, member)| (Receiver::Group(group.guid.clone()), With::Group(group, member))));
    Ok(with)
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
}

/// Conversations as their user sees them.
pub(super) async fn views(
    app: &App,
    uid: &Uid,
    known: Vec<LoadedConversation>,
    shown: &ShownParts,
    pins: &Pins,
) -> Result<Vec<ConversationView>, ApiError> {
    let entries: Vec<&OwnConversation> = known.iter().map(|known| &known.entry).collect();
    let others: Vec<&Uid> = known
        .iter()
        .filter_map(|known| match &known.with {
            With::User(user) if shown.blocks => Some(&user.uid),
            _ => None,
        })
        .collect();
    let (last, relations) = try_join!(last_message::of(app, uid, &entries), async {
        Ok(app.store.relations_on_page(uid, &others).await?)
    },)?;
    let views = known.iter().zip(last).map(|(known, last)| {
        let LoadedConversation { entry, with, unread, mentions } = known;
        let other = other_side(entry.id(), uid);
        ConversationView {
            conversation_id: entry.id().to_string(),
            conversation_type: other.receiver_type(),
            unread_message_count: *unread,
            unread_mentions_count: *mentions,
            last_read_message_id: entry.participant.read_id,
            latest_message_id: last.id,
            created_at: entry.state.created_at,
            updated_at: entry.state.updated_at,
            last_message: last.shown,
            conversation_with: other_view(uid, with, shown, &relations),
            tags: Some(entry.participant.tags.clone()).filter(|tags| shown.tags && !tags.is_empty()),
            pin: pins.pin_of(&other),
        }
    });
    Ok(views.collect())
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
