//! What of a conversation is deleted for everybody, as its state tells it. Whoever reads messages reads the state
//! along: from the moment at which a deletion marks it, nothing at or below the mark is there, however long it takes
//! until the rows are gone.

use model::conversation::ConversationId;
use model::conversation_state::ConversationState;
use model::id::MessageId;
use model::time::Seconds;
use serde::Deserialize;

use super::error::StoreError;
use super::keys::{EXPIRES_AT, GONE, Key};
use super::transaction::{Update, number};
use super::write::TOMBSTONE_SECONDS;
use super::{Found, Item, Store};

/// The part of a conversation's state that a deletion leaves.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    last_message_id: MessageId,
    #[serde(default)]
    deleted_id: Option<MessageId>,
}

/// The id up to which a conversation is deleted.
pub(super) fn deleted_up_to(found: &Found, conversation: &ConversationId) -> Result<Option<MessageId>, StoreError> {
    let head: Option<Head> = found.get(&Key::conversation_state(conversation))?;
    Ok(head.and_then(|head| head.deleted_id))
}

/// The state of a conversation, if anybody wrote in it since it was deleted.
pub(super) fn state(found: &Found, conversation: &ConversationId) -> Result<Option<ConversationState>, StoreError> {
    let key = Key::conversation_state(conversation);
    let head: Option<Head> = found.get(&key)?;
    match head {
        Some(head) if head.deleted_id < Some(head.last_message_id) => found.get(&key),
        _ => Ok(None),
    }
}

/// The largest id that was given to a message of a conversation, those that are deleted included.
pub(super) fn last_id(found: &Found, conversation: &ConversationId) -> Result<Option<MessageId>, StoreError> {
    let head: Option<Head> = found.get(&Key::conversation_state(conversation))?;
    Ok(head.map(|head| head.last_message_id))
}

impl Store {
    /// The id up to which a conversation is deleted for everybody. Cost: 1 round trip, 1 read unit.
    pub async fn deleted_up_to(&self, conversation: &ConversationId) -> Result<Option<MessageId>, StoreError> {
        let head: Option<Head> = self.get(&Key::conversation_state(conversation)).await?;
        Ok(head.and_then(|head| head.deleted_id))
    }
}

/// What a deletion leaves of a state: nothing up to `id` is there, and whoever was writing below it is refused.
pub(super) fn deleted_state(conversation: &ConversationId, id: MessageId) -> Update {
    let update = Update::of(&Key::conversation_state(conversation))
        .set("lastMessageId", number(id.number()))
        .set("deletedId", number(id.number()));
    ["shownMessageId", "newsMessageId", "createdAt", "updatedAt", "isOrphaned", GONE, EXPIRES_AT]
        .into_iter()
        .fold(update, Update::remove)
}

/// What is left of the state of a conversation whose deletion is done: for a day it refuses who began to write before.
pub(super) fn ended_state(conversation: &ConversationId, id: MessageId, now: Seconds) -> Item {
    let mut item = Key::conversation_state(conversation).item();
    item.insert("lastMessageId".to_owned(), number(id.number()));
    item.insert("deletedId".to_owned(), number(id.number()));
    item.insert(GONE.to_owned(), number(now.get()));
    item.insert(EXPIRES_AT.to_owned(), number(now.plus(TOMBSTONE_SECONDS).get()));
    item
}
