//! How far all members of a group have come: watermarks in rows of their own, of which the latest stand on the state of the
//! conversation too. Both are written together, so what the state tells is what the rows tell.
//!
//! They are true at every moment, whoever notes them and however late. All changes of them follow each other, because each counts
//! itself on the state and requires the count that it read. Who notes one reads the state first and the positions of the
//! members then, and those only rise: whoever steps back takes in the same transaction what is true no more, so who notes what
//! they saw before is refused, and looks again.

use std::collections::BTreeSet;

use super::Store;
use super::error::StoreError;
use super::is_live;
use super::keys::Key;
use super::receipt::Moved;
use super::transaction::{Commit, EXISTS, Transaction, Untold, Update, text};
use model::common_watermarks::{CommonWatermark, CommonWatermarks, TakenBack};
use model::conversation::ConversationId;
use model::conversation_state::ConversationState;
use model::event::Event;
use model::id::MessageId;
use model::receipt::{ReceiptSubject, ReceiptWatermark};
use model::uid::Guid;

/// The attribute of a conversation's state that holds the latest watermarks of the whole group.
const COMMON: &str = "commonMarks";
/// The attribute that counts the changes of these watermarks.
const CHANGES: &str = "commonChanges";
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
    /// The watermarks were changed since the state was read.
    Changed,
}

impl Store {
    /// Notes that a whole group has come so far, as far as that is not noted; stale if the watermarks of the group were changed
    /// since `state`, the state of its conversation, was read. Whoever read positions after the state so knows that nobody has
    /// stepped back since.
    ///
    /// Cost: 1 round trip, 2 write units for each and 2 for the state; nothing where the state tells them all.
    pub async fn note_receipts_of_whole_group(
        &self,
        guid: &Guid,
        state: &ConversationState,
        noted: Vec<Noted>,
    ) -> Result<Moved, StoreError> {
        let conversation = ConversationId::Group(guid.clone());
        let mut left = noted;
        left.retain(|Noted { mark, .. }| !state.common.as_ref().is_some_and(|told| told.holds(mark)));
        loop {
            if left.is_empty() {
                return Ok(Moved::Done);
            }
            let tx = self.transaction().update(with_common(&conversation, state, &left));
            let mut tx = tx.or(Refused::Changed);
            for (position, Noted { mark, event }) in left.iter().enumerate() {
                tx = tx.put_new(&key(&conversation, mark), &row(mark))?.or(Refused::Known(position));
                tx = match event {
                    Some(event) => tx.event(event)?,
                    None => tx,
                };
            }
            let tx = if left.iter().any(|noted| noted.event.is_some()) { tx } else { tx.untold(Untold::StepOfAnother) };
            let Commit::Refused(refused) = tx.commit().await? else { return Ok(Moved::Done) };
            let mut known = BTreeSet::new();
            for (why, item) in refused {
                match why {
                    Some(Refused::Known(position)) => drop(known.insert(position)),
                    // With its conversation, the group went meanwhile.
                    Some(Refused::Changed) | None if !item.as_ref().is_some_and(is_live) => return Ok(Moved::Done),
                    Some(Refused::Changed) | None => return Ok(Moved::Stale),
                }
            }
            let mut position = 0..;
            left.retain(|_| position.next().is_none_or(|position| !known.contains(&position)));
        }
    }

    /// Takes the last watermarks of a whole group back, until so many are left that they go along with who steps back. Each of
    /// those was true, and those that are left still are. Stale as [`Store::note_receipts_of_whole_group`] is.
    ///
    /// Cost: nothing as a rule; 1 round trip for each [`OfGroup::AT_ONCE`], 2 write units for each that goes or is left, and 2.
    pub async fn take_back_last_of_whole_group(&self, of_group: &mut OfGroup) -> Result<Moved, StoreError> {
        while OfGroup::AT_ONCE < of_group.taken.len() {
            let rest = of_group.taken.split_off(OfGroup::AT_ONCE);
            let tx = of_group.added_to(self.transaction())?.untold(Untold::StepOfAnother);
            if tx.commit().await?.either(Moved::Done, Moved::Stale) == Moved::Stale {
                return Ok(Moved::Stale);
            }
            of_group.state.common = of_group.told();
            of_group.state.common_changes += 1;
            of_group.taken = rest;
        }
        Ok(Moved::Done)
    }

