//! Receipts: how far each user has come in a conversation, and since when.
//!
//! A receipt is one watermark, "everything up to this id at this time", whatever the number of messages; the time of a
//! message's receipt is that of the first watermark at or after it. The position itself stands on the participant's state,
//! with the latest watermarks, and, for groups, on the membership, so that one query tells how far all have come.

use std::convert::Infallible;

use aws_sdk_dynamodb::types::AttributeValue;

use super::batch::Freshness;
use super::error::StoreError;
use super::keys::Key;
use super::own_mark;
use super::transaction::{EXISTS, Transaction, Untold, Update, number};
use super::whole_group::OfGroup;
use super::{Store, is_live, read, send};
use model::conversation::ConversationId;
use model::conversation_state::ParticipantState;
use model::event::Event;
use model::id::MessageId;
use model::page::{Affix, IdRange};
use model::receipt::{Position, Receipt, ReceiptSubject, ReceiptWatermark, first_covering};
use model::time::Seconds;
use model::uid::{Guid, Uid};

/// How far a user steps back in what they have read.
#[derive(Clone, Copy, Debug)]
pub struct MoveBack {
    /// The last message that they have read.
    pub from: MessageId,
    /// The last that they will have read still; none is all unread.
    pub to: Option<MessageId>,
    /// Since when they have read that one, if that is known.
    pub at: Option<Seconds>,
}

impl MoveBack {
    /// The watermark that stands for what they have read still.
    pub(super) fn kept(&self) -> Option<ReceiptWatermark> {
        self.to.zip(self.at).map(|(id, at)| ReceiptWatermark { id, at })
    }
}

/// How many watermarks one read asks for.
const WATERMARKS_AT_ONCE: usize = 200;
/// How many watermarks of a user one transaction removes, beside the writes of the position and those of [`OfGroup`].
const WATERMARKS_PER_TRANSACTION: usize = 45;

/// How moving a user's position ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only `Done` moved it"]
pub enum Moved {
    /// It is moved.
    Done,
    /// It moved meanwhile, or the watermarks of its group did, or the user left the group; read it again.
    Stale,
}

impl Store {
    /// Moves a user's position up to `watermark` for each of `receipts`, all of which stand lower in `state`. The watermark of
    /// the last receipt carries the event.
    ///
    /// Cost: 1 round trip; 4 write units, 2 more for each further receipt and 2 in a group, whatever the number of
    /// messages.
    pub async fn note_receipt(
        &self,
        uid: &Uid,
        state: &ParticipantState,
        receipts: &[Receipt],
        watermark: ReceiptWatermark,
        event: &Event,
    ) -> Result<Moved, StoreError> {
        let conversation = &state.conversation;
        let mut tx = self.transaction();
        let own = own_moved_up(uid, state, receipts, watermark)?;
        tx = match conversation {
            ConversationId::Users(..) => tx.update(own).or(Moved::Stale),
            ConversationId::Group(guid) => {
                let member = moved_up(&Key::member(guid, uid), receipts, watermark);
                tx.update(send::as_member(own)).or(Moved::Stale).update(member).or(Moved::Stale)
            }
        };
        let subject = ReceiptSubject::User(uid.clone());
        for receipt in receipts {
            tx = tx.put(&Key::watermark(conversation, &subject, *receipt, watermark.id), &watermark)?;
        }
        moved(tx.event(event)?).await
    }

    /// Moves what a user has read back to `to`, or to nothing, and removes the watermarks beyond. `at` is the time of the
    /// first watermark at or after `to`, if there is one. The new last watermark carries the event, or without one the
    /// user's state.
    ///
    /// Where there are more watermarks than one transaction takes, the last go first: the position still covers them, so
    /// nobody sets new ones. What a whole group has read goes along, [`OfGroup::AT_ONCE`] at the most.
    ///
    /// Cost: 2 round trips; 4 write units and 2 a watermark, 2 more in a group, and where that keeps watermarks of all its
    /// members 2 and 2 for each of these.
    pub async fn take_back_receipt(
        &self,
        uid: &Uid,
        state: &ParticipantState,
        back: &MoveBack,
        of_group: Option<&OfGroup>,
        event: &Event,
    ) -> Result<Moved, StoreError> {
        let conversation = &state.conversation;
        let mut tx = self.without_marks_beyond(uid, conversation, back.to).await?;
        let kept = back.kept();
        if let Some(watermark) = kept {
            tx = tx.put(&own_read(conversation, uid, watermark.id), &watermark)?.event(event)?;
        }
        let row = own_moved_back(uid, state, back)?;
        let row = match conversation {
            ConversationId::Users(..) => own_mark::marked(row, event.at().seconds()),
            ConversationId::Group(_) => row,
        };
        tx = tx.update(row).or(Moved::Stale);
        if kept.is_none() {
            tx = tx.event(event)?;
        }
        if let ConversationId::Group(guid) = conversation {
            tx = tx.update(moved_back(&Key::member(guid, uid), back)).or(Moved::Stale);
        }
        if let Some(of_group) = of_group {
            tx = of_group.added_to(tx)?;
        }
        moved(tx).await
    }

