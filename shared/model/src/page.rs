//! Pages of messages: where they start, which way they go, and the `meta` that leads on (contract/clients.md, "SDK
//! paging needs").

mod request;

use serde::Serialize;
use strum::EnumString;

use super::id::MessageId;
use super::time::Seconds;
pub use request::{Cursor, PageRequest, Untimed};

/// Which way a page goes from its cursor. Items inside it always rise by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, EnumString)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Affix {
    /// Newer than the cursor; without cursor from the oldest.
    Append,
    /// Older than the cursor; without cursor from the newest.
    Prepend,
}

impl Affix {
    /// Reads `append` or `prepend`.
    pub fn parse(raw: &str) -> Result<Affix, &'static str> {
        raw.parse().map_err(|_| "must be append or prepend.")
    }
}

/// How many items a page holds at the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(usize);

impl Limit {
    /// The largest page.
    pub const MAX: u64 = 1000;
    /// The size of a page of messages when none is asked for.
    pub const MESSAGES: Limit = Limit(10);
    /// The size of a page of reactions when none is asked for.
    pub const REACTIONS: Limit = Limit(100);
    /// The size of a page by number when none is asked for.
    pub const NUMBERED: Limit = Limit(100);

    /// A page size of 1 to [`Limit::MAX`].
    pub fn new(number: u64) -> Result<Limit, String> {
        match usize::try_from(number) {
            Ok(limit @ 1..) if number <= Limit::MAX => Ok(Limit(limit)),
            _ => Err(format!("must be between 1 and {}.", Limit::MAX)),
        }
    }

    /// The number.
    pub const fn get(self) -> usize {
        self.0
    }
}

/// Ids from `first` to `last`, both included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRange {
    first: MessageId,
    last: MessageId,
}

impl IdRange {
    /// Every id.
    pub const ALL: IdRange = IdRange { first: MessageId::MIN, last: MessageId::MAX };

    /// The ids from `first` to `last`, if there are any.
    pub fn new(first: MessageId, last: MessageId) -> Option<IdRange> {
        (first <= last).then_some(IdRange { first, last })
    }

    /// The smallest id.
    pub fn first(self) -> MessageId {
        self.first
    }

    /// The largest id.
    pub fn last(self) -> MessageId {
        self.last
    }

    /// Whether `id` is one of them.
    pub fn holds(self, id: MessageId) -> bool {
        (self.first..=self.last).contains(&id)
    }

    /// The ids that both hold.
    pub fn and(self, other: IdRange) -> Option<IdRange> {
        IdRange::new(self.first.max(other.first), self.last.min(other.last))
    }

    /// The ids of what was sent in the seconds `from` to `to`, both included: of seconds whose ids tell no time all of these,
    /// whose messages say themselves when they were sent.
    pub fn sent(from: Option<Seconds>, to: Option<Seconds>) -> Option<IdRange> {
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            return None;
        }
        let first = from.map_or(MessageId::MIN, MessageId::first_of);
        let last = to.map_or(Some(MessageId::MAX), |to| MessageId::first_of(to.plus(1)).before());
        let last = last.filter(|last| last.tells_time()).or(MessageId::FIRST_TIMED.before())?;
        IdRange::new(if first.tells_time() { first } else { MessageId::MIN }, last)
    }

    /// What is left after reading up to and including `id` in this direction.
    pub fn beyond(self, id: MessageId, affix: Affix) -> Option<IdRange> {
        match affix {
            Affix::Append => IdRange::new(id.after()?, self.last),
            Affix::Prepend => IdRange::new(self.first, id.before()?),
        }
    }

    /// The id with which reading starts in this direction.
    pub fn nearest(self, affix: Affix) -> MessageId {
        match affix {
            Affix::Append => self.first,
            Affix::Prepend => self.last,
        }
    }
}

/// A page that was read.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// Its items, rising by id.
    pub items: Vec<T>,
    /// The last id that was looked at, whether or not it is on the page.
    pub reached: Option<MessageId>,
    /// Whether there may be more in its direction.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// A page without items, where none can be.
    pub fn empty() -> Page<T> {
        Page { items: Vec::new(), reached: None, has_more: false }
    }

    /// Keeps `most` items on the side where reading started; what leads on then starts from the last of them.
    pub fn cut(&mut self, most: usize, affix: Affix, id_of: impl Fn(&T) -> MessageId) {
        let beyond = self.items.len().saturating_sub(most);
        if beyond == 0 {
            return;
        }
        match affix {
            Affix::Append => self.items.truncate(most),
            Affix::Prepend => drop(self.items.drain(..beyond)),
        }
        let end = match affix {
            Affix::Append => self.items.last(),
            Affix::Prepend => self.items.first(),
        };
        self.reached = end.map(id_of);
        self.has_more = true;
    }
}

