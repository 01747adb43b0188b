//! Pages of all users and all groups, by the rosters of their ids.

use std::collections::HashMap;

use crate::app::App;
use crate::error::ApiError;
use crate::model::paging::{NumberedPage, PageNumber, Pager};
use crate::model::uid::Uid;
use crate::model::user::{Relation, User};
use crate::model::user_filter::{Activity, UserFilter};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::roster::{Names, Roster};

/// How many ids are read at once.
const NAMES_AT_ONCE: usize = 1_000;
/// How many profiles are read at once for a filter: one batch of the store.
const PROFILES_AT_ONCE: usize = 100;

/// One roster after the other, from front to back.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    store: &'a Store,
    /// What is left; the last comes first.
    rosters: Vec<Roster>,
    prefix: &'a str,
    after: Option<String>,
}

impl<'a> Walk<'a> {
    /// A walk over the ids that begin with `prefix`.
    pub(super) fn new(store: &'a Store, rosters: &[Roster], prefix: &'a str) -> Walk<'a> {
        Walk { store, rosters: rosters.iter().rev().copied().collect(), prefix, after: None }
    }

    /// Up to `most` further ids; none at the end.
    pub(super) async fn next(&mut self, most: usize) -> Result<Vec<String>, StoreError> {
        while let Some(roster) = self.rosters.last().copied() {
            let Names { names, is_all } = self.store.roster(roster, self.prefix, self.after.as_deref(), most).await?;
            self.after = names.last().cloned();
            if is_all || names.is_empty() {
                self.rosters.pop();
                self.after = None;
            }
            if !names.is_empty() {
                return Ok(names);
            }
        }
        Ok(Vec::new())
    }

    /// A page of the ids as they are, by what `parse` makes of them.
    pub(super) async fn page<T>(
        mut self,
        page: PageNumber,
        counts: bool,
        parse: impl Fn(String) -> Option<T>,
    ) -> Result<NumberedPage<T>, StoreError> {
        let mut pager = Pager::new(page, counts);
        while pager.wants_more() {
            let names = self.next(NAMES_AT_ONCE).await?;
            if names.is_empty() {
                pager.end();
            }
            names.into_iter().filter_map(&parse).for_each(|name| pager.push(name));
        }
        Ok(pager.finish())
    }
}

/// What the users on a page are to `viewer`. Cost: 1 round trip and 100 read units for each 50 users.
pub async fn relations(
    app: &App,
    viewer: Option<&Uid>,
    page: &NumberedPage<User>,
) -> Result<HashMap<Uid, Relation>, ApiError> {
    let Some(viewer) = viewer else { return Ok(HashMap::new()) };
    let others: Vec<&Uid> = page.items.iter().map(|user| &user.uid).filter(|uid| *uid != viewer).collect();
    Ok(app.store.relations(viewer, &others).await?)
}

/// A page of users by UID, the deactivated ones last. Counting reads the list to its end.
///
/// Cost without filter: 1 round trip and 13 read units for each 1,000 UIDs up to the page, then 1 and a read unit a
/// user on the page for each 100. With a filter the profiles of all users up to the page's end are read: 2 round trips
/// and about 102 read units for each 100 users.
pub async fn users(
    app: &App,
    filter: &UserFilter,
    page: PageNumber,
    counts: bool,
) -> Result<NumberedPage<User>, ApiError> {
    let rosters: &[Roster] = match filter.activity {
        Activity::Active => &[Roster::Users],
        Activity::Deactivated => &[Roster::DeactivatedUsers],
        Activity::Any => &[Roster::Users, Roster::DeactivatedUsers],
    };
    let prefix = filter.search.as_ref().and_then(|search| search.id_prefix());
    let mut walk = Walk::new(&app.store, rosters, prefix.unwrap_or_default());
    if filter.is_plain() {
        let uids = walk.page(page, counts, |name| Uid::parse(&name).ok()).await?;
        let mut users = app.store.users(&uids.items.iter().collect::<Vec<_>>()).await?;
        // The index may lag behind a deactivation.
        users.retain(|user| filter.keeps(user));
        return Ok(uids.with(users));
    }
    let mut pager = Pager::new(page, counts);
    while pager.wants_more() {
        let uids: Vec<Uid> =
            walk.next(PROFILES_AT_ONCE).await?.iter().filter_map(|name| Uid::parse(name).ok()).collect();
        if uids.is_empty() {
            pager.end();
        }
        let users = app.store.users(&uids.iter().collect::<Vec<_>>()).await?;
        users.into_iter().filter(|user| filter.keeps(user)).for_each(|user| pager.push(user));
    }
    Ok(pager.finish())
}
