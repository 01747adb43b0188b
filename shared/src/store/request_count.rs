//! How many requests a user makes: a row for each minute, which expires.

use serde::Deserialize;

use super::Store;
use super::error::StoreError;
use super::keys::{EXPIRES_AT, Key};
use super::transaction::{Untold, Update, number};
use model::time::Seconds;
use model::uid::Uid;

/// For how long a row outlasts its minute; DynamoDB removes it within days after that.
const KEPT_SECONDS: u64 = 5 * 60;

#[derive(Debug, Deserialize)]
struct RequestCount {
    requests: u64,
}

impl Store {
    /// Counts a request of a user in the minute that begins at this second; says how many there are by now.
    ///
    /// Cost: 1 round trip, 1 write unit.
    pub async fn count_request(&self, uid: &Uid, minute: Seconds) -> Result<u64, StoreError> {
        let count = Update::of(&Key::request_count(uid, minute))
            .set(EXPIRES_AT, number(minute.plus(KEPT_SECONDS).get()))
            .add("requests", 1)
            .untold(Untold::Upkeep);
        // Without a condition it is not refused.
        Ok(self.apply::<RequestCount>(count).await?.map_or(1, |count| count.requests))
    }
}
