//! What a user who is deleted leaves among what stays: in the messages of groups, and in what others have pinned.

use super::messages;
use crate::app::App;
use crate::conversations::pinned;
use crate::error::ApiError;
use crate::messages::delete::thread_without;
use crate::store::pin::Pinning;
use crate::store::reaction::Reacting;
use crate::store::sweep::{Budget, Left};
use crate::store::thread_end::ReplyRemoval;
use crate::store::tries::Tries;
use model::conversation::ConversationId;
use model::event::{Audience, EventKind, Origin};
use model::id::MessageId;
use model::job::{Job, Work};
use model::message::{Message, Receiver};
use model::page::{Affix, IdRange};
use model::reaction::{Reacted, Reaction};
use model::uid::{Guid, Uid};

/// How many messages are looked at together.
const READ_AT_ONCE: usize = 50;

/// Goes through the messages of a group from behind `behind` on: those of the user go, and from those of others their
/// reactions, pins, reports and subscriptions, and their profile.
pub(super) async fn remove_from_messages(
    app: &App,
    uid: &Uid,
    guid: &Guid,
    job: &Job,
    behind: &mut Option<MessageId>,
    budget: &mut Budget,
) -> Result<Left, ApiError> {
    let conversation = ConversationId::Group(guid.clone());
    loop {
        let range = match *behind {
            Some(id) => IdRange::ALL.beyond(id, Affix::Append),
            None => Some(IdRange::ALL),
        };
        let Some(range) = range else { return Ok(Left::Nothing) };
        if budget.is_spent() {
            return Ok(Left::Perhaps);
        }
        let slice = app.store.stored_messages(&conversation, range, Affix::Append, READ_AT_ONCE).await?;
        let (own, others): (Vec<&Message>, Vec<&Message>) =
            slice.items.iter().partition(|message| message.sender == *uid);
        if delete_own(app, &own, &job.origin(), budget).await? == Left::Perhaps {
            return Ok(Left::Perhaps);
        }
        forget_on(app, uid, job, &others).await?;
        budget.spend(slice.items.len());
        match slice.items.last() {
            Some(last) if !slice.is_all => *behind = Some(last.id),
            _ => return Ok(Left::Nothing),
        }
    }
}

/// Removes messages; threads are counted without them, which is told.
async fn delete_own(app: &App, own: &[&Message], origin: &Origin, budget: &mut Budget) -> Result<Left, ApiError> {
    let left = messages::delete_contents(app, own, budget).await?;
    let (replies, others): (Vec<&Message>, Vec<&Message>) =
        left.bare.iter().copied().partition(|message| message.parent_id.is_some());
    app.store.delete_messages(&others).await?;
    for reply in replies {
        remove_reply(app, reply, origin).await?;
    }
    Ok(if left.is_all { Left::Nothing } else { Left::Perhaps })
}

async fn remove_reply(app: &App, reply: &Message, origin: &Origin) -> Result<(), ApiError> {
    let mut tries = Tries::begin();
    loop {
        let thread = thread_without(app, reply).await?;
        let kind = EventKind::ReplyGone { parent: reply.parent_id.unwrap_or(reply.id) };
        let event = app.event(origin, Audience::Conversation(reply.conversation.clone()), kind);
        match app.store.remove_reply(reply, &thread, &event).await? {
            ReplyRemoval::Done => return Ok(()),
            ReplyRemoval::Stale => tries.again().await?,
        }
    }
}

/// Removes what a user left on messages of others.
async fn forget_on(app: &App, uid: &Uid, job: &Job, others: &[&Message]) -> Result<(), ApiError> {
    let origin = &job.origin();
    let reacted = others.iter().filter(|message| !message.reactions.is_empty()).map(|message| message.id);
    let mut held = app.store.held_reactions(uid, reacted).await?;
    for message in others {
        for (reaction, id) in held.remove(&message.id).unwrap_or_default() {
            take_back(app, uid, origin, message, &reaction, id).await?;
        }
        if message.pinned_by.as_ref() == Some(uid) {
            unpin(app, origin, message).await?;
        }
        if let Some(without) = message.without_profile(uid) {
            app.store.rewrite_snapshots(message, &without).await?;
        }
    }
    let born_id = match job.work {
        Work::DeleteUser { born_id, .. } => born_id,
        _ => None,
    };
    Ok(app.store.remove_dependents_of(uid, born_id, others).await?)
}

async fn take_back(
    app: &App,
    uid: &Uid,
    origin: &Origin,
    message: &Message,
    reaction: &str,
    id: MessageId,
) -> Result<(), ApiError> {
    let Ok(kind) = Reaction::parse(reaction) else { return Ok(()) };
    let reacted = Reacted {
        id,
        dated_at: None,
        message_id: message.id,
        reaction: kind,
        uid: uid.clone(),
        reacted_by: serde_json::Map::new(),
    };
    let mut message = message.clone();
    let mut tries = Tries::begin();
    loop {
        let kind = EventKind::ReactionRemoved { message: message.id, reaction: reaction.to_owned(), reaction_id: id };
        let event = app.event(origin, Audience::Conversation(message.conversation.clone()), kind);
        match app.store.remove_reaction(&message, &reacted, None, &event).await? {
            Reacting::Stale(Some(now)) => message = *now,
            Reacting::Done | Reacting::Unchanged | Reacting::IdTaken | Reacting::Stale(None) => return Ok(()),
            Reacting::Conflict => {}
        }
        tries.again().await?;
    }
}

async fn unpin(app: &App, origin: &Origin, message: &Message) -> Result<(), ApiError> {
    let kind = EventKind::MessageUnpinned { message: message.id };
    let event = app.event(origin, Audience::Conversation(message.conversation.clone()), kind);
    match app.store.unpin_message(message, None, &event).await? {
        // Somebody unpinned or deleted it meanwhile.
        Pinning::Done | Pinning::Stale => Ok(()),
    }
}

/// Takes the conversation with a user who is deleted out of what another, and the app, have pinned.
pub(super) async fn forget_pins_of(app: &App, other: &Uid, uid: &Uid) -> Result<(), ApiError> {
    for owner in [other, &Uid::app_system()] {
        pinned::forget(app, owner, &Receiver::User(uid.clone())).await?;
    }
    Ok(())
}
