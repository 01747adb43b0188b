//! Reactions as others are told of them.

use crate::app::App;
use crate::error::ApiError;
use crate::users::account;
use model::entity;
use model::id::MessageId;
use model::reaction::{Reacted, ReactedView, Reaction};
use model::uid::Uid;

/// What an event says of a reaction, by whom as they are now; none if it is no reaction. For nobody in particular.
///
/// Cost: 1 round trip, 1 read unit.
pub async fn told(
    app: &App,
    uid: &Uid,
    message_id: MessageId,
    reaction: &str,
    id: MessageId,
) -> Result<Option<ReactedView>, ApiError> {
    let Ok(reaction) = Reaction::parse(reaction) else { return Ok(None) };
    let reacted_by = entity::reacting(&account::shown(app, uid).await?);
    let reacted = Reacted { id, dated_at: None, message_id, reaction, uid: uid.clone(), reacted_by };
    Ok(Some(ReactedView::of(&reacted, None)))
}
