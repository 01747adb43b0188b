//! Pinned conversations, in the list of a user or of the app.

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::transaction::{Condition, Untold, item, number};
use model::event::Event;
use model::message::Receiver;
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

/// How replacing what is pinned ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` replaced it"]
pub enum Replaced {
    /// It is stored.
    Done,
    /// The list was changed since it was read; read it again.
    Stale,
}

impl Store {
    /// What `owner` has pinned; the app is `app_system`. Cost: 1 round trip, 1 read unit.
    pub async fn pinned_conversations(&self, owner: &Uid) -> Result<PinnedConversations, StoreError> {
        Ok(self.get(&Key::pinned_conversations(owner)).await?.unwrap_or_default())
    }

    /// What two owners have pinned. Cost: 1 round trip, 2 read units.
    pub async fn pinned_conversations_of(&self, owners: [&Uid; 2]) -> Result<[PinnedConversations; 2], StoreError> {
        let keys = owners.map(Key::pinned_conversations);
        let found = self.get_all(keys.to_vec()).await?;
        let [one, other] = keys;
        Ok([found.get(&one)?.unwrap_or_default(), found.get(&other)?.unwrap_or_default()])
    }

    /// Replaces what `owner` has pinned, unless it was changed since it was read. With an event, the list carries it.
    ///
    /// Cost: 1 round trip, 2 write units.
    pub async fn replace_pinned_conversations(
        &self,
        owner: &Uid,
        before: &PinnedConversations,
        pins: Vec<ConversationPin>,
        event: Option<&Event>,
    ) -> Result<Replaced, StoreError> {
        let after = PinnedConversations { pins, revision: before.revision + 1 };
        let unchanged = Condition::new("attribute_not_exists(revision) OR revision = :before")
            .value(":before", number(before.revision));
        let list = item(&Key::pinned_conversations(owner), &after)?;
        let tx = self.transaction::<Infallible>().put_item_if(list, unchanged);
        let tx = match event {
            Some(event) => tx.event(event)?,
            None => tx.untold(Untold::Upkeep),
        };
        Ok(tx.commit().await?.either(Replaced::Done, Replaced::Stale))
    }
}
