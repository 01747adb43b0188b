//! How far users had come in what they removed from their view: no list shows it to them, but receipts that others see tell it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use model::archive::{ConversationRecord, Record};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::message::Category;
use model::page::{Affix, IdRange};
use model::receipt::{Position, Receipt, ReceiptSubject, ReceiptWatermark};
use model::time::Seconds;
use model::uid::{Guid, Uid};

use super::{AT_ONCE, Importer};
use crate::store::batch::Batch;
use crate::store::error::StoreError;

/// How many messages are read together.
const READ_TOGETHER: usize = 1_000;

/// A member of a group who removed something of it from their view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remover {
    /// Who.
    pub uid: Uid,
    /// Up to which message.
    pub cleared_id: MessageId,
    /// The message by which they came, if there is one.
    pub start_id: Option<MessageId>,
    /// Whether there is none although they came when the group was there.
    pub may_start_between: bool,
}

/// A message of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Which.
    pub id: MessageId,
    /// Who wrote it.
    pub sender: Uid,
}

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

    /// The members of a group who removed something of it from their view; nobody of a group of more than [`Receipt::MAX_LISTED`],
    /// whose messages do not say who received them.
    ///
    /// Cost: a query of up to 301 members; 1 round trip for each 100, a read unit each.
    pub async fn removers(&self, guid: &Guid) -> Result<Vec<Remover>, StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        let positions = self.store.positions(guid, Receipt::MAX_LISTED).await?.unwrap_or_default();
        let batch = Batch::default().group(guid);
        let batch = positions.iter().fold(batch, |batch, member| batch.participant(&member.uid, &conversation));
        let known = self.store.know(batch).await?;
        let created_at = known.group(guid)?.map(|group| group.created_at);
        let mut removers = Vec::new();
        for Position { uid, start_id, .. } in positions {
            let row = known.participant(&uid, &conversation)?;
            if let Some((row, cleared_id)) = row.and_then(|row| Some((row.clone(), row.cleared_id?))) {
                let start_id = start_id.max(row.start_id);
                let may_start_between = start_id.is_none() && created_at < row.joined_at;
                removers.push(Remover { uid, cleared_id, start_id, may_start_between });
            }
        }
        Ok(removers)
    }

    /// Messages of a group that its members can receive, those behind `after` first; and the last message that was looked at, if there
    /// may be more.
    ///
    /// Cost: 1 round trip, 1 read unit per 4 KB of up to 1,000 messages.
    pub async fn sent_to(
        &self,
        guid: &Guid,
        after: Option<MessageId>,
        up_to: MessageId,
    ) -> Result<(Vec<Sent>, Option<MessageId>), StoreError> {
        let first = after.map_or(Some(MessageId::MIN), MessageId::after);
        let Some(range) = first.and_then(|first| IdRange::new(first, up_to)) else { return Ok((Vec::new(), None)) };
        let conversation = ConversationId::Group(guid.clone());
        let slice = self.store.messages(&conversation, range, Affix::Append, READ_TOGETHER).await?;
        let last = slice.items.last().map(|message| message.id).filter(|_| !slice.is_all);
        let news = slice.items.into_iter().filter(|message| message.category != Category::Action);
        Ok((news.map(|message| Sent { id: message.id, sender: message.sender }).collect(), last))
    }

    /// How the conversation of a group stands for these members once their receipts are brought in, and where they start of whom
    /// nothing else told it.
    ///
    /// Cost: 1 round trip for each 100, a read unit each, and that of [`Importer::complete_positions`].
    pub async fn conversations_of_removers(
        &self,
        guid: &Guid,
        removers: &[Remover],
        starts: &BTreeMap<Uid, MessageId>,
    ) -> Result<Vec<Record>, StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        let batch =
            removers.iter().fold(Batch::default(), |batch, remover| batch.participant(&remover.uid, &conversation));
        let known = self.store.know(batch).await?;
        let mut records: Vec<Record> = Vec::new();
        for Remover { uid, .. } in removers {
            let row = known.participant(uid, &conversation)?;
            records.extend(row.map(|row| {
                let start_id = row.start_id.max(starts.get(uid).copied());
                Record::from(ConversationRecord::new(uid.clone(), ParticipantState { start_id, ..row }))
            }));
        }
        self.complete_positions(&mut records).await?;
        Ok(records)
    }
}
