//! Members and bans of a group: listed, changed, ended.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::transaction::{EXISTS, update};
use crate::model::conversation::ConversationId;
use crate::model::uid::{Guid, Uid};

impl Store {
    /// Ends a membership without an action message, and gives the group to the app if `is_owner`. Nothing happens if
    /// the membership or the group is gone by now.
    ///
    /// Cost: 1 round trip, 6 write units.
    pub async fn forget_member(&self, guid: &Guid, uid: &Uid, is_owner: bool) -> Result<(), StoreError> {
        let group = if is_owner { self.orphan_group(guid)? } else { self.count_members(guid, -1)? };
        let row = Key::conversation_row(uid, &ConversationId::Group(guid.clone()));
        let writes = vec![group, self.delete_existing(&Key::member(guid, uid))?, self.delete(&row)?];
        self.transact(writes).await?;
        Ok(())
    }

    fn orphan_group(&self, guid: &Guid) -> Result<TransactWriteItem, StoreError> {
        let update = update(&self.table, &Key::group(guid), "SET #owner = :app ADD membersCount :less")
            .condition_expression(EXISTS)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":app", AttributeValue::S(Uid::app_system().to_string()))
            .expression_attribute_values(":less", AttributeValue::N("-1".to_owned()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}
