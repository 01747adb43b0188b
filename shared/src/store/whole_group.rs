//! How far all members of a group have come: watermarks in rows of their own, of which the latest stand on the state of the
//! conversation too. Both are written together, so what the state tells is what the rows tell.

use std::collections::BTreeSet;

use super::Store;
use super::error::StoreError;
use super::keys::Key;
use super::transaction::{Commit, EXISTS, Untold, Update, text};
use super::{is_live, read};
use model::common_watermarks::{CommonWatermark, CommonWatermarks};
use model::conversation::ConversationId;
use model::conversation_state::ConversationState;
use model::event::Event;
use model::id::MessageId;
use model::page::IdRange;
use model::receipt::{Receipt, ReceiptSubject, ReceiptWatermark};
use model::uid::Guid;

/// The attribute of a conversation's state that holds the latest watermarks of the whole group.
const COMMON: &str = "commonMarks";
/// How many watermarks of a whole group are looked at together.
const WATERMARKS_OF_GROUP: usize = 3_000;

/// That a whole group has come up to a message.
#[derive(Clone, Debug)]
pub struct Noted {
    /// Who, and up to which message.
    pub mark: CommonWatermark,
    /// The event that its row carries.
    pub event: Option<Event>,
}

/// What the refusal of a write means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// The watermark at this position is noted.
    Known(usize),
    /// The state tells others than it was read with.
    Moved,
}

impl Store {
    /// Notes that a whole group has come so far, as far as that is not noted. `state` is the state of its conversation as it
    /// was read.
    ///
    /// Cost: 1 round trip, 2 write units for each and 2 for the state; nothing where the state tells them all.
    pub async fn note_receipts_of_whole_group(
        &self,
        guid: &Guid,
        state: &ConversationState,
        noted: Vec<Noted>,
    ) -> Result<(), StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        let (mut left, mut last, mut told) = (noted, state.last_message_id, state.common.clone());
        loop {
            left.retain(|Noted { mark, .. }| !is_told(told.as_ref(), mark));
            if left.is_empty() {
                return Ok(());
            }
            let tx = self.transaction().update(with_common(&conversation, told.as_ref(), last, &left));
            let mut tx = tx.or(Refused::Moved);
            for (position, Noted { mark, event }) in left.iter().enumerate() {
                let key = Key::watermark(&conversation, &mark.subject, mark.receipt, mark.id);
                tx = tx.put_new(&key, &ReceiptWatermark { id: mark.id, at: mark.at })?.or(Refused::Known(position));
                tx = match event {
                    Some(event) => tx.event(event)?,
                    None => tx,
                };
            }
            let tx = if left.iter().any(|noted| noted.event.is_some()) { tx } else { tx.untold(Untold::StepOfAnother) };
            let Commit::Refused(refused) = tx.commit().await? else { return Ok(()) };
            let mut known = BTreeSet::new();
            for (why, item) in refused {
                match why {
                    Some(Refused::Known(position)) => drop(known.insert(position)),
                    Some(Refused::Moved) | None => {
                        // With its conversation, the group went meanwhile.
                        let Some(item) = item.filter(is_live) else { return Ok(()) };
                        let now: ConversationState = read(item)?;
                        (last, told) = (now.last_message_id, now.common);
                    }
                }
            }
            let mut position = 0..;
            left.retain(|_| position.next().is_none_or(|position| !known.contains(&position)));
        }
    }

    /// Removes the watermarks of reading of a subject beyond `id`; what they say of messages up to there is kept.
    ///
    /// Cost: 1 query; 1 write unit a watermark, and 2.
    pub async fn remove_marks_beyond(
        &self,
        conversation: &ConversationId,
        subject: &ReceiptSubject,
        id: Option<MessageId>,
    ) -> Result<(), StoreError> {
        let first = id.unwrap_or(MessageId::MIN);
        let Some(range) = IdRange::new(first, MessageId::MAX) else { return Ok(()) };
        let watermarks = self.watermarks(conversation, subject, Receipt::Read, range).await?;
        let key = |id: MessageId| Key::watermark(conversation, subject, Receipt::Read, id);
        if let (Some(id), Some(watermark)) = (id, watermarks.first()) {
            let kept = ReceiptWatermark { id, at: watermark.at };
            let tx = self.transaction::<std::convert::Infallible>().put_new(&key(id), &kept)?;
            // Refused, there is one already, which is older.
            tx.untold(Untold::StepOfAnother).commit().await?.either_way();
        }
        let beyond: Vec<Key> =
            watermarks.iter().filter(|watermark| id < Some(watermark.id)).map(|watermark| key(watermark.id)).collect();
        self.delete_batches(&beyond, Untold::StepOfAnother).await
    }

    /// The subjects of a whole group that have watermarks of reading beyond `id`; `None` if the group has too many to look
    /// at all.
    ///
    /// Query, base table, strongly consistent. Cost: 1 round trip, 1 read unit for about 12 watermarks, 256 at the most.
    pub async fn whole_group_marked_beyond(
        &self,
        guid: &Guid,
        id: Option<MessageId>,
    ) -> Result<Option<BTreeSet<ReceiptSubject>>, StoreError> {
        let (keys, is_all) = self.some_keys(&Key::watermarks_of_whole_group(guid), WATERMARKS_OF_GROUP).await?;
        let watermarks = keys.iter().filter_map(Key::whole_group_read);
        Ok(is_all
            .then(|| watermarks.filter(|(_, watermark)| id < Some(*watermark)).map(|(subject, _)| subject).collect()))
    }

    /// Lets the state of a conversation tell no watermarks of the whole group any more, because its rows were changed without
    /// it: they are looked up until the next message begins to tell them again.
    ///
    /// Cost: 1 round trip, 1 write unit.
    pub async fn forget_common(&self, conversation: &ConversationId) -> Result<(), StoreError> {
        let state = Update::of(&Key::conversation_state(conversation)).remove(COMMON).when(EXISTS);
        self.apply_unread(state.untold(Untold::Upkeep)).await?.either_way();
        Ok(())
    }
}

