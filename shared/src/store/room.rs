//! Lists that hold so many rows at the most, whoever adds to them at the same moment.
//!
//! A row beside the list counts how often anything was ever added. What is added needs that count to be below what it was
//! when the list was counted, and the room that was left then: others who added since have used it up. What is taken off
//! touches no count, so none can go wrong, and who adds while there is room waits for nobody.

use serde::{Deserialize, Serialize};

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::transaction::Update;

/// That a list had room when it was counted.
#[derive(Clone, Debug)]
pub struct Room {
    counter: Key,
    below: u64,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Counter {
    #[serde(default)]
    added: u64,
}

impl Store {
    /// The room that is left in the list of keys that begin as `list` does and that holds `most`; `None` if it is full.
    /// The count is read first: what is added between the two reads is counted twice rather than not at all.
    ///
    /// Cost: 2 round trips, 2 to 4 read units.
    pub(super) async fn room(&self, counter: Key, list: &Key, most: usize) -> Result<Option<Room>, StoreError> {
        let Counter { added } = self.get(&counter).await?.unwrap_or_default();
        let left = most.saturating_sub(self.keys(list, most).await?.len());
        Ok((0 < left).then(|| Room { counter, below: added + left as u64 }))
    }
}

impl Room {
    /// Counts one that is added; refused if the room is used up by now. Cost: 2 write units.
    pub(super) fn used(&self) -> Update {
        Update::of(&self.counter)
            .add("added", 1)
            .when("(attribute_not_exists(added) OR added < :below)")
            .number(":below", self.below)
    }
}
