//! Pins: of messages in their conversation, and of conversations in somebody's list.

use aws_sdk_dynamodb::types::TransactWriteItem;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::keys::Key;
use super::legacy::{Outcome, item};
use super::transaction::{EXISTS, Transaction, Update, number, text};
use super::{Item, Store};
use model::conversation::ConversationId;
use model::event::Event;
use model::message::{Message, Receiver};
use model::time::Seconds;
use model::uid::Uid;

/// Pinned conversations of a user or of the app, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedConversations {
    /// What is pinned.
    #[serde(default)]
    pub pins: Vec<ConversationPin>,
    /// How often the list was changed; a change of an older state is refused by it.
    #[serde(default)]
    revision: u64,
}

/// One pinned conversation, by its other side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationPin {
    /// The user or group that the conversation is with.
    pub with: Receiver,
    /// Since when.
    pub pinned_at: Seconds,
}

/// How pinning or unpinning a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` changed it"]
pub enum Pinning {
    /// It is stored.
    Done,
    /// The message is not as it was read: pinned, unpinned or deleted meanwhile.
    Stale,
}

async fn pinning(tx: Transaction<'_, Pinning>) -> Result<Pinning, StoreError> {
    Ok(if tx.commit().await?.is_done() { Pinning::Done } else { Pinning::Stale })
}

impl Store {
    /// How many messages of a conversation are pinned; counts up to `most`.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 to 3 read units.
    pub async fn pinned_count(&self, conversation: &ConversationId, most: usize) -> Result<usize, StoreError> {
        Ok(self.keys(&Key::pins(conversation), most).await?.len())
    }

    /// Pins a message that is neither pinned nor deleted. The pin's own row carries the event.
    ///
    /// Cost: 1 round trip, 4 write units for a message of 1 KB.
    pub async fn pin_message(
        &self,
        message: &Message,
        by: &Uid,
        at: Seconds,
        event: &Event,
    ) -> Result<Pinning, StoreError> {
        let pinned = Update::of(&Key::message(&message.conversation, message.id))
            .set("pinnedBy", text(by))
            .set("pinnedAt", number(at.get()))
            .when(EXISTS)
            .when("attribute_not_exists(deletedAt) AND attribute_not_exists(pinnedAt)");
        let pin = Key::pin(&message.conversation, message.id).item();
        pinning(self.transaction().update(pinned).or(Pinning::Stale).put_item(pin).event(event)?).await
    }

    /// Unpins a message that is pinned. The message's row carries the event.
    ///
    /// Cost: 1 round trip, 4 write units for a message of 1 KB.
    pub async fn unpin_message(&self, message: &Message, event: &Event) -> Result<Pinning, StoreError> {
        let unpinned = Update::of(&Key::message(&message.conversation, message.id))
            .remove("pinnedBy")
            .remove("pinnedAt")
            .when("attribute_exists(pinnedAt)");
        let tx = self.transaction().update(unpinned).or(Pinning::Stale).event(event)?;
        pinning(tx.delete(&Key::pin(&message.conversation, message.id))).await
    }

    /// What `owner` has pinned; the app is `app_system`. Cost: 1 round trip, 1 read unit.
    pub async fn pinned_conversations(&self, owner: &Uid) -> Result<PinnedConversations, StoreError> {
        Ok(self.get(&Key::pinned_conversations(owner)).await?.unwrap_or_default())
    }

    /// Replaces what `owner` has pinned, unless it was changed since it was read; false then.
    ///
    /// Cost: 1 round trip, 2 write units.
    pub async fn replace_pinned_conversations(
        &self,
        owner: &Uid,
        before: &PinnedConversations,
        pins: Vec<ConversationPin>,
    ) -> Result<bool, StoreError> {
        let after = PinnedConversations { pins, revision: before.revision + 1 };
        let new: Item = item(&Key::pinned_conversations(owner), &after)?;
        let put = aws_sdk_dynamodb::types::Put::builder()
            .table_name(&self.table)
            .set_item(Some(new))
            .condition_expression("attribute_not_exists(revision) OR revision = :before")
            .expression_attribute_values(":before", number(before.revision))
            .build()?;
        let writes = vec![TransactWriteItem::builder().put(put).build()];
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Reads what two owners have pinned. Cost: 1 round trip, 2 read units.
    pub async fn pinned_conversations_of(&self, owners: [&Uid; 2]) -> Result<[PinnedConversations; 2], StoreError> {
        let keys = owners.map(Key::pinned_conversations);
        let found = self.get_all(keys.to_vec()).await?;
        let [one, other] = keys;
        Ok([found.get(&one)?.unwrap_or_default(), found.get(&other)?.unwrap_or_default()])
    }
}