    /// Lets the state of a conversation tell no watermarks of the whole group any more, because its rows were changed without
    /// it: they are looked up until the next message begins to tell them again.
    ///
    /// Cost: 1 round trip, 1 write unit.
    pub async fn forget_common(&self, conversation: &ConversationId) -> Result<(), StoreError> {
        let state = Update::of(&Key::conversation_state(conversation)).remove(COMMON).add(CHANGES, 1).when(EXISTS);
        self.apply_unread(state.untold(Untold::Upkeep)).await?.either_way();
        Ok(())
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
}

/// What a step back takes of the watermarks of its group.
#[derive(Debug)]
pub struct OfGroup {
    /// The group.
    pub guid: Guid,
    /// The state of its conversation, which was read before them.
    pub state: ConversationState,
    /// What goes, and what is left instead; the last first.
    pub taken: Vec<TakenBack>,
}

impl OfGroup {
    /// How many of them one transaction takes, three writes each, beside those of a user's own step back.
    const AT_ONCE: usize = 15;

    /// The writes; stale if the watermarks were changed since the state was read.
    pub(super) fn added_to<'s>(&self, tx: Transaction<'s, Moved>) -> Result<Transaction<'s, Moved>, StoreError> {
        let conversation = ConversationId::Group(self.guid.clone());
        let mut tx = tx.update(changed_common(&conversation, &self.state, self.told())).or(Moved::Stale);
        for TakenBack { gone, left } in &self.taken {
            tx = tx.delete(&key(&conversation, gone));
            for mark in left {
                tx = tx.put(&key(&conversation, mark), &row(mark))?;
            }
        }
        Ok(tx)
    }

    /// What the state tells then.
    fn told(&self) -> Option<CommonWatermarks> {
        let told = self.state.common.clone()?;
        let told = self.taken.iter().fold(told, |told, taken| told.without(&taken.gone));
        Some(self.taken.iter().flat_map(|taken| &taken.left).fold(told, |told, mark| told.with(mark.clone())))
    }
}

fn key(conversation: &ConversationId, mark: &CommonWatermark) -> Key {
    Key::watermark(conversation, &mark.subject, mark.receipt, mark.id)
}

fn row(mark: &CommonWatermark) -> ReceiptWatermark {
    ReceiptWatermark { id: mark.id, at: mark.at }
}

/// Lets the state tell these watermarks too. One that told none begins beyond all that there may be.
fn with_common(conversation: &ConversationId, state: &ConversationState, noted: &[Noted]) -> Update {
    let marks = noted.iter().map(|noted| &noted.mark);
    let told = match &state.common {
        Some(told) => marks.fold(told.clone(), |told, mark| told.with(mark.clone())),
        None => {
            let last = marks.map(|mark| mark.id).fold(state.last_message_id, MessageId::max);
            CommonWatermarks::from(last.after().unwrap_or(MessageId::MAX))
        }
    };
    changed_common(conversation, state, Some(told))
}

/// Counts a change of the watermarks of a whole group, after which its state tells these, if it is as it was read.
fn changed_common(conversation: &ConversationId, state: &ConversationState, told: Option<CommonWatermarks>) -> Update {
    let update = Update::of(&Key::conversation_state(conversation)).when(EXISTS).add(CHANGES, 1);
    let update = match state.common_changes {
        0 => update.when(format!("attribute_not_exists({CHANGES})")),
        changes => update.when(format!("{CHANGES} = :changes")).number(":changes", changes),
    };
    let update = match &state.common {
        Some(before) => update.when(format!("{COMMON} = :told")).value(":told", text(String::from(before.clone()))),
        None => update.when(format!("attribute_not_exists({COMMON})")),
    };
    match told {
        Some(told) => update.set(COMMON, text(String::from(told))),
        None => update,
    }
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
