//! Pages by number: users, groups, members, bans, blocked users, tokens and bots (contract/README.md, "Success
//! envelopes").

use serde::Serialize;

use super::page::{Affix, Limit};
use super::time::Seconds;

/// Which page of a list, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageNumber {
    number: u64,
    per_page: Limit,
}

impl PageNumber {
    /// The page of this number; the sentence of the error completes "The `page` field …".
    pub fn new(number: u64, per_page: Limit) -> Result<PageNumber, &'static str> {
        if number == 0 { Err("must be at least 1.") } else { Ok(PageNumber { number, per_page }) }
    }

    /// How many items stand before the page.
    fn skipped(self) -> u64 {
        (self.number - 1).saturating_mul(self.size())
    }

    fn size(self) -> u64 {
        self.per_page.get() as u64
    }
}

/// Picks a page out of items that come in the list's order.
#[derive(Debug)]
pub struct Pager<T> {
    page: PageNumber,
    items: Vec<T>,
    seen: u64,
    counts: bool,
    is_all: bool,
}

impl<T> Pager<T> {
    /// Starts to pick. To count, it wants all items, not only those up to the page.
    pub fn new(page: PageNumber, counts: bool) -> Pager<T> {
        Pager { page, items: Vec::new(), seen: 0, counts, is_all: false }
    }

    /// Whether the items so far do not tell the page, or whether there is another one after it.
    pub fn wants_more(&self) -> bool {
        !self.is_all && (self.counts || self.seen <= self.page.skipped().saturating_add(self.page.size()))
    }

    /// Takes the next item of the list.
    pub fn push(&mut self, item: T) {
        if self.page.skipped() <= self.seen && self.items.len() < self.page.per_page.get() {
            self.items.push(item);
        }
        self.seen += 1;
    }

    /// Notes that the list has no further item.
    pub fn end(&mut self) {
        self.is_all = true;
    }

    /// The page.
    pub fn finish(self) -> NumberedPage<T> {
        let has_more = self.page.skipped().saturating_add(self.page.size()) < self.seen;
        NumberedPage { items: self.items, page: self.page, total: self.is_all.then_some(self.seen), has_more }
    }
}

/// A page by number that was read.
#[derive(Clone, Debug)]
pub struct NumberedPage<T> {
    /// Its items, in the list's order.
    pub items: Vec<T>,
    page: PageNumber,
    /// How many items the list has, if it was read to its end.
    total: Option<u64>,
    has_more: bool,
}

impl<T> NumberedPage<T> {
    /// The page of a list that is in hand as a whole.
    pub fn of(list: impl IntoIterator<Item = T>, page: PageNumber) -> NumberedPage<T> {
        let mut pager = Pager::new(page, true);
        list.into_iter().for_each(|item| pager.push(item));
        pager.end();
        pager.finish()
    }

    /// The same page of what its items stand for.
    pub fn with<U>(self, items: Vec<U>) -> NumberedPage<U> {
        NumberedPage { items, page: self.page, total: self.total, has_more: self.has_more }
    }
}

/// The `meta` of a page by number.
#[derive(Clone, Debug, Serialize)]
pub struct NumberedMeta {
    pagination: Pagination,
    cursor: UpdatedCursor,
}

/// `total` is 0 while it is not known; `total_pages` then counts one page more than this one.
#[derive(Clone, Debug, Serialize)]
struct Pagination {
    total: u64,
    count: usize,
    per_page: usize,
    current_page: u64,
    total_pages: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UpdatedCursor {
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<Seconds>,
    affix: Affix,
}

impl NumberedMeta {
    /// Describes `page`, whose items were changed last when `updated_at` says.
    pub fn of<T>(page: &NumberedPage<T>, updated_at: impl Fn(&T) -> Seconds) -> NumberedMeta {
        let current_page = page.page.number;
        let total_pages = match page.total {
            Some(total) => total.div_ceil(page.page.size()).max(1),
            None => current_page + u64::from(page.has_more),
        };
        NumberedMeta {
            pagination: Pagination {
                total: page.total.unwrap_or_default(),
                count: page.items.len(),
                per_page: page.page.per_page.get(),
                current_page,
                total_pages,
            },
            cursor: UpdatedCursor { updated_at: page.items.last().map(updated_at), affix: Affix::Prepend },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(number: u64, size: u64) -> PageNumber {
        PageNumber::new(number, Limit::new(size).unwrap()).unwrap()
    }

    #[test]
    fn there_is_no_page_zero() {
        assert!(PageNumber::new(0, Limit::NUMBERED).is_err());
    }

    #[test]
    fn a_pager_wants_one_item_beyond_its_page() {
        let mut pager = Pager::new(page(2, 2), false);
        for item in 0..5 {
            assert!(pager.wants_more());
            pager.push(item);
        }
        assert!(!pager.wants_more());
        let meta = serde_json::json!(NumberedMeta::of(&pager.finish(), |_| Seconds::new(7)));
        assert_eq!(meta["pagination"]["total_pages"], 3);
        assert_eq!((&meta["pagination"]["total"], &meta["cursor"]["updatedAt"]), (&0.into(), &7.into()));
    }

    proptest! {
        #[test]
        fn the_pages_hold_every_item_once_and_in_order(total in 0_u64..60, size in 1_u64..20) {
            let mut read = Vec::new();
            for number in 1.. {
                let found = NumberedPage::of(0..total, page(number, size));
                prop_assert_eq!(found.total, Some(total));
                let has_more = found.has_more;
                read.extend(found.items);
                if !has_more {
                    break;
                }
            }
            prop_assert_eq!(read, (0..total).collect::<Vec<_>>());
        }

        #[test]
        fn a_page_past_the_end_is_empty(number in 2_u64.., size in 1_u64..1000) {
            prop_assert!(NumberedPage::of(0..1, page(number, size)).items.is_empty());
        }
    }
}
