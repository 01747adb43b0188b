//! The optional limit of requests of one user in a minute. Counted in the table, because the processes of many functions
//! answer one user.

use crate::app::App;
use crate::error::ApiError;
use model::time::Seconds;
use model::uid::Uid;

const MINUTE: u64 = 60;

/// Counts a request of a user who is proved to ask by a token; refuses one too many before it does anything.
///
/// Cost: nothing without a limit; else 1 round trip, 1 write unit.
pub(super) async fn count(app: &App, uid: &Uid) -> Result<(), ApiError> {
    let Some(limit) = app.request_limit else { return Ok(()) };
    let now = app.now().get();
    let minute = Seconds::new(now - now % MINUTE);
    if app.store.count_request(uid, minute).await? <= limit {
        return Ok(());
    }
    let message = format!("The user {uid} may make {limit} requests in a minute. Try again in the next one.");
    Err(ApiError::Wait { message, seconds: MINUTE - now % MINUTE })
}
