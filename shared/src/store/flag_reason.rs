//! Why messages may be reported: one row, which is there once the app has changed the list.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::Store;
use super::conversation_pin::Replaced;
use super::error::StoreError;
use super::keys::Key;
use super::transaction::{Condition, Untold, item, number};
use model::flag_reason::FlagReason;

/// The list, in its order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FlagReasons {
    /// The reasons.
    pub reasons: Vec<FlagReason>,
    /// How often the list was changed; a change of an older state is refused by it.
    revision: u64,
}

impl Default for FlagReasons {
    fn default() -> FlagReasons {
        FlagReasons { reasons: FlagReason::first(), revision: 0 }
    }
}

impl Store {
    /// The list. Cost: 1 round trip, 1 read unit for each 4 KB of it.
    pub async fn flag_reasons(&self) -> Result<FlagReasons, StoreError> {
        Ok(self.get(&Key::flag_reasons()).await?.unwrap_or_default())
    }

    /// Replaces the list, unless it was changed since it was read. Cost: 1 round trip, 2 write units for each KB of it.
    pub async fn replace_flag_reasons(
        &self,
        before: &FlagReasons,
        reasons: Vec<FlagReason>,
    ) -> Result<Replaced, StoreError> {
        let after = FlagReasons { reasons, revision: before.revision + 1 };
        let unchanged = Condition::new("attribute_not_exists(revision) OR revision = :before")
            .value(":before", number(before.revision));
        let tx = self.transaction::<Infallible>().put_item_if(item(&Key::flag_reasons(), &after)?, unchanged);
        Ok(tx.untold(Untold::OwnAffair).commit().await?.either(Replaced::Done, Replaced::Stale))
    }
}
