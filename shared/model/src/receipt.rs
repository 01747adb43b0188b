//! Receipts: who received and read what, and when (contract/related.md, "Receipts").

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::MessageId;
use super::time::Seconds;
use super::uid::{BadName, Uid};

/// What a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Receipt {
    /// The messages have reached a device.
    Delivered,
    /// They were read, and so delivered too.
    Read,
}

impl Receipt {
    /// Both.
    pub const ALL: [Receipt; 2] = [Receipt::Delivered, Receipt::Read];
    /// The most members of a group that keeps receipts of all its members: each receipt leads to a look at how far all have come.
    pub const MAX_MEMBERS: usize = 1_000;
    /// The most members of a group that a message was sent to, and that it has by now, whose receipts are shown one by one.
    pub const MAX_LISTED: usize = 300;
}

/// "Everything up to this message, at this time."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptWatermark {
    /// The message.
    pub id: MessageId,
    /// When.
    pub at: Seconds,
}

/// The latest watermarks of a user's receipts of one kind in a conversation. They stand on the user's own row of it, which
/// is read anyway, so that who shows the newest messages looks for no watermark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u64>", into = "Vec<u64>")]
pub struct RecentWatermarks {
    /// Above this id, or above nothing, all watermarks are here.
    above: Option<MessageId>,
    /// Rising.
    marks: Vec<ReceiptWatermark>,
}

impl RecentWatermarks {
    /// How many are kept: with both kinds, and where nobody has tags, a row stays within a write unit.
    pub const MOST: usize = 12;

    /// Of who has given no receipt yet.
    pub fn none() -> RecentWatermarks {
        RecentWatermarks::default()
    }

    /// Of who has come up to `id` by watermarks that are not known.
    pub fn after(id: MessageId) -> RecentWatermarks {
        RecentWatermarks { above: Some(id), marks: Vec::new() }
    }

    /// With a further watermark, which is above all.
    pub fn with(mut self, mark: ReceiptWatermark) -> RecentWatermarks {
        self.marks.push(mark);
        if RecentWatermarks::MOST < self.marks.len() {
            self.above = Some(self.marks.remove(0).id);
        }
        self
    }

    /// Without those above `id`, which has been received or read since `at`.
    pub fn back_to(mut self, id: MessageId, at: Option<Seconds>) -> RecentWatermarks {
        self.marks.retain(|mark| mark.id < id);
        self.above = self.above.map(|above| above.min(id));
        match at {
            Some(at) => self.marks.push(ReceiptWatermark { id, at }),
            None => self = RecentWatermarks::after(id),
        }
        self
    }

    /// The last message that they cover, as far as any is known.
    pub fn reach(&self) -> Option<MessageId> {
        self.marks.last().map(|mark| mark.id).max(self.above)
    }

    /// All watermarks that cover messages from `first` on; `None` if there may be others.
    pub fn from(&self, first: MessageId) -> Option<&[ReceiptWatermark]> {
        (self.above < Some(first)).then_some(self.marks.as_slice())
    }
}

impl From<RecentWatermarks> for Vec<u64> {
    fn from(RecentWatermarks { above, marks }: RecentWatermarks) -> Vec<u64> {
        let marks = marks.iter().flat_map(|mark| [mark.id.number(), mark.at.get()]);
        std::iter::once(above.map_or(0, MessageId::number)).chain(marks).collect()
    }
}

impl TryFrom<Vec<u64>> for RecentWatermarks {
    type Error = String;

    fn try_from(stored: Vec<u64>) -> Result<RecentWatermarks, String> {
        let id = |number| MessageId::new(number).map_err(|_| format!("{number} is no id"));
        let (above, marks) = stored.split_first().ok_or("nothing says what is known")?;
        let marks = marks.chunks(2).map(|pair| match pair {
            [number, at] => Ok(ReceiptWatermark { id: id(*number)?, at: Seconds::new(*at) }),
            _ => Err("a watermark has no time".to_owned()),
        });
        let above = if *above == 0 { None } else { Some(id(*above)?) };
        Ok(RecentWatermarks { above, marks: marks.collect::<Result<_, String>>()? })
    }
}

/// Whose receipts a watermark stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ReceiptSubject {
    /// One user's.
    User(Uid),
    /// Those of all members of a group.
    All,
    /// Those of all members but this one: what counts for their own messages.
    AllBut(Uid),
}

/// A UID holds no star.
const ALL: &str = "*";

