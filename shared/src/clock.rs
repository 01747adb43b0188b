//! The time. Only here a process asks for it; everything else is told.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::time::Millis;

/// Tells the current time.
pub type Clock = fn() -> Millis;

/// The clock of the machine.
pub fn system() -> Millis {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::new(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
}

/// A time as the signers of AWS take it.
pub fn system_time(at: Millis) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(at.get())
}
