//! Rows that are put as they were: nothing else counts them, and a repeat puts the same.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use model::archive::{ConversationRecord, Record};
use model::conversation::ConversationId;
use model::id::MessageId;
use model::mute::Mute;
use model::receipt::{Receipt, ReceiptSubject};
use model::time::Millis;

use crate::store::batch::Batch;
use crate::store::block::Block;
use crate::store::error::StoreError;
use crate::store::flag::Flagged;
use crate::store::keys::{self, GONE, Key};
use crate::store::save::{Interactions, Saved};
use crate::store::transaction::{EXISTS, Untold, Update, item, number, text};
use crate::store::{Item, Store, receipt};

impl Store {
    /// Brings in what is put as it was: blocks, receipts, saves, subscriptions, interactions, reports, mutes, and how
    /// conversations stand for each of their users. Other records are passed over.
    ///
    /// Cost: 1 round trip for each 25 rows, 1 write unit a row; 1 round trip and write unit more for the position of a
    /// member of a group, and for a message that was saved.
    pub async fn import_rows(&self, records: &[Record]) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for record in records {
            rows.extend(self.rows_of(record).await?);
        }
        // The last one of a key counts; a batch names each once.
        let mut unique = BTreeMap::new();
        for row in rows {
            unique.insert(Key::of(&row)?, row);
        }
        self.put_batches(unique.into_values().collect(), Untold::History).await?;
        for record in records {
            if let Record::Conversation(record) = record {
                self.position_member(record).await?;
            }
        }
        for conversation in received_by_groups(records) {
            self.forget_common(conversation).await?;
        }
        self.note_saved(records).await
    }

    /// Lets messages say that somebody saved them.
    async fn note_saved(&self, records: &[Record]) -> Result<(), StoreError> {
        let saved = records.iter().filter_map(|record| match record {
            Record::Save(save) => Some(save.message_id),
            _ => None,
        });
        let saved: BTreeSet<MessageId> = saved.collect();
        let batch = saved.iter().fold(Batch::default(), |batch, id| batch.pointer(*id));
        let known = self.know(batch).await?;
        for id in saved {
            if let Some(pointer) = known.pointer(id)? {
                let noted = Update::of(&Key::message(&pointer.conversation, id))
                    .set("isSaved", AttributeValue::Bool(true))
                    .when(EXISTS);
                self.apply_unread(noted.untold(Untold::History)).await?.either_way();
            }
        }
        Ok(())
    }

    async fn rows_of(&self, record: &Record) -> Result<Vec<Item>, StoreError> {
        Ok(match record {
            Record::Block(block) => {
                let row = |uid| Block { uid, blocked_at: block.blocked_at };
                vec![
                    item(&Key::block(&block.uid, &block.blocked), &row(block.blocked.clone()))?,
                    item(&Key::blocked_by(&block.blocked, &block.uid), &row(block.uid.clone()))?,
                ]
            }
            Record::Receipt(receipt) => {
                let key = Key::watermark(&receipt.conversation, &receipt.subject, receipt.receipt, receipt.id);
                vec![item(&key, &receipt.watermark())?]
            }
            Record::Save(save) => {
                let saved = Saved { id: save.message_id, saved_at: save.saved_at };
                vec![
                    item(&Key::saved(&save.uid, save.message_id), &saved)?,
                    Key::saver(save.message_id, &save.uid).item(),
                ]
            }
            Record::Subscription(subscription) => {
                vec![Key::subscription(subscription.message_id, &subscription.uid).item()]
            }
            Record::Interaction(done) => {
                let born_id = self.user(&done.uid).await?.and_then(|user| user.born_id);
                let mut row = Interactions::attributes(&done.elements);
                row.extend(Key::interactions(done.message_id, &done.uid, born_id).item());
                vec![row]
            }
            Record::Flag(flag) => {
                let (flagged_at, reason_id, remark) = (flag.flagged_at, flag.reason_id.clone(), flag.remark.clone());
                let flagged = Flagged { flagged_at, reason_id, remark };
                vec![item(&Key::flag(flag.message_id, &flag.uid), &flagged)?, listed_flag(flag.message_id)]
            }
            Record::Mute(mute) => {
                let expires_at = Millis::new(mute.until).seconds().plus(1);
                let row = Mute { with: mute.with.clone(), since: mute.since, until: mute.until, expires_at };
                vec![item(&Key::mute(&mute.uid, &mute.with), &row)?]
            }
            Record::Conversation(record) => vec![participant_state(record)?],
            _ => Vec::new(),
        })
    }

    /// Lets a member's row say how far they have come, as their state of the conversation does.
    async fn position_member(&self, record: &ConversationRecord) -> Result<(), StoreError> {
        let ConversationId::Group(guid) = &record.conversation else { return Ok(()) };
        let positions = positions(record);
        if positions.is_empty() || record.left_at.is_some() {
            return Ok(());
        }
        let receipts = Receipt::ALL.into_iter().flat_map(|receipt| receipt::attributes(receipt).into_iter().take(2));
        let without: Vec<&str> = receipts.filter(|name| !positions.contains_key(*name)).collect();
        let update = Update::of(&Key::member(guid, &record.uid)).set_all(positions).when(EXISTS);
        let update = without.into_iter().fold(update, Update::remove);
        self.apply_unread(update.untold(Untold::History)).await?.either_way();
        Ok(())
    }
}

/// The conversations of which whole groups have receipts.
fn received_by_groups(records: &[Record]) -> BTreeSet<&ConversationId> {
    let receipts = records.iter().filter_map(|record| match record {
        Record::Receipt(receipt) => Some(receipt),
        _ => None,
    });
    let of_groups = receipts.filter(|receipt| !matches!(receipt.subject, ReceiptSubject::User(_)));
    of_groups.map(|receipt| &receipt.conversation).collect()
}

fn listed_flag(id: MessageId) -> Item {
    let mut row = Key::flagged(id).item();
    row.extend(keys::listed_flagged(id).map(|(name, value)| (name.to_owned(), value)));
    row
}

/// How far somebody has come, as rows hold it.
fn positions(record: &ConversationRecord) -> Item {
    let [delivered, read] = Receipt::ALL.map(receipt::attributes);
    let ids = [(delivered[0], record.delivered_id), (read[0], record.read_id), ("startId", record.start_id)];
    let times = [(delivered[1], record.delivered_at), (read[1], record.read_at)];
    let ids = ids.into_iter().filter_map(|(name, id)| Some((name, id?.number())));
    let times = times.into_iter().filter_map(|(name, at)| Some((name, at?.get())));
    ids.chain(times).map(|(name, value)| (name.to_owned(), number(value))).collect()
}

/// The row of a participant; of who left, as leaving makes it.
fn participant_state(record: &ConversationRecord) -> Result<Item, StoreError> {
    let mut row = Key::participant_state(&record.uid, &record.conversation).item();
    row.extend(record.cleared_id.map(|id| ("clearedId".to_owned(), number(id.number()))));
    if let Some(left_at) = record.left_at {
        row.insert(GONE.to_owned(), number(left_at.get()));
        return Ok(row);
    }
    row.extend(positions(record));
    row.insert("conversation".to_owned(), text(record.conversation.stored()));
    row.extend(record.joined_at.map(|at| ("joinedAt".to_owned(), number(at.get()))));
    row.insert("isKept".to_owned(), AttributeValue::Bool(record.is_kept));
    if !record.tags.is_empty() {
        row.insert("tags".to_owned(), serde_dynamo::to_attribute_value(&record.tags)?);
    }
    Ok(row)
}
