//! A walk over the ids that an index lists: of users, groups or bots.

use std::collections::BTreeSet;

use crate::store::error::StoreError;
use crate::store::id_index::{IdIndex, IdPage};
use crate::store::{Store, has_spent};
use model::paging::{NumberedPage, PageNumber, Pager};

/// How many ids are read at once.
const IDS_AT_ONCE: usize = 1_000;

/// Ends the place in a second index: no entry ends so.
const SECOND_INDEX: &str = " ~";
/// Which share of the request's bound the ids of a page may cost.
const IDS_SHARE: f64 = 0.3;

/// One index after the other, from front to back.
#[derive(Debug)]
pub(crate) struct IdWalk<'a> {
    store: &'a Store,
    /// What is left; the last comes first.
    indexes: Vec<IdIndex>,
    prefix: &'a str,
    is_falling: bool,
    after: Option<String>,
    /// Ids in hand, which come before those of the indexes.
    given: Vec<String>,
    /// Where the walk has come: the last id, marked by its index.
    place: String,
}

impl<'a> IdWalk<'a> {
    /// A walk over the ids that begin with `prefix`, from the place that another one had come to.
    pub(crate) fn new(store: &'a Store, indexes: &[IdIndex], prefix: &'a str, from: Option<&str>) -> IdWalk<'a> {
        let mut indexes: Vec<IdIndex> = indexes.iter().rev().copied().collect();
        let after = from.map(|from| from.strip_suffix(SECOND_INDEX).unwrap_or(from).to_owned());
        if from.is_some_and(|from| from.ends_with(SECOND_INDEX)) {
            indexes.truncate(1);
        }
        IdWalk {
            store,
            indexes,
            prefix,
            is_falling: false,
            after,
            given: Vec::new(),
            place: from.unwrap_or_default().to_owned(),
        }
    }

    /// The same walk, each index from back to front.
    pub(crate) fn falling(self, is_falling: bool) -> IdWalk<'a> {
        IdWalk { is_falling, ..self }
    }

    /// A walk over these ids, in a rising or a falling order.
    pub(crate) fn over(store: &'a Store, given: BTreeSet<String>, from: Option<&str>, is_falling: bool) -> IdWalk<'a> {
        let is_left = |name: &String| match from {
            Some(from) if is_falling => name.as_str() < from,
            Some(from) => from < name.as_str(),
            None => true,
        };
        let mut given: Vec<String> = given.into_iter().filter(is_left).collect();
        if is_falling {
            given.reverse();
        }
        let place = from.unwrap_or_default().to_owned();
        IdWalk { store, indexes: Vec::new(), prefix: "", is_falling, after: None, given, place }
    }

    /// Where the walk has come.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Where it had come when this was the last of the ids that it gave.
    pub(crate) fn place_of(&self, name: &str) -> String {
        let mark = if self.place.ends_with(SECOND_INDEX) { SECOND_INDEX } else { "" };
        format!("{name}{mark}")
    }

    /// Up to `most` further ids; none at the end.
    pub(crate) async fn next(&mut self, most: usize) -> Result<Vec<String>, StoreError> {
        if !self.given.is_empty() {
            let further = self.given.split_off(most.min(self.given.len()));
            let names = std::mem::replace(&mut self.given, further);
            self.place = names.last().cloned().unwrap_or_default();
            return Ok(names);
        }
        while let Some(index) = self.indexes.last().copied() {
            let page = self.store.id_page(index, self.prefix, self.after.as_deref(), self.is_falling, most);
            let IdPage { names, is_all } = page.await?;
            self.after = names.last().cloned();
            if let Some(last) = names.last() {
                let mark = if index == IdIndex::DeactivatedUsers { SECOND_INDEX } else { "" };
                self.place = format!("{last}{mark}");
            }
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
        page: &PageNumber,
        counts: bool,
        parse: impl Fn(String) -> Option<T>,
    ) -> Result<NumberedPage<T>, StoreError> {
        let mut pager = Pager::new(page.clone(), counts);
        while pager.wants_more() {
            if has_spent(IDS_SHARE) {
                pager.stop(self.place());
                break;
            }
            let names = self.next(IDS_AT_ONCE).await?;
            if names.is_empty() {
                pager.end();
            }
            names.into_iter().filter_map(&parse).for_each(|name| pager.push(name));
        }
        Ok(pager.finish())
    }
}
