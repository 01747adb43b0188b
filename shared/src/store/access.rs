//! What must be known before somebody may read: who they are, and their membership of a group.

use std::collections::{BTreeSet, HashMap};

use super::batch::Batch;
use super::error::StoreError;
use super::keys::Key;
use super::{Found, Store};
use model::group::Group;
use model::membership::Membership;
use model::uid::{Guid, Uid};
use model::user::User;

/// Where the membership of a user is read.
pub(super) fn membership_keys(guid: &Guid, uid: &Uid) -> [Key; 2] {
    [Key::member(guid, uid), Key::ban(guid, uid)]
}

/// Reads what stands at [`membership_keys`].
pub(super) fn membership(found: &Found, guid: &Guid, uid: &Uid) -> Result<Membership, StoreError> {
    let [member, ban] = membership_keys(guid, uid);
    // A ban wins, whatever else is stored.
    let is_banned = found.has(&ban);
    Ok(Membership { member: found.get(&member)?.filter(|_| !is_banned), is_banned })
}

impl Store {
    /// Several users, active or not. Cost: 1 round trip, 1 read unit a user.
    pub async fn users(&self, uids: &[&Uid]) -> Result<Vec<User>, StoreError> {
        let keys: Vec<Key> = uids.iter().map(|uid| Key::user(uid)).collect();
        let found = self.get_all(keys.clone()).await?;
        keys.iter().filter_map(|key| found.get(key).transpose()).collect()
    }

    /// Between `uid` and each of these: whether they block the other, and whether the other blocks them.
    ///
    /// Cost: 1 round trip and 2 read units a user, for each 50.
    pub async fn blocks_between(
        &self,
        uid: &Uid,
        others: &BTreeSet<Uid>,
    ) -> Result<HashMap<Uid, [bool; 2]>, StoreError> {
        if others.is_empty() {
            return Ok(HashMap::new());
        }
        let keys = |other: &Uid| [Key::block(uid, other), Key::block(other, uid)];
        let found = self.get_all(others.iter().flat_map(keys).collect()).await?;
        Ok(others.iter().map(|other| (other.clone(), keys(other).map(|key| found.has(&key)))).collect())
    }

    /// What these groups are to a user. Cost: 1 round trip for each 50, 2 read units a group.
    pub async fn memberships(
        &self,
        uid: &Uid,
        guids: &BTreeSet<Guid>,
    ) -> Result<HashMap<Guid, Membership>, StoreError> {
        if guids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.get_all(guids.iter().flat_map(|guid| membership_keys(guid, uid)).collect()).await?;
        guids.iter().map(|guid| Ok((guid.clone(), membership(&found, guid, uid)?))).collect()
    }

    /// A group, and what it is to `reader`. Cost: 1 round trip, 1 read unit, 2 more with a reader.
    pub async fn group_for(
        &self,
        guid: &Guid,
        reader: Option<&Uid>,
    ) -> Result<(Option<Group>, Membership), StoreError> {
        let batch = Batch::default().group(guid);
        let known = self.know(reader.into_iter().fold(batch, |batch, uid| batch.membership(guid, uid))).await?;
        let membership = reader.map(|uid| known.membership(guid, uid)).transpose()?.unwrap_or_default();
        Ok((known.group(guid)?, membership))
    }
}
