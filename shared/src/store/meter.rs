//! What a request costs: each access pattern notes its calls and units, the request's log line sums them up.

use std::cell::Cell;

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::ConsumedCapacity;

/// DynamoDB's work for one request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Operations that were answered.
    pub calls: u32,
    /// HTTP requests, the SDK's own retries included.
    pub attempts: u32,
    /// Read request units.
    pub read_units: f64,
    /// Write request units.
    pub write_units: f64,
}

tokio::task_local! {
    static COST: Cell<Cost>;
}

/// Runs `work` and says what it cost.
pub async fn metered<T>(work: impl Future<Output = T>) -> (T, Cost) {
    COST.scope(Cell::default(), async {
        let done = work.await;
        (done, COST.with(Cell::get))
    })
    .await
}

/// Notes a read that was answered.
pub(super) fn reads(consumed: &[ConsumedCapacity]) {
    note(|cost| {
        cost.calls += 1;
        cost.read_units += units(consumed);
    });
}

/// Notes a write that was answered.
pub(super) fn writes(consumed: &[ConsumedCapacity]) {
    note(|cost| {
        cost.calls += 1;
        cost.write_units += units(consumed);
    });
}

/// Notes a write of one unit whose condition was not met; DynamoDB charges it, but does not say so.
pub(super) fn refused_write() {
    note(|cost| {
        cost.calls += 1;
        cost.write_units += 1.0;
    });
}

fn units(consumed: &[ConsumedCapacity]) -> f64 {
    consumed.iter().filter_map(ConsumedCapacity::capacity_units).sum()
}

/// Outside a request, as in seeding, nobody asks.
fn note(change: impl FnOnce(&mut Cost)) {
    let _ = COST.try_with(|cell| {
        let mut cost = cell.get();
        change(&mut cost);
        cell.set(cost);
    });
}

/// Counts the HTTP requests that the SDK sends, so that its retries show.
#[derive(Debug)]
pub(super) struct CountAttempts;

impl Intercept for CountAttempts {
    fn name(&self) -> &'static str {
        "CountAttempts"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        note(|cost| cost.attempts += 1);
        Ok(())
    }
}
