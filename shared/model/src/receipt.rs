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
    /// The most members of a group that keeps receipts of all its members.
    pub const MAX_MEMBERS: usize = 300;
}

/// "Everything up to this message, at this time."
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptWatermark {
    /// The message.
    pub id: MessageId,
    /// When.
    pub at: Seconds,
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
    /// The last message that they have received.
    #[serde(default)]
    pub delivered_id: Option<MessageId>,
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
}

/// When a message was received and read, as far as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipts {
    /// When it was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Seconds>,
    /// When it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Seconds>,
}

impl Receipts {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Receipts::default()
    }
}

/// The first of `marks`, which rise, that covers a message: the time of its receipt.
pub fn first_covering(marks: &[ReceiptWatermark], id: MessageId) -> Option<Seconds> {
    marks.get(marks.partition_point(|mark| mark.id < id)).map(|mark| mark.at)
}
