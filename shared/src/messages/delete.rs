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
use crate::identity::{Actor, Caller};
use crate::store::message_change::Changed;

/// How often it is looked which reply is the last, while others are removed.
const REPAIRS: usize = 5;

/// Deletes a message, softly or permanently, and returns the action message. What is wrong with the body is said to those
/// who may read the message.
pub async fn delete(
    app: &App,
    caller: &Caller,
    id: Option<MessageId>,
    permanently: Result<bool, ApiError>,
) -> Result<MessageView, ApiError> {
    let opened = access::message_to_change(app, caller, id).await?;
    if permanently? { delete_permanently(app, opened).await } else { delete_softly(app, opened).await }
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
        match app.store.soft_delete(before, &after, &action, &event).await? {
            Changed::Done => return change_notice::view(app, actor, &action, &after).await,
            Changed::DrawAgain(last) => draws.again(last).await?,
            Changed::Stale => {
                draws.again(None).await?;
                opened = opened.again(app).await?;
            }
        }
    }
}

/// Deletes a message and everything that depends on it permanently.
///
/// The content goes first, then the dependents and the files, then the message: broken off anywhere, nothing can be read,
/// and the same request finishes it.
///
/// Cost: 5 round trips and 1 for each 25 reactions and holders; 1 to S3 if it has files.
async fn delete_permanently(app: &App, mut opened: Opened) -> Result<MessageView, ApiError> {
    let mut draws = IdDraws::above(app, Some(opened.message.id));
    loop {
        require_changeable(&opened.message)?;
        require_author(app, &opened).await?;
        let Opened { actor, message: before, .. } = &opened;
        let after = before.clone().deleted(actor.as_user().uid, draws.draw().sent_at());
        if app.store.delete_contents(before, &after).await? == Changed::Done {
            app.store.delete_dependents(after.id).await?;
            // The message names its files until it goes, also when it was deleted softly before.
            app.media.delete_objects(&after.files).await?;
            if let Some(action) = remove(app, actor, &after, &mut draws).await? {
                repair_last_reply(app, &after).await?;
                return change_notice::view(app, actor, &action, &after).await;
            }
        }
        draws.again(None).await?;
        opened = opened.again(app).await?;
    }
}

/// Removes a message whose content and dependents are gone, and returns the action message; nothing if it is not as it was
/// left.
async fn remove(
    app: &App,
    actor: &Actor,
    message: &Message,
    draws: &mut IdDraws<'_>,
) -> Result<Option<Message>, ApiError> {
    loop {
        let action = change_notice::action(draws.draw(), actor, message, "deleted");
        let kind = EventKind::MessagePermanentlyDeleted { message: message.id, action: action.id };
        let event = app.event(&actor.origin(), Audience::Conversation(message.conversation.clone()), kind);
        match app.store.remove_message(message, &action, &event).await? {
            Changed::Done => return Ok(Some(action)),
            Changed::DrawAgain(last) => draws.again(last).await?,
            Changed::Stale => return Ok(None),
        }
    }
}

/// Makes the newest reply that is left the last of the thread of a reply that is gone. Whoever removes several at once
/// comes here after each of them, so the last one sees what is left.
pub(crate) async fn repair_last_reply(app: &App, gone: &Message) -> Result<(), ApiError> {
    const LOOKED_AT: usize = 50;
    let Some(parent_id) = gone.parent_id else { return Ok(()) };
    for _ in 0..REPAIRS {
        let (parent, _) = app.store.message_for(&gone.conversation, parent_id, None).await?;
        let Some(last) = parent.and_then(|parent| parent.last_reply_id) else { return Ok(()) };
        // The index may still name replies that are gone.
        let ids = app.store.replies(parent_id, IdRange::ALL, Affix::Prepend, LOOKED_AT).await?;
        let named = ids.iter().chain([&last]).map(|id| (&gone.conversation, *id));
        let left = app.store.messages_by_id(named).await?;
        if left.iter().any(|reply| reply.id == last) {
            return Ok(());
        }
        let newest = left.iter().map(|reply| reply.id).max();
        app.store.repair_last_reply(&gone.conversation, parent_id, last, newest).await?;
    }
    Ok(())
}
