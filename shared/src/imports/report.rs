//! What became of the records of an archive.

use std::collections::BTreeMap;

use model::archive::Kind;

/// How many refused records are named; all are counted.
const NAMED: usize = 1_000;

/// What became of records that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many of each kind are written or were there.
    pub written: BTreeMap<Kind, u64>,
    /// How many of each kind could not be.
    pub refused: BTreeMap<Kind, u64>,
    /// How many of each kind are in the other place no more, and ended here.
    pub ended: BTreeMap<Kind, u64>,
    /// The first of those that could not be, and why.
    pub refusals: Vec<Refusal>,
}

/// A record that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Of which kind.
    pub kind: Kind,
    /// What it is about: an id.
    pub what: String,
    /// Why.
    pub why: String,
}

impl Report {
    /// Notes so many records that are there.
    pub fn wrote(&mut self, kind: Kind, n_records: usize) {
        *self.written.entry(kind).or_default() += n_records as u64;
    }

    /// Notes so many that are in the other place no more.
    pub fn ended(&mut self, kind: Kind, n_records: usize) {
        if 0 < n_records {
            *self.ended.entry(kind).or_default() += n_records as u64;
        }
    }

    /// Notes a record that cannot be written.
    pub fn refuse(&mut self, kind: Kind, what: impl ToString, why: impl ToString) {
        *self.refused.entry(kind).or_default() += 1;
        if self.refusals.len() < NAMED {
            self.refusals.push(Refusal { kind, what: what.to_string(), why: why.to_string() });
        }
    }

    /// Adds what became of further records.
    pub fn extend(&mut self, other: Report) {
        for (kind, n_records) in other.written {
            *self.written.entry(kind).or_default() += n_records;
        }
        for (kind, n_records) in other.ended {
            *self.ended.entry(kind).or_default() += n_records;
        }
        for (kind, n_records) in other.refused {
            *self.refused.entry(kind).or_default() += n_records;
        }
        let room = NAMED.saturating_sub(self.refusals.len());
        self.refusals.extend(other.refusals.into_iter().take(room));
    }
}
