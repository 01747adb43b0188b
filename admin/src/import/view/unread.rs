//! What the lists of conversations and of messages say of what is unread.

use std::collections::{BTreeSet, VecDeque};

use model::archive::MessageRecord;
use model::id::MessageId;
use serde_json::Value;

use crate::import::wire::{id, number};

/// A counter of so many may mean more.
pub(super) const COUNTED: usize = 999;

/// What is said of what is unread.
#[derive(Clone, Debug)]
pub(super) struct Unread {
    /// How many messages.
    pub(super) count: usize,
    /// The last message that the list of conversations knew.
    up_to: Option<MessageId>,
    /// Whether the position is told: what is not read is kept whole then.
    is_told: bool,
    /// Messages of others, as many as count, the last ones and one more, and whether they are read by what they say themselves: all,
    /// and those that are in [`View::beyond`] left out.
    pub(super) all: VecDeque<(MessageId, bool)>,
    pub(super) last: VecDeque<(MessageId, bool)>,
    /// Which messages are unread, if that is known.
    pub(super) listed: Option<BTreeSet<MessageId>>,
}

impl Unread {
    pub(super) fn of(row: &Value, is_told: bool) -> Option<Unread> {
        let count = number(row, "unreadMessageCount").and_then(|count| usize::try_from(count).ok());
        let up_to = row.get("lastMessage").and_then(|last| id(last, "id"));
        let count = count.filter(|count| is_told || *count < COUNTED)?;
        let listed = (count == 0).then(BTreeSet::new);
        Some(Unread { count, up_to, is_told, all: VecDeque::new(), last: VecDeque::new(), listed })
    }

    pub(super) fn note(&mut self, message: &MessageRecord, is_read: bool, is_beyond: bool) {
        if self.is_later(message.id) {
            return;
        }
        self.all.push_back((message.id, is_read));
        self.all.drain(..self.all.len().saturating_sub(self.count + 1));
        if !is_beyond {
            self.last.push_back((message.id, is_read));
        }
        if !self.is_told {
            self.last.drain(..self.last.len().saturating_sub(self.count + 1));
        }
    }

    /// Whether a message came after the list of conversations.
    pub(super) fn is_later(&self, id: MessageId) -> bool {
        self.up_to.is_some_and(|up_to| up_to < id)
    }

    /// The last message that is not unread, of those before the first that is.
    pub(super) fn before(&self) -> Option<MessageId> {
        match &self.listed {
            Some(listed) => self.before_listed(listed).last(),
            None => self.last.len().checked_sub(self.count + 1).and_then(|at| self.last.get(at)).map(|(id, _)| *id),
        }
    }

    /// The first that is.
    pub(super) fn first(&self) -> Option<MessageId> {
        if let Some(listed) = &self.listed {
            return listed.first().copied();
        }
        let first = self.last.len().checked_sub(self.count).and_then(|at| self.last.get(at));
        first.filter(|(_, is_read)| !is_read).map(|(id, _)| *id)
    }

    /// Those that are before all that are unread.
    pub(super) fn before_listed<'l>(
        &self,
        listed: &'l BTreeSet<MessageId>,
    ) -> impl Iterator<Item = MessageId> + use<'_, 'l> {
        let first = listed.first();
        self.last.iter().map(|(id, _)| *id).take_while(move |id| first.is_none_or(|first| id < first))
    }
}
