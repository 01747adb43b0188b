//! The calls of a function's first event take turns on one connection (`shared::aws::connection_gate`).

use std::time::Duration;

use local::Data;
use shared::aws::connection_gate::ConnectionGate;
use tests::Api;

use crate::platform::privileges::scenario;

/// So long that no machine is slow enough for it: what waits until then would wait forever.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn no_call_waits_for_one_that_waits_for_it() {
    let turns = ConnectionGate::with_patience(PATIENCE);
    let taking_turns = turns.clone();
    let wiring = Box::new(move |_, config: aws_config::SdkConfig| taking_turns.over(&config));
    let used = scenario::everything(Api::start_wired(Data::Memory, wiring).await).await;
    assert!(!used.is_empty());
    assert_eq!(turns.n_missed(), 0);
}
