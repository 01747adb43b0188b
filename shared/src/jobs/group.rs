//! The deletion of a group.

use super::{Rest, messages};
use crate::app::App;
use crate::error::ApiError;
use crate::store::sweep::{Budget, Left};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::job::Job;
use model::uid::Guid;

/// Removes some of a group: members and bans first, because who is no member leaves nothing further.
pub(super) async fn delete_some(app: &App, guid: &Guid, job: &Job, budget: &mut Budget) -> Result<Rest, ApiError> {
    let conversation = ConversationId::Group(guid.clone());
    let is_left = app.store.remove_some_members(guid, budget).await? == Left::Perhaps
        || messages::delete_some_of_group(app, guid, budget).await? == Left::Perhaps
        || app.store.remove_watermarks_and_pins(&conversation, MessageId::MAX, budget).await? == Left::Perhaps;
    if is_left {
        return Ok(Rest::More(None));
    }
    app.store.end_group(guid, app.next_id(), job).await?;
    Ok(Rest::Nothing)
}
