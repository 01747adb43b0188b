//! How what a conversation holds is deleted: some of it at a time, its state last, so that a failure part-way is safe to
//! repeat.

use std::convert::Infallible;

use super::Store;
use super::conversation_state::ended_state;
use super::error::StoreError;
use super::keys::Key;
use super::transaction::Untold;
use model::conversation::ConversationId;
use model::event::Event;

/// Items of a conversation that one transaction deletes: a message has a pointer.
const ITEMS_AT_ONCE: usize = 50;

/// Whether a step of a deletion is to be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "there may be more to delete"]
pub enum Left {
    /// Some is deleted, and there may be more.
    Perhaps,
    /// There was nothing to delete.
    Nothing,
}

impl Store {
    /// Deletes messages of a conversation with their pointers, and all else that the conversation holds. With an event,
    /// the state stays for a day as the tombstone that carries it and the last id; it goes last, with the rest.
    ///
    /// Cost: 2 round trips, 4 write units per KB of a message.
    pub async fn delete_some_contents(
        &self,
        conversation: &ConversationId,
        event: Option<&Event>,
    ) -> Result<Left, StoreError> {
        let state = Key::conversation_state(conversation);
        let (mut keys, is_all) = self.live_keys(&Key::all_of_conversation(conversation), ITEMS_AT_ONCE + 1).await?;
        if keys.is_empty() {
            return Ok(Left::Nothing);
        }
        let ends = is_all && keys.len() <= ITEMS_AT_ONCE && keys.contains(&state);
        keys.retain(|key| *key != state);
        keys.truncate(ITEMS_AT_ONCE);
        let pointers: Vec<Key> = keys.iter().filter_map(Key::pointer_of).collect();
        let mut tx = self.transaction::<Infallible>();
        tx = keys.iter().chain(&pointers).fold(tx, |tx, key| tx.delete(key));
        tx = match event.filter(|_| ends) {
            Some(event) => tx.update(ended_state(&state, event.at().seconds())).event(event)?,
            None if ends => tx.delete(&state).untold(Untold::StepOfAnother),
            None => tx.untold(Untold::StepOfAnother),
        };
        tx.commit().await?.unrefused()?;
        Ok(Left::Perhaps)
    }
}
