//! Conversations that a list names by their user or group: what decides who may read them.

use crate::app::App;
use crate::error::ApiError;
use crate::store::batch::{Batch, Known};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::message::Receiver;
use model::uid::Uid;

/// What decides what somebody may see of what is written with a user or group, and between users the receipts of both.
pub fn deciding(me: Option<&Uid>, named: Option<&Receiver>) -> Batch {
    match (named, me) {
        (None, _) => Batch::default(),
        (Some(Receiver::User(other)), None) => Batch::default().user(other),
        (Some(Receiver::User(other)), Some(me)) => {
            let conversation = &ConversationId::between(me, other);
            let batch = Batch::default().user(other).conversation(conversation);
            batch.participant(me, conversation).participant(other, conversation)
        }
        (Some(Receiver::Group(guid)), me) => {
            let conversation = &ConversationId::Group(guid.clone());
            let batch = Batch::default().group(guid).conversation(conversation);
            me.into_iter().fold(batch, |batch, me| batch.membership(guid, me).participant(me, conversation))
        }
    }
}

/// Refuses a user who is not there, or deactivated.
pub fn require_active(known: &Known, uid: &Uid) -> Result<(), ApiError> {
    match *uid == Uid::app_system() || known.user(uid)?.is_some_and(|user| user.is_active()) {
        true => Ok(()),
        false => Err(ApiError::uid_not_found(uid)),
    }
}

/// All one-to-one conversations of a user. Cost: 1 round trip.
pub async fn one_to_one(app: &App, uid: &Uid) -> Result<Vec<ParticipantState>, ApiError> {
    let mut rows = app.store.conversations_of(uid).await?;
    rows.retain(|row| row.conversation.is_between(uid));
    Ok(rows)
}
