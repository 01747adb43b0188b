//! The deletion of a conversation for everybody, while people may write in it anew.

use super::{Rest, messages};
use crate::app::App;
use crate::error::ApiError;
use crate::store::sweep::{Budget, Left};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::job::Job;

/// Removes some of what a conversation held up to an id. The states of its participants stay: the next message goes on
/// with them.
pub(super) async fn delete_some(
    app: &App,
    conversation: &ConversationId,
    up_to: MessageId,
    job: &Job,
    budget: &mut Budget,
) -> Result<Rest, ApiError> {
    let is_left = messages::delete_some(app, conversation, up_to, budget).await? == Left::Perhaps
        || app.store.remove_watermarks_and_pins(conversation, up_to, budget).await? == Left::Perhaps;
    if is_left {
        return Ok(Rest::More(None));
    }
    app.store.end_conversation(conversation, up_to, app.now(), job).await?;
    Ok(Rest::Nothing)
}
