//! Keys that need not be looked up again.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use model::api_key::KeyScope;

/// The API keys that this process has proved lately, by digest. Unknown keys are looked up each time.
#[derive(Debug, Default)]
pub struct KeyCache(Mutex<HashMap<String, (KeyScope, Instant)>>);

impl KeyCache {
    /// How long a revoked key may go on working in a warm process.
    pub const TTL: Duration = Duration::from_secs(60);

    pub(super) fn get(&self, digest: &str) -> Option<KeyScope> {
        let keys = self.0.lock().ok()?;
        keys.get(digest).filter(|(_, at)| at.elapsed() < KeyCache::TTL).map(|(scope, _)| *scope)
    }

    /// Looks this one up next time: this process has changed it.
    pub(crate) fn forget(&self, digest: &str) {
        if let Ok(mut keys) = self.0.lock() {
            keys.remove(digest);
        }
    }

    pub(super) fn put(&self, digest: String, scope: KeyScope) {
        if let Ok(mut keys) = self.0.lock() {
            keys.insert(digest, (scope, Instant::now()));
        }
    }
}
