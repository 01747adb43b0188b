//! Jobs: what they do, and how far that has come. Every write of a job's row reaches the table's stream, and
//! who reads that starts the next slice.

use super::Store;
use super::error::StoreError;
use super::keys::{Key, job_id};
use super::transaction::{Condition, EXISTS, Transaction, Untold, Update, number, text};
use model::job::{Job, JobId, Turn, Work};

/// How noting that a slice is done ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a slice that another has done before moves nothing on"]
pub enum Advance {
    /// The next slice begins.
    Done,
    /// Another did this slice before, or all of them.
    TooLate,
}

impl Store {
    /// A job that goes on. Cost: 1 round trip, 1 read unit.
    pub async fn job(&self, id: &JobId) -> Result<Option<Job>, StoreError> {
        self.get(&Key::job(id)).await
    }

    /// The job that does this, if it goes on. Cost: 1 round trip, 1 read unit.
    pub async fn job_of(&self, work: &Work) -> Result<Option<Job>, StoreError> {
        self.job(&job_id(work)).await
    }

    /// The slices at which all jobs stand that go on. Cost: 1 round trip, 1 read unit for about 20.
    pub async fn next_turns(&self) -> Result<Vec<Turn>, StoreError> {
        let jobs: Vec<Job> = self.all_rows(&Key::jobs()).await?;
        Ok(jobs.iter().map(next_turn).collect())
    }

    /// Notes that a slice is done and where the next one begins, which starts it. May be repeated.
    ///
    /// Cost: 1 round trip, 1 write unit.
    pub async fn advance_job(&self, job: &Job, checkpoint: Option<&str>) -> Result<Advance, StoreError> {
        let update = Update::of(&row(&job.work))
            .set("slice", number(job.slice + 1))
            .when("begun = :begun AND slice = :done")
            .number(":begun", job.begun.number())
            .number(":done", job.slice)
            .untold(Untold::StepOfAnother);
        let update = match checkpoint {
            Some(checkpoint) => update.set("checkpoint", text(checkpoint)),
            None => update.remove("checkpoint"),
        };
        Ok(self.apply_unread(update).await?.either(Advance::Done, Advance::TooLate))
    }

    /// Starts the slice of a job again that it stands at, in case it was lost.
    ///
    /// Cost: 1 round trip, 1 write unit.
    pub async fn restart_job(&self, work: &Work) -> Result<(), StoreError> {
        let restart = Update::of(&row(work)).add("restarts", 1).when(EXISTS).untold(Untold::StepOfAnother);
        // Refused, it has come to its end.
        self.apply_unread(restart).await?.either_way();
        Ok(())
    }
}

/// The slice at which a job stands.
pub(super) fn next_turn(job: &Job) -> Turn {
    Turn { job: job_id(&job.work), slice: job.slice }
}

fn row(work: &Work) -> Key {
    Key::job(&job_id(work))
}

/// Adds the row by which a job begins. One that is there already starts anew.
pub(super) fn with_job<'s, R: Copy>(tx: Transaction<'s, R>, job: &Job) -> Result<Transaction<'s, R>, StoreError> {
    tx.put(&row(&job.work), job)
}

/// Adds the write by which a job ends, unless a slice more was done or begun since it was read.
pub(super) fn without_job<'s, R: Copy>(tx: Transaction<'s, R>, job: &Job) -> Transaction<'s, R> {
    let as_read = Condition::new("begun = :begun AND slice = :slice")
        .value(":begun", number(job.begun.number()))
        .value(":slice", number(job.slice));
    tx.delete_if(&row(&job.work), as_read)
}
