//! Points in time: the wire has whole seconds, ids need milliseconds.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Unix time in whole seconds, as every timestamp of the contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(u64);

impl Seconds {
    /// This many seconds since 1970.
    pub const fn new(seconds: u64) -> Seconds {
        Seconds(seconds)
    }

    /// The current second.
    pub fn now() -> Seconds {
        Millis::now().seconds()
    }

    /// Seconds since 1970.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// This many seconds later.
    pub const fn plus(self, seconds: u64) -> Seconds {
        Seconds(self.0.saturating_add(seconds))
    }
}

/// Unix time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(u64);

impl Millis {
    /// This many milliseconds since 1970.
    pub const fn new(millis: u64) -> Millis {
        Millis(millis)
    }

    /// The current millisecond.
    pub fn now() -> Millis {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
    }

    /// Milliseconds since 1970.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The second that holds it.
    pub const fn seconds(self) -> Seconds {
        Seconds(self.0 / 1000)
    }
}