fn is_told(told: Option<&CommonWatermarks>, mark: &CommonWatermark) -> bool {
    told.is_some_and(|told| told.holds(&mark.subject, mark.receipt, mark.id))
}

/// Lets the state tell these watermarks too, if it still is as it was read. One that told none begins beyond all that there may
/// be.
fn with_common(
    conversation: &ConversationId,
    told: Option<&CommonWatermarks>,
    last: MessageId,
    noted: &[Noted],
) -> Update {
    let update = Update::of(&Key::conversation_state(conversation)).when(EXISTS);
    let marks = noted.iter().map(|noted| &noted.mark);
    match told {
        Some(told) => update
            .set(COMMON, text(String::from(marks.fold(told.clone(), |told, mark| told.with(mark.clone())))))
            .when(format!("{COMMON} = :told"))
            .value(":told", text(String::from(told.clone()))),
        None => update
            .set(COMMON, text(String::from(beyond(marks.map(|mark| mark.id).fold(last, MessageId::max)))))
            .when(format!("attribute_not_exists({COMMON})")),
    }
}

fn beyond(last: MessageId) -> CommonWatermarks {
    CommonWatermarks::from(last.after().unwrap_or(MessageId::MAX))
}

/// Lets the state of a group tell watermarks from this message on, if it tells none yet.
pub(super) fn telling_from(state: Update, id: MessageId) -> Update {
    state
        .set_expression(format!("{COMMON} = if_not_exists({COMMON}, :common)"))
        .value(":common", text(String::from(CommonWatermarks::from(id))))
}

/// Lets it tell none.
pub(super) fn telling_none(state: Update) -> Update {
    state.remove(COMMON)
}
