//! Points in time: the wire has whole seconds, ids need milliseconds.

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

    /// Seconds since 1970.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The second before, if there is one.
    pub const fn before(self) -> Option<Seconds> {
        match self.0.checked_sub(1) {
            Some(seconds) => Some(Seconds(seconds)),
            None => None,
        }
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

    /// Milliseconds since 1970.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The second that holds it.
    pub const fn seconds(self) -> Seconds {
        Seconds(self.0 / 1000)
    }
}
