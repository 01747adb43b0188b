//! Since when a user sees a conversation, where no message tells it.

use model::conversation::ConversationId;
use model::id::MessageId;

use super::{Told, View};

impl View {
    /// Whether what is neither read nor unread may be so because of when the user came, which nothing tells: where they have read
    /// nothing, or only what was there before them, between two, and in groups where they were brought in later without a message of it.
    pub(super) fn may_have_started(&self, conversation: &ConversationId) -> bool {
        match conversation {
            ConversationId::Users(..) => !self.has_read(),
            ConversationId::Group(_) => self.may_have_come_later() && (self.received_before || !self.has_read()),
        }
    }

    fn has_read(&self) -> bool {
        self.read.is_some_and(|Told(read)| read.is_some())
    }

    fn may_have_come_later(&self) -> bool {
        self.start_id.is_none() && self.came_later
    }

    /// A message of a group that says by itself whether they had come by then, where that is in question.
    pub fn asks_of_start(&self, conversation: &ConversationId) -> Option<MessageId> {
        let is_in_question = matches!(conversation, ConversationId::Group(_)) && self.may_have_come_later();
        self.received.filter(|_| is_in_question && self.last_passed_over().is_some())
    }

    /// Behind which message they came to a group, if they can have come no later than all that is unread: it is neither read nor unread,
    /// and what they received was there before them too.
    pub(super) fn started_after(&self, conversation: &ConversationId) -> Option<MessageId> {
        let is_group = matches!(conversation, ConversationId::Group(_)) && self.may_have_come_later();
        let came_behind = self.received_before || (self.received.is_none() && !self.has_read());
        let passed_over = self.last_passed_over().filter(|_| is_group && came_behind);
        passed_over.max(self.received.filter(|_| self.received_before))
    }

    /// The last message behind what they read that is not unread, of those before all that is.
    fn last_passed_over(&self) -> Option<MessageId> {
        let (Some(Told(read)), Some(unread), false) = (self.read, &self.unread, self.is_to_be_asked()) else {
            return None;
        };
        let first = self.news().into_iter().min();
        let others = unread.last.iter().map(|(id, _)| *id).chain(self.beyond.iter().map(|beyond| beyond.id));
        others.filter(|id| read < Some(*id) && first.is_none_or(|first| *id < first)).max()
    }
}
