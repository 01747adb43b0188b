//! What writing records would cost, without writing any.

use std::collections::BTreeMap;

use model::archive::{Kind, Record};

/// What an archive holds, and about how many write units it takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// How many records of each kind.
    pub records: BTreeMap<Kind, u64>,
    /// The write units of DynamoDB.
    pub write_units: f64,
}

/// What one write unit writes.
const UNIT_BYTES: usize = 1_024;
/// About what keys and indexes add to a row.
const KEY_BYTES: usize = 100;

impl Estimate {
    /// Counts a record, whose line has so many bytes.
    pub fn count(&mut self, record: &Record, line_bytes: usize) {
        *self.records.entry(record.kind()).or_default() += 1;
        self.write_units += write_units(record, line_bytes);
    }
}

/// About what a record costs: rows that are conditions or count cost twice, since they are written in a transaction.
fn write_units(record: &Record, line_bytes: usize) -> f64 {
    let row = (line_bytes + KEY_BYTES).div_ceil(UNIT_BYTES) as f64;
    match record {
        Record::Header(_) | Record::File(_) => 0.0,
        // Itself, and its pointer; a reply also moves its parent.
        Record::Message(message) => 2.0 * row + 2.0 + if message.parent_id.is_some() { 1.0 } else { 0.0 },
        Record::User(_) | Record::Group(_) => 2.0 * row + 1.0,
        Record::Role(_) | Record::FormerUser(_) | Record::ConversationPins(_) => 2.0 * row,
        Record::Bot(_) => 2.0 * row + 1.0,
        Record::Friend(_) => 8.0,
        Record::Member(_) | Record::Reaction(_) | Record::Pin(_) => 4.0,
        Record::PushToken(_) => 6.0,
        Record::Block(_) | Record::Save(_) | Record::Flag(_) | Record::Conversation(_) => 2.0,
        _ => row,
    }
}
