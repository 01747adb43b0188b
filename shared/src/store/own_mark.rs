//! The mark of own writes, by which a list of conversations that reads late what others write shows at once what its reader
//! wrote.
//!
//! A user's row of a conversation between users says when they last wrote there, nearly. Whatever somebody does that changes
//! a message or the shared state sets the mark in the same transaction, if the mark that was read is older than half of a
//! window: 2 write units once in 5 minutes of writing. Lists read the rows exactly, and what belongs to a mark within the
//! window too. What set no mark was done in the first half of the window, so it is read exactly for 5 minutes at least,
//! which is far more than late reads are behind and clocks are apart.
//!
//! A send does not read its sender's row: the state, which it writes anyway, notes when sends marked it. What opens a row anew
//! marks it, and what deletes a conversation, or brings its state in, forgets what is noted, so the row is never behind that.

use futures_util::try_join;

use super::batch::{Freshness, Known};
use super::deleted;
use super::error::StoreError;
use super::keys::Key;
use super::preview::{self, Previews};
use super::send::opened_row;
use super::transaction::{Transaction, Update, number};
use super::{Found, Store};
use model::conversation::ConversationId;
use model::conversation_state::{ConversationState, ParticipantState};
use model::event::Event;
use model::message::Message;
use model::time::Seconds;
use model::uid::Uid;

/// The attribute of a user's row that is the mark.
const WROTE_AT: &str = "wroteAt";
/// The attributes of a state that note when sends marked the rows of its first and its second user.
pub(super) const NOTED: [&str; 2] = ["firstWroteAt", "secondWroteAt"];
/// For how long after the mark everything is read exactly.
const WINDOW_SECONDS: u64 = 600;

/// A user who changes a message, by their row of its conversation as it was read.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    /// Who it is.
    pub uid: &'a Uid,
    /// Their row.
    pub row: &'a ParticipantState,
}

/// Whether what is of the conversation of this row may be read late for its user.
pub fn may_be_late(row: &ParticipantState, of_others: Freshness, now: Seconds) -> bool {
    let is_between_users = matches!(row.conversation, ConversationId::Users(..));
    let is_exact = row.wrote_at.is_some_and(|at| now < at.plus(WINDOW_SECONDS));
    of_others == Freshness::Late && is_between_users && !is_exact
}

/// Whether a write of this moment sets a mark that was set then.
pub(super) fn is_due(wrote_at: Option<Seconds>, now: Seconds) -> bool {
    wrote_at.is_none_or(|at| at.plus(WINDOW_SECONDS / 2) <= now)
}

/// A user's row with the mark.
pub(super) fn marked(row: Update, now: Seconds) -> Update {
    row.set(WROTE_AT, number(now.get()))
}

/// Adds the mark to what a user writes, where it is due.
pub(super) fn with_mark<'s, R: Copy>(
    tx: Transaction<'s, R>,
    writer: Option<Writer<'_>>,
    now: Seconds,
) -> Transaction<'s, R> {
    match writer {
        Some(Writer { uid, row }) if row.conversation.is_between(uid) && is_due(row.wrote_at, now) => {
            tx.update(marked(opened_row(uid, &row.conversation, now, None), now))
        }
        _ => tx,
    }
}

/// Adds to a change of a message what stands beside it: the mark, where that is due, and that the copy of the message goes.
///
/// Cost: 2 write units for the mark, 2 more for the copy where the message may be the last one.
pub(super) fn beside<'s, R: Copy>(
    tx: Transaction<'s, R>,
    message: &Message,
    writer: Option<Writer<'_>>,
    event: &Event,
) -> Transaction<'s, R> {
    let now = event.at().seconds();
    preview::without(with_mark(tx, writer, now), message, writer.and_then(|writer| writer.row.copied_from), now)
}

/// The attribute of the state that notes when a user's row was marked.
fn note_of(conversation: &ConversationId, uid: &Uid) -> Option<&'static str> {
    let [of_first, of_second] = NOTED;
    match conversation {
        ConversationId::Users(first, _) if first == uid => Some(of_first),
        ConversationId::Users(_, second) if second == uid => Some(of_second),
        _ => None,
    }
}