impl fmt::Display for ReceiptSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReceiptSubject::User(uid) => uid.fmt(f),
            ReceiptSubject::All => f.write_str(ALL),
            ReceiptSubject::AllBut(uid) => write!(f, "{ALL}{uid}"),
        }
    }
}

impl From<ReceiptSubject> for String {
    fn from(subject: ReceiptSubject) -> String {
        subject.to_string()
    }
}

impl TryFrom<String> for ReceiptSubject {
    type Error = BadName;

    fn try_from(raw: String) -> Result<ReceiptSubject, BadName> {
        match raw.strip_prefix(ALL) {
            Some("") => Ok(ReceiptSubject::All),
            Some(uid) => Uid::parse(uid).map(ReceiptSubject::AllBut),
            None => Uid::parse(&raw).map(ReceiptSubject::User),
        }
    }
}

/// How far a member of a group has come.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    /// The member.
    pub uid: Uid,
    /// The last message that they have read.
    #[serde(default)]
    pub read_id: Option<MessageId>,
    /// Since when, if that is known.
    #[serde(default)]
    pub read_at: Option<Seconds>,
    /// The last message that they have received.
    #[serde(default)]
    pub delivered_id: Option<MessageId>,
    /// Since when.
    #[serde(default)]
    pub delivered_at: Option<Seconds>,
    /// The action message of their joining; nobody waits for their receipts of what was there before.
    #[serde(default)]
    pub start_id: Option<MessageId>,
}

impl Position {
    /// The last message for which nobody waits for this receipt of theirs.
    pub fn at(&self, receipt: Receipt) -> Option<MessageId> {
        self.given(receipt).max(self.start_id)
    }

    /// The last message of which they gave this receipt themselves, whenever they joined.
    pub fn given(&self, receipt: Receipt) -> Option<MessageId> {
        match receipt {
            Receipt::Delivered => self.delivered_id,
            Receipt::Read => self.read_id,
        }
    }

    /// When they gave the last one, if that is known.
    pub fn since(&self, receipt: Receipt) -> Option<Seconds> {
        match receipt {
            Receipt::Delivered => self.delivered_at,
            Receipt::Read => self.read_at,
        }
    }
}

/// When a message was received and read, as far as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receipts {
    /// When it was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Seconds>,
    /// When it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Seconds>,
}

impl Receipts {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Receipts::default()
    }

    /// Of each receipt the earlier one.
    pub fn or_before(self, other: Receipts) -> Receipts {
        let earlier = |one: Option<Seconds>, other: Option<Seconds>| one.into_iter().chain(other).min();
        Receipts {
            delivered_at: earlier(self.delivered_at, other.delivered_at),
            read_at: earlier(self.read_at, other.read_at),
        }
    }
}

/// The first of `marks`, which rise, that covers a message: the time of its receipt.
pub fn first_covering(marks: &[ReceiptWatermark], id: MessageId) -> Option<Seconds> {
    marks.get(marks.partition_point(|mark| mark.id < id)).map(|mark| mark.at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: u64) -> MessageId {
        MessageId::new(number).unwrap()
    }

    proptest! {
        #[test]
        fn what_recent_watermarks_tell_is_what_all_tell(
            steps in prop::collection::vec((0_u64..60, any::<bool>()), 0..80),
            first in 1_u64..70,
        ) {
            let (mut all, mut recent) = (Vec::<ReceiptWatermark>::new(), RecentWatermarks::none());
            for (at, (number, is_back)) in steps.into_iter().enumerate() {
                let (id, at) = (id(number + 1), Seconds::new(at as u64));
                let last = all.last().map(|mark| mark.id);
                if is_back && number % 4 == 0 && Some(id) < last {
                    let since = first_covering(&all, id);
                    all.retain(|mark| mark.id < id);
                    all.extend(since.map(|at| ReceiptWatermark { id, at }));
                    recent = recent.back_to(id, since);
                } else if last < Some(id) {
                    all.push(ReceiptWatermark { id, at });
                    recent = recent.with(ReceiptWatermark { id, at });
                }
                let stored = serde_json::to_value(&recent).unwrap();
                prop_assert_eq!(&serde_json::from_value::<RecentWatermarks>(stored).unwrap(), &recent);
            }
            let first = MessageId::new(first).unwrap();
            if let Some(marks) = recent.from(first) {
                prop_assert_eq!(first_covering(marks, first), first_covering(&all, first));
            }
        }
    }
}
