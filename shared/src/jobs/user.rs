//! The permanent deletion of a user.
//!
//! Where it goes on is told by the user's own rows, which go last of what they lead to. Only while conversations are closed,
//! and inside a group, whose other messages stay, does the checkpoint say it.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{Rest, messages, traces};
use crate::app::App;
use crate::error::ApiError;
use crate::groups::leave;
use crate::store::limited::Removal;
use crate::store::sweep::{Budget, Left};
use model::conversation::ConversationId;
use model::event::{Audience, EventKind};
use model::id::MessageId;
use model::job::Job;
use model::uid::{Guid, Uid};

/// How many conversations are looked at together.
const CONVERSATIONS_AT_ONCE: usize = 100;
/// How many are closed at once.
const CLOSED_AT_A_TIME: usize = 16;

/// Where a deletion goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "camelCase")]
enum Place {
    /// Nothing of theirs is shown any more, in one conversation behind another.
    Closing { after: Option<ConversationId> },
    /// What they wrote goes, conversation by conversation; in this group from behind this message on.
    Conversations { group: Option<Guid>, behind: Option<MessageId> },
}

impl Place {
    const CLOSED: Place = Place::Conversations { group: None, behind: None };

    /// Where a job stands. One that does not say it, or in other words, begins anew: what is done is done again without harm.
    fn of(job: &Job) -> Place {
        let told = job.checkpoint.as_deref().and_then(|checkpoint| serde_json::from_str(checkpoint).ok());
        told.unwrap_or(Place::Closing { after: None })
    }

    fn checkpoint(&self) -> String {
        serde_json::to_string(self).expect("our types have string keys and no failing Serialize")
    }
}

/// The checkpoint with which a job begins whose mark has closed these conversations.
pub(crate) fn begin(closed: &[ConversationId], is_all: bool) -> String {
    let place = if is_all { Place::CLOSED } else { Place::Closing { after: closed.last().cloned() } };
    place.checkpoint()
}

/// Closes all conversations that the mark left open, before the request is answered.
///
/// Cost: nothing if it left none; else a round trip for each 16, 4 write units each.
pub(crate) async fn close_at_once(app: &App, uid: &Uid, job: &Job) -> Result<(), ApiError> {
    match close(app, uid, job, &mut Place::of(job), &mut Budget::unlimited()).await? {
        Left::Perhaps | Left::Nothing => Ok(()),
    }
}

/// Removes some of what is a user's.
pub(super) async fn delete_some(app: &App, uid: &Uid, job: &Job, budget: &mut Budget) -> Result<Rest, ApiError> {
    let mut place = Place::of(job);
    let is_left = close(app, uid, job, &mut place, budget).await? == Left::Perhaps
        || app.store.remove_own_rows(uid, budget).await? == Left::Perhaps
        || app.store.end_friendships(uid, budget).await? == Left::Perhaps
        || leave_conversations(app, uid, job, &mut place, budget).await? == Left::Perhaps
        || end_bot(app, uid).await? == Left::Perhaps
        || app.store.remove_rest_of_user(uid, budget).await? == Left::Perhaps;
    if is_left {
        return Ok(Rest::More(Some(place.checkpoint())));
    }
    app.store.end_user(uid, app.now_millis(), job).await?;
    Ok(Rest::Nothing)
}

/// Closes the conversations that the mark left open, because they were too many, and tells again of the deletion: who
/// looked when the mark told of it may have looked too early.
async fn close(app: &App, uid: &Uid, job: &Job, place: &mut Place, budget: &mut Budget) -> Result<Left, ApiError> {
    while let Place::Closing { after } = place {
        if budget.is_spent() {
            return Ok(Left::Perhaps);
        }
        let most = CONVERSATIONS_AT_ONCE.min(budget.left());
        let (some, is_all) = app.store.conversations_after(uid, after.as_ref(), most).await?;
        let left = some.iter().map(|conversation| app.store.leave_conversation(uid, conversation, app.now()));
        stream::iter(left.collect::<Vec<_>>()).buffer_unordered(CLOSED_AT_A_TIME).try_collect::<()>().await?;
        budget.spend(some.len().max(1));
        if is_all {
            let event = app.event(&job.origin(), Audience::Everybody, EventKind::UserDeleted { uid: uid.clone() });
            app.store.tell_user_deleted(uid, &event).await?;
            *place = Place::CLOSED;
        } else {
            *after = some.last().cloned().or(after.take());
        }
    }
    Ok(Left::Nothing)
}

/// Goes through the conversations of which the user has rows; the row of each goes last.
async fn leave_conversations(
    app: &App,
    uid: &Uid,
    job: &Job,
    place: &mut Place,
    budget: &mut Budget,
) -> Result<Left, ApiError> {
    loop {
        if budget.is_spent() {
            return Ok(Left::Perhaps);
        }
        let (some, _) = app.store.conversations_after(uid, None, 1).await?;
        let Some(conversation) = some.first() else { return Ok(Left::Nothing) };
        // One that came since the mark is open still.
        app.store.leave_conversation(uid, conversation, app.now()).await?;
        let left = match conversation {
            ConversationId::Group(guid) => leave_group(app, uid, guid, job, place, budget).await?,
            ConversationId::Users(..) => delete_pair(app, uid, conversation, budget).await?,
        };
        if left == Left::Perhaps {
            return Ok(Left::Perhaps);
        }
        budget.spend(1);
    }
}

/// Deletes a conversation between two users, one of whom is deleted.
async fn delete_pair(
    app: &App,
    uid: &Uid,
    conversation: &ConversationId,
    budget: &mut Budget,
) -> Result<Left, ApiError> {
    if messages::delete_some(app, conversation, MessageId::MAX, budget).await? == Left::Perhaps
        || app.store.remove_watermarks_and_pins(conversation, MessageId::MAX, budget).await? == Left::Perhaps
    {
        return Ok(Left::Perhaps);
    }
    if let Some(other) = conversation.other_than(uid) {
        traces::forget_pins_of(app, other, uid).await?;
    }
    app.store.end_closed(conversation, app.next_id()).await?;
    Ok(Left::Nothing)
}

/// Removes what a user wrote and left in a group, and that they had a part in it.
async fn leave_group(
    app: &App,
    uid: &Uid,
    guid: &Guid,
    job: &Job,
    place: &mut Place,
    budget: &mut Budget,
) -> Result<Left, ApiError> {
    leave::forget(app, &job.origin(), guid, uid).await?;
    let mut behind = match std::mem::replace(place, Place::CLOSED) {
        Place::Conversations { group, behind } if group.as_ref() == Some(guid) => behind,
        _ => None,
    };
    if traces::remove_from_messages(app, uid, guid, job, &mut behind, budget).await? == Left::Perhaps
        || app.store.remove_from_group(uid, guid, budget).await? == Left::Perhaps
    {
        *place = Place::Conversations { group: Some(guid.clone()), behind };
        return Ok(Left::Perhaps);
    }
    Ok(Left::Nothing)
}

/// A bot is one of so many.
async fn end_bot(app: &App, uid: &Uid) -> Result<Left, ApiError> {
    match app.store.delete_bot(uid).await? {
        Removal::Done | Removal::Unknown => Ok(Left::Nothing),
    }
}
