//! Soft and permanent deletion (contract/messages.md, operation 7).

use model::event::{Audience, EventKind};
use model::id::MessageId;
use model::message::Message;
use model::message_view::MessageView;
use model::page::{Affix, IdRange};

use super::access::{self, Opened};
use super::change_notice::{self, require_author, require_changeable, require_right};
use crate::app::App;
use crate::error::ApiError;
use crate::id_draws::IdDraws;
use crate::identity::Caller;
use crate::store::message_change::Changed;
use crate::store::thread_end::ThreadEnd;

/// Deletes a message, softly or permanently, and returns the action message. What is wrong with the body is said to those
/// who may read the message.
pub async fn delete(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    permanently: Result<bool, ApiError>,
) -> Result<MessageView, ApiError> {
    let opened = access::message_to_delete(app, caller, id).await?;
    match permanently {
        Ok(true) => delete_permanently(app, opened).await,
        _ if opened.ending_by.is_some() => Err(access::not_found()),
        permanently => permanently.map(|_| delete_softly(app, opened))?.await,
    }
}

/// Takes the content of a message away.
///
/// Cost: 3 round trips, 8 write units for messages of 1 KB.
async fn delete_softly(app: &App, mut opened: Opened) -> Result<MessageView, ApiError> {
    let mut draws = IdDraws::above(app, Some(opened.message.id));
    loop {
        require_right(app, &opened).await?;
        let Opened { actor, message: before, .. } = &opened;
        let action = change_notice::action(draws.draw(), actor, before, "deleted");
        let after = before.clone().deleted(action.sender.clone(), action.sent_at());
        let kind = EventKind::MessageDeleted { message: before.id, action: action.id };
        let event = app.event(&actor.origin(), Audience::Conversation(before.conversation.clone()), kind);
        let last = match app.store.soft_delete(before, &after, &action, opened.writer(), &event).await? {
            Changed::Done => return change_notice::view(app, &opened, &action, &after).await,
            Changed::DrawAgain(last) => last,
            Changed::Stale => None,
        };
        draws.again(last).await?;
        opened = opened.again(app).await?;
    }
}

/// Deletes a message and everything that depends on it permanently.
///
/// First it is there for nobody, which the action message tells; then the dependents and the files go, then what is left
/// of the row. Broken off anywhere, the same request finishes it.
///
/// Cost: 3 round trips and 1 for each 25 reactions and holders; 2 for a reply; 1 to S3 if it has files.
async fn delete_permanently(app: &App, opened: Opened) -> Result<MessageView, ApiError> {
    require_changeable(&opened.message)?;
    require_author(app, &opened).await?;
    let (opened, action) = match opened.ending_by {
        Some(action) => {
            let action = told(app, &opened.message, action).await?;
            (opened, action)
        }
        None => hide(app, opened).await?,
    };
    let message = &opened.message;
    app.store.delete_dependents(message.id).await?;
    // The message names its files until it goes, also when it was deleted softly before.
    app.media.delete_objects(&message.files).await?;
    app.store.end_message(message).await?;
    change_notice::view(app, &opened, &action, message).await
}

/// Lets a message be there for nobody; returns what is left of it, and the action message.
async fn hide(app: &App, mut opened: Opened) -> Result<(Opened, Message), ApiError> {
    let mut draws = IdDraws::above(app, Some(opened.message.id));
    loop {
        let before = &opened.message;
        let thread = thread_without(app, before).await?;
        let action = change_notice::action(draws.draw(), &opened.actor, before, "deleted");
        let after = before.clone().deleted(action.sender.clone(), action.sent_at());
        let kind = EventKind::MessagePermanentlyDeleted { message: before.id, action: action.id };
        let event = app.event(&opened.actor.origin(), Audience::Conversation(before.conversation.clone()), kind);
        let last = match app.store.delete_message(before, &after, &thread, &action, opened.writer(), &event).await? {
            Changed::Done => {
                opened.message = after;
                return Ok((opened, action));
            }
            Changed::DrawAgain(last) => last,
            Changed::Stale => None,
        };
        draws.again(last).await?;
        opened = opened.again(app).await?;
        require_author(app, &opened).await?;
        if let Some(action) = opened.ending_by {
            let action = told(app, &opened.message, action).await?;
            return Ok((opened, action));
        }
    }
}

/// The action message of a deletion that began before.
async fn told(app: &App, message: &Message, action: MessageId) -> Result<Message, ApiError> {
    let found = app.store.messages_by_id([(&message.conversation, action)].into_iter()).await?;
    found.into_iter().next().ok_or_else(access::not_found)
}

/// How the thread of a reply stands without it.
///
/// Cost: nothing for what is no reply, else 1 round trip, and 2 for the last one of its thread.
pub(crate) async fn thread_without(app: &App, reply: &Message) -> Result<ThreadEnd, ApiError> {
    const LOOKED_AT: usize = 50;
    let (conversation, Some(parent)) = (&reply.conversation, reply.parent_id) else { return Ok(ThreadEnd::NoParent) };
    let Some(stands) = app.store.message(conversation, parent).await? else {
        return Ok(ThreadEnd::NoParent);
    };
    if stands.last_reply_id != Some(reply.id) {
        return Ok(ThreadEnd::Earlier);
    }
    let mut left = IdRange::ALL.beyond(reply.id, Affix::Prepend);
    while let Some(range) = left {
        // The index may still name replies that are gone.
        let ids = app.store.replies(parent, range, Affix::Prepend, LOOKED_AT).await?;
        let replies = app.store.messages_by_id(ids.iter().map(|id| (conversation, *id))).await?;
        if let Some(previous) = replies.iter().map(|reply| reply.id).max() {
            return Ok(ThreadEnd::Last { previous: Some(previous) });
        }
        left = ids.last().filter(|_| ids.len() == LOOKED_AT).and_then(|last| range.beyond(*last, Affix::Prepend));
    }
    Ok(ThreadEnd::Last { previous: None })
}
