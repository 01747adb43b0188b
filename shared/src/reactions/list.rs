//! Who reacted to a message with what (contract/messages.md, operations 13 and 14).

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access;
use model::id::MessageId;
use model::listed::Listed;
use model::message::Message;
use model::page::{Affix, Meta, Page, PageRequest};
use model::reaction::{Reacted, ReactedView, Reaction};

/// How many kinds of reactions are read at once.
const AT_ONCE: usize = 25;

/// All reactions to a message, as the caller sees them, or those of one kind. What is wrong with the request is said to
/// those who may read the message, first of the page, then of the kind.
///
/// Cost: 3 round trips, one query for each kind.
pub async fn list(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    request: Result<PageRequest, ApiError>,
    kind: Option<Result<Reaction, ApiError>>,
) -> Result<Listed, ApiError> {
    let opened = access::message(app, caller, id).await?;
    let (request, kind) = (request?, kind.transpose()?);
    let page = page(app, &opened.message, kind.as_ref(), &request).await?;
    let viewer = opened.actor.uid();
    let views: Vec<ReactedView> = page.items.iter().map(|reacted| ReactedView::of(reacted, viewer)).collect();
    let Listed { entries, meta } = Listed::page(page, &views, &request, |reacted| reacted.id);
    Ok(Listed { entries, meta: meta.map(Meta::without_times) })
}

/// A page of the reactions to a message, of one kind or of all, rising by id.
///
/// Cost: 1 round trip, one query for each kind.
async fn page(
    app: &App,
    message: &Message,
    kind: Option<&Reaction>,
    request: &PageRequest,
) -> Result<Page<Reacted>, ApiError> {
    let Some(range) = request.range else { return Ok(Page::empty()) };
    // A deleted message holds none, though rows may be left of them.
    let held = message.reactions.keys().filter_map(|kind| Reaction::parse(kind).ok());
    let kinds: Vec<Reaction> = held.filter(|held| kind.is_none_or(|kind| kind == held)).collect();
    let limit = request.limit.get();
    let (store, id, affix) = (&app.store, message.id, request.affix);
    let read: Vec<Vec<Reacted>> = stream::iter(kinds)
        .map(|kind| async move { store.reactions(id, &kind, range, affix, limit + 1).await })
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
