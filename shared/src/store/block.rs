//! Who has blocked whom.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::keys::Key;
use super::legacy::{Outcome, item, put};
use super::{Found, Store};
use model::time::Seconds;
use model::uid::Uid;
use model::user::{Relation, User};

/// That a user has blocked another. It stands twice, with the one and with the other, so that both can be listed; the row
/// of who blocks decides.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// The other: whom the row's user blocks, or who blocks them.
    pub uid: Uid,
    /// Since when.
    pub blocked_at: Seconds,
}

/// Who of two users blocks the other, as the first one sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    /// Whether they block the other.
    pub by_them: bool,
    /// Whether the other blocks them.
    pub by_other: bool,
}

impl Blocks {
    pub(super) fn keys(uid: &Uid, other: &Uid) -> [Key; 2] {
        [Key::block(uid, other), Key::block(other, uid)]
    }

    pub(super) fn read(found: &Found, uid: &Uid, other: &Uid) -> Blocks {
        let [by_them, by_other] = Blocks::keys(uid, other).map(|key| found.has(&key));
        Blocks { by_them, by_other }
    }
}

/// How many blocks one transaction takes: two writes each, beside the user.
const AT_ONCE: usize = 49;

impl Store {
    /// Whom a user has blocked, by UID.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 50 blocks.
    pub async fn blocked_by(&self, uid: &Uid) -> Result<Vec<Block>, StoreError> {
        self.all_rows(&Key::blocks(uid)).await
    }

    /// Who has blocked a user, by UID.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 50 blocks.
    pub async fn blockers_of(&self, uid: &Uid) -> Result<Vec<Block>, StoreError> {
        self.all_rows(&Key::all_blocked_by(uid)).await
    }

    /// Blocks `others` for a user; false if the user is gone meanwhile.
    ///
    /// Cost: 1 round trip and 2 write units for each 49, 4 write units for each.
    pub async fn block_all(&self, user: &User, others: &[Uid], now: Seconds) -> Result<bool, StoreError> {
        let uid = &user.uid;
        for some in others.chunks(AT_ONCE) {
            let mut writes = vec![self.still_is(user)?];
            for other in some {
                let [mine, theirs] = [other, uid].map(|uid| Block { uid: uid.clone(), blocked_at: now });
                writes.push(put(&self.table, item(&Key::block(uid, other), &mine)?)?);
                writes.push(put(&self.table, item(&Key::blocked_by(other, uid), &theirs)?)?);
            }
            if let Outcome::Refused(_) = self.transact(writes).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Unblocks `others` for `uid`. Cost: 1 round trip for each 50, 4 write units for each.
    pub async fn unblock_all(&self, uid: &Uid, others: &[Uid]) -> Result<(), StoreError> {
        for some in others.chunks(AT_ONCE) {
            let keys = some.iter().flat_map(|other| [Key::block(uid, other), Key::blocked_by(other, uid)]);
            self.transact(keys.map(|key| self.delete(&key)).collect::<Result<_, _>>()?).await?;
        }
        Ok(())
    }

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
