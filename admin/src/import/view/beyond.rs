//! Receipts that no position tells.

use model::conversation::ConversationId;
use model::id::MessageId;
use model::receipt::{ReceiptSubject, Receipts};
use shared::imports::importer::OwnReceipts;

use super::Times;

/// A message with receipts that its reader's position does not tell.
#[derive(Debug)]
pub(super) struct Beyond {
    pub(super) id: MessageId,
    pub(super) subject: ReceiptSubject,
    pub(super) all: Times,
    pub(super) mine: Times,
    /// The last message before it, to the same, that has receipts which others have too.
    pub(super) before: Option<(MessageId, Times)>,
    /// Whether those before it have none, or later ones.
    pub(super) is_alone: bool,
}

/// Receipts of messages of one sender so far.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Which of them some message has not.
    missing: [bool; 2],
    /// The latest time of those that others have.
    latest: Times,
}

impl Given {
    /// Notes those of the next message. Says whether it has them for itself: by a position those before would have them too, no later.
    pub(super) fn note(&mut self, all: Times) -> bool {
        let before = self.missing.iter().zip(self.latest).zip(all);
        let is_alone =
            before.into_iter().any(|((is_missing, latest), at)| at.is_some() && (*is_missing || at < latest));
        self.latest.iter_mut().zip(all).for_each(|(latest, at)| *latest = at.max(*latest));
        self.missing.iter_mut().zip(all).for_each(|(is_missing, at)| *is_missing |= at.is_none());
        is_alone
    }
}

impl Beyond {
    /// The last message before it, to the same, that has receipts which others have too, `others` among them; with those of the
    /// kinds that it has itself.
    pub(super) fn after(&self, others: &[Beyond]) -> Option<(MessageId, Times)> {
        let others = others.iter().filter(|other| other.subject == self.subject && other.id < self.id);
        let before = others.map(|other| (other.id, other.all)).chain(self.before).max_by_key(|(id, _)| *id);
        let [delivered, read] = self.all;
        before.map(|(id, [delivered_at, read_at])| (id, [delivered.and(delivered_at), read.and(read_at)]))
    }

    pub(super) fn own(self, conversation: &ConversationId) -> OwnReceipts {
        let Beyond { id, subject, all: [delivered_at, read_at], .. } = self;
        OwnReceipts { conversation: conversation.clone(), id, subject, receipts: Receipts { delivered_at, read_at } }
    }
}
