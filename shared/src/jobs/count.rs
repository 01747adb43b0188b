//! The groups of a user count them no more when they are deactivated, and again when they are brought back.
//!
//! A user may be in any number of groups, and the counter is the group's. So the change of the user begins a job, which goes
//! through their groups by GUID. Each transaction holds the user to what they are, and turns what the member's row says of
//! being counted together with the counter: whatever is cut off, repeated or overtaken by another change of the user or the
//! membership, each group counts right when the last job has come to its end.

use super::Rest;
use crate::app::App;
use crate::error::ApiError;
use crate::store::has_spent;
use crate::store::sweep::Budget;
use model::event::{Audience, EventKind};
use model::job::{Job, Work};
use model::uid::{Guid, Uid};

/// How many groups a request counts itself before it answers; the job has all others.
pub const AT_ONCE: usize = 20;
/// How many groups are looked at together.
const LOOKED_AT_ONCE: usize = 100;
/// Which share of the request's bound may be spent before all groups are left to the job.
const SHARE: f64 = 0.5;

/// Lets some groups of a user count them as they are now.
pub(super) async fn count_some(app: &App, uid: &Uid, job: &Job, budget: &mut Budget) -> Result<Rest, ApiError> {
    // Who is being deleted leaves their groups one by one, by another job.
    if let Some(user) = app.store.user(uid).await? {
        let mut behind = job.checkpoint.as_deref().and_then(|guid| Guid::parse(guid).ok());
        loop {
            if budget.is_spent() {
                return Ok(Rest::More(behind.map(|guid| guid.to_string())));
            }
            let most = LOOKED_AT_ONCE.min(budget.left());
            let some = app.store.groups_counting_wrong(uid, user.is_active(), behind.as_ref(), most).await?;
            let event = |guid: &Guid| {
                let kind = EventKind::MembersCounted { guid: guid.clone() };
                app.event(&job.origin(), Audience::Group(guid.clone()), kind)
            };
            let groups: Vec<_> = some.wrong.into_iter().map(|guid| (guid.clone(), event(&guid))).collect();
            app.store.count_member(uid, user.is_active(), &groups).await?;
            budget.spend(some.n_seen.max(1));
            match some.last {
                Some(last) => behind = Some(last),
                None => break,
            }
        }
    }
    app.store.end_count(job).await?;
    Ok(Rest::Nothing)
}

/// Counts in the first groups of a user before the request that changed the user is answered, so that who looks at once sees
/// it. The job was begun with the change and does what is left, so nothing is lost by what fails here.
///
/// Cost: 3 round trips and 1 for each 16 groups; 2 read units, and 1 for each group and 20; 4 write units, 4 for each
/// group of 1 KB.
pub async fn count_at_once(app: &App, uid: &Uid, job: &Job) {
    if !has_spent(SHARE) {
        drop(count_some(app, uid, job, &mut Budget::of(AT_ONCE)).await);
    }
}

/// Begins the slice again at which the job of a user stands, in case it was lost. Cost: 1 round trip, 1 write unit.
pub async fn count_again(app: &App, uid: &Uid) -> Result<(), ApiError> {
    Ok(app.store.restart_job(&Work::CountMember { uid: uid.clone() }).await?)
}
