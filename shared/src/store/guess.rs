//! How often a user said a password to a group within a minute.

use super::Store;
use super::error::StoreError;
use super::keys::{EXPIRES_AT, Key};
use super::transaction::{Untold, Update, number};
use model::time::Seconds;
use model::uid::{Guid, Uid};

/// Whether another password may be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only a guess that was counted may be looked at"]
pub enum Guess {
    /// It is counted.
    Counted,
    /// There were as many as a minute has.
    TooMany,
}

impl Store {
    /// Counts a password that `uid` says to a group, if there were fewer than `most` within the minute of `now`. The count
    /// comes before the password is looked at, so guesses at the same moment are no more than others.
    ///
    /// Cost: 1 round trip, 1 write unit; the row expires.
    pub async fn count_guess(&self, guid: &Guid, uid: &Uid, now: Seconds, most: u64) -> Result<Guess, StoreError> {
        let minute = now.get() / MINUTE;
        let count = Update::of(&Key::guesses(guid, uid, minute))
            .add("tries", 1)
            .set(EXPIRES_AT, number((minute + 2) * MINUTE))
            .when("(attribute_not_exists(tries) OR tries < :most)")
            .number(":most", most)
            .untold(Untold::OwnAffair);
        Ok(self.apply_unread(count).await?.either(Guess::Counted, Guess::TooMany))
    }
}

/// In seconds.
const MINUTE: u64 = 60;
