//! What a request costs, and its bound: each access pattern notes its calls and units, the request's log line sums them up,
//! and what might go beyond the bound is not made.
//!
//! A read or write reserves the most that it can cost before it is sent, and is charged what it did cost. Where the rest of
//! the bound does not hold that beside what is under way, it waits; where nothing is under way, it is refused.
//!
//! DynamoDB does not tell what a cancelled transaction cost, so tries are not in it; the time of the invocation bounds those.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::ConsumedCapacity;
use tokio::sync::Notify;

use super::error::StoreError;

/// The most read and write units that one request costs who has no API key (ARCHITECTURE.md, "Work bounds").
pub const BOUND: f64 = 2_000.0;
/// The same for the owner's servers, which have a key.
pub const BOUND_OF_KEYS: f64 = 20_000.0;

/// DynamoDB's work for one request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Operations that were answered.
    pub calls: u32,
    /// The longest chain of operations of which each began after the one before had ended: those that overlap count once.
    pub round_trips: u32,
    /// HTTP requests, the SDK's own retries included.
    pub attempts: u32,
    /// Read request units.
    pub read_units: f64,
    /// Write request units.
    pub write_units: f64,
}

impl Cost {
    fn units(&self) -> f64 {
        self.read_units + self.write_units
    }
}

#[derive(Debug)]
struct Meter {
    bound: f64,
    state: Mutex<State>,
    /// Told when a reservation ends.
    freed: Notify,
}

#[derive(Debug)]
struct State {
    cost: Cost,
    /// What reads and writes that are under way may cost.
    reserved: f64,
    /// The bound, or what is lent of it to a part of the work.
    limit: f64,
}

impl State {
    fn left(&self) -> f64 {
        self.limit - self.cost.units() - self.reserved
    }

    /// Reserves units for what begins now.
    fn reserve(&mut self, meter: &Arc<Meter>, units: f64) -> Reserved {
        self.reserved += units;
        Reserved { meter: Some(meter.clone()), units, chain: self.cost.round_trips + 1 }
    }
}

impl Meter {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

tokio::task_local! {
    static METER: Arc<Meter>;
}

/// Runs `work`, which may cost `bound` units, and says what it cost.
pub async fn metered<T>(bound: f64, work: impl Future<Output = T>) -> (T, Cost) {
    let state = Mutex::new(State { cost: Cost::default(), reserved: 0.0, limit: bound });
    let meter = Arc::new(Meter { bound, state, freed: Notify::new() });
    let done = METER.scope(meter.clone(), work).await;
    let cost = meter.state().cost;
    (done, cost)
}

/// Whether the request has used up this share of its bound: where a walk stops and says where it goes on.
///
/// Outside a request nothing is bound.
pub fn has_spent(share: f64) -> bool {
    METER.try_with(|meter| meter.bound * share <= meter.state().cost.units()).unwrap_or(false)
}

/// What the work that is metered has cost until now; nothing outside of any.
pub fn spent() -> Cost {
    METER.try_with(|meter| meter.state().cost).unwrap_or_default()
}

/// A share of the request's bound, in units.
pub fn share(share: f64) -> f64 {
    METER.try_with(|meter| meter.bound * share).unwrap_or(f64::INFINITY)
}

/// Runs a part of the work that may cost at most `share` of what is left of the bound; beyond, its reads fail as they do at
/// the bound. Nothing else may run meanwhile.
pub async fn within<T>(share: f64, part: impl Future<Output = T>) -> T {
    let Ok(meter) = METER.try_with(Arc::clone) else { return part.await };
    let before = {
        let mut state = meter.state();
        let before = state.limit;
        state.limit = before - state.left() * (1.0 - share);
        before
    };
    let done = part.await;
    meter.state().limit = before;
    done
}

/// What a read or write may cost, until it is answered.
#[derive(Debug)]
#[must_use = "dropped, it reserves nothing"]
pub(super) struct Reserved {
    meter: Option<Arc<Meter>>,
    units: f64,
    /// How many operations the chain has that ends with this one.
    chain: u32,
}

impl Reserved {
    /// Outside a request nothing is bound.
    const NOTHING: Reserved = Reserved { meter: None, units: 0.0, chain: 0 };
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some(meter) = &self.meter {
            let mut state = meter.state();
            state.reserved -= self.units;
            state.cost.round_trips = state.cost.round_trips.max(self.chain);
            drop(state);
            meter.freed.notify_waiters();
        }
    }
}