/// The `meta` of a list of messages, in both forms that clients read.
#[derive(Clone, Debug, Serialize)]
pub struct Meta {
    current: Current,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<Step>,
    pagination: Pagination,
    cursor: PlainCursor,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Current {
    pub(crate) limit: usize,
    pub(crate) count: usize,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    affix: Affix,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<Seconds>,
    id: MessageId,
}

/// Older clients stop when `total_pages` is 1, so it counts one page more while there may be more.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Pagination {
    total: usize,
    count: usize,
    per_page: usize,
    current_page: usize,
    total_pages: usize,
}

impl Pagination {
    /// Of a page that is led on by a cursor, in a list that nobody counts.
    pub(crate) fn uncounted(per_page: usize, count: usize, has_more: bool) -> Pagination {
        Pagination { total: 0, count, per_page, current_page: 1, total_pages: if has_more { 2 } else { 1 } }
    }
}

#[derive(Clone, Debug, Serialize)]
struct PlainCursor {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<MessageId>,
    affix: Affix,
}

impl Meta {
    /// Describes `page`, whose items have the id that `id_of` reads.
    ///
    /// `next` and `previous` point past the page's ends; where reading stopped before the page was full, they point to
    /// where it stopped, so nothing is read twice or skipped.
    pub fn of<T>(page: &Page<T>, request: &PageRequest, id_of: impl Fn(&T) -> MessageId) -> Meta {
        let (mut oldest, mut newest) = (page.items.first().map(&id_of), page.items.last().map(&id_of));
        if page.has_more {
            match request.affix {
                Affix::Append => newest = page.reached.or(newest),
                Affix::Prepend => oldest = page.reached.or(oldest),
            }
        }
        let step = |affix, id: MessageId| Step { affix, sent_at: Some(id.sent_at()).filter(|_| id.tells_time()), id };
        let (limit, count) = (request.limit.get(), page.items.len());
        Meta {
            current: Current { limit, count },
            next: newest.map(|id| step(Affix::Append, id)),
            previous: oldest.map(|id| step(Affix::Prepend, id)),
            pagination: Pagination::uncounted(limit, count, page.has_more),
            cursor: PlainCursor {
                id: match request.affix {
                    Affix::Append => newest,
                    Affix::Prepend => oldest,
                },
                affix: request.affix,
            },
        }
    }
}

impl Meta {
    /// The same for items that are no messages: their pages are led on by ids alone.
    pub fn without_times(mut self) -> Meta {
        for step in [&mut self.next, &mut self.previous].into_iter().flatten() {
            step.sent_at = None;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn id(number: u64) -> MessageId {
        MessageId::new(number).unwrap()
    }

    #[test]
    fn a_cursor_is_exclusive_both_ways() {
        let cursor = Cursor { id: Some(id(7)), sent_at: None };
        assert_eq!(cursor.range(Affix::Append), IdRange::new(id(8), MessageId::MAX));
        assert_eq!(cursor.range(Affix::Prepend), IdRange::new(MessageId::MIN, id(6)));
    }

    #[test]
    fn nothing_lies_beyond_the_ends() {
        assert_eq!(Cursor { id: Some(MessageId::MAX), sent_at: None }.range(Affix::Append), None);
        assert_eq!(Cursor { id: Some(MessageId::MIN), sent_at: None }.range(Affix::Prepend), None);
    }

    #[test]
    fn the_id_wins_over_the_second() {
        let both = Cursor { id: Some(id(7)), sent_at: Some(Seconds::new(1_800_000_000)) };
        assert_eq!(both.range(Affix::Append), Cursor { id: Some(id(7)), sent_at: None }.range(Affix::Append));
    }

    #[test]
    fn an_empty_page_has_a_cursor_but_no_next() {
        let request = PageRequest { range: None, untimed: None, affix: Affix::Prepend, limit: Limit::MESSAGES };
        let meta = serde_json::to_value(Meta::of(&Page::<MessageId>::empty(), &request, |id| *id)).unwrap();
        assert_eq!(
            meta,
            json!({
                "current": {"limit": 10, "count": 0},
                "pagination": {"total": 0, "count": 0, "per_page": 10, "current_page": 1, "total_pages": 1},
                "cursor": {"affix": "prepend"},
            })
        );
    }

    proptest! {
        #[test]
        fn both_sides_of_a_second_and_the_second_itself_hold_every_id_once(number in 1_u64..1 << 53, second: u32) {
            let (message, second) = (id(number), Seconds::new(second.into()));
            let cursor = Cursor { id: None, sent_at: Some(second) };
            let holds =
                |range: Option<IdRange>| range.is_some_and(|range| (range.first()..=range.last()).contains(&message));
            let own = IdRange::sent(Some(second), Some(second));
            let sides = [cursor.range(Affix::Append), cursor.range(Affix::Prepend), own];
            if MessageId::first_of(second).tells_time() {
                prop_assert_eq!(sides.into_iter().filter(|range| holds(*range)).count(), 1);
            }
        }

        #[test]
        fn a_limit_is_1_to_1000(number: u64) {
            prop_assert_eq!(Limit::new(number).is_ok(), (1..=1000).contains(&number));
        }
    }
}
