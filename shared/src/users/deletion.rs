//! Permanent deletion of a user.

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::jobs;
use crate::store::conversation_deletion::Marking;
use crate::store::user_deletion::CLOSED_AT_ONCE;
use model::conversation::ConversationId;
use model::event::{Audience, EventKind};
use model::job::{Deletion, Job};
use model::uid::Uid;

/// Deletes a user permanently, deactivated or not: from now on there is no such user, and a job removes what is theirs:
/// what they wrote, with its files, their one-to-one conversations whole, tokens, memberships, blocks, saves and pins. The
/// UID is taken until that is done. A repeat starts the job again if it was lost.
///
/// One event stands for all of it; each group is told that they left, and of reactions and pins that go.
///
/// Cost: 3 round trips; 6 write units, and 2 for each one-to-one conversation up to 90; see [`crate::jobs`].
pub async fn delete_permanently(app: &App, actor: &Actor, uid: &Uid) -> Result<(), ApiError> {
    let user = app.store.user(uid).await?;
    let born_id = user.as_ref().and_then(|user| user.born_id);
    let deletion = Deletion::User { uid: uid.clone(), born_id };
    if let Some(user) = user {
        let (mut conversations, _) = app.store.conversations_after(uid, None, CLOSED_AT_ONCE).await?;
        conversations.retain(|conversation| matches!(conversation, ConversationId::Users(..)));
        let event = app.event(&actor.origin(), Audience::Everybody, EventKind::UserDeleted { uid: uid.clone() });
        let job = Job::new(deletion.clone(), event.id, &actor.origin());
        if app.store.mark_user(&user, &conversations, &job, &event).await? == Marking::Done {
            return Ok(());
        }
    }
    jobs::repeat(app, actor, &deletion).await?.ok_or_else(|| ApiError::uid_not_found(uid))
}
