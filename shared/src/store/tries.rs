//! Trying again what others keep from happening for a moment: how long one waits, and when it is given up.

use std::time::Duration;

use super::error::StoreError;

tokio::task_local! {
    static LONGEST: Duration;
}

/// How long the tries of a change wait in all where nothing else is said.
const LONGEST_AS_A_RULE: Duration = Duration::from_secs(10);

/// Runs `work`, whose changes wait for other writers for half of the time that is left for it at the most: the rest is for
/// the tries themselves, for looking up and for answering. Two hundred at once need two seconds where a transaction takes
/// 10 ms.
pub async fn inside<T>(time_left: Option<Duration>, work: impl Future<Output = T>) -> T {
    LONGEST.scope(time_left.map_or(LONGEST_AS_A_RULE, |time| time / 2), work).await
}

/// The tries of one change that others are in the way of.
#[derive(Debug)]
pub struct Tries {
    /// For how much longer it may wait.
    left: Duration,
    n_failed: u32,
}

impl Tries {
    /// Begins to try.
    pub fn begin() -> Tries {
        Tries { left: LONGEST.try_with(|longest| *longest).unwrap_or(LONGEST_AS_A_RULE), n_failed: 0 }
    }

    /// Waits before another try, or gives up.
    pub async fn again(&mut self) -> Result<(), StoreError> {
        let wait = share(self.n_failed);
        self.left = self.left.checked_sub(wait).ok_or(StoreError::Conflict)?;
        self.n_failed += 1;
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// Waits before another try, as [`Tries::again`].
pub(super) async fn pause(n_failed: u32) {
    tokio::time::sleep(share(n_failed)).await;
}

/// Any time up to a longest, which doubles with each try: who met once does not meet again.
fn share(n_failed: u32) -> Duration {
    const FIRST_MICROS: u64 = 10_000;
    const LONGEST_MICROS: u64 = 400_000;
    let longest = (FIRST_MICROS << n_failed.min(10)).min(LONGEST_MICROS);
    Duration::from_micros(getrandom::u64().unwrap_or(longest - 1) % longest)
}