    /// A transaction that removes a user's watermarks of reading beyond `to`; where there are more than one takes, those are gone
    /// by then.
    ///
    /// Cost: 1 query; 1 round trip and 2 write units a watermark for those.
    pub(super) async fn without_marks_beyond(
        &self,
        uid: &Uid,
        conversation: &ConversationId,
        to: Option<MessageId>,
    ) -> Result<Transaction<'_, Moved>, StoreError> {
        let mut keys = Vec::new();
        if let Some(beyond) = to.map_or(Some(IdRange::ALL), |id| IdRange::ALL.beyond(id, Affix::Append)) {
            let subject = ReceiptSubject::User(uid.clone());
            let watermarks = self.watermarks(conversation, &subject, Receipt::Read, beyond).await?;
            keys.extend(watermarks.iter().map(|watermark| own_read(conversation, uid, watermark.id)));
        }
        while WATERMARKS_PER_TRANSACTION < keys.len() {
            self.delete_watermarks(&keys.split_off(keys.len() - WATERMARKS_PER_TRANSACTION)).await?;
        }
        Ok(keys.iter().fold(self.transaction(), |tx, key| tx.delete(key)))
    }

    /// Since when a user has read a message, if one is named and that is known. Cost: nothing, or that of
    /// [`Store::watermarks`].
    pub async fn read_since(
        &self,
        conversation: &ConversationId,
        reader: &Uid,
        id: Option<MessageId>,
    ) -> Result<Option<Seconds>, StoreError> {
        let Some(range) = id.and_then(|id| IdRange::new(id, id)) else { return Ok(None) };
        let subject = ReceiptSubject::User(reader.clone());
        let watermarks = self.watermarks(conversation, &subject, Receipt::Read, range).await?;
        Ok(first_covering(&watermarks, range.first()))
    }

    /// The watermarks from the first of `range` to the first one at or beyond its last, rising.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 12 watermarks.
    pub async fn watermarks(
        &self,
        conversation: &ConversationId,
        subject: &ReceiptSubject,
        receipt: Receipt,
        range: IdRange,
    ) -> Result<Vec<ReceiptWatermark>, StoreError> {
        let (mut watermarks, mut left) = (Vec::<ReceiptWatermark>::new(), IdRange::new(range.first(), MessageId::MAX));
        while let Some(unread) = left {
            let [first, last] =
                [unread.first(), unread.last()].map(|id| Key::watermark(conversation, subject, receipt, id));
            let slice = self.range(&first, &last, Affix::Append, WATERMARKS_AT_ONCE.min(range_width(range))).await?;
            for item in slice.items {
                watermarks.push(read(item)?);
            }
            left = match watermarks.last() {
                Some(watermark) if !slice.is_all && watermark.id < range.last() => {
                    unread.beyond(watermark.id, Affix::Append)
                }
                _ => None,
            };
        }
        Ok(watermarks)
    }

    /// The last watermark up to a message. Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit.
    pub async fn last_watermark(
        &self,
        conversation: &ConversationId,
        subject: &ReceiptSubject,
        receipt: Receipt,
        up_to: MessageId,
    ) -> Result<Option<ReceiptWatermark>, StoreError> {
        let [first, last] = [MessageId::MIN, up_to].map(|id| Key::watermark(conversation, subject, receipt, id));
        self.range(&first, &last, Affix::Prepend, 1).await?.items.pop().map(read).transpose()
    }

    /// Cost: 1 round trip, 2 write units a watermark.
    async fn delete_watermarks(&self, keys: &[Key]) -> Result<(), StoreError> {
        let tx = keys.iter().fold(self.transaction::<Infallible>(), |tx, key| tx.delete(key));
        tx.untold(Untold::StepOfAnother).commit().await?.unrefused()
    }

    /// How far each member of a group has come; `None` if there are more than `most`.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 30 members.
    pub async fn positions(&self, guid: &Guid, most: usize) -> Result<Option<Vec<Position>>, StoreError> {
        self.positions_as(guid, most, Freshness::Exact).await
    }

    /// [`Store::positions`] as fresh as is said. Cost: as that; half of the units where they may be late.
    pub async fn positions_as(
        &self,
        guid: &Guid,
        most: usize,
        freshness: Freshness,
    ) -> Result<Option<Vec<Position>>, StoreError> {
        let (items, _) = self.items_as(&Key::members(guid), None, Some(most + 1), freshness).await?;
        let rows: Vec<Position> = items.into_iter().filter(is_live).map(read).collect::<Result<_, _>>()?;
        Ok(Some(rows).filter(|positions| positions.len() <= most))
    }
}

