//! How large items can be, and what a read of them costs at the most.

use super::Key;

/// DynamoDB ends a page of a query at 1 MB.
const PAGE_BYTES: f64 = 1_048_576.0;
/// What one read unit reads, strongly consistent.
const UNIT_BYTES: f64 = 4_096.0;
/// The largest entry of an index: keys alone, of the longest ids.
const ENTRY_BYTES: f64 = 900.0;

impl Key {
    /// The most bytes of an item of this kind, or of the items of a prefix; what `model` allows, with some room. A test
    /// stores the largest of each.
    fn most_bytes(&self) -> f64 {
        let kinds = [
            ("USER", 44_000.0),
            ("GROUP", 32_000.0),
            ("MSG#", 52_000.0),
            ("CONV#", 12_000.0),
            ("TOKEN#", 12_000.0),
            ("REACT#", 6_000.0),
            ("REACTOR#", 6_000.0),
            ("MARK#", 1_000.0),
            ("BLOCK", 1_200.0),
            ("MEMBER#", 1_000.0),
            ("BAN#", 1_000.0),
            ("SAVED#", 500.0),
            ("PIN#", 1_000.0),
            ("SOCK", 4_000.0),
        ];
        if self.pk.starts_with("ID#") {
            return 1_000.0;
        }
        if self.pk.starts_with("LIVE#") || self.pk.starts_with("PRESENCE#") {
            return 500.0;
        }
        if self.is_whole_partition() {
            return 52_000.0;
        }
        kinds.iter().find(|(kind, _)| self.sk.starts_with(kind)).map_or(UNIT_BYTES, |(_, bytes)| *bytes)
    }

    /// The most read units of the item of this key.
    pub(in crate::store) fn most_read_units(&self) -> f64 {
        (self.most_bytes() / UNIT_BYTES).ceil()
    }

    /// The most read units of one query for up to `most` items that begin so.
    pub(in crate::store) fn most_read_units_of(&self, most: Option<usize>) -> f64 {
        let bytes = most.map_or(PAGE_BYTES, |most| most as f64 * self.most_bytes());
        // The item with which the page ends may reach beyond 1 MB.
        let page = PAGE_BYTES + self.most_bytes();
        (bytes.min(page) / UNIT_BYTES).ceil()
    }
}

/// The most read units of one query for up to `most` entries of an index, which is eventually consistent.
pub(in crate::store) fn most_read_units_of_entries(most: usize) -> f64 {
    ((most as f64 * ENTRY_BYTES).min(PAGE_BYTES) / UNIT_BYTES / 2.0).ceil()
}
