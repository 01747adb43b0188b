//! Trying again what others keep from happening for a moment: how long one waits, and when it is given up.

use std::time::{Duration, Instant};

use super::error::StoreError;

tokio::task_local! {
    static LONGEST: Duration;
}

/// For how long a change is tried where nothing else is said.
const LONGEST_AS_A_RULE: Duration = Duration::from_secs(10);

/// Runs `work`, whose changes are tried for no longer than half of the time that is left for it: the rest is for looking up
/// and answering. Two hundred at once need two seconds where a transaction takes 10 ms.
pub async fn inside<T>(time_left: Option<Duration>, work: impl Future<Output = T>) -> T {
    LONGEST.scope(time_left.map_or(LONGEST_AS_A_RULE, |time| time / 2), work).await
}

/// The tries of one change that others are in the way of.
#[derive(Debug)]
pub struct Tries {
    since: Instant,
    longest: Duration,
    n_failed: u32,
}

impl Tries {
    /// Begins to try.
    pub fn begin() -> Tries {
        let longest = LONGEST.try_with(|longest| *longest).unwrap_or(LONGEST_AS_A_RULE);
        Tries { since: Instant::now(), longest, n_failed: 0 }
    }

    /// Waits before another try, or gives up.
    pub async fn again(&mut self) -> Result<(), StoreError> {
        if self.longest <= self.since.elapsed() {
            return Err(StoreError::Conflict);
        }
        pause(self.n_failed).await;
        self.n_failed += 1;
        Ok(())
    }
}

/// Waits before another try for any time up to a longest, which doubles with each: who met once does not meet again.
pub(super) async fn pause(n_failed: u32) {
    const FIRST_MICROS: u64 = 10_000;
    const LONGEST_MICROS: u64 = 400_000;
    let longest = (FIRST_MICROS << n_failed.min(10)).min(LONGEST_MICROS);
    tokio::time::sleep(Duration::from_micros(getrandom::u64().unwrap_or_default() % longest)).await;
}
