//! What callers see, and what is left in the table, when the network and AWS fail in the middle of a request.

mod deadline;
mod lost_answers;
mod refusals;
mod storm;
mod table;

use local::Data;
use tests::Api;
use tests::faults::Faults;

/// A service between whose handlers and AWS things can go wrong.
async fn start() -> (Api, Faults) {
    let faults = Faults::default();
    (Api::start_wired(Data::Memory, faults.wiring()).await, faults)
}
