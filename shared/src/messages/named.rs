//! Conversations that a list names by their user or group: what decides who may read them.

use crate::app::App;
use crate::error::ApiError;
use crate::messages::access;
use crate::store::batch::{Batch, Known};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::membership::Membership;
use model::message::Receiver;
use model::uid::{Guid, Uid};
use model::user::User;

/// What decides what somebody may see of what is written with a user or group, and between users the receipts of both: of these
/// only their own row is theirs. Of a group its members need nothing more; see [`membership`].
pub fn deciding(me: Option<&Uid>, named: Option<&Receiver>) -> Batch {
    match (named, me) {
        (None, _) => Batch::default(),
        (Some(Receiver::User(other)), None) => Batch::default().user(other),
        (Some(Receiver::User(other)), Some(me)) => {
            let conversation = &ConversationId::between(me, other);
            let of_others = Batch::default().user(other).conversation(conversation).participant(other, conversation);
            Batch::default().participant(me, conversation).beside(of_others)
        }
        (Some(Receiver::Group(guid)), me) => {
            let conversation = &ConversationId::Group(guid.clone());
            let batch = Batch::default().conversation(conversation);
            match me {
                Some(me) => batch.membership(guid, me).participant(me, conversation),
                None => batch.group(guid),
            }
        }
    }
}

/// What a group is to who asks, if they may know of it: nothing to the app, which may.
///
/// Cost: nothing for members, whose group is there unless the state of its conversation says that it is being deleted; for others
/// 1 round trip, 1 read unit.
pub async fn membership(app: &App, known: &Known, me: Option<&Uid>, guid: &Guid) -> Result<Membership, ApiError> {
    let membership = me.map(|me| known.membership(guid, me)).transpose()?.unwrap_or_default();
    let is_ending = known.absent(&ConversationId::Group(guid.clone()))?.up_to == Some(MessageId::MAX);
    if membership.member.is_some() && !is_ending {
        return Ok(membership);
    }
    let group = match me {
        Some(_) => app.store.know(Batch::default().group(guid)).await?.group(guid)?,
        None => known.group(guid)?,
    };
    access::known_group(group, guid, me.map(|_| &membership))?;
    Ok(membership)
}

/// Refuses a user who is not there, or deactivated.
///
/// Cost: nothing for who is there, also of those who were a moment ago; else 1 round trip, 1 read unit.
pub async fn require_active(app: &App, known: &Known, uid: &Uid) -> Result<(), ApiError> {
    if *uid == Uid::app_system() || known.user(uid)?.is_some_and(|user| user.is_active()) {
        return Ok(());
    }
    let user = app.store.know(Batch::default().user(uid)).await?.user(uid)?;
    user.filter(User::is_active).map(drop).ok_or_else(|| ApiError::uid_not_found(uid))
}

/// All one-to-one conversations of a user. Cost: 1 round trip.
pub async fn one_to_one(app: &App, uid: &Uid) -> Result<Vec<ParticipantState>, ApiError> {
    let mut rows = app.store.conversations_of(uid).await?;
    rows.retain(|row| row.conversation.is_between(uid));
    Ok(rows)
}
