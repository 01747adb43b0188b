//! Pins of messages in their conversation.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::legacy::{EXISTS, Outcome, number, put, update};
use model::conversation::ConversationId;
use model::message::Message;
use model::time::Seconds;
use model::uid::Uid;

impl Store {
    /// How many messages of a conversation are pinned; counts up to `most`.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 to 3 read units.
    pub async fn pinned_count(&self, conversation: &ConversationId, most: usize) -> Result<usize, StoreError> {
        Ok(self.keys(&Key::pins(conversation), most).await?.len())
    }

    /// Pins a message that is neither pinned nor deleted; false if it is by now.
    ///
    /// Cost: 1 round trip, 4 write units for a message of 1 KB.
    pub async fn pin_message(&self, message: &Message, by: &Uid, at: Seconds) -> Result<bool, StoreError> {
        let key = Key::message(&message.conversation, message.id);
        let pinned = update(&self.table, &key, "SET pinnedBy = :by, pinnedAt = :at")
            .condition_expression(format!(
                "{EXISTS} AND attribute_not_exists(deletedAt) AND attribute_not_exists(pinnedAt)"
            ))
            .expression_attribute_values(":by", AttributeValue::S(by.to_string()))
            .expression_attribute_values(":at", number(at.get()))
            .build()?;
        let pin = put(&self.table, Key::pin(&message.conversation, message.id).item())?;
        let writes = vec![TransactWriteItem::builder().update(pinned).build(), pin];
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Unpins a message; one that is not pinned or gone stays as it is.
    ///
    /// Cost: 1 round trip, 4 write units for a message of 1 KB.
    pub async fn unpin_message(&self, message: &Message) -> Result<(), StoreError> {
        let key = Key::message(&message.conversation, message.id);
        let unpinned = update(&self.table, &key, "REMOVE pinnedBy, pinnedAt").condition_expression(EXISTS).build()?;
        let writes = vec![TransactWriteItem::builder().update(unpinned).build(), self.unpin(message)?];
        self.transact(writes).await?;
        Ok(())
    }

    /// Takes a message off the list of pins.
    pub(super) fn unpin(&self, message: &Message) -> Result<TransactWriteItem, StoreError> {
        self.delete(&Key::pin(&message.conversation, message.id))
    }
}
