//! Reacting, and taking it back (contract/messages.md, operations 11 and 12).

use std::collections::HashMap;

use futures_util::try_join;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Caller;
use crate::messages::access::{self, Opened};
use crate::messages::render::Viewing;
use crate::store::reaction::Reacting;
use crate::store::tries::Tries;
use model::entity;
use model::event::{Audience, Event, EventKind};
use model::id::MessageId;
use model::message::{Category, Message};
use model::message_view::MessageView;
use model::problem::Code;
use model::reaction::{Reacted, Reaction, Tally};
use model::user::User;

/// Adds a reaction to a message for the acting user; one that they hold already stays. What is wrong with the reaction
/// is said to those who may react.
///
/// Cost: 3 round trips; 6 write units for a message of 1 KB. Where others reacted before, 1 read unit more.
pub async fn add(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    reaction: Result<Reaction, ApiError>,
) -> Result<MessageView, ApiError> {
    let opened = reactable(access::message_to_change_as_user(app, caller, id).await?)?;
    let (user, reaction) = (opened.actor.as_user(), &reaction?);
    let (mut current, mut has_met, mut tries) = (opened.message.clone(), false, Tries::begin());
    loop {
        require_room(&current, reaction)?;
        let reacted = reacted(app, &user, &current, reaction);
        let kind =
            EventKind::ReactionAdded { message: current.id, reaction: reaction.to_string(), reaction_id: reacted.id };
        let event = event(app, &opened, kind);
        let held = async {
            let others = Some(current.id).filter(|_| !current.reactions.is_empty());
            Ok(app.store.held_reactions(&user.uid, others.into_iter()).await?.remove(&current.id).unwrap_or_default())
        };
        let (done, mut held) =
            try_join!(app.store.add_reaction(&current, &reacted, user.born_id, opened.writer(), &event), held)?;
        match done {
            Reacting::Done if has_met => return as_it_is(app, &opened).await,
            Reacting::Done => {
                let tally = current.reactions.entry(reaction.to_string());
                tally.or_insert(Tally { count: 0, first: reacted.id }).count += 1;
                held.insert(reaction.to_string(), reacted.id);
                return shown(app, &opened, &current, &held).await;
            }
            Reacting::Unchanged => return as_it_is(app, &opened).await,
            Reacting::IdTaken | Reacting::Conflict => {}
            Reacting::Stale(now) => current = still_there(now, current.id)?,
        }
        has_met = true;
        tries.again().await?;
    }
}

/// Removes a reaction of the acting user from a message, if they hold it. What is wrong with the reaction is said to
/// those who may react.
///
/// Cost: 3 round trips, 6 write units for a message of 1 KB.
pub async fn remove(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    reaction: Result<Reaction, ApiError>,
) -> Result<MessageView, ApiError> {
    let opened = reactable(access::message_with_held(app, caller, id).await?)?;
    let (user, reaction) = (opened.actor.as_user(), &reaction?);
    let (mut current, mut held) = (opened.message.clone(), opened.held.clone());
    let (mut has_met, mut tries) = (false, Tries::begin());
    loop {
        // One of a former owner of the UID is not the user's to remove.
        let Some(id) = held.get(reaction.as_str()).filter(|id| !user.is_younger_than(**id)) else {
            return shown(app, &opened, &current, &held).await;
        };
        let reacted = Reacted { id: *id, ..reacted(app, &user, &current, reaction) };
        let kind =
            EventKind::ReactionRemoved { message: current.id, reaction: reaction.to_string(), reaction_id: reacted.id };
        let event = event(app, &opened, kind);
        match app.store.remove_reaction(&current, &reacted, opened.writer(), &event).await? {
            Reacting::Done if has_met => return as_it_is(app, &opened).await,
            Reacting::Done => {
                current.forget_reaction(reaction.as_str());
                held.remove(reaction.as_str());
                return shown(app, &opened, &current, &held).await;
            }
            Reacting::Unchanged => return as_it_is(app, &opened).await,
            Reacting::IdTaken | Reacting::Conflict => {}
            Reacting::Stale(now) => current = still_there(now, current.id)?,
        }
        has_met = true;
        tries.again().await?;
        let now = app.store.held_reactions(&user.uid, std::iter::once(current.id)).await?.remove(&current.id);
        held = now.unwrap_or_default();
    }
}

/// A message that can be reacted to.
fn reactable(opened: Opened) -> Result<Opened, ApiError> {
    let message = &opened.message;
    if message.is_deleted() || matches!(message.category, Category::Action | Category::Call) {
        let sentence = format!("Nobody can react to the message {}.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    Ok(opened)
}

fn event(app: &App, Opened { actor, message, .. }: &Opened, kind: EventKind) -> Event {
    app.event(&actor.origin(), Audience::Conversation(message.conversation.clone()), kind)
}

fn require_room(message: &Message, reaction: &Reaction) -> Result<(), ApiError> {
    let reactions = &message.reactions;
    if reactions.contains_key(reaction.as_str()) || reactions.len() < Reaction::MAX_DISTINCT {
        return Ok(());
    }
    let most = Reaction::MAX_DISTINCT;
    Err(ApiError::field("reaction", format!("would be more than {most} distinct reactions on this message.")))
}

/// The message as a try has shown it, if anybody can react to it still.
fn still_there(now: Option<Box<Message>>, id: MessageId) -> Result<Message, ApiError> {
    now.map(|now| *now).filter(|now| !now.is_deleted()).ok_or_else(|| ApiError::message_not_found(id))
}

fn reacted(app: &App, user: &User, message: &Message, reaction: &Reaction) -> Reacted {
    Reacted {
        dated_at: None,
        id: app.next_id(),
        message_id: message.id,
        reaction: reaction.clone(),
        uid: user.uid.clone(),
        reacted_by: entity::reacting(user),
    }
}

/// The message as the change left it, to who holds these reactions now.
async fn shown(
    app: &App,
    opened: &Opened,
    message: &Message,
    held: &HashMap<String, MessageId>,
) -> Result<MessageView, ApiError> {
    let user = opened.actor.as_user();
    let mine = held.iter().filter(|(_, id)| !user.is_younger_than(**id)).map(|(reaction, _)| reaction.clone());
    let holds = HashMap::from([(message.id, mine.collect())]);
    Viewing { holds, with_tags: false, ..opened.viewing() }.one(app, message).await
}

/// The message as it is now: others reacted at the same time, or the same user did the same.
async fn as_it_is(app: &App, opened: &Opened) -> Result<MessageView, ApiError> {
    let Message { conversation, id, .. } = &opened.message;
    let now = app.store.message(conversation, *id).await?;
    let now = now.ok_or_else(|| ApiError::message_not_found(*id))?;
    Viewing { with_tags: false, ..opened.viewing() }.one(app, &now).await
}
