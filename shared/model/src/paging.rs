//! Pages by number: users, groups, members, bans, blocked users, tokens and bots (contract/README.md, "Success
//! envelopes").

mod pager;

use serde::Serialize;

use super::page::{Affix, Limit};
use super::query::Query;
use super::time::Seconds;
use crate::problem::Problem;
pub use pager::Pager;

/// Which page of a list: by its number from 1, or by how many items stand before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageNumber {
    /// The name after which the list is read; all of it without one.
    start: Option<String>,
    skipped: u64,
    per_page: Limit,
}

/// The most bytes of a `cursor`: no list gives one as long, and the store takes no key that is much longer.
const MAX_CURSOR_BYTES: usize = 512;

impl PageNumber {
    /// Reads `page` with `perPage`, under any of its names; or `offset`, which wins over `page`; or `cursor`, where another
    /// page said that the list goes on, which does too.
    pub fn parse(query: &Query) -> Result<PageNumber, Problem> {
        let per_page = limit(query)?.unwrap_or(Limit::NUMBERED);
        let (start, skipped) = (query.parsed("cursor", cursor)?, query.number("offset")?);
        if start.is_some() || skipped.is_some() {
            return Ok(PageNumber { start, ..PageNumber::after(skipped.unwrap_or_default(), per_page) });
        }
        let number = query.number("page")?.unwrap_or(1);
        PageNumber::new(number, per_page).map_err(|problem| Problem::field("page", problem))
    }

    /// The page of this number; the sentence of the error completes "The `page` field …".
    pub fn new(number: u64, per_page: Limit) -> Result<PageNumber, &'static str> {
        let before = number.checked_sub(1).ok_or("must be at least 1.")?;
        Ok(PageNumber::after(before.saturating_mul(per_page.get() as u64), per_page))
    }

    /// The page after `skipped` items: where an answer could not hold all of a page, the rest of it and more.
    pub fn after(skipped: u64, per_page: Limit) -> PageNumber {
        PageNumber { start: None, skipped, per_page }
    }

    /// The name after which the list is to be read.
    pub fn start(&self) -> Option<&str> {
        self.start.as_deref()
    }

    /// How many items, from the list's beginning or its start, tell the page and whether there is another one.
    pub fn reach(&self) -> usize {
        usize::try_from(self.end().saturating_add(1)).unwrap_or(usize::MAX)
    }

    /// The number of the page in which it begins.
    fn number(&self) -> u64 {
        (self.skipped / self.size()).saturating_add(1)
    }

    fn size(&self) -> u64 {
        self.per_page.get() as u64
    }

    /// How many items stand before what follows it.
    fn end(&self) -> u64 {
        self.skipped.saturating_add(self.size())
    }
}

fn cursor(raw: &str) -> Result<String, &'static str> {
    if MAX_CURSOR_BYTES < raw.len() {
        return Err("must be one that a page gave.");
    }
    Ok(raw.to_owned())
}

/// The page size under any of its names.
pub fn limit(query: &Query) -> Result<Option<Limit>, Problem> {
    for name in ["limit", "per_page", "perPage"] {
        let limit = query.parsed(name, |raw| match raw.parse() {
            Ok(number) => Limit::new(number),
            Err(_) => Err(format!("must be a whole number between 1 and {}.", Limit::MAX)),
        })?;
        if limit.is_some() {
            return Ok(limit);
        }
    }
    Ok(None)
}

/// A page by number that was read.
#[derive(Clone, Debug)]
pub struct NumberedPage<T> {
    /// Its items, in the list's order.
    pub items: Vec<T>,
    /// How many items of the list stand before each.
    places: Vec<u64>,
    page: PageNumber,
    /// How many items the list has, if it was read to its end.
    total: Option<u64>,
    has_more: bool,
    next: Option<Next>,
}

impl<T> NumberedPage<T> {
    /// The page of a list that is in hand as a whole.
    pub fn of(list: impl IntoIterator<Item = T>, page: PageNumber) -> NumberedPage<T> {
        let mut pager = Pager::new(page, true);
        list.into_iter().for_each(|item| pager.push(item));
        pager.end();
        pager.finish()
    }

    /// The same page of what its items stand for, in their order; some may be gone. `is_of` tells which item stands for
    /// which.
    pub fn with<U>(self, items: Vec<U>, is_of: impl Fn(&T, &U) -> bool) -> NumberedPage<U> {
        let end = self.page.end();
        let mut known = self.items.iter().zip(self.places);
        let place = |item: &U| known.find(|(from, _)| is_of(from, item)).map_or(end, |(_, place)| place);
        let places = items.iter().map(place).collect();
        NumberedPage { items, places, page: self.page, total: self.total, has_more: self.has_more, next: self.next }
    }

    /// The first page of a list that goes on after `name`, wherever it is asked for from: for lists that are read in parts.
    #[must_use]
    pub fn going_on_after(mut self, name: Option<String>) -> NumberedPage<T> {
        if let (false, Some(name)) = (self.page.end() < self.seen_at_least(), name) {
            self.next = Some(Next { cursor: Some(name), offset: None });
            (self.total, self.has_more) = (None, true);
        }
        self
    }

