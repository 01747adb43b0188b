//! What users are told that no record says.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::archive::{Kind, StateRecord};
use model::conversation::ConversationId;
use model::conversation_state::ConversationState;
use model::id::MessageId;
use model::time::Seconds;

use super::{AT_ONCE, Importer};
use crate::store::batch::Known;
use crate::store::error::StoreError;
use crate::store::import::OwnReceipts;

/// Of how many conversations the states are read together.
const READ_TOGETHER: usize = 1_000;

/// Where lists have a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When the last message was sent that they show.
    pub second: Seconds,
    /// Its id.
    pub id: MessageId,
}

/// A conversation that stands higher in lists than its last message does, because that one is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Which.
    pub conversation: ConversationId,
    /// When the message that is gone was sent.
    pub second: Seconds,
    /// The id at which lists have it.
    pub place: MessageId,
}

impl Raised {
    /// How it stands then, if it stands below by a message of that second.
    fn state(&self, state: &ConversationState) -> Option<StateRecord> {
        let is_below = state.updated_at == self.second && state.shown_message_id < Some(self.place);
        let record = StateRecord::new(self.conversation.clone(), state);
        let last_message_id = record.last_message_id.max(self.place);
        is_below.then_some(StateRecord { last_message_id, shown_message_id: Some(self.place), ..record })
    }
}

/// How a conversation stands for all by what the list of one of its users tells, which need not see its last messages. What is news
/// its messages tell.
fn later(state: StateRecord, told: &StateRecord) -> StateRecord {
    let is_behind = told.shown_message_id < state.shown_message_id;
    StateRecord {
        last_message_id: state.last_message_id.max(told.last_message_id),
        shown_message_id: state.shown_message_id.max(told.shown_message_id),
        created_at: told.created_at,
        updated_at: if is_behind { state.updated_at } else { told.updated_at },
        ..state
    }
}

impl Importer<'_> {
    /// Lets messages that are there have their own receipts. Cost: as [`Store::import_own_receipts`], 16 at once.
    pub async fn own_receipts(&self, own: &[OwnReceipts]) -> Result<(), StoreError> {
        stream::iter(own).map(Ok).try_for_each_concurrent(AT_ONCE, |own| self.store.import_own_receipts(own)).await
    }

    /// Lets conversations stand as lists of their users have them, unless they have come further.
    ///
    /// Cost: 1 round trip for each 100, 8 at once, and a read unit each; then [`Store::import_state`] for those that stand otherwise.
    pub async fn states(&mut self, told: Vec<StateRecord>) -> Result<(), StoreError> {
        let mut by_all: BTreeMap<ConversationId, StateRecord> = BTreeMap::new();
        for told in told {
            let conversation = told.conversation.clone();
            let before = by_all.remove(&conversation);
            let told = before.map_or(told.clone(), |before| later(before, &told));
            by_all.insert(conversation, told);
        }
        let before =
            self.store.conversation_states(&by_all.keys().cloned().collect::<Vec<_>>(), Known::default()).await?;
        let changed = by_all.into_values().zip(before).filter_map(|(told, state)| {
            let before = state.map(|state| StateRecord::new(told.conversation.clone(), &state));
            let after = before.clone().map_or(told.clone(), |before| later(before, &told));
            (before.as_ref() != Some(&after)).then_some(after)
        });
        let changed: Vec<StateRecord> = changed.collect();
        self.stand(&changed).await?;
        self.report.wrote(Kind::State, changed.len());
        Ok(())
    }

    async fn stand(&self, states: &[StateRecord]) -> Result<(), StoreError> {
        let write = |state| self.store.import_state(state);
        stream::iter(states).map(Ok).try_for_each_concurrent(AT_ONCE, write).await
    }

    /// Where lists have these conversations, of those that are there.
    ///
    /// Cost: 1 round trip for each 100, 8 at once, and a read unit each.
    pub async fn places(
        &self,
        conversations: BTreeSet<ConversationId>,
    ) -> Result<BTreeMap<ConversationId, Place>, StoreError> {
        let conversations: Vec<ConversationId> = conversations.into_iter().collect();
        let mut places = BTreeMap::new();
        for some in conversations.chunks(READ_TOGETHER) {
            let states = self.store.conversation_states(some, Known::default()).await?;
            places.extend(some.iter().zip(states).filter_map(|(conversation, state)| {
                let state = state?;
                Some((conversation.clone(), Place { second: state.updated_at, id: state.shown_message_id? }))
            }));
        }
        Ok(places)
    }

    /// Lets lists have conversations at these places, unless they stand higher by now.
    ///
    /// Cost: 1 round trip for each 100, 8 at once, and a read unit each; then [`Store::import_state`] for those that stand below.
    pub async fn raise(&self, raised: &[Raised]) -> Result<(), StoreError> {
        let ids: Vec<ConversationId> = raised.iter().map(|raised| raised.conversation.clone()).collect();
        let states = self.store.conversation_states(&ids, Known::default()).await?;
        let raised = raised.iter().zip(states).filter_map(|(raised, state)| raised.state(&state?));
        self.stand(&raised.collect::<Vec<_>>()).await
    }

    /// Lets messages between two be news that are history here, because somebody who was deactivated is to be told of them. Cost: as
    /// [`Store::import_news`].
    pub async fn news(&self, messages: &[(ConversationId, MessageId)]) -> Result<(), StoreError> {
        let between_users: Vec<_> = messages.iter().filter(|(held, _)| !held.users().is_empty()).cloned().collect();
        self.store.import_news(&between_users).await
    }
}
