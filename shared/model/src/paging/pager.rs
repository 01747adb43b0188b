//! How a page is picked out of a list that is read bit by bit.

use super::{Next, NumberedPage, PageNumber};

/// Picks a page out of items that come in the list's order.
#[derive(Debug)]
pub struct Pager<T> {
    page: PageNumber,
    items: Vec<T>,
    places: Vec<u64>,
    seen: u64,
    counts: bool,
    is_all: bool,
    stopped_at: Option<String>,
}

impl<T> Pager<T> {
    /// Starts to pick. To count, it wants all items, not only those up to the page.
    pub fn new(page: PageNumber, counts: bool) -> Pager<T> {
        Pager { page, items: Vec::new(), places: Vec::new(), seen: 0, counts, is_all: false, stopped_at: None }
    }

    /// Whether the items so far do not tell the page, or whether there is another one after it.
    pub fn wants_more(&self) -> bool {
        !self.is_all && self.stopped_at.is_none() && (self.counts || self.seen <= self.page.end())
    }

    /// How many more items tell the page and whether there is another one after it; all there are, to count.
    pub fn missing(&self) -> usize {
        match self.counts {
            true => usize::MAX,
            false => usize::try_from(self.page.end().saturating_add(1).saturating_sub(self.seen)).unwrap_or(usize::MAX),
        }
    }

    /// Takes the next item of the list.
    pub fn push(&mut self, item: T) {
        if self.page.skipped <= self.seen && self.items.len() < self.page.per_page.get() {
            self.items.push(item);
            self.places.push(self.seen);
        }
        self.seen += 1;
    }

    /// Notes that the list has no further item.
    pub fn end(&mut self) {
        self.is_all = true;
    }

    /// Notes that the list is not read further than `name`, because the request would cost too much.
    pub fn stop(&mut self, name: &str) {
        self.stopped_at = Some(name.to_owned());
    }

    /// The page.
    pub fn finish(self) -> NumberedPage<T> {
        let Pager { page, items, places, seen, is_all, stopped_at, .. } = self;
        let is_full = page.per_page.get() <= items.len();
        let next = match stopped_at.filter(|_| !is_full) {
            Some(name) => {
                Some(Next { cursor: Some(name), offset: page.skipped.checked_sub(seen).filter(|left| 0 < *left) })
            }
            // A full page is followed by the one of the next number, wherever reading stopped.
            None => None,
        };
        let has_more = page.end() < seen || !is_all;
        NumberedPage { items, places, page, total: is_all.then_some(seen), has_more, next }
    }
}
