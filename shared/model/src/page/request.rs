//! A page that is asked for.

use super::{Affix, IdRange, Limit};
use crate::id::MessageId;
use crate::time::Seconds;

/// Where a page starts: an exclusive cursor; `id` wins over `sentAt`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// A message id.
    pub id: Option<MessageId>,
    /// A second.
    pub sent_at: Option<Seconds>,
}

impl Cursor {
    /// The direction when none is asked for: past a cursor onwards, else the newest page.
    pub fn default_affix(self) -> Affix {
        if self.id.is_some() || self.sent_at.is_some() { Affix::Append } else { Affix::Prepend }
    }

    /// The ids on the far side of the cursor; `None` if there can be none.
    pub fn range(self, affix: Affix) -> Option<IdRange> {
        match (self.id, self.sent_at, affix) {
            (Some(id), _, affix) => IdRange::ALL.beyond(id, affix),
            (None, Some(second), Affix::Append) => IdRange::sent(Some(second.plus(1)), None),
            (None, Some(second), Affix::Prepend) => IdRange::sent(None, Some(second.before()?)),
            (None, None, _) => Some(IdRange::ALL),
        }
    }
}

/// A page that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Which ids may be on it; `None` if there can be none.
    pub range: Option<IdRange>,
    /// Which more where messages whose ids say nothing of time may have been sent since then.
    pub untimed: Option<Untimed>,
    /// Which way it goes.
    pub affix: Affix,
    /// How many items it holds at the most.
    pub limit: Limit,
}

/// The ids of what was sent since a second, those among them that say nothing of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untimed {
    /// The second.
    pub since: Seconds,
    /// The ids.
    pub range: IdRange,
}

impl PageRequest {
    /// The request with ids that say nothing of time, if any such message of where it is read, the last of which was sent at
    /// `last`, may be of the time that is asked for.
    pub fn where_untimed_end(self, last: Option<Seconds>) -> PageRequest {
        match self.untimed.zip(last) {
            Some((Untimed { since, range }, last)) if since <= last => PageRequest { range: Some(range), ..self },
            _ => self,
        }
    }
}
