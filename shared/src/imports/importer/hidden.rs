//! How far users had come in what they removed from their view: no list shows it to them, but receipts that others see tell it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::archive::{ConversationRecord, Record};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::page::{Affix, IdRange};
use model::receipt::{Receipt, ReceiptSubject, ReceiptWatermark};
use model::time::Seconds;
use model::uid::Uid;

use super::{AT_ONCE, Importer};
use crate::store::error::StoreError;

impl Importer<'_> {
    /// The conversations between two that a user has removed from their view wholly, as they are here: `told`, what is told of what
    /// they see, has none of them. Of a run that catches up `since` then those that had begun before it, up to the newest message there;
    /// what began later may be of here alone. Cost: a query.
    pub async fn removed(
        &self,
        uid: &Uid,
        told: &[Record],
        since: Option<(Seconds, MessageId)>,
    ) -> Result<Vec<Record>, StoreError> {
        let told: BTreeSet<&ConversationId> = told
            .iter()
            .filter_map(|record| match record {
                Record::Conversation(record) => Some(&record.conversation),
                _ => None,
            })
            .collect();
        let is_incomplete = |row: &ParticipantState| row.delivered_at.is_none() || row.read_at.is_none();
        let rows = self.store.conversations_of(uid).await?.into_iter();
        let untold = rows.filter(|row| !row.conversation.users().is_empty() && !told.contains(&row.conversation));
        let is_removed_since = |row: &ParticipantState, (since, newest): &(Seconds, MessageId)| {
            row.joined_at < Some(*since) && row.cleared_id < Some(*newest)
        };
        let removed = untold.filter_map(|row| match since.filter(|since| is_removed_since(&row, since)) {
            Some((_, newest)) => Some(ParticipantState { cleared_id: Some(newest), is_kept: false, ..row }),
            None => Some(row).filter(|row| row.cleared_id.is_some() && is_incomplete(row)),
        });
        Ok(removed.map(|row| ConversationRecord::new(uid.clone(), row).into()).collect())
    }

    /// Lets records say that something was removed only where there is something, or where `surely` says so: history may come later.
    ///
    /// Cost: a query of a read unit for each conversation of which they say so, 16 at once.
    pub async fn remove_only_what_is_there(
        &self,
        records: &mut [Record],
        surely: &BTreeSet<(Uid, ConversationId)>,
    ) -> Result<(), StoreError> {
        let in_question = |record: &ConversationRecord| {
            record.cleared_id.is_some() && !surely.contains(&(record.uid.clone(), record.conversation.clone()))
        };
        let mut removed: Vec<&mut ConversationRecord> = Vec::new();
        for record in records {
            if let Record::Conversation(record) = record
                && in_question(record)
            {
                removed.push(record);
            }
        }
        let conversations: BTreeSet<ConversationId> =
            removed.iter().map(|record| record.conversation.clone()).collect();
        let first = |conversation: ConversationId| async move {
            let first = self.store.messages(&conversation, IdRange::ALL, Affix::Append, 1).await?.items.pop();
            Ok::<_, StoreError>((conversation, first.map(|first| first.id)))
        };
        let firsts: BTreeMap<ConversationId, Option<MessageId>> =
            stream::iter(conversations).map(first).buffer_unordered(AT_ONCE).try_collect().await?;
        for record in removed {
            let first = firsts.get(&record.conversation).copied().flatten();
            record.cleared_id = record.cleared_id.filter(|cleared| first.is_some_and(|first| first <= *cleared));
        }
        Ok(())
    }

    /// Lets records of conversations of which their users removed something say how far these had come there, where what they see
    /// does not. The receipts are brought in before.
    ///
    /// Cost: 1 round trip and read unit for each that is not told.
    pub async fn complete_positions(&self, records: &mut [Record]) -> Result<(), StoreError> {
        for record in records {
            let Record::Conversation(record) = record else { continue };
            if record.delivered_at.is_none() || record.delivered_id <= record.cleared_id {
                let found = self.hidden(record, Receipt::Delivered).await?;
                record.delivered_id = record.delivered_id.max(found.map(|mark| mark.id));
                record.delivered_at = found.map(|mark| mark.at).or(record.delivered_at);
            }
            if record.read_at.is_none() || record.read_id <= record.cleared_id {
                let found = self.hidden(record, Receipt::Read).await?;
                record.read_id = record.read_id.max(found.map(|mark| mark.id));
                record.read_at = found.map(|mark| mark.at).or(record.read_at);
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
