//! A walk over the ids that an index lists: of users, groups or bots.

use std::collections::BTreeSet;

use crate::store::error::StoreError;
use crate::store::id_index::{IdIndex, IdPage, listed_uid};
use crate::store::{Store, has_spent};
use model::paging::{NumberedPage, PageNumber, Pager};
use model::uid::Uid;

/// How many ids are read at once.
const IDS_AT_ONCE: usize = 1_000;

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
    /// The mark of that index.
    mark: &'static str,
    /// All who are online, where the walk has met them all at once: they are not read again to leave them out.
    online: Option<BTreeSet<Uid>>,
}

/// What ends the places in an index that others come after or before: no entry ends so.
fn mark_of(index: IdIndex) -> &'static str {
    match index {
        IdIndex::OnlineUsers => " ~online",
        IdIndex::DeactivatedUsers => " ~",
        _ => "",
    }
}

impl<'a> IdWalk<'a> {
    /// A walk over the ids that begin with `prefix`, from the place that another one had come to.
    pub(crate) fn new(store: &'a Store, indexes: &[IdIndex], prefix: &'a str, from: Option<&str>) -> IdWalk<'a> {
        let from = from.unwrap_or_default();
        let marks = indexes.iter().map(|index| mark_of(*index)).filter(|mark| from.ends_with(mark));
        let mark = marks.max_by_key(|mark| mark.len()).unwrap_or_default();
        let after = from.strip_suffix(mark).filter(|after| !after.is_empty()).map(str::to_owned);
        let at = indexes.iter().position(|index| after.is_some() && mark_of(*index) == mark).unwrap_or_default();
        let indexes = indexes.iter().skip(at).rev().copied().collect();
        let place = from.to_owned();
        IdWalk { store, indexes, prefix, is_falling: false, after, given: Vec::new(), place, mark, online: None }
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
        IdWalk { store, indexes: Vec::new(), prefix: "", is_falling, after: None, given, place, mark: "", online: None }
    }

    /// Where the walk has come.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Where it had come when this was the last of the ids that it gave.
    pub(crate) fn place_of(&self, name: &str) -> String {
        format!("{name}{}", self.mark)
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
            let IdPage { names, rest } = self.page_of(index, most).await?;
            if let Some(last) = rest.as_ref().or(names.last()) {
                self.mark = mark_of(index);
                self.place = self.place_of(last);
            }
            if rest.is_none() {
                self.indexes.pop();
            }
            self.after = rest;
            if !names.is_empty() {
                return Ok(names);
            }
        }
        Ok(Vec::new())
    }

    /// The next part of an index.
    async fn page_of(&mut self, index: IdIndex, most: usize) -> Result<IdPage, StoreError> {
        let read = match (index, &self.online) {
            (IdIndex::OfflineUsers, Some(_)) => IdIndex::Users,
            (index, _) => index,
        };
        let mut page = self.store.id_page(read, self.prefix, self.after.as_deref(), self.is_falling, most).await?;
        if index == IdIndex::OnlineUsers && self.after.is_none() && page.rest.is_none() {
            self.online = Some(page.names.iter().filter_map(|entry| listed_uid(entry)).collect());
        }
        if let (IdIndex::OfflineUsers, Some(online)) = (index, &self.online) {
            // By their UIDs: who is renamed meanwhile has another entry.
            page.names.retain(|entry| listed_uid(entry).is_none_or(|uid| !online.contains(&uid)));
        }
        Ok(page)
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
            let names = self.next(IDS_AT_ONCE.min(pager.missing())).await?;
            if names.is_empty() {
                pager.end();
            }
            names.into_iter().filter_map(&parse).for_each(|name| pager.push(name));
        }
        Ok(pager.finish())
    }
}
