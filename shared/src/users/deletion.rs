//! Permanent deletion of a user.

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::jobs;
use crate::store::tries::Tries;
use crate::store::user_deletion::{CLOSED_AT_ONCE, UserMarking};
use model::event::{Audience, EventKind};
use model::job::{Job, Work};
use model::uid::Uid;

/// Deletes a user permanently, deactivated or not: from now on there is no such user and nothing that they wrote, and a job
/// removes what is theirs: what they wrote, with its files, their one-to-one conversations whole, tokens, memberships,
/// blocks, saves and pins. The UID is taken until that is done. A repeat goes on with what is still shown, and starts the
/// job again if it was lost.
///
/// One event stands for all of it; each group is told that they left, and of reactions and pins that go.
///
/// Cost: 3 round trips; 6 write units, and 2 for each conversation up to 90; beyond, a round trip for each 16 and 4 write
/// units each; see [`crate::jobs`].
pub async fn delete_permanently(app: &App, actor: &Actor, uid: &Uid) -> Result<(), ApiError> {
    let (mut tries, mut most) = (Tries::begin(), CLOSED_AT_ONCE);
    while let Some(user) = app.store.user(uid).await? {
        let (conversations, is_all) = app.store.conversations_after(uid, None, most).await?;
        let event = app.event(&actor.origin(), Audience::Everybody, EventKind::UserDeleted { uid: uid.clone() });
        let work = Work::DeleteUser { uid: uid.clone(), born_id: user.born_id };
        let mut job = Job::new(work, event.id, &actor.origin());
        job.checkpoint = Some(jobs::user::begin(&conversations, is_all));
        match app.store.mark_user(&user, &conversations, &job, &event).await? {
            UserMarking::Done => return jobs::user::close_at_once(app, uid, &job).await,
            UserMarking::Gone => break,
            // The fewer conversations, the fewer writers are in the way; the others are closed one by one.
            UserMarking::Busy => most = (most / 2).max(1),
        }
        tries.again().await?;
    }
    let work = Work::DeleteUser { uid: uid.clone(), born_id: None };
    let job = jobs::repeat(app, actor, &work).await?.ok_or_else(|| ApiError::uid_not_found(uid))?;
    jobs::user::close_at_once(app, uid, &job).await
}
