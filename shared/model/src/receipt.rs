//! Receipts: who received and read what, and when (contract/related.md, "Receipts").

use serde::{Deserialize, Serialize};

use super::id::MessageId;
use super::time::Seconds;

/// What a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
