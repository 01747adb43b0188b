//! Reacting, and taking it back (contract/messages.md, operations 11 and 12).

use crate::app::App;
use crate::error::ApiError;
use crate::identity::{Actor, Caller};
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
use model::reaction::{Reacted, Reaction};
use model::user::User;

/// Adds a reaction to a message for the acting user; one that they hold already stays. What is wrong with the reaction
/// is said to those who may react.
///
/// Cost: 5 round trips, 6 write units for a message of 1 KB.
pub async fn add(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    reaction: Result<Reaction, ApiError>,
) -> Result<MessageView, ApiError> {
    let (actor, message) = open(app, caller, id).await?;
    let (user, reaction) = (actor.as_user(), &reaction?);
    let (mut current, mut tries) = (message.clone(), Tries::begin());
    loop {
        require_room(&current, reaction)?;
        let reacted = reacted(app, &user, &message, reaction);
        let kind =
            EventKind::ReactionAdded { message: message.id, reaction: reaction.to_string(), reaction_id: reacted.id };
        let event = event(app, &actor, &message, kind);
        let outcome = app.store.add_reaction(&current, &reacted, user.born_id, &event).await?;
        if is_settled(outcome, &mut current)? {
            return view(app, &actor, &message).await;
        }
        tries.again().await?;
    }
}

/// Removes a reaction of the acting user from a message, if they hold it. What is wrong with the reaction is said to
/// those who may react.
///
/// Cost: 6 round trips, 6 write units for a message of 1 KB.
pub async fn remove(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    reaction: Result<Reaction, ApiError>,
) -> Result<MessageView, ApiError> {
    let (actor, message) = open(app, caller, id).await?;
    let (user, reaction) = (actor.as_user(), &reaction?);
    let (mut current, mut tries) = (message.clone(), Tries::begin());
    loop {
        let held = app.store.held_reactions(&user.uid, std::iter::once(message.id)).await?;
        let id = held.get(&message.id).and_then(|held| held.get(reaction.as_str()));
        // One of a former owner of the UID is not the user's to remove.
        let Some(id) = id.filter(|id| !user.is_younger_than(**id)) else { return view(app, &actor, &message).await };
        let reacted = Reacted { id: *id, ..reacted(app, &user, &message, reaction) };
        let kind =
            EventKind::ReactionRemoved { message: message.id, reaction: reaction.to_string(), reaction_id: reacted.id };
        let event = event(app, &actor, &message, kind);
        let outcome = app.store.remove_reaction(&current, &reacted, &event).await?;
        if is_settled(outcome, &mut current)? {
            return view(app, &actor, &message).await;
        }
        tries.again().await?;
    }
}

/// The acting user, who must be one, and a message that can be reacted to.
async fn open(app: &App, caller: &Caller, id: Option<MessageId>) -> Result<(Actor, Message), ApiError> {
    let Opened { actor, message, .. } = access::message_to_change_as_user(app, caller, id).await?;
    if message.is_deleted() || matches!(message.category, Category::Action | Category::Call) {
        let sentence = format!("Nobody can react to the message {}.", message.id);
        return Err(ApiError::new(Code::MessageActionNotAllowed, sentence));
    }
    Ok((actor, message))
}

fn event(app: &App, actor: &Actor, message: &Message, kind: EventKind) -> Event {
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

/// Whether a try was the last. If not, `current` is the message as far as the try has shown it.
fn is_settled(outcome: Reacting, current: &mut Message) -> Result<bool, ApiError> {
    match outcome {
        Reacting::Done | Reacting::Unchanged => return Ok(true),
        Reacting::IdTaken | Reacting::Conflict => {}
        Reacting::Stale(now) => {
            let now = now.filter(|now| !now.is_deleted());
            *current = *now.ok_or_else(|| ApiError::message_not_found(current.id))?;
        }
    }
    Ok(false)
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

/// The message as it is now: others may have reacted at the same time.
async fn view(app: &App, actor: &Actor, message: &Message) -> Result<MessageView, ApiError> {
    let now = app.store.message_for(&message.conversation, message.id, None).await?.message;
    let now = now.ok_or_else(|| ApiError::message_not_found(message.id))?;
    Viewing::default().by(actor).one(app, &now).await
}
