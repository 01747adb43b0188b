//! A walk over the ids that an index lists: of users, groups or bots.

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::id_index::{IdIndex, IdPage};
use model::paging::{NumberedPage, PageNumber, Pager};

/// How many ids are read at once.
const IDS_AT_ONCE: usize = 1_000;

/// One index after the other, from front to back.
#[derive(Debug)]
pub(crate) struct IdWalk<'a> {
    store: &'a Store,
    /// What is left; the last comes first.
    indexes: Vec<IdIndex>,
    prefix: &'a str,
    after: Option<String>,
    /// Ids in hand, which come before those of the indexes.
    given: Vec<String>,
}

impl<'a> IdWalk<'a> {
    /// A walk over the ids that begin with `prefix`.
    pub(crate) fn new(store: &'a Store, indexes: &[IdIndex], prefix: &'a str) -> IdWalk<'a> {
        IdWalk { store, indexes: indexes.iter().rev().copied().collect(), prefix, after: None, given: Vec::new() }
    }

    /// A walk over these ids.
    pub(crate) fn over(store: &'a Store, given: Vec<String>) -> IdWalk<'a> {
        IdWalk { store, indexes: Vec::new(), prefix: "", after: None, given }
    }

    /// Up to `most` further ids; none at the end.
    pub(crate) async fn next(&mut self, most: usize) -> Result<Vec<String>, StoreError> {
        if !self.given.is_empty() {
            let further = self.given.split_off(most.min(self.given.len()));
            return Ok(std::mem::replace(&mut self.given, further));
        }
        while let Some(index) = self.indexes.last().copied() {
            let IdPage { names, is_all } = self.store.id_page(index, self.prefix, self.after.as_deref(), most).await?;
            self.after = names.last().cloned();
            if is_all || names.is_empty() {
                self.indexes.pop();
                self.after = None;
            }
            if !names.is_empty() {
                return Ok(names);
            }
        }
        Ok(Vec::new())
    }

    /// A page of the ids as they are, by what `parse` makes of them.
    pub(crate) async fn page<T>(
        mut self,
        page: PageNumber,
        counts: bool,
        parse: impl Fn(String) -> Option<T>,
    ) -> Result<NumberedPage<T>, StoreError> {
        let mut pager = Pager::new(page, counts);
        while pager.wants_more() {
            let names = self.next(IDS_AT_ONCE).await?;
            if names.is_empty() {
                pager.end();
            }
            names.into_iter().filter_map(&parse).for_each(|name| pager.push(name));
        }
        Ok(pager.finish())
    }
}
