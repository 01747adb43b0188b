//! Lists of messages: which conversations they reach, what the acting user has not seen, pages or counters (contract/
//! messages.md, operations 2 to 4).

use std::collections::{BTreeSet, HashMap};

use futures_util::try_join;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{self, Actor, Caller};
use crate::messages::access::{self, Joined};
use crate::messages::counters;
use crate::messages::goals;
use crate::messages::history::{self, Conversations};
use crate::messages::marked;
use crate::messages::named;
use crate::messages::query::Listing;
use crate::parts;
use crate::store::batch::Known;
use crate::store::partition::Rows;
use model::budget::Entries;
use model::conversation::ConversationId;
use model::conversation_state::{ConversationState, ParticipantState};
use model::filter::{MessageFilter, Unseen};
use model::listed::{Listed, MessagesMeta};
use model::marks::MarkKind;
use model::message::{Message, Receiver};
use model::page::{Affix, Page, PageRequest};
use model::problem::Code;
use model::receipt::Receipt;
use model::time::Seconds;
use model::uid::{Guid, Uid};

/// Which messages a list reaches.
#[derive(Debug)]
enum Reach {
    /// Every message of the app.
    Everything,
    /// Those of several conversations, merged, and what was read of their states along with the proof.
    Conversations(Vec<ParticipantState>, Known),
    /// Those of one conversation.
    One(Box<ParticipantState>),
}

impl Reach {
    /// What `GET /messages` reaches: everything for the app, their own conversations for a user, or of these the ones
    /// that the query names.
    ///
    /// Cost: nothing, where the user's rows are read already.
    async fn of(
        app: &App,
        actor: &Actor,
        (known, first): (Known, Option<Rows<ParticipantState>>),
        listing: &Listing,
    ) -> Result<Reach, ApiError> {
        let Some(user) = actor.user() else {
            let Some(named) = &listing.conversations else { return Ok(Reach::Everything) };
            let rows = named.iter().cloned().map(ParticipantState::new);
            return Ok(Reach::Conversations(rows.collect(), known));
        };
        let mut rows = app.store.listed_conversations(user, first).await?;
        if let Some(named) = &listing.conversations {
            rows.retain(|row| named.contains(&row.conversation));
            if rows.is_empty() {
                let uid = &user.uid;
                let message =
                    format!("The user {uid} is not a participant of this conversation, or nobody wrote in it yet.");
                return Err(ApiError::new(Code::ConversationNotAccessible, message));
            }
        }
        Ok(Reach::Conversations(rows, known))
    }

    /// One conversation, with the acting user's state of it, as both were read.
    fn one(known: &Known, actor: &Actor, conversation: ConversationId) -> Result<Reach, ApiError> {
        Ok(Reach::One(Box::new(match actor.user() {
            Some(user) => known.own(user, &conversation)?,
            None => {
                let absent = known.absent(&conversation)?;
                ParticipantState::new(conversation).without(absent)
            }
        })))
    }

    fn states(&self) -> &[ParticipantState] {
        match self {
            Reach::Everything => &[],
            Reach::Conversations(rows, _) => rows,
            Reach::One(row) => std::slice::from_ref(row),
        }
    }

    fn rows(self) -> Vec<ParticipantState> {
        match self {
            Reach::Everything => Vec::new(),
            Reach::Conversations(rows, _) => rows,
            Reach::One(row) => vec![*row],
        }
    }
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
    let (actor, known, first) = history::asked(app, caller).await?;
    let listing = listing?;
    let reach = Reach::of(app, &actor, (known, first), &listing).await?;
    list(app, &actor, &listing, reach, &actor.as_user().uid).await
}

/// The messages between the acting user and another; for the app, all one-to-one messages of a user.
///
/// Cost: 2 round trips, and that of showing them; for the app that of [`history::merged`].
pub async fn with_user(
    app: &App,
    caller: &Caller,
    uid: Result<Uid, ApiError>,
    listing: Result<Listing, ApiError>,
) -> Result<Listed<MessagesMeta>, ApiError> {
    let named = uid.as_ref().ok().cloned().map(Receiver::User);
    let (actor, known) = identity::actor_with(app, caller, |me| named::deciding(me, named.as_ref())).await?;
    let uid = uid?;
    named::require_active(app, &known, &uid).await?;
    let mut listing = listing?;
    let Some(user) = actor.user() else {
        let reach = Reach::Conversations(named::one_to_one(app, &uid).await?, known);
        return list(app, &actor, &listing, reach, &uid).await;
    };
    let conversation = ConversationId::between(&user.uid, &uid);
    listing.viewing.rows.extend(known.participant(&uid, &conversation)?.map(|row| (uid.clone(), row)));
    let reach = Reach::one(&known, &actor, conversation)?;
    list(app, &actor, &listing, reach, &user.uid).await
}

