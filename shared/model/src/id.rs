//! Message ids: 53 bits that rise with time, so that JavaScript reads them exactly.
//!
//! 41 bits of milliseconds since 2024-01-01T00:00:00Z, then 12 bits of entropy. No coordinator hands them out: the
//! store claims an id when it writes the message, and one that is taken, or not above the last one of its conversation, is
//! drawn again.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::time::{Millis, Seconds};

/// The id of a message or of a reaction: 1 to [`MessageId::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct MessageId(u64);

/// Why a text or number is no message id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message id is a whole number from 1 to 9007199254740991")]
pub struct BadMessageId;

impl MessageId {
    /// The smallest id.
    pub const MIN: MessageId = MessageId(1);
    /// The largest id: 53 bits, the largest integer that a JSON reader in JavaScript keeps exact.
    pub const MAX: MessageId = MessageId((1 << 53) - 1);
    /// Below it ids say nothing of time: they are those of another service, whose messages keep theirs, or stand for times before
    /// 2024-02-01, from when on ids tell it. What has such an id says itself when it was.
    pub const FIRST_TIMED: MessageId = MessageId((31 * 24 * 60 * 60 * 1_000) << MessageId::ENTROPY_BITS);
    /// 2024-01-01T00:00:00Z, where the ids' clock starts, in milliseconds since 1970.
    const EPOCH_MILLIS: u64 = 1_704_067_200_000;
    const ENTROPY_BITS: u32 = 12;

    /// The id with this number, if it is one.
    pub fn new(number: u64) -> Result<MessageId, BadMessageId> {
        if (MessageId::MIN.0..=MessageId::MAX.0).contains(&number) { Ok(MessageId(number)) } else { Err(BadMessageId) }
    }

