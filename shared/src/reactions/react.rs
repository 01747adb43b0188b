//! Reacting (contract/messages.md, operations 11 to 14).

use futures_util::{StreamExt, TryStreamExt, stream};
use lambda_http::Request;
use serde_json::Value;

use crate::app::App;
use crate::error::ApiError;
use crate::http::request;
use crate::http::response::{self, Response};
use crate::identity::Actor;
use crate::messages::access::{self, Opened};
use crate::messages::render::Viewing;
use crate::store::error::StoreError;
use crate::store::reaction::Reacting;
use model::message::{Category, Message};
use model::message_view::MessageView;
use model::page::{Affix, Page, PageRequest};
use model::problem::Code;
use model::reaction::{Reacted, ReactedView, Reaction};
use model::user::{User, UserView};

/// How often a change is tried again when others reacted meanwhile: each try loses only to a change between "nobody"
/// and "somebody", so a crowd settles quickly.
const ATTEMPTS: usize = 20;
/// How many kinds of reactions are read at once.
const AT_ONCE: usize = 25;

/// Adds the reaction that path or body name to the message of the path, for the acting user; one that they hold already stays.
///
/// Cost: 5 round trips, 6 write units for a message of 1 KB.
pub async fn add(app: &App, req: &Request) -> Result<MessageView, ApiError> {
    let (user, message) = open(app, req).await?;
    let reaction = &request::reaction(req)?;
    let mut current = message.clone();
    for _ in 0..ATTEMPTS {
        require_room(&current, reaction)?;
        let reacted = reacted(app, &user, &message, reaction)?;
        match app.store.add_reaction(&current, &reacted, user.born_id).await? {
            Reacting::Done | Reacting::Unchanged => return answer(app, &user, &message).await,
            Reacting::IdTaken => {}
            Reacting::Stale(now) => current = still_there(now, &message)?,
        }
    }
    Err(StoreError::Conflict.into())
}

/// Removes the acting user's reaction that the path names from the message of the path, if they hold it.
///
/// Cost: 6 round trips, 6 write units for a message of 1 KB.
pub async fn remove(app: &App, req: &Request) -> Result<MessageView, ApiError> {
    let (user, message) = open(app, req).await?;
    let reaction = &request::reaction(req)?;
    let mut current = message.clone();
    for _ in 0..ATTEMPTS {
        let held = app.store.held_reactions(&user.uid, std::iter::once(message.id)).await?;
        let id = held.get(&message.id).and_then(|held| held.get(reaction.as_str()));
        // One of a former owner of the UID is not the user's to remove.
        let Some(id) = id.filter(|id| !user.is_younger_than(**id)) else { return answer(app, &user, &message).await };
        let reacted = Reacted { id: *id, ..reacted(app, &user, &message, reaction)? };
        match app.store.remove_reaction(&current, &reacted).await? {
            Reacting::Done | Reacting::Unchanged => return answer(app, &user, &message).await,
            Reacting::IdTaken => {}
            Reacting::Stale(now) => current = still_there(now, &message)?,
        }
    }
    Err(StoreError::Conflict.into())
}

/// A page of the reactions to a message, of one kind or of all, rising by id.
///
/// Cost: 1 round trip, one query for each kind.
pub async fn page(
    app: &App,
    message: &Message,
    kind: Option<&Reaction>,
    request: &PageRequest,
) -> Result<Page<Reacted>, ApiError> {
    let Some(span) = request.span else { return Ok(Page::empty()) };
    // A deleted message holds none, though rows may be left of them.
    let held = message.reactions.keys().filter_map(|kind| Reaction::parse(kind).ok());
    let kinds: Vec<Reaction> = held.filter(|held| kind.is_none_or(|kind| kind == held)).collect();
    let limit = request.limit.get();
    let (store, id, affix) = (&app.store, message.id, request.affix);
    let read: Vec<Vec<Reacted>> = stream::iter(kinds)
        .map(|kind| async move { store.reactions(id, &kind, span, affix, limit + 1).await })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut items: Vec<Reacted> = read.into_iter().flatten().collect();
    items.sort_by_key(|reacted| reacted.id);
    let has_more = limit < items.len();
    match affix {
        Affix::Append => items.truncate(limit),
        Affix::Prepend => drop(items.drain(..items.len().saturating_sub(limit))),
    }
    Ok(Page { items, reached: None, has_more })
}

/// Answers a page of reactions as the actor sees them.
pub fn page_answer(actor: &Actor, page: Page<Reacted>, request: &PageRequest) -> Response {
    let views: Vec<ReactedView> = page.items.iter().map(|reacted| ReactedView::of(reacted, actor.uid())).collect();
    let (entries, meta) = response::page(page, &views, request, |reacted| reacted.id);
    response::list(&entries, &meta.without_times())
}

/// The acting user, who must be one, and a message that can be reacted to.
async fn open(app: &App, req: &Request) -> Result<(User, Message), ApiError> {
    let Opened { actor, message, .. } =
        access::message_to_change_as_user(app, &request::caller(req), request::message_id(req)).await?;
    if message.is_deleted() || matches!(message.category, Category::Action | Category::Call) {
        let sentence = format!("Nobody can react to the message {}.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    Ok((actor.as_user(), message))
}

fn require_room(message: &Message, reaction: &Reaction) -> Result<(), ApiError> {
    let reactions = &message.reactions;
    if reactions.contains_key(reaction.as_str()) || reactions.len() < Reaction::MAX_DISTINCT {
        return Ok(());
    }
    let most = Reaction::MAX_DISTINCT;
    Err(ApiError::field("reaction", format!("would be more than {most} distinct reactions on this message.")))
}

fn still_there(now: Option<Box<Message>>, message: &Message) -> Result<Message, ApiError> {
    now.map(|now| *now).filter(|now| !now.is_deleted()).ok_or_else(|| ApiError::message_not_found(message.id))
}

fn reacted(app: &App, user: &User, message: &Message, reaction: &Reaction) -> Result<Reacted, ApiError> {
    let reacted_by = match serde_json::to_value(UserView::of(user)) {
        Ok(Value::Object(user)) => user,
        _ => return Err(ApiError::new(Code::Exception, "A user could not be written.")),
    };
    Ok(Reacted {
        id: app.next_id(),
        message_id: message.id,
        reaction: reaction.clone(),
        uid: user.uid.clone(),
        reacted_by,
    })
}

/// The message as it is now: others may have reacted at the same time.
async fn answer(app: &App, user: &User, message: &Message) -> Result<MessageView, ApiError> {
    let (now, _) = app.store.message_for(&message.conversation, message.id, None).await?;
    let now = now.ok_or_else(|| ApiError::message_not_found(message.id))?;
    Viewing { viewer: Some(user.uid.clone()), born_id: user.born_id, ..Viewing::default() }.one(app, &now).await
}
