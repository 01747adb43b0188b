//! Users and their tokens.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::error::StoreError;
use super::keys::{self, Key};
use super::transaction::{EXISTS, Outcome, item, number, put_new, update};
use super::{Item, Store};
use model::auth_token::IssuedToken;
use model::time::Seconds;
use model::uid::Uid;
use model::user::User;
use model::user_change::UserChange;

/// That a user exists and is active.
const IS_ACTIVE: &str = "attribute_exists(pk) AND attribute_not_exists(deactivatedAt)";
/// How many items of a user are removed at once: a token is two items, and a transaction takes 100.
const REMOVED_AT_ONCE: usize = 50;

/// An auth token as stored, under the digest of its value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthToken {
    /// As whom it acts.
    pub uid: Uid,
    /// When it was made.
    pub created_at: Seconds,
}

impl Store {
    /// A user, active or not. Cost: 1 round trip, 1 read unit.
    pub async fn user(&self, uid: &Uid) -> Result<Option<User>, StoreError> {
        self.get(&Key::user(uid)).await
    }

    /// Stores a new user, and a token for them; false if the UID is taken.
    ///
    /// Cost: 1 round trip; 2 write units and 1 for the index; 4 more with a token.
    pub async fn create_user(&self, user: &User, token: Option<&IssuedToken>) -> Result<bool, StoreError> {
        let mut writes = vec![put_new(&self.table, user_item(user)?)?];
        if let Some(token) = token {
            writes.extend(self.token_writes(token)?);
        }
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Changes an active user's profile and returns it; `None` if there is none.
    ///
    /// Cost: 1 round trip, 1 write unit per KB of the profile.
    pub async fn change_user(&self, uid: &Uid, change: &UserChange) -> Result<Option<User>, StoreError> {
        let change = Change { set: serde_dynamo::to_item(change)?, remove: change.unset().to_vec() };
        self.change(&Key::user(uid), change, IS_ACTIVE).await
    }

    /// Deactivates an active user; false if there is none.
    ///
    /// A transaction although it is one write: when its answer is lost, the SDK sends it again, and only a transaction
    /// is known again. A plain update would find the user deactivated, by itself, and say that there was none.
    ///
    /// Cost: 1 round trip; 2 write units, and 4 to move the entry in the index.
    pub async fn deactivate_user(&self, uid: &Uid, now: Seconds) -> Result<bool, StoreError> {
        let [(pk, listed_pk), (sk, listed_sk)] = keys::listed_deactivated_user(uid);
        let expression = format!("SET {DEACTIVATED_AT} = :now, {pk} = :pk, {sk} = :sk");
        let deactivation = update(&self.table, &Key::user(uid), &expression)
            .condition_expression(IS_ACTIVE)
            .expression_attribute_values(":now", number(now.get()))
            .expression_attribute_values(":pk", listed_pk)
            .expression_attribute_values(":sk", listed_sk)
            .build()?;
        let writes = vec![TransactWriteItem::builder().update(deactivation).build()];
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Makes a user active, who may be so already; false if there is none. Cost: 1 round
    /// trip; 1 write unit, and 2 to move the entry in the index.
    pub async fn reactivate_user(&self, uid: &Uid) -> Result<bool, StoreError> {
        let change = Change { set: entry(keys::listed_user(uid)), remove: vec![DEACTIVATED_AT] };
        let changed: Option<User> = self.change(&Key::user(uid), change, EXISTS).await?;
        Ok(changed.is_some())
    }

    /// Removes everything that belongs to a user, the profile last; of blocks also what stands with the other user.
    /// Memberships are rows of groups and are not.
    ///
    /// Cost: 2 round trips for each [`REMOVED_AT_ONCE`] items, 2 write units an item, 4 a block.
    pub async fn delete_user(&self, uid: &Uid) -> Result<(), StoreError> {
        let profile = Key::user(uid);
        loop {
            let mut keys = self.keys(&Key::all_of_user(uid), REMOVED_AT_ONCE).await?;
            let is_last = keys.len() < REMOVED_AT_ONCE;
            if !is_last {
                keys.retain(|key| *key != profile);
            }
            keys.extend(keys.iter().filter_map(Key::mirrored_block).collect::<Vec<_>>());
            let writes: Result<Vec<_>, _> = keys.iter().map(|key| self.delete(key)).collect();
            let writes = writes?;
            if !writes.is_empty() {
                self.transact(writes).await?;
            }
            if is_last {
                return Ok(());
            }
        }
    }
}

const DEACTIVATED_AT: &str = "deactivatedAt";

fn entry(listed: [(&'static str, aws_sdk_dynamodb::types::AttributeValue); 2]) -> Item {
    listed.map(|(name, value)| (name.to_owned(), value)).into()
}

fn user_item(user: &User) -> Result<Item, StoreError> {
    let mut item = item(&Key::user(&user.uid), user)?;
    item.extend(entry(keys::listed_user(&user.uid)));
    Ok(item)
}
