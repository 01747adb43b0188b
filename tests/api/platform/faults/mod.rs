//! What callers see, and what is left in the table, when the network and AWS fail in the middle of a request.

mod crowds;
mod deadline;
mod lost_answers;
mod measured;
mod order;
mod refusals;
mod storm;
pub mod table;

use std::time::Duration;

use local::{Data, TIME_LIMIT};
use shared::config::DEFAULT_MEMBER_LIMIT;
use tests::Api;
use tests::faults::Faults;

/// A service between whose handlers and AWS things can go wrong.
async fn start() -> (Api, Faults) {
    start_for(TIME_LIMIT).await
}

/// [`start`] with invocations of this length.
async fn start_for(time_limit: Duration) -> (Api, Faults) {
    let faults = Faults::default();
    (Api::start_limited(Data::Memory, Some(DEFAULT_MEMBER_LIMIT), faults.wiring(), time_limit).await, faults)
}
