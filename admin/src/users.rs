//! The permanent deletion of one user, from a shell.

use std::io::Write;
use std::time::Duration;

use aws_config::SdkConfig;
use model::job::Work;
use model::uid::Uid;
use shared::app::App;
use shared::aws::call::Calls;
use shared::files::bucket::Media;
use shared::identity::Actor;
use shared::invoke::{Invoker, Lambda};
use shared::store::Store;
use shared::users::deletion;

use crate::AdminError;

/// How often it is looked whether a deletion is done.
const PATIENCE: Duration = Duration::from_millis(500);

/// Deletes a user as `DELETE /users/{uid}` does with `permanent`: at once they and what they wrote are there for nobody, and
/// the deployment's own job removes what is left. Returns when that is done, or at once if nobody waits.
///
/// Cost: that of [`deletion::delete_permanently`], and a read unit each time it is looked whether it is done.
pub async fn delete(
    aws: SdkConfig,
    store: Store,
    uid: &Uid,
    waits: bool,
    out: &mut impl Write,
) -> Result<(), AdminError> {
    let app = app_on(aws, store);
    deletion::delete_permanently(&app, &Actor::app(None), uid).await?;
    writeln!(out, "{uid} is deleted: nothing of theirs is shown any more, and a job removes what is stored.")?;
    if !waits {
        return Ok(());
    }
    let work = Work::DeleteUser { uid: uid.clone(), born_id: None };
    while app.store.job_of(&work).await?.is_some() {
        tokio::time::sleep(PATIENCE).await;
    }
    Ok(writeln!(out, "All of it is removed.")?)
}

/// The domain on this table. It needs no bucket and invokes nothing: the table's stream tells the deployment of the job.
fn app_on(aws: SdkConfig, store: Store) -> App {
    let media = Media::on(aws.clone(), "", 0);
    let lambda = Lambda { calls: Calls::new(aws, shared::clock::system), run_job: None, deliver_webhook: None };
    App::new(store, media, Invoker::Lambda(Box::new(lambda)), shared::log::to_nowhere())
}
