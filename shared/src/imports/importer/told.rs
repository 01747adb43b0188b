//! What users are told that no record says.

use futures_util::{StreamExt, TryStreamExt, stream};
use model::archive::{Kind, StateRecord};
use model::conversation::ConversationId;
use model::id::MessageId;

use super::{AT_ONCE, Importer};
use crate::store::error::StoreError;
use crate::store::import::{OwnReceipts, StateTold};

impl Importer<'_> {
    /// Lets messages that are there have their own receipts. Cost: as [`Store::import_own_receipts`], 16 at once.
    pub async fn own_receipts(&self, own: &[OwnReceipts]) -> Result<(), StoreError> {
        stream::iter(own).map(Ok).try_for_each_concurrent(AT_ONCE, |own| self.store.import_own_receipts(own)).await
    }

    /// Lets conversations stand as lists of their users have them. Cost: as [`Store::import_state`], 16 at once.
    pub async fn states(&mut self, states: &[StateRecord]) -> Result<(), StoreError> {
        let write = |state| self.store.import_state(state, StateTold::ByLists);
        stream::iter(states).map(Ok).try_for_each_concurrent(AT_ONCE, write).await?;
        self.report.wrote(Kind::State, states.len());
        Ok(())
    }

    /// Lets messages between two be news that are history here, because somebody who was deactivated is to be told of them. Cost: as
    /// [`Store::import_news`].
    pub async fn news(&self, messages: &[(ConversationId, MessageId)]) -> Result<(), StoreError> {
        let between_users: Vec<_> = messages.iter().filter(|(held, _)| !held.users().is_empty()).cloned().collect();
        self.store.import_news(&between_users).await
    }
}
