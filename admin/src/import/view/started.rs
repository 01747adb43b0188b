//! Since when a user sees a conversation, where no message tells it.

use std::collections::BTreeSet;

use model::conversation::ConversationId;
use model::id::MessageId;

use super::{Told, View};

impl View {
    /// Whether what is neither read nor unread may be so because of when the user came, which nothing tells: where they have read
    /// nothing, between two; and in groups where they were brought in later without a message of it, as long as nothing tells which
    /// messages are unread.
    pub(super) fn may_have_started(&self, conversation: &ConversationId) -> bool {
        let is_untold = match conversation {
            ConversationId::Users(..) => true,
            ConversationId::Group(_) => self.start_id.is_none() && self.came_later && self.passed_over().is_none(),
        };
        !self.has_read() && is_untold
    }

    fn has_read(&self) -> bool {
        self.read.is_some_and(|Told(read)| read.is_some())
    }

    /// Messages of a group that say by themselves whether they had come by then, if that is in question because something behind what
    /// they read is not unread: what they read last, what is not unread as far as they received it, and what they received last.
    pub fn asks_of_start(&self) -> Vec<MessageId> {
        let passed_over = self.passed_over().filter(|passed_over| self.came_later && !passed_over.is_empty());
        let Some(passed_over) = passed_over else { return Vec::new() };
        let received = passed_over.into_iter().filter(|id| Some(*id) <= self.received);
        let asked: BTreeSet<MessageId> = received.chain(self.passed).chain(self.received).collect();
        asked.into_iter().collect()
    }

    /// Takes what those say: they had come by the last ones, but not by so many. Who received and read nothing came behind all that is not
    /// unread.
    pub fn start(&mut self, asked: &[MessageId], n_before: usize) {
        let last = n_before.checked_sub(1).and_then(|at| asked.get(at)).copied();
        let is_before_them = n_before == asked.len() && !(asked.is_empty() && self.has_read());
        let is_behind_all = self.came_later && is_before_them;
        let passed_over =
            self.passed_over().filter(|_| is_behind_all).and_then(|passed_over| passed_over.last().copied());
        self.start_id = self.start_id.max(last).max(passed_over);
    }

    /// What is behind what they read and not unread, before all that is; `None` if it is not known what is unread.
    fn passed_over(&self) -> Option<BTreeSet<MessageId>> {
        let (Some(Told(read)), Some(unread), false) = (self.read, &self.unread, self.is_to_be_asked()) else {
            return None;
        };
        let first = self.news().into_iter().min();
        let others = unread.last.iter().map(|(id, _)| *id).chain(self.beyond.iter().map(|beyond| beyond.id));
        Some(others.filter(|id| read < Some(*id) && first.is_none_or(|first| *id < first)).collect())
    }
}
