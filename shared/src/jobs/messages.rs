//! The deletion of messages with all that hangs on them.

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::app::App;
use crate::error::ApiError;
use crate::store::sweep::{Budget, Left};
use model::conversation::ConversationId;
use model::file::File;
use model::id::MessageId;
use model::message::Message;
use model::page::{Affix, IdRange};

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
        let slice = app.store.messages(conversation, range, Affix::Append, READ_AT_ONCE).await?;
        delete(app, &slice.items.iter().collect::<Vec<_>>(), budget).await?;
        if slice.is_all && !budget.is_spent() {
            return Ok(Left::Nothing);
        }
    }
    Ok(Left::Perhaps)
}

/// Removes messages: files, what people left on them, then themselves, as long as they say what hangs on them. Those with
/// more than fits into the slice stay for the next one, which is why the slice is spent then.
pub(super) async fn delete(app: &App, messages: &[&Message], budget: &mut Budget) -> Result<(), ApiError> {
    let files: Vec<File> = messages.iter().flat_map(|message| message.files.iter().cloned()).collect();
    app.media.delete_objects(&files).await?;
    let most = (budget.left() / messages.len().max(1)).max(FEWEST_DEPENDENTS);
    let emptied: Vec<(usize, Left)> = stream::iter(messages.iter().map(|message| message.id).collect::<Vec<_>>())
        .map(|id| async move { app.store.delete_some_dependents(id, most).await })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let bare: Vec<&Message> = messages
        .iter()
        .zip(&emptied)
        .filter_map(|(message, (_, left))| (*left == Left::Nothing).then_some(*message))
        .collect();
    app.store.delete_messages(&bare).await?;
    budget.spend(emptied.iter().map(|(rows, _)| rows).sum::<usize>() + 2 * bare.len());
    if bare.len() < messages.len() {
        budget.spend(budget.left());
    }
    Ok(())
}
