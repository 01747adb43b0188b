//! The deletion of messages with all that hangs on them.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use crate::store::sweep::{Budget, Left};
use model::conversation::ConversationId;
use model::file::File;
use model::id::MessageId;
use model::message::Message;
use model::page::{Affix, IdRange};
use model::uid::{Guid, Uid};

/// How many messages are read at once to be removed.
const READ_AT_ONCE: usize = 50;
/// What hangs on how many messages is looked for at once.
const AT_ONCE: usize = 16;
/// How many rows that hang on one message are removed at once, whatever is left of the slice.
const FEWEST_DEPENDENTS: usize = 25;

/// Removes some messages of a conversation up to an id, oldest first.
pub(super) async fn delete_some(
    app: &App,
    conversation: &ConversationId,
    up_to: MessageId,
    budget: &mut Budget,
) -> Result<Left, ApiError> {
    let Some(range) = IdRange::new(MessageId::MIN, up_to) else { return Ok(Left::Nothing) };
    while !budget.is_spent() {
        let slice = app.store.stored_messages(conversation, range, Affix::Append, READ_AT_ONCE).await?;
        let left = delete(app, &slice.items.iter().collect::<Vec<_>>(), budget).await?;
        if slice.is_all && left == Left::Nothing {
            return Ok(Left::Nothing);
        }
    }
    Ok(Left::Perhaps)
}

/// Removes all messages of a group that is deleted, as [`delete_some`] does, and of each who wrote it or was concerned by it
/// that they had a part in the group: those who have left stand in no other list of it.
pub(super) async fn delete_some_of_group(app: &App, guid: &Guid, budget: &mut Budget) -> Result<Left, ApiError> {
    let conversation = ConversationId::Group(guid.clone());
    while !budget.is_spent() {
        let slice = app.store.stored_messages(&conversation, IdRange::ALL, Affix::Append, READ_AT_ONCE).await?;
        let concerned: BTreeSet<Uid> = slice.items.iter().flat_map(Message::concerned).collect();
        app.store.forget_participants(&conversation, &concerned).await?;
        budget.spend(concerned.len());
        let left = delete(app, &slice.items.iter().collect::<Vec<_>>(), budget).await?;
        if slice.is_all && left == Left::Nothing {
            return Ok(Left::Nothing);
        }
    }
    Ok(Left::Perhaps)
}

/// Removes messages: files, what people left on them, then themselves. Those with more than fits into the slice stay for
/// the next one.
async fn delete(app: &App, messages: &[&Message], budget: &mut Budget) -> Result<Left, ApiError> {
    let emptied = delete_contents(app, messages, budget).await?;
    app.store.delete_messages(&emptied.bare).await?;
    Ok(if emptied.is_all { Left::Nothing } else { Left::Perhaps })
}

/// Messages on which nothing hangs any more.
pub(super) struct Emptied<'m> {
    pub(super) bare: Vec<&'m Message>,
    /// Whether these are all.
    pub(super) is_all: bool,
}

/// Removes what hangs on messages, as long as they are there to say what: files, and what people left on them. Where that
/// is more than fits into the slice, the slice is spent.
pub(super) async fn delete_contents<'m>(
    app: &App,
    messages: &[&'m Message],
    budget: &mut Budget,
) -> Result<Emptied<'m>, ApiError> {
    let files: Vec<File> = messages.iter().flat_map(|message| message.files.iter().cloned()).collect();
    app.media.delete_objects(&files).await?;
    let most = (budget.left() / messages.len().max(1)).max(FEWEST_DEPENDENTS);
    let emptied: Vec<(usize, Left)> = stream::iter(messages.iter().map(|message| message.id).collect::<Vec<_>>())
        .map(|id| async move { app.store.delete_some_dependents(id, most).await })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let is_bare = |(message, (_, left)): (&&'m Message, &(usize, Left))| (*left == Left::Nothing).then_some(*message);
    let bare: Vec<&Message> = messages.iter().zip(&emptied).filter_map(is_bare).collect();
    budget.spend(emptied.iter().map(|(rows, _)| rows).sum::<usize>() + 2 * bare.len());
    let is_all = bare.len() == messages.len();
    if !is_all {
        budget.spend(budget.left());
    }
    Ok(Emptied { bare, is_all })
}