/// When a send marked the row of a user, as the state notes it.
pub(super) fn noted(found: &Found, conversation: &ConversationId, uid: &Uid) -> Option<Seconds> {
    let state = found.0.get(&Key::conversation_state(conversation))?;
    let at = state.get(note_of(conversation, uid)?)?;
    Some(Seconds::new(at.as_n().ok()?.parse().ok()?))
}

/// The state that notes that a user's row is marked with it.
pub(super) fn noting(state: Update, conversation: &ConversationId, uid: &Uid, now: Seconds) -> Update {
    match note_of(conversation, uid) {
        Some(note) => state.set(note, number(now.get())),
        None => state,
    }
}

impl Store {
    /// The states of the conversations of a user's rows, in their order, and the copies of their last messages; a conversation
    /// without message has none. Those that may be late are asked for again where they turn out to be behind what the user
    /// received, read or removed, or missing of a new conversation. What of them is known is not read.
    ///
    /// Cost: 1 round trip for each 100, 8 at once; 1 read unit a conversation, or half of one where it may be late. Where some may
    /// and some may not, 1 call more.
    pub async fn listed_states(
        &self,
        rows: &[ParticipantState],
        of_others: Freshness,
        now: Seconds,
        known: Known,
    ) -> Result<(Vec<Option<ConversationState>>, Previews), StoreError> {
        let key = |row: &ParticipantState| Key::conversation_state(&row.conversation);
        let is_late = |row: &&ParticipantState| may_be_late(row, of_others, now);
        let unknown = rows.iter().filter(|row| !known.has_conversation(&row.conversation));
        let (late, exact): (Vec<&ParticipantState>, Vec<&ParticipantState>) = unknown.partition(is_late);
        let late_keys = late.iter().copied().map(key).collect();
        let (mut found, of_late) =
            try_join!(self.get_all(exact.into_iter().map(key).collect()), self.get_all_as(late_keys, Freshness::Late))?;
        found.0.extend(of_late.0.into_iter().chain(known.into_found().0));
        let behind = late.into_iter().filter(|row| is_behind(row, &found, now)).map(key).collect();
        found.0.extend(self.get_all(behind).await?.0);
        let previews = Previews::out_of(&mut found);
        let states = rows.iter().map(|row| deleted::state(&found, &row.conversation));
        Ok((states.collect::<Result<_, _>>()?, previews))
    }
}

/// Whether a state was read that is older than what its user has of the conversation: of one that is new there may be none
/// yet, and of one that was deleted there is none.
fn is_behind(row: &ParticipantState, found: &Found, now: Seconds) -> bool {
    match deleted::last_id(found, &row.conversation) {
        Some(last) => Some(last) < row.read_id.max(row.delivered_id).max(row.cleared_id),
        None => row.joined_at.is_some_and(|at| now < at.plus(WINDOW_SECONDS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(wrote_at: Option<Seconds>) -> ParticipantState {
        let [ash, birch] = ["ash", "birch"].map(|uid| Uid::parse(uid).unwrap());
        ParticipantState { wrote_at, ..ParticipantState::new(ConversationId::between(&ash, &birch)) }
    }

    /// Whenever somebody writes, and however often: the mark is new enough for 5 minutes more.
    #[test]
    fn what_was_written_is_read_exactly_for_five_minutes() {
        let (mut now, mut mark, mut n_marks) = (Seconds::new(1_800_000_000), None, 0);
        for n in 0..10_000 {
            now = now.plus(n * n % 61);
            if is_due(mark, now) {
                (mark, n_marks) = (Some(now), n_marks + 1);
            }
            assert!(!may_be_late(&row(mark), Freshness::Late, now.plus(WINDOW_SECONDS / 2)));
        }
        // 82 hours of writing.
        assert!(n_marks < 1_000, "{n_marks} marks");
        assert!(may_be_late(&row(mark), Freshness::Late, now.plus(WINDOW_SECONDS)));
        assert!(may_be_late(&row(None), Freshness::Late, now));
        assert!(!may_be_late(&row(None), Freshness::Exact, now));
    }

    #[test]
    fn groups_are_never_read_late() {
        let of_group = ParticipantState::new(ConversationId::Group(model::uid::Guid::parse("lake").unwrap()));
        assert!(!may_be_late(&of_group, Freshness::Late, Seconds::new(1_800_000_000)));
    }
}