    /// Reads decimal digits as they stand in paths, queries and JSON strings.
    pub fn parse(raw: &str) -> Result<MessageId, BadMessageId> {
        if raw.is_empty() || !raw.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadMessageId);
        }
        MessageId::new(raw.parse().map_err(|_| BadMessageId)?)
    }

    /// The id as a number, the form it has in JSON.
    pub fn number(self) -> u64 {
        self.0
    }

    /// When the id was drawn, in whole seconds: the `sentAt` of its message.
    pub fn sent_at(self) -> Seconds {
        self.drawn_at().seconds()
    }

    /// The millisecond in which the id was drawn.
    pub fn drawn_at(self) -> Millis {
        Millis::new((self.0 >> MessageId::ENTROPY_BITS) + MessageId::EPOCH_MILLIS)
    }

    /// Whether the id says when it was drawn.
    pub fn tells_time(self) -> bool {
        MessageId::FIRST_TIMED <= self
    }

    /// Whether [`MessageId::of_past`] may have drawn it for this second.
    pub fn is_of_past(self, second: Seconds) -> bool {
        if self.tells_time() { self.sent_at() == second } else { self.0 >> 10 == second.get() }
    }

    /// An id for something of this second in the past; `entropy` says which. Those of a later second are above it.
    pub fn of_past(second: Seconds, entropy: u64) -> MessageId {
        let first = MessageId::first_of(second);
        if first.tells_time() {
            let n_ids = 1_000 << MessageId::ENTROPY_BITS;
            return MessageId((first.0 + entropy % n_ids).min(MessageId::MAX.0));
        }
        // The seconds before that share the ids below, 1,024 each.
        MessageId((second.get() << 10) + entropy % (1 << 10)).max(MessageId::MIN)
    }

    /// The first id that belongs to this second or a later one.
    pub fn first_of(second: Seconds) -> MessageId {
        let millis = second.get().saturating_mul(1000).saturating_sub(MessageId::EPOCH_MILLIS);
        let number = millis.checked_shl(MessageId::ENTROPY_BITS).filter(|n| *n >> MessageId::ENTROPY_BITS == millis);
        MessageId(number.unwrap_or(u64::MAX).clamp(MessageId::MIN.0, MessageId::MAX.0))
    }

    /// The last id of this millisecond.
    pub fn last_of(now: Millis) -> MessageId {
        MessageId(MessageId::at(now, u64::MAX).clamp(MessageId::MIN.0, MessageId::MAX.0))
    }

    /// An id a little above this one, for a clock that is behind the one that drew it; `entropy` says how little, so
    /// that conversations ahead of the clock seldom meet. It moves such a conversation on by a millisecond at the most.
    pub fn beyond(self, entropy: u64) -> MessageId {
        MessageId((self.0 + 1 + entropy % (1 << MessageId::ENTROPY_BITS)).min(MessageId::MAX.0))
    }

    /// The next id up; `None` past [`MessageId::MAX`].
    pub fn after(self) -> Option<MessageId> {
        MessageId::new(self.0 + 1).ok()
    }

    /// The next id down; `None` below [`MessageId::MIN`].
    pub fn before(self) -> Option<MessageId> {
        MessageId::new(self.0 - 1).ok()
    }

    fn at(now: Millis, entropy: u64) -> u64 {
        (now.get().saturating_sub(MessageId::EPOCH_MILLIS) << MessageId::ENTROPY_BITS)
            | (entropy & ((1 << MessageId::ENTROPY_BITS) - 1))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<u64> for MessageId {
    type Error = BadMessageId;

    fn try_from(number: u64) -> Result<MessageId, BadMessageId> {
        MessageId::new(number)
    }
}

impl From<MessageId> for u64 {
    fn from(id: MessageId) -> u64 {
        id.0
    }
}

/// Draws ids; within one process each is larger than the one before, even when the clock steps back.
#[derive(Debug, Default)]
pub struct IdSource {
    last: AtomicU64,
}

impl IdSource {
    /// The id of a message sent `now`; `entropy` sets its low bits.
    pub fn draw(&self, now: Millis, entropy: u64) -> MessageId {
        let fresh = MessageId::at(now, entropy).max(MessageId::MIN.0);
        let previous = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(fresh.max(last + 1)));
        let last = previous.unwrap_or_else(|unchanged| unchanged);
        MessageId(fresh.max(last + 1).min(MessageId::MAX.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::digits("165700", Some(165_700))]
    #[case::largest("9007199254740991", Some((1 << 53) - 1))]
    #[case::too_large("9007199254740992", None)]
    #[case::past_u64("99999999999999999999999", None)]
    #[case::zero("0", None)]
    #[case::empty("", None)]
    #[case::sign("+1", None)]
    #[case::negative("-1", None)]
    #[case::word("abc", None)]
    #[case::fraction("1.0", None)]
    #[case::other_digits("١٢", None)]
    fn message_id_parses(#[case] raw: &str, #[case] expected: Option<u64>) {
        assert_eq!(MessageId::parse(raw).ok().map(MessageId::number), expected);
    }

    #[test]
    fn ids_rise_when_the_clock_stands_still_or_steps_back() {
        let ids = IdSource::default();
        let drawn: Vec<_> = [5_000, 5_000, 4_000, 5_000, 6_000]
            .into_iter()
            .map(|offset| ids.draw(Millis::new(MessageId::EPOCH_MILLIS + offset), 4095))
            .collect();
        assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]), "{drawn:?}");
    }

    #[test]
    fn ids_drawn_by_many_threads_are_distinct() {
        let ids = IdSource::default();
        let now = Millis::new(1_760_000_000_000);
        let drawn: Vec<MessageId> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| (0..1_000).map(|n| ids.draw(now, n)).collect::<Vec<_>>())).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let distinct: std::collections::BTreeSet<_> = drawn.iter().collect();
        assert_eq!(distinct.len(), 8_000);
    }

    proptest! {
        #[test]
        fn an_id_keeps_its_second(millis in 0_u64..(1 << 41) - 1, entropy: u64) {
            let now = Millis::new(MessageId::EPOCH_MILLIS + millis);
            let id = IdSource::default().draw(now, entropy);
            prop_assert_eq!(id.sent_at(), now.seconds());
            prop_assert!(MessageId::first_of(now.seconds()) <= id);
            prop_assert!(id < MessageId::first_of(Seconds::new(now.seconds().get() + 1)) || id == MessageId::MAX);
        }

        #[test]
        fn an_id_beyond_another_is_larger_and_of_its_time(number in 1_u64..(1 << 53) - 4_097, entropy: u64) {
            let id = MessageId::new(number).unwrap();
            prop_assert!(id < id.beyond(entropy));
            prop_assert!(id.beyond(entropy).drawn_at().get() <= id.drawn_at().get() + 1);
            prop_assert_eq!(MessageId::MAX.beyond(entropy), MessageId::MAX);
        }

        #[test]
        fn parsing_reads_what_display_writes(number in 1_u64..1 << 53) {
            let id = MessageId::new(number).unwrap();
            prop_assert_eq!(MessageId::parse(&id.to_string()), Ok(id));
        }

        #[test]
        fn parsing_never_panics(raw: String) {
            let _ = MessageId::parse(&raw);
        }

        #[test]
        fn ids_of_the_past_rise_with_their_seconds(second in 0_u64..3_000_000_000, later in 1_u64..9, one: u64, other: u64) {
            let [earlier, later] = [(second, one), (second + later, other)]
                .map(|(second, entropy)| MessageId::of_past(Seconds::new(second), entropy));
            prop_assert!(earlier < later);
            prop_assert!(!earlier.tells_time() || earlier.sent_at().get() == second);
            prop_assert_eq!(earlier.tells_time(), 1_706_745_600 <= second);
        }

        #[test]
        fn the_first_id_of_any_second_is_an_id(second: u64) {
            let id = MessageId::first_of(Seconds::new(second));
            prop_assert_eq!(MessageId::new(id.number()), Ok(id));
        }
    }
}