    fn seen_at_least(&self) -> u64 {
        self.total.unwrap_or_default()
    }

    /// Keeps the first `most` items, because an answer holds no more, or more would cost too much; `meta.next` leads to the
    /// rest.
    pub fn cut(&mut self, most: usize) {
        let Some(place) = self.places.get(most).copied() else { return };
        self.next = Some(Next { cursor: self.page.start.clone(), offset: Some(place) });
        self.items.truncate(most);
        self.places.truncate(most);
        self.has_more = true;
    }
}

/// The `meta` of a page by number.
#[derive(Clone, Debug, Serialize)]
pub struct NumberedMeta {
    pagination: Pagination,
    cursor: UpdatedCursor,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Next>,
}

/// Where a page goes on that did not fit into one answer, or that would have cost too much; the page of the next number
/// begins beyond that. Both are given back as parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Next {
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
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
    /// Describes as much of `page` as fits, its first `n_shown` items; they were changed last when `updated_at` says.
    pub fn of<T>(mut page: NumberedPage<T>, n_shown: usize, updated_at: impl Fn(&T) -> Seconds) -> NumberedMeta {
        page.cut(n_shown);
        // Numbers of pages count from the list's beginning.
        let further =
            || page.page.start.clone().map(|start| Next { cursor: Some(start), offset: Some(page.page.end()) });
        let next = page.next.clone().or_else(|| further().filter(|_| page.has_more));
        let current_page = page.page.number();
        let seen = current_page.saturating_add(page.has_more.into());
        // What is left of a list from somewhere on says nothing of how long it is.
        let total = page.total.filter(|_| page.page.start.is_none());
        let total_pages = match total {
            // Who reads page by page must not take a page that was cut for the last one.
            Some(total) => total.div_ceil(page.page.size()).max(if next.is_some() { seen } else { 1 }),
            None => seen,
        };
        NumberedMeta {
            pagination: Pagination {
                total: total.unwrap_or_default(),
                count: page.items.len(),
                per_page: page.page.per_page.get(),
                current_page,
                total_pages,
            },
            cursor: UpdatedCursor { updated_at: page.items.last().map(updated_at), affix: Affix::Prepend },
            next,
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
        let meta = serde_json::json!(NumberedMeta::of(pager.finish(), 2, |_| Seconds::new(7)));
        assert_eq!(meta["pagination"]["total_pages"], 3);
        assert_eq!((&meta["pagination"]["total"], &meta["cursor"]["updatedAt"]), (&0.into(), &7.into()));
    }

    proptest! {
        #[test]
        fn what_a_cut_page_leaves_out_follows_at_its_offset(
            size in 1_u64..20, fits in 1_usize..20, gone in proptest::collection::btree_set(0_u64..60, 0..50),
        ) {
            let (mut read, mut wanted) = (Vec::<u64>::new(), page(1, size));
            loop {
                let listed = NumberedPage::of(0..60_u64, wanted.clone());
                let (items, number) = (listed.items.clone(), wanted.number());
                let found = listed.with(items.into_iter().filter(|item| !gone.contains(item)).collect(), u64::eq);
                read.extend(found.items.iter().take(fits));
                let meta = NumberedMeta::of(found, fits, |_| Seconds::default());
                wanted = match meta.next {
                    Some(next) => PageNumber::after(next.offset.unwrap(), wanted.per_page),
                    None if wanted.skipped + size < 60 => PageNumber::after(wanted.skipped + size, wanted.per_page),
                    None => break,
                };
                prop_assert!(number < meta.pagination.total_pages);
            }
            prop_assert_eq!(read, (0..60).filter(|item| !gone.contains(item)).collect::<Vec<_>>());
        }

        #[test]
        fn a_walk_that_stops_early_goes_on_where_it_stopped(
            total in 0_u64..60, size in 1_u64..20, patience in 1_u64..20, first in 1_u64..4, counts: bool,
        ) {
            let (mut read, mut wanted) = (Vec::<u64>::new(), page(first, size));
            loop {
                let start = wanted.start().map_or(0, |name| name.parse::<u64>().unwrap() + 1);
                let mut pager = Pager::new(wanted.clone(), counts);
                for n in start..=total {
                    if !pager.wants_more() {
                        break;
                    }
                    match n {
                        n if n == total => pager.end(),
                        n if n == start + patience => pager.stop(&(n - 1).to_string()),
                        n => pager.push(n),
                    }
                }
                let found = pager.finish();
                read.extend(&found.items);
                let count = found.items.len();
                let meta = NumberedMeta::of(found, count, |_| Seconds::default());
                let number = wanted.number();
                wanted = match meta.next {
                    Some(Next { cursor, offset }) => {
                        PageNumber { start: cursor, ..PageNumber::after(offset.unwrap_or_default(), wanted.per_page) }
                    }
                    None if number < meta.pagination.total_pages => PageNumber::after(wanted.end(), wanted.per_page),
                    None => break,
                };
            }
            prop_assert_eq!(read, ((first - 1) * size..total).collect::<Vec<_>>());
        }

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
