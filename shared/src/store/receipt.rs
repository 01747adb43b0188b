//! Receipts: how far each user has come in a conversation, and since when.
//!
//! A receipt is one mark, "everything up to this id at this time", whatever the number of messages; the time of a
//! message's receipt is that of the first mark at or after it. The position itself stands on the user's row and, for
//! groups, on the membership, so that one query tells how far all have come.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use super::error::StoreError;
use super::keys::Key;
use super::legacy::{EXISTS, Outcome, item, number, put, put_new, update};
use super::partition::Rows;
use super::{Store, read};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::id::MessageId;
use model::page::{Affix, IdRange};
use model::receipt::{Position, Receipt, ReceiptSubject, ReceiptWatermark};
use model::time::Seconds;
use model::uid::{Guid, Uid};

/// How many marks one read asks for.
const MARKS_AT_ONCE: usize = 200;
/// How many marks one transaction removes, beside the three writes of the position.
const MARKS_PER_TRANSACTION: usize = 90;

impl Store {
    /// Moves a user's position up to `mark` for each of `receipts`, all of which stand lower in `row`; false if they
    /// moved meanwhile, or the user left the group.
    ///
    /// Cost: 1 round trip; 4 write units, 2 more for each further receipt and 2 in a group, whatever the number of
    /// messages.
    pub async fn mark(
        &self,
        uid: &Uid,
        row: &ParticipantState,
        receipts: &[Receipt],
        mark: ReceiptWatermark,
    ) -> Result<bool, StoreError> {
        let mut writes = Vec::new();
        for key in position_keys(uid, &row.conversation) {
            let (mut sets, mut conditions) = (Vec::new(), vec![EXISTS.to_owned()]);
            for receipt in receipts {
                let [id, at] = attributes(*receipt);
                sets.push(format!("{id} = :id, {at} = :at"));
                conditions.push(format!("(attribute_not_exists({id}) OR {id} < :id)"));
            }
            let update = update(&self.table, &key, &format!("SET {}", sets.join(", ")))
                .condition_expression(conditions.join(" AND "))
                .expression_attribute_values(":id", number(mark.id.number()))
                .expression_attribute_values(":at", number(mark.at.get()));
            writes.push(TransactWriteItem::builder().update(update.build()?).build());
        }
        for receipt in receipts {
            let key = Key::mark(&row.conversation, &ReceiptSubject::User(uid.clone()), *receipt, mark.id);
            writes.push(put(&self.table, item(&key, &mark)?)?);
        }
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    /// Moves what a user has read back to `to`, or to nothing, and removes the marks beyond; false if the position
    /// moved meanwhile. `at` is the time of the first mark at or after `to`, if there is one.
    ///
    /// Where there are more marks than one transaction takes, the last go first: the position still covers them, so
    /// nobody sets new ones.
    ///
    /// Cost: 2 round trips; 4 write units and 2 a mark, 2 more in a group.
    pub async fn unmark(
        &self,
        uid: &Uid,
        row: &ParticipantState,
        from: MessageId,
        to: Option<MessageId>,
        at: Option<Seconds>,
    ) -> Result<bool, StoreError> {
        let conversation = &row.conversation;
        let key = |id: MessageId| Key::mark(conversation, &ReceiptSubject::User(uid.clone()), Receipt::Read, id);
        let mut keys = Vec::new();
        if let Some(beyond) = to.map_or(Some(IdRange::ALL), |id| IdRange::ALL.beyond(id, Affix::Append)) {
            let marks = self.marks(conversation, &ReceiptSubject::User(uid.clone()), Receipt::Read, beyond).await?;
            keys.extend(marks.iter().map(|mark| key(mark.id)));
        }
        while MARKS_PER_TRANSACTION < keys.len() {
            let last = keys.split_off(keys.len() - MARKS_PER_TRANSACTION);
            let gone: Result<Vec<_>, _> = last.iter().map(|key| self.delete(key)).collect();
            self.transact(gone?).await?;
        }
        let mut writes: Vec<TransactWriteItem> = keys.iter().map(|key| self.delete(key)).collect::<Result<_, _>>()?;
        if let Some((id, at)) = to.zip(at) {
            writes.push(put(&self.table, item(&key(id), &ReceiptWatermark { id, at })?)?);
        }
        for key in position_keys(uid, conversation) {
            writes.push(self.move_back(&key, from, to, at)?);
        }
        Ok(matches!(self.transact(writes).await?, Outcome::Done))
    }

    fn move_back(
        &self,
        key: &Key,
        from: MessageId,
        to: Option<MessageId>,
        at: Option<Seconds>,
    ) -> Result<TransactWriteItem, StoreError> {
        let [id, since] = attributes(Receipt::Read);
        let update = match (to, at) {
            (Some(to), Some(at)) => update(&self.table, key, &format!("SET {id} = :to, {since} = :at"))
                .expression_attribute_values(":to", number(to.number()))
                .expression_attribute_values(":at", number(at.get())),
            (Some(to), None) => update(&self.table, key, &format!("SET {id} = :to REMOVE {since}"))
                .expression_attribute_values(":to", number(to.number())),
            (None, _) => update(&self.table, key, &format!("REMOVE {id}, {since}")),
        };
        let update = update
            .condition_expression(format!("{id} = :from"))
            .expression_attribute_values(":from", number(from.number()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The marks from the first of `span` to the first one at or beyond its last, rising.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 40 marks.
    pub async fn marks(
        &self,
        conversation: &ConversationId,
        subject: &ReceiptSubject,
        receipt: Receipt,
        span: IdRange,
    ) -> Result<Vec<ReceiptWatermark>, StoreError> {
        let (mut marks, mut left) = (Vec::<ReceiptWatermark>::new(), IdRange::new(span.first(), MessageId::MAX));
        while let Some(unread) = left {
            let [first, last] = [unread.first(), unread.last()].map(|id| Key::mark(conversation, subject, receipt, id));
            let slice = self.range(&first, &last, Affix::Append, MARKS_AT_ONCE.min(span_width(span))).await?;
            for item in slice.items {
                marks.push(read(item)?);
            }
            left = match marks.last() {
                Some(mark) if !slice.is_all && mark.id < span.last() => unread.beyond(mark.id, Affix::Append),
                _ => None,
            };
        }
        Ok(marks)
    }

    /// Notes that a whole group has come up to `mark`, unless that is noted already.
    ///
    /// Cost: 1 round trip, 2 write units.
    pub async fn mark_whole_group(
        &self,
        guid: &Guid,
        subject: &ReceiptSubject,
        receipt: Receipt,
        mark: ReceiptWatermark,
    ) -> Result<(), StoreError> {
        let key = Key::mark(&ConversationId::Group(guid.clone()), subject, receipt, mark.id);
        self.transact(vec![put_new(&self.table, item(&key, &mark)?)?]).await?;
        Ok(())
    }

    /// Removes the marks of reading of a subject beyond `id`; what they say of messages up to there is kept.
    ///
    /// Cost: 1 query; 2 write units a mark, and 2.
    pub async fn remove_marks_beyond(
        &self,
        conversation: &ConversationId,
        subject: &ReceiptSubject,
        id: Option<MessageId>,
    ) -> Result<(), StoreError> {
        let first = id.unwrap_or(MessageId::MIN);
        let Some(span) = IdRange::new(first, MessageId::MAX) else { return Ok(()) };
        let marks = self.marks(conversation, subject, Receipt::Read, span).await?;
        let key = |id: MessageId| Key::mark(conversation, subject, Receipt::Read, id);
        if let (Some(id), Some(mark)) = (id, marks.first()) {
            let kept = ReceiptWatermark { id, at: mark.at };
            self.transact(vec![put_new(&self.table, item(&key(id), &kept)?)?]).await?;
        }
        let beyond: Vec<Key> = marks.iter().filter(|mark| id < Some(mark.id)).map(|mark| key(mark.id)).collect();
        for some in beyond.chunks(MARKS_PER_TRANSACTION) {
            let gone: Result<Vec<_>, _> = some.iter().map(|key| self.delete(key)).collect();
            self.transact(gone?).await?;
        }
        Ok(())
    }

    /// How far each member of a group has come; `None` if there are more than [`Receipt::MAX_MEMBERS`].
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 30 members.
    pub async fn positions(&self, guid: &Guid) -> Result<Option<Vec<Position>>, StoreError> {
        let Rows { rows, .. } = self.rows(&Key::members(guid), None, Some(Receipt::MAX_MEMBERS + 1)).await?;
        Ok(Some(rows).filter(|positions| positions.len() <= Receipt::MAX_MEMBERS))
    }
}

/// Where a user's position stands.
fn position_keys(uid: &Uid, conversation: &ConversationId) -> Vec<Key> {
    let row = Key::participant_state(uid, conversation);
    match conversation {
        ConversationId::Users(..) => vec![row],
        ConversationId::Group(guid) => vec![row, Key::member(guid, uid)],
    }
}

fn attributes(receipt: Receipt) -> [&'static str; 2] {
    match receipt {
        Receipt::Delivered => ["deliveredId", "deliveredAt"],
        Receipt::Read => ["readId", "readAt"],
    }
}

/// A span of one id needs one mark.
fn span_width(span: IdRange) -> usize {
    usize::try_from(span.last().number() - span.first().number()).unwrap_or(usize::MAX).saturating_add(1)
}

/// Where a new member starts: at the message that tells of the joining.
pub(super) fn starting_at(id: MessageId) -> (String, AttributeValue) {
    ("startId".to_owned(), number(id.number()))
}
