//! How large items can be, and what a read or write of them costs at the most.

use super::Key;

/// DynamoDB ends a page of a query at 1 MB.
const PAGE_BYTES: f64 = 1_048_576.0;
/// What one read unit reads, strongly consistent.
const READ_UNIT_BYTES: f64 = 4_096.0;
/// What one write unit writes.
const WRITE_UNIT_BYTES: f64 = 1_024.0;
/// The largest entry of an index: keys alone, of the longest ids.
const ENTRY_BYTES: f64 = 900.0;

/// All kinds of items: how their partition and sort keys begin, and the most bytes, as DynamoDB counts them: what `model`
/// allows, with its event and some room. `tests/api/platform/row_sizes.rs` stores the largest of each.
pub const KINDS_OF_ROWS: [(&str, &str, f64); 53] = [
    ("USER#", "USER", 48_000.0),
    ("USER#", "BOT", 2_000.0),
    ("USER#", "TOKEN#", 12_000.0),
    ("USER#", "BLOCK#", 1_200.0),
    ("USER#", "BLOCKED_BY#", 1_000.0),
    ("USER#", "FRIEND#", 1_200.0),
    ("USER#", "CONV#", 12_000.0),
    ("USER#", "PINNED", 2_000.0),
    ("USER#", "SAVED#", 500.0),
    ("USER#", "SAVES", 500.0),
    ("GROUP#", "GROUP", 32_000.0),
    ("GROUP#", "MEMBER#", 1_000.0),
    ("GROUP#", "BAN#", 1_000.0),
    ("CONV#", "MSG#", 60_000.0),
    ("CONV#", "HEAD", 2_000.0),
    ("CONV#", "PIN#", 1_500.0),
    ("CONV#", "PINS", 500.0),
    ("CONV#", "MARK#", 1_000.0),
    ("ID#", "", 1_000.0),
    ("MSG#", "REACT#", 2_000.0),
    ("MSG#", "REACTOR#", 6_000.0),
    ("MSG#", "SAVER#", 1_000.0),
    ("MSG#", "SUBSCRIBER#", 500.0),
    ("MSG#", "FLAG#", 6_000.0),
    ("MSG#", "FLAGGED", 500.0),
    ("MSG#", "ACTED#", 40_000.0),
    ("REASONS", "REASONS", 46_000.0),
    ("KEY#", "KEY", 1_000.0),
    ("KEYS", "KEY#", 1_000.0),
    ("KEYS", "COUNT", 500.0),
    ("BOTS", "COUNT", 500.0),
    ("WEBHOOKS", "HOOK#", 3_000.0),
    ("WEBHOOKS", "COUNT", 500.0),
    ("USER_ROLES", "ROLE#", 9_000.0),
    ("USER_ROLES", "COUNT", 500.0),
    ("UPLOAD#", "UPLOAD", 2_000.0),
    ("IDEM#", "IDEM", 500.0),
    ("MUID#", "MUID", 500.0),
    ("PLACED#", "PLACED", 1_000.0),
    ("JOBS", "group#", 750.0),
    ("JOBS", "conversation#", 1_000.0),
    ("JOBS", "user#", 750.0),
    ("JOBS", "count#", 750.0),
    ("USER#", "SOCK#", 5_000.0),
    ("SOCKET#", "SOCKET", 5_000.0),
    ("USER#", "PUSH#", 6_000.0),
    ("USER#", "PREFERENCES", 10_000.0),
    ("USER#", "MUTE#", 700.0),
    ("PUSH#", "PUSH", 500.0),
    ("LIVE#", "", 750.0),
    ("PRESENCE#", "", 750.0),
    ("GUESSES#", "", 500.0),
    ("RATE#", "", 500.0),
];

/// The most bytes of an item with these keys; `None` if no kind of item has such.
pub fn most_bytes_of(pk: &str, sk: &str) -> Option<f64> {
    let kinds = KINDS_OF_ROWS.iter().filter(|(partition, kind, _)| {
        // A prefix of keys is as large as the largest of what it holds.
        pk.starts_with(partition) && (sk.starts_with(kind) || kind.starts_with(sk))
    });
    kinds.map(|(_, _, bytes)| *bytes).max_by(f64::total_cmp)
}

impl Key {
    /// The most bytes of an item of this kind, or of the items of a prefix.
    pub(in crate::store) fn most_bytes(&self) -> f64 {
        let largest = || KINDS_OF_ROWS.iter().map(|(_, _, bytes)| *bytes).fold(0.0, f64::max);
        most_bytes_of(&self.pk, &self.sk).unwrap_or_else(largest)
    }

    /// The most read units of the item of this key.
    pub(in crate::store) fn most_read_units(&self) -> f64 {
        (self.most_bytes() / READ_UNIT_BYTES).ceil()
    }

    /// The most write units of the item of this key, in a write by itself; twice as many in a transaction.
    pub(in crate::store) fn most_write_units(&self) -> f64 {
        (self.most_bytes() / WRITE_UNIT_BYTES).ceil()
    }

    /// The most read units of one query for up to `most` items that begin so.
    pub(in crate::store) fn most_read_units_of(&self, most: Option<usize>) -> f64 {
        let bytes = most.map_or(PAGE_BYTES, |most| most as f64 * self.most_bytes());
        // The item with which the page ends may reach beyond 1 MB.
        let page = PAGE_BYTES + self.most_bytes();
        (bytes.min(page) / READ_UNIT_BYTES).ceil()
    }
}

/// The most read units of one query for up to `most` entries of an index, which is eventually consistent.
pub(in crate::store) fn most_read_units_of_entries(most: usize) -> f64 {
    ((most as f64 * ENTRY_BYTES).min(PAGE_BYTES) / READ_UNIT_BYTES / 2.0).ceil()
}
