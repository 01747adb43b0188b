//! How far users had come in what they removed from their view: no list shows it to them, but receipts that others see tell it.

use std::collections::BTreeSet;

use model::archive::{ConversationRecord, Record};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::receipt::{Receipt, ReceiptSubject, ReceiptWatermark};
use model::uid::Uid;

use super::Importer;
use crate::store::batch::Known;
use crate::store::error::StoreError;

impl Importer<'_> {
    /// The conversations between two that a user has removed from their view wholly, as they are here: `told`, what is told of what
    /// they see, has none of them. Cost: a query.
    pub async fn removed(&self, uid: &Uid, told: &[Record]) -> Result<Vec<Record>, StoreError> {
        let told: BTreeSet<&ConversationId> = told
            .iter()
            .filter_map(|record| match record {
                Record::Conversation(record) => Some(&record.conversation),
                _ => None,
            })
            .collect();
        let is_incomplete = |row: &ParticipantState| row.delivered_at.is_none() || row.read_at.is_none();
        let rows = self.store.conversations_of(uid).await?.into_iter();
        let removed = rows.filter(|row| row.cleared_id.is_some() && !told.contains(&row.conversation));
        let records = removed.filter(is_incomplete).map(|row| ConversationRecord::new(uid.clone(), row).into());
        Ok(records.collect())
    }

    /// Lets records of groups to which nobody has written yet say that nothing was removed there: history may come later.
    ///
    /// Cost: 1 round trip for each 100 of which something is removed, 8 at once, and a read unit each.
    pub async fn remove_nothing_of_empty(&self, records: &mut [Record]) -> Result<(), StoreError> {
        let mut removed: Vec<&mut ConversationRecord> = records.iter_mut().filter_map(removed_group).collect();
        let ids: Vec<ConversationId> = removed.iter().map(|record| record.conversation.clone()).collect();
        let states = self.store.conversation_states(&ids, Known::default()).await?;
        for (record, _) in removed.iter_mut().zip(states).filter(|(_, state)| state.is_none()) {
            record.cleared_id = None;
        }
        Ok(())
    }

    /// Lets records of conversations between two, of which their users removed something, say how far these had come there, where
    /// they do not. The receipts are brought in before.
    ///
    /// Cost: 1 round trip and read unit for each that is not told.
    pub async fn complete_positions(&self, records: &mut [Record]) -> Result<(), StoreError> {
        for record in records {
            let Record::Conversation(record) = record else { continue };
            if record.conversation.users().is_empty() {
                continue;
            }
            if record.delivered_at.is_none() {
                let found = self.hidden(record, Receipt::Delivered).await?;
                record.delivered_id = record.delivered_id.or(found.map(|mark| mark.id));
                record.delivered_at = found.map(|mark| mark.at);
            }
            if record.read_at.is_none() {
                let found = self.hidden(record, Receipt::Read).await?;
                record.read_id = record.read_id.or(found.map(|mark| mark.id));
                record.read_at = found.map(|mark| mark.at);
            }
        }
        Ok(())
    }

    async fn hidden(
        &self,
        record: &ConversationRecord,
        receipt: Receipt,
    ) -> Result<Option<ReceiptWatermark>, StoreError> {
        let Some(cleared_id) = record.cleared_id else { return Ok(None) };
        let subject = ReceiptSubject::User(record.uid.clone());
        self.store.last_watermark(&record.conversation, &subject, receipt, cleared_id).await
    }
}

/// The record of a group of which its user removed something.
fn removed_group(record: &mut Record) -> Option<&mut ConversationRecord> {
    let Record::Conversation(record) = record else { return None };
    let is_removed = record.cleared_id.is_some() && record.conversation.users().is_empty();
    is_removed.then_some(record)
}
