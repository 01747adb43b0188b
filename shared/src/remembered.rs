//! What the app has set and need not be looked up again for each request or event.

use std::sync::{Arc, Mutex};

use crate::error::ApiError;
use model::time::Millis;

/// How long a change may go unnoticed in a warm process, in milliseconds.
const MOST_AGE: u64 = 5_000;

/// Something that was looked up some seconds ago.
#[derive(Debug)]
pub struct Remembered<T>(Mutex<Memory<T>>);

#[derive(Debug)]
struct Memory<T> {
    known: Option<(Millis, Arc<T>)>,
    /// How often it was forgotten: what was read before must not be remembered after.
    n_forgotten: u64,
}

impl<T> Default for Remembered<T> {
    fn default() -> Remembered<T> {
        Remembered(Mutex::new(Memory { known: None, n_forgotten: 0 }))
    }
}

impl<T> Remembered<T> {
    /// Looks at it anew when it is asked for next: this process has changed it.
    pub fn forget(&self) {
        if let Ok(mut memory) = self.0.lock() {
            memory.known = None;
            memory.n_forgotten += 1;
        }
    }

    /// What `look_up` finds, or found up to 5 seconds ago. Cost: nothing as a rule; every 5 seconds that of `look_up`.
    pub async fn get(
        &self,
        now: Millis,
        look_up: impl AsyncFnOnce() -> Result<T, ApiError>,
    ) -> Result<Arc<T>, ApiError> {
        let (known, n_forgotten) = self.recall(now);
        if let Some(known) = known {
            return Ok(known);
        }
        let found = Arc::new(look_up().await?);
        if let Ok(mut memory) = self.0.lock()
            && memory.n_forgotten == n_forgotten
        {
            memory.known = Some((now, found.clone()));
        }
        Ok(found)
    }

    fn recall(&self, now: Millis) -> (Option<Arc<T>>, u64) {
        let Ok(memory) = self.0.lock() else { return (None, 0) };
        let fresh = memory.known.as_ref().filter(|(at, _)| now.get() < at.get().saturating_add(MOST_AGE));
        (fresh.map(|(_, known)| known.clone()), memory.n_forgotten)
    }
}
