//! Pins of messages in their conversation.

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::own_mark::{Writer, beside};
use super::room::Room;
use super::transaction::{EXISTS, Transaction, Update, number, text};
use model::conversation::ConversationId;
use model::event::Event;
use model::id::MessageId;
use model::message::Message;
use model::time::Seconds;
use model::uid::Uid;

/// How pinning or unpinning a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` changed it"]
pub enum Pinning {
    /// It is stored.
    Done,
    /// The message is not as it was read, pinned, unpinned or deleted meanwhile, or others used the room.
    Stale,
}

async fn pinning(tx: Transaction<'_, Pinning>) -> Result<Pinning, StoreError> {
    Ok(tx.commit().await?.either(Pinning::Done, Pinning::Stale))
}

impl Store {
    /// The room for a pin in a conversation that takes `most`; `None` if there is none. Cost: as [`Store::room`].
    pub async fn pin_room(&self, conversation: &ConversationId, most: usize) -> Result<Option<Room>, StoreError> {
        self.room(Key::pin_counter(conversation), &Key::pins(conversation), most).await
    }

    /// Up to `most` pinned messages of a conversation, rising.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 to 3 read units.
    pub async fn pinned(&self, conversation: &ConversationId, most: usize) -> Result<Vec<MessageId>, StoreError> {
        self.keys(&Key::pins(conversation), most).await?.iter().map(Key::pinned_id).collect()
    }

    /// Pins a message that is neither pinned nor deleted, if there still is room. The pin's own row carries the event.
    ///
    /// Cost: 1 round trip, 6 write units for a message of 1 KB, and what stands [`beside`] it.
    pub async fn pin_message(
        &self,
        message: &Message,
        by: &Uid,
        at: Seconds,
        room: &Room,
        writer: Option<Writer<'_>>,
        event: &Event,
    ) -> Result<Pinning, StoreError> {
        let pinned = Update::of(&Key::message(&message.conversation, message.id))
            .set("pinnedBy", text(by))
            .set("pinnedAt", number(at.get()))
            .when(EXISTS)
            .when("attribute_not_exists(deletedAt) AND attribute_not_exists(pinnedAt)");
        let pin = Key::pin(&message.conversation, message.id).item();
        let tx = self.transaction().update(pinned).or(Pinning::Stale).put_item(pin).event(event)?;
        let tx = tx.update(room.used()).or(Pinning::Stale);
        pinning(beside(tx, message, writer, event)).await
    }

    /// Unpins a message that is pinned. The message's row carries the event.
    ///
    /// Cost: 1 round trip, 4 write units for a message of 1 KB, and what stands [`beside`] it.
    pub async fn unpin_message(
        &self,
        message: &Message,
        writer: Option<Writer<'_>>,
        event: &Event,
    ) -> Result<Pinning, StoreError> {
        let unpinned = Update::of(&Key::message(&message.conversation, message.id))
            .remove("pinnedBy")
            .remove("pinnedAt")
            .when("attribute_exists(pinnedAt)");
        let tx = self.transaction().update(unpinned).or(Pinning::Stale).event(event)?;
        let tx = tx.delete(&Key::pin(&message.conversation, message.id));
        pinning(beside(tx, message, writer, event)).await
    }
}
