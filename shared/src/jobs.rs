//! Work that is longer than a request: deletions of groups, conversations and users, and that the groups of a user count
//! them no more, or again.
//!
//! A request marks what everything reads, in one transaction, and puts the row of the job; from then on the thing is
//! there for nobody. The job removes what is left of it in slices. Each ends by a write of the job's row, which reaches
//! the table's stream, whose consumer tells `run-job` to begin the next. A slice is cut off without harm at any point,
//! because it removes what it finds, and what others are found by goes last; told twice, it finds nothing. The last slice
//! frees the name and removes the job.

mod conversation;
mod count;
mod group;
mod messages;
mod traces;
pub(crate) mod user;

use crate::app::App;
use crate::error::ApiError;
use crate::identity::Actor;
use crate::store::change::Record;
use crate::store::job::Advance;
use crate::store::sweep::Budget;
use crate::worker::Worker;
pub use count::{AT_ONCE as COUNTED_AT_ONCE, count_again, count_at_once};
use model::job::{Job, Task, Turn, Work};

/// What a slice leaves.
enum Rest {
    /// A further slice, which goes on from here, where the rows themselves do not say it.
    More(Option<String>),
    /// Nothing: the job is ended.
    Nothing,
}

/// Does what one invocation is to do. Cost: that of a slice; for files one S3 round trip.
pub async fn run(app: &App, task: &Task) -> Result<(), ApiError> {
    match task {
        Task::Slice(turn) => run_slice(app, turn).await,
        Task::Files { files } => Ok(app.media.delete_placed(files).await?),
    }
}

/// Does one slice of a job, unless that was done before.
///
/// Cost: 500 rows removed at the most, and what hangs on the last of them; a round trip for each 25.
async fn run_slice(app: &App, turn: &Turn) -> Result<(), ApiError> {
    let Some(job) = app.store.job(&turn.job).await?.filter(|job| job.slice == turn.slice) else { return Ok(()) };
    let mut budget = Budget::default();
    let rest = match &job.work {
        Work::DeleteGroup { guid } => group::delete_some(app, guid, &job, &mut budget).await?,
        Work::CountMember { uid } => count::count_some(app, uid, &job, &mut budget).await?,
        Work::DeleteUser { uid, .. } => user::delete_some(app, uid, &job, &mut budget).await?,
        Work::DeleteConversation { conversation, up_to } => {
            conversation::delete_some(app, conversation, *up_to, &job, &mut budget).await?
        }
    };
    match rest {
        Rest::Nothing => Ok(()),
        Rest::More(checkpoint) => match app.store.advance_job(&job, checkpoint.as_deref()).await? {
            Advance::Done | Advance::TooLate => Ok(()),
        },
    }
}

/// Begins the slice of a job that a record of the table's stream tells of, or the removal of files that nobody shows.
///
/// Cost: 1 round trip if it tells of either.
pub async fn listen(app: &App, record: &Record) -> Result<(), ApiError> {
    if let Some(turn) = record.turn()? {
        begin(app, &Task::Slice(turn)).await?;
    }
    if let Some(files) = record.files_of_nobody()? {
        begin(app, &Task::Files { files }).await?;
    }
    Ok(())
}

/// Begins what an invocation is to do. Cost: 1 round trip.
pub async fn begin(app: &App, task: &Task) -> Result<(), ApiError> {
    let payload = serde_json::to_vec(task).expect("our types have string keys and no failing Serialize");
    Ok(app.invoker.invoke(Worker::RunJob, payload).await?)
}

/// Answers a repeated request for a deletion that goes on: who asked for it, and the app, start it again if it was lost,
/// and get the job; to others there is nothing to be deleted.
///
/// Cost: 2 round trips, 1 write unit.
pub async fn repeat(app: &App, actor: &Actor, work: &Work) -> Result<Option<Job>, ApiError> {
    let job = app.store.job_of(work).await?;
    let Some(job) = job.filter(|job| actor.uid().is_none_or(|uid| *uid == job.by)) else { return Ok(None) };
    app.store.restart_job(work).await?;
    Ok(Some(job))
}

/// The slices that are to begin when nobody knows which were told: those at which the jobs stand.
///
/// Cost: 1 round trip.
pub async fn standing(app: &App) -> Result<Vec<Task>, ApiError> {
    Ok(app.store.next_turns().await?.into_iter().map(Task::Slice).collect())
}
