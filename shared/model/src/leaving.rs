//! Users who are being deleted while what they wrote in a group is still stored.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::common_watermarks::CommonWatermarks;
use super::id::MessageId;
use super::message::Message;
use super::time::Seconds;
use super::uid::Uid;

/// Whose messages in a conversation are there for nobody any more, because they are being deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Leaving(BTreeSet<Uid>);

impl Leaving {
    /// How many may be leaving one group at once: so many of the longest UIDs keep its state within one read unit.
    pub const MOST: usize = 30;

    /// Whether nobody is, as nearly always.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `uid` is.
    pub fn holds(&self, uid: &Uid) -> bool {
        self.0.contains(uid)
    }

    /// Who is.
    pub fn iter(&self) -> impl Iterator<Item = &Uid> {
        self.0.iter()
    }

    /// Adds others: who is being deleted is so everywhere.
    pub fn extend(&mut self, others: &Leaving) {
        self.0.extend(others.0.iter().cloned());
    }

    /// A message as it is shown: nothing if one of these wrote it; of what others wrote, no profile of theirs.
    pub fn shown(&self, message: Message) -> Option<Message> {
        if self.holds(&message.sender) {
            return None;
        }
        Some(self.iter().fold(message, |message, uid| message.without_profile(uid).unwrap_or(message)))
    }
}

/// What of a conversation is there for nobody, the app included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Absent {
    /// Up to which id it is deleted.
    pub up_to: Option<MessageId>,
    /// Whose messages are not there.
    pub leaving: Leaving,
    /// Not what is absent, but what the same row tells: when the last of its messages was sent whose ids say nothing of time, if
    /// there are any.
    pub untimed_at: Option<Seconds>,
    /// As that: the latest watermarks of the whole group.
    pub common: Option<CommonWatermarks>,
    /// As that: from which message on one may be copied there, to be shown in lists of conversations; none is from the first on.
    pub copied_from: Option<MessageId>,
}
