//! How a group ends: member by member, message by message, then itself, so that a failure part-way is safe to repeat.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem};

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::legacy::{EXISTS, Outcome, number, update};
use super::partition::Rows;
use model::conversation::ConversationId;
use model::group::Member;
use model::time::Seconds;
use model::uid::Guid;

/// Members that one transaction of 100 writes removes: two items each, and the group counts them.
const MEMBERS_AT_ONCE: usize = 49;
/// Bans that one transaction removes.
const BANS_AT_ONCE: usize = 100;

impl Store {
    /// Begins to delete a group: nobody is added to it from now on. Cost: 1 round trip, 2 write units.
    pub async fn end_group(&self, guid: &Guid, now: Seconds) -> Result<(), StoreError> {
        let end = update(&self.table, &Key::group(guid), "SET endingAt = :now")
            .condition_expression(EXISTS)
            .expression_attribute_values(":now", number(now.get()))
            .build()?;
        self.transact(vec![TransactWriteItem::builder().update(end).build()]).await?;
        Ok(())
    }

    /// Removes members of a group with their conversation rows; false if there is none, or no group.
    ///
    /// Cost: 2 round trips, 4 write units a member and 2 for the group.
    pub async fn remove_some_members(&self, guid: &Guid) -> Result<bool, StoreError> {
        const GROUP: usize = 0;
        let Rows { rows: members, .. } = self.members(guid, None, MEMBERS_AT_ONCE).await?;
        if members.is_empty() {
            return Ok(false);
        }
        let conversation = ConversationId::Group(guid.clone());
        let mut writes = vec![self.count_members(guid, -(members.len() as i64))?];
        for Member { uid, .. } in &members {
            writes.push(self.delete_existing(&Key::member(guid, uid))?);
            writes.push(self.delete(&Key::participant_state(uid, &conversation))?);
        }
        match self.transact(writes).await? {
            Outcome::Done => Ok(true),
            // Who left by themselves meanwhile is not found again.
            Outcome::Refused(refused) => Ok(refused.iter().all(|(position, _)| *position != GROUP)),
        }
    }

    /// Removes bans of a group; false if there is none. Cost: 2 round trips, 2 write units a ban.
    pub async fn remove_some_bans(&self, guid: &Guid) -> Result<bool, StoreError> {
        let keys = self.keys(&Key::bans(guid), BANS_AT_ONCE).await?;
        self.remove(&keys).await
    }

    /// Removes a group that has no members; false if it has some. Cost: 1 round trip, 4 write units.
    pub async fn delete_empty_group(&self, guid: &Guid) -> Result<bool, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(Key::group(guid).item()))
            .condition_expression("attribute_not_exists(pk) OR membersCount = :none")
            .expression_attribute_values(":none", AttributeValue::N("0".to_owned()))
            .build()?;
        let writes = vec![TransactWriteItem::builder().delete(delete).build()];
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    async fn remove(&self, keys: &[Key]) -> Result<bool, StoreError> {
        if keys.is_empty() {
            return Ok(false);
        }
        let writes: Result<Vec<_>, _> = keys.iter().map(|key| self.delete(key)).collect();
        self.transact(writes?).await?;
        Ok(true)
    }
}
