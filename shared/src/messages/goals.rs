//! Which interactive messages the acting user is done with, for lists of these alone.

use std::collections::HashSet;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::store::has_spent;
use model::filter::MessageFilter;
use model::goal::Goal;
use model::id::MessageId;
use model::message::Message;
use model::page::{IdRange, Page, PageRequest};

/// Which share of the request's bound may be spent before no further page is looked at.
const SHARE: f64 = 0.4;

/// Those of `messages` whose goals the acting user has met.
///
/// Cost: 1 round trip for each 100, 1 read unit for each message with a goal.
pub async fn met(
    app: &App,
    actor: &Actor,
    messages: impl Iterator<Item = &Message>,
) -> Result<HashSet<MessageId>, ApiError> {
    let Some(user) = actor.user() else { return Ok(HashSet::new()) };
    let goals: Vec<(MessageId, Goal)> = messages.filter_map(|message| Some((message.id, Goal::of(message)?))).collect();
    let done = app.store.interactions(&user.uid, user.born_id, goals.iter().map(|(id, _)| *id)).await?;
    let is_met = |(id, goal): &(MessageId, Goal)| {
        let used: Vec<&str> = done.get(id).into_iter().flat_map(|done| done.elements()).map(|(id, _)| id).collect();
        goal.is_met_by(&used)
    };
    Ok(goals.iter().filter(|goal| is_met(goal)).map(|(id, _)| *id).collect())
}

/// Leaves of a page only what `filter` keeps by the goals of the acting user. Where that is nothing, the ids of the page to
/// be looked at next, because clients take an empty page for the end; where looking on would cost too much, the page is
/// empty and leads on.
///
/// Cost: that of [`met`]; nothing where no goals are asked for.
pub async fn keep_met(
    app: &App,
    actor: &Actor,
    filter: &MessageFilter,
    request: &PageRequest,
    page: &mut Page<Message>,
) -> Result<Option<IdRange>, ApiError> {
    if !filter.with_goal {
        return Ok(None);
    }
    let met = met(app, actor, page.items.iter()).await?;
    page.items.retain(|message| met.contains(&message.id));
    let may_go_on = page.has_more && page.items.is_empty() && !has_spent(SHARE);
    let beyond = page.reached.filter(|_| may_go_on).zip(request.range);
    Ok(beyond.and_then(|(reached, range)| range.beyond(reached, request.affix)))
}
