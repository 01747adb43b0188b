//! Trying again what others keep from happening for a moment: how long one waits, and when it is given up.

use std::time::{Duration, Instant};

use super::error::StoreError;

/// The tries of one change that others are in the way of.
#[derive(Debug)]
pub struct Tries {
    since: Instant,
    n_failed: u32,
}

impl Tries {
    /// For how long a change is tried: inside the 20 seconds of a function, with time left to look up and to answer. Two
    /// hundred at once need two seconds of it where the table takes 10 ms.
    pub const LONGEST: Duration = Duration::from_secs(10);

    /// Begins to try.
    pub fn begin() -> Tries {
        Tries { since: Instant::now(), n_failed: 0 }
    }

    /// Waits before another try, or gives up.
    pub async fn again(&mut self) -> Result<(), StoreError> {
        if Tries::LONGEST <= self.since.elapsed() {
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