/// The messages of a group, for its members and the app.
///
/// Cost: 2 round trips, and that of showing them.
pub async fn of_group(
    app: &App,
    caller: &Caller,
    guid: Result<Guid, ApiError>,
    listing: Result<Listing, ApiError>,
) -> Result<Listed<MessagesMeta>, ApiError> {
    let named = guid.as_ref().ok().cloned().map(Receiver::Group);
    let (actor, known) = identity::actor_with(app, caller, |me| named::deciding(me, named.as_ref())).await?;
    let guid = guid?;
    let membership = named::membership(app, &known, actor.uid(), &guid).await?;
    let listing = listing?;
    if let Some(uid) = actor.uid() {
        access::require_member(&membership, &guid, uid)?;
    }
    let reach = Reach::one(&known, &actor, ConversationId::Group(guid))?;
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
        let counters = match reach {
            Reach::Everything => return Err(ApiError::field("count", "needs an acting user or a conversationId.")),
            Reach::One(row) => counters::of_one(app, actor, *row, &filter, whose).await?,
            Reach::Conversations(rows, _) => counters::of_several(app, actor, rows, &filter, whose).await?,
        };
        return Ok(Listed::whole(Entries::first(&counters)));
    }
    let source = Source::of(app, reach, &filter).await?;
    let mut request = listing.request.where_untimed_end(source.untimed_at());
    let page = loop {
        let mut page = source.page(app, &request, &filter).await?;
        match goals::keep_met(app, actor, &filter, &request, &mut page).await? {
            Some(rest) => request.range = Some(rest),
            None => break page,
        }
    };
    let on_page: BTreeSet<ConversationId> = page.items.iter().map(|message| message.conversation.clone()).collect();
    if let Some(uid) = actor.uid() {
        let rows = on_page.iter().filter_map(|conversation| source.row(conversation));
        listing.viewing.rows.extend(rows.map(|row| (uid.clone(), row.clone())));
    }
    let joined = async {
        match (&source, actor.uid()) {
            (Source::Several(_), Some(uid)) => Ok(Some(access::joined_groups(app, uid, on_page.iter()).await?)),
            _ => Ok(None),
        }
    };
    Ok(shown_if(app, actor, &listing, page, joined).await?.into())
}

/// What pages are read of.
enum Source {
    Everything,
    One(Box<ParticipantState>),
    Several(Conversations),
}

impl Source {
    async fn of(app: &App, reach: Reach, filter: &MessageFilter) -> Result<Source, ApiError> {
        Ok(match reach {
            Reach::Everything => Source::Everything,
            Reach::One(row) => Source::One(row),
            Reach::Conversations(mut rows, known) => {
                rows.retain(|row| filter.can_keep_from(&row.conversation));
                Source::Several(Conversations::of(app, rows, known, ConversationState::messages).await?)
            }
        })
    }

    /// When the last message in them was sent whose id says nothing of time, if there are any and that is known.
    fn untimed_at(&self) -> Option<Seconds> {
        match self {
            Source::Everything | Source::Several(Conversations::Many(_)) => None,
            Source::One(row) => row.untimed_at,
            Source::Several(Conversations::Alive(alive)) => alive.iter().filter_map(|(row, _)| row.untimed_at).max(),
        }
    }

    /// A page, also of what is in groups that the actor has left: these are left out when it is shown.
    async fn page(&self, app: &App, request: &PageRequest, filter: &MessageFilter) -> Result<Page<Message>, ApiError> {
        match self {
            Source::Everything => history::everything(app, request, filter).await,
            Source::One(row) => history::conversation(app, (**row).clone(), request, filter).await,
            Source::Several(conversations) => history::merged(app, conversations, request, filter).await,
        }
    }

    /// The actor's state of one of the conversations.
    fn row(&self, conversation: &ConversationId) -> Option<&ParticipantState> {
        match self {
            Source::Everything => None,
            Source::One(row) => Some(&**row).filter(|row| row.conversation == *conversation),
            Source::Several(Conversations::Many(rows)) => rows.get(conversation),
            Source::Several(Conversations::Alive(alive)) => {
                alive.iter().map(|(row, _)| row).find(|row| row.conversation == *conversation)
            }
        }
    }
}

/// A page of messages as the actor sees them, cut where showing more would cost too much. Cost: that of
/// [`Viewing::all`](super::render::Viewing::all).
pub async fn shown(app: &App, actor: &Actor, listing: &Listing, page: Page<Message>) -> Result<Listed, ApiError> {
    shown_if(app, actor, listing, page, async { Ok(None) }).await
}

/// [`shown`], without what is in groups that the actor does not belong to, which is looked up at the same time.
async fn shown_if(
    app: &App,
    actor: &Actor,
    listing: &Listing,
    mut page: Page<Message>,
    joined: impl Future<Output = Result<Option<Joined>, ApiError>>,
) -> Result<Listed, ApiError> {
    let (request, viewing) = (&listing.request, &listing.viewing.clone().by(actor));
    let is_backwards = request.affix == Affix::Prepend;
    if is_backwards {
        page.items.reverse();
    }
    let views = parts::borrowed(&page.items, |part| viewing.all(app, part));
    let (mut views, joined) = try_join!(views, joined)?;
    let n_looked_up = views.len();
    let may_read = |message: &Message| joined.as_ref().is_none_or(|joined| joined.may_read(&message.conversation));
    let mut kept = page.items.iter().map(may_read);
    views.retain(|_| kept.next().unwrap_or_default());
    if is_backwards {
        page.items.reverse();
        views.reverse();
    }
    page.cut(n_looked_up, request.affix, |message| message.id);
    page.items.retain(may_read);
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
        let of_somebody = [
            (listing.unread, "unread"),
            (listing.undelivered, "undelivered"),
            (filter.with_goal, "onlyInteractionGoalCompleted"),
        ];
        for (is_asked, name) in of_somebody {
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
