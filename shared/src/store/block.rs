//! Who has blocked whom.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use crate::model::time::Seconds;
use crate::model::uid::Uid;
use crate::model::user::Relation;

/// That a user has blocked another.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// The other.
    pub uid: Uid,
    /// Since when.
    pub blocked_at: Seconds,
}

impl Store {
    /// Who of `viewer` and each of `others` has blocked the other; those without a block are left out.
    ///
    /// Cost: 1 round trip for each 50, 2 read units for each.
    pub async fn relations(&self, viewer: &Uid, others: &[&Uid]) -> Result<HashMap<Uid, Relation>, StoreError> {
        let mut keys = Vec::new();
        for other in others.iter().filter(|other| **other != viewer) {
            keys.extend([Key::block(viewer, other), Key::block(other, viewer)]);
        }
        let found = self.get_all(keys).await?;
        let mut relations = HashMap::new();
        for other in others {
            let since = |key: Key| Ok::<_, StoreError>(found.get::<Block>(&key)?.map(|block| block.blocked_at));
            let (by_me, by_them) = (since(Key::block(viewer, other))?, since(Key::block(other, viewer))?);
            if by_me.is_some() || by_them.is_some() {
                relations.insert((*other).clone(), Relation::new(by_me, by_them));
            }
        }
        Ok(relations)
    }
}