/// Moves the position on the user's own row, if it is as it was read, and notes the watermark there.
fn own_moved_up(
    uid: &Uid,
    state: &ParticipantState,
    receipts: &[Receipt],
    watermark: ReceiptWatermark,
) -> Result<Update, StoreError> {
    let mut update = moved_up(&Key::participant_state(uid, &state.conversation), receipts, watermark);
    for receipt in receipts {
        let [id, _, recent] = attributes(*receipt);
        update = update.set(recent, serde_dynamo::to_attribute_value(state.recent(*receipt).with(watermark))?);
        update = match state.position(*receipt) {
            Some(before) => update.when(format!("{id} = :{id}")).number(&format!(":{id}"), before.number()),
            None => update.when(format!("attribute_not_exists({id})")),
        };
    }
    Ok(update)
}

/// Moves the position on the user's own row back, and what is noted there of watermarks.
pub(super) fn own_moved_back(uid: &Uid, state: &ParticipantState, back: &MoveBack) -> Result<Update, StoreError> {
    let [_, _, recent] = attributes(Receipt::Read);
    let update = moved_back(&Key::participant_state(uid, &state.conversation), back);
    Ok(match back.to {
        Some(to) => {
            update.set(recent, serde_dynamo::to_attribute_value(state.recent(Receipt::Read).back_to(to, back.at))?)
        }
        None => update.remove(recent),
    })
}

fn moved_up(key: &Key, receipts: &[Receipt], watermark: ReceiptWatermark) -> Update {
    let update = Update::of(key).when(EXISTS).number(":id", watermark.id.number()).number(":at", watermark.at.get());
    receipts.iter().fold(update, |update, receipt| {
        let [id, at, _] = attributes(*receipt);
        update
            .set_expression(format!("{id} = :id, {at} = :at"))
            .when(format!("(attribute_not_exists({id}) OR {id} < :id)"))
    })
}

fn moved_back(key: &Key, back: &MoveBack) -> Update {
    let [id, ..] = attributes(Receipt::Read);
    at_position(Update::of(key).when(format!("{id} = :from")).number(":from", back.from.number()), back)
}

/// Lets a row say how far they have read still.
pub(super) fn at_position(update: Update, back: &MoveBack) -> Update {
    let [id, since, _] = attributes(Receipt::Read);
    match (back.to, back.at) {
        (Some(to), Some(at)) => update.set(id, number(to.number())).set(since, number(at.get())),
        (Some(to), None) => update.set(id, number(to.number())).remove(since),
        (None, _) => update.remove(id).remove(since),
    }
}

/// Where a user's own watermark of reading stands.
pub(super) fn own_read(conversation: &ConversationId, uid: &Uid, id: MessageId) -> Key {
    Key::watermark(conversation, &ReceiptSubject::User(uid.clone()), Receipt::Read, id)
}

pub(super) async fn moved(tx: Transaction<'_, Moved>) -> Result<Moved, StoreError> {
    Ok(tx.commit().await?.either(Moved::Done, Moved::Stale))
}

/// Where a position stands, since when, and the latest watermarks.
pub(super) fn attributes(receipt: Receipt) -> [&'static str; 3] {
    match receipt {
        Receipt::Delivered => ["deliveredId", "deliveredAt", "recentDelivered"],
        Receipt::Read => ["readId", "readAt", "recentRead"],
    }
}

/// A range of one id needs one watermark.
fn range_width(range: IdRange) -> usize {
    usize::try_from(range.last().number() - range.first().number()).unwrap_or(usize::MAX).saturating_add(1)
}

/// Where a new member starts: at the action message of the joining.
pub(super) fn starting_at(id: MessageId) -> (String, AttributeValue) {
    ("startId".to_owned(), number(id.number()))
}
