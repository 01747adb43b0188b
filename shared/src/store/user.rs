//! Users and their tokens.

use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use serde::{Deserialize, Serialize};

use super::change::Change;
use super::error::StoreError;
use super::keys::{self, Key};
use super::legacy::{Outcome, check, item, number, put_new, update};
use super::transaction::Condition;
use super::{Item, Store};
use model::auth_token::IssuedToken;
use model::id::MessageId;
use model::time::{Millis, Seconds};
use model::uid::Uid;
use model::user::User;
use model::user_change::UserChange;

/// That a user exists and is active.
const IS_ACTIVE: &str = "attribute_exists(pk) AND attribute_not_exists(deactivatedAt)";
/// When a user was deleted for good, while what is theirs goes. Such a user is not brought back.
const ENDING_AT: &str = "endingAt";
/// On a row that is left of a deleted user: from which id on the UID may be another's.
const GONE_ID: &str = "goneId";
/// That a user exists, active or not.
const IS_THERE: &str = "attribute_exists(pk) AND attribute_not_exists(goneId)";
/// How many items of a user are removed at once: a token is two items, and a transaction takes 100.
const REMOVED_AT_ONCE: usize = 49;

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
    /// Cost: 1 round trip; 2 write units and 1 for the index; 4 more with a token. A UID that somebody had before takes
    /// one round trip more.
    pub async fn create_user(&self, user: &User, token: Option<&IssuedToken>, now: Millis) -> Result<bool, StoreError> {
        let tokens = token.map(|token| self.token_writes(token)).transpose()?.unwrap_or_default();
        let mut writes = vec![put_new(&self.table, user_item(user)?)?];
        writes.extend(tokens.iter().cloned());
        let Outcome::Refused(refused) = self.transact(writes).await? else { return Ok(true) };
        let before = refused.into_iter().find_map(|(_, item)| item).filter(is_tombstone);
        let Some(before) = before else { return Ok(false) };
        let mut writes = vec![self.next_owner(user, &before, now)?];
        writes.extend(tokens);
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Puts a user in the place of the one who had the UID before. Their life begins behind everything that is there.
    fn next_owner(&self, user: &User, before: &Item, now: Millis) -> Result<TransactWriteItem, StoreError> {
        let gone_id = before.get(GONE_ID).cloned();
        let gone_id: Option<MessageId> = gone_id.map(serde_dynamo::from_attribute_value).transpose()?;
        let born_id = gone_id.max(Some(MessageId::last_of(now)));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(user_item(&User { born_id, ..user.clone() })?))
            .condition_expression(format!("attribute_exists({GONE_ID})"))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// That a user is still the active one that was read: on this condition a row is made that lets somebody in by its
    /// UID alone, so that none is left for the next owner of the UID. A deletion begins by making it fail.
    ///
    /// Cost: 2 write units.
    pub(super) fn still_is(&self, user: &User) -> Result<TransactWriteItem, StoreError> {
        let key = Key::user(&user.uid);
        let check = match user.born_id {
            None => check(&self.table, &key, &format!("{IS_ACTIVE} AND attribute_not_exists(bornId)")),
            Some(born_id) => check(&self.table, &key, &format!("{IS_ACTIVE} AND bornId = :born"))
                .expression_attribute_values(":born", number(born_id.number())),
        };
        Ok(TransactWriteItem::builder().condition_check(check.build()?).build())
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

    /// Begins to delete a user for good: from now on they are not active, and nobody brings them back; false if there is
    /// no such user.
    ///
    /// Cost: 1 round trip; 2 write units, and 2 for the entry in the index.
    pub async fn end_user(&self, user: &User, now: Seconds) -> Result<bool, StoreError> {
        let [(pk, _), (sk, _)] = keys::listed_user(&user.uid);
        let expression = format!(
            "SET {DEACTIVATED_AT} = if_not_exists({DEACTIVATED_AT}, :now), {ENDING_AT} = :now REMOVE {pk}, {sk}"
        );
        let end = update(&self.table, &Key::user(&user.uid), &expression)
            .condition_expression(format!("{IS_THERE} AND createdAt = :created"))
            .expression_attribute_values(":now", number(now.get()))
            .expression_attribute_values(":created", number(user.created_at.get()))
            .build()?;
        Ok(matches!(self.transact(vec![TransactWriteItem::builder().update(end).build()]).await?, Outcome::Done))
    }

    /// Makes a user active, who may be so already; false if there is none. Cost: 1 round
    /// trip; 1 write unit, and 2 to move the entry in the index.
    pub async fn reactivate_user(&self, uid: &Uid) -> Result<bool, StoreError> {
        let change = Change { set: entry(keys::listed_user(uid)), remove: vec![DEACTIVATED_AT] };
        let condition = format!("{IS_THERE} AND attribute_not_exists({ENDING_AT})");
        let changed: Option<User> = self.change(&Key::user(uid), change, &condition).await?;
        Ok(changed.is_some())
    }

    /// Removes everything that belongs to a user whose deletion has begun, the profile last; of blocks also what stands
    /// with the other user. Memberships are rows of groups and are not. In the place of the profile stays a row that tells
    /// the next owner of the UID where their life begins.
    ///
    /// Cost: 2 round trips for each [`REMOVED_AT_ONCE`] items, 2 write units an item, 4 a block.
    pub async fn delete_user(&self, uid: &Uid, now: Millis) -> Result<(), StoreError> {
        let profile = Key::user(uid);
        loop {
            let mut keys = self.keys(&Key::all_of_user(uid), REMOVED_AT_ONCE).await?;
            let is_last = keys.len() < REMOVED_AT_ONCE;
            keys.retain(|key| *key != profile);
            keys.extend(keys.iter().filter_map(Key::mirrored_block).collect::<Vec<_>>());
            let writes: Result<Vec<_>, _> = keys.iter().map(|key| self.delete(key)).collect();
            let mut writes = writes?;
            writes.push(if is_last { self.tombstone(&profile, now)? } else { self.is_ending(&profile)? });
            // Refused, another request removed the user meanwhile, and the rows may be those of the next one.
            if matches!(self.transact(writes).await?, Outcome::Refused(_)) || is_last {
                return Ok(());
            }
        }
    }
}

impl Store {
    fn tombstone(&self, profile: &Key, now: Millis) -> Result<TransactWriteItem, StoreError> {
        let gone_id = MessageId::last_of(now);
        let mut item = profile.item();
        item.insert(GONE_ID.to_owned(), number(gone_id.number()));
        // So that every condition of being active refuses it.
        item.insert(DEACTIVATED_AT.to_owned(), number(gone_id.sent_at().get()));
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(format!("attribute_exists({ENDING_AT})"))
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// A change of nothing, which is refused if the user's deletion has come to its end.
    fn is_ending(&self, profile: &Key) -> Result<TransactWriteItem, StoreError> {
        let same = update(&self.table, profile, &format!("SET {ENDING_AT} = {ENDING_AT}"))
            .condition_expression(format!("attribute_exists({ENDING_AT})"))
            .build()?;
        Ok(TransactWriteItem::builder().update(same).build())
    }
}

/// That a user is still the active one that was read: on this condition a row is made that lets somebody in by its UID
/// alone, so that none is left for the next owner of the UID. A deletion begins by making it fail.
///
/// Cost: 2 write units.
pub(super) fn still_is(user: &User) -> Condition {
    match user.born_id {
        None => Condition::new(format!("{IS_ACTIVE} AND attribute_not_exists(bornId)")),
        Some(born_id) => {
            Condition::new(format!("{IS_ACTIVE} AND bornId = :born")).value(":born", number(born_id.number()))
        }
    }
}

/// Whether a row only tells that a user was here.
pub(super) fn is_tombstone(item: &Item) -> bool {
    item.contains_key(GONE_ID)
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