/// Reserves what a read may cost, or as many of the first of several parts as the bound holds, at least one; says how many.
pub(super) async fn reserve_some(parts: impl Iterator<Item = f64> + Clone) -> Result<(usize, Reserved), StoreError> {
    let Ok(meter) = METER.try_with(Arc::clone) else {
        return Ok((parts.count(), Reserved::NOTHING));
    };
    loop {
        let freed = meter.freed.notified();
        tokio::pin!(freed);
        freed.as_mut().enable();
        {
            let mut state = meter.state();
            let (mut n_parts, mut units) = (0, 0.0);
            for part in parts.clone() {
                if state.left() < units + part {
                    break;
                }
                (n_parts, units) = (n_parts + 1, units + part);
            }
            if 0 < n_parts {
                return Ok((n_parts, state.reserve(&meter, units)));
            }
            if state.reserved <= 0.0 {
                return Err(StoreError::TooMuchWork);
            }
        }
        freed.await;
    }
}

/// Reserves what a read may cost.
pub(super) async fn reserve(units: f64) -> Result<Reserved, StoreError> {
    Ok(reserve_some(std::iter::once(units)).await?.1)
}

/// Reserves what a write may cost, of the whole bound. What was written before it stays, so the refusal asks for it again
/// rather than saying that it is too much: what is done is done, and the rest goes on.
pub(super) async fn reserve_write(units: f64) -> Result<Reserved, StoreError> {
    let Ok(meter) = METER.try_with(Arc::clone) else { return Ok(Reserved::NOTHING) };
    loop {
        let freed = meter.freed.notified();
        tokio::pin!(freed);
        freed.as_mut().enable();
        {
            let mut state = meter.state();
            if state.cost.units() + state.reserved + units <= meter.bound {
                return Ok(state.reserve(&meter, units));
            }
            if state.reserved <= 0.0 {
                return Err(StoreError::Throttled("the bound of a request".to_owned()));
            }
        }
        freed.await;
    }
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
    let _ = METER.try_with(|meter| change(&mut meter.state().cost));
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

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    async fn read(reserved: f64, cost: f64) -> Result<(), StoreError> {
        let _held = reserve(reserved).await?;
        tokio::task::yield_now().await;
        note(|sum| sum.read_units += cost);
        Ok(())
    }

    #[tokio::test]
    async fn reads_wait_for_those_under_way_and_none_goes_beyond_the_bound() {
        let ((), cost) = metered(100.0, async {
            let done = join_all((0..50).map(|_| read(40.0, 3.0))).await;
            // Where 40 more may be too many, none is read any more, although each costs less.
            assert_eq!(done.iter().filter(|read| read.is_ok()).count(), 21);
        })
        .await;
        assert_eq!(cost.read_units, 63.0);
    }

    #[tokio::test]
    async fn a_part_of_the_work_has_its_share_of_what_is_left() {
        let ((), cost) = metered(100.0, async {
            read(20.0, 20.0).await.unwrap();
            within(0.5, async {
                read(40.0, 30.0).await.unwrap();
                assert!(matches!(read(11.0, 1.0).await, Err(StoreError::TooMuchWork)));
            })
            .await;
            assert!(has_spent(0.5) && !has_spent(0.51));
            read(50.0, 1.0).await.unwrap();
        })
        .await;
        assert_eq!(cost.read_units, 51.0);
    }

    #[tokio::test]
    async fn reads_that_overlap_are_one_round_trip() {
        let ((), cost) = metered(100.0, async {
            let one_after_the_other = async {
                read(1.0, 1.0).await.unwrap();
                read(1.0, 1.0).await.unwrap();
            };
            futures_util::join!(one_after_the_other, async {
                let _held = reserve(1.0).await.unwrap();
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
            });
            read(1.0, 1.0).await.unwrap();
        })
        .await;
        assert_eq!(cost.round_trips, 3);
    }

    #[tokio::test]
    async fn as_many_parts_are_reserved_as_there_is_room_for() {
        let ((), _) = metered(10.0, async {
            let (n_parts, held) = reserve_some(std::iter::repeat_n(3.0, 9)).await.unwrap();
            assert_eq!(n_parts, 3);
            drop(held);
            assert!(matches!(reserve_some([11.0].into_iter()).await, Err(StoreError::TooMuchWork)));
        })
        .await;
    }
}
