//! Pages of all users, by the index of their ids.

use std::collections::HashMap;

use super::query::UserListing;
use crate::app::App;
use crate::error::ApiError;
use crate::id_walk::IdWalk;
use crate::store::id_index::IdIndex;
use model::paging::{NumberedPage, PageNumber, Pager};
use model::uid::Uid;
use model::user::{Relation, User};
use model::user_filter::Activity;

/// How many profiles are read at once for a filter: one batch of the store.
const PROFILES_AT_ONCE: usize = 100;

/// A page of users by UID, the deactivated ones last. Counting reads the list to its end.
///
/// Cost without filter: 1 round trip and 13 read units for each 1,000 UIDs up to the page, then 1 and a read unit a
/// user on the page for each 100. With a filter the profiles of all users up to the page's end are read: 2 round trips
/// and about 102 read units for each 100 users.
pub async fn page(app: &App, listing: &UserListing, page: PageNumber) -> Result<NumberedPage<User>, ApiError> {
    let UserListing { filter, counts, .. } = listing;
    let indexes: &[IdIndex] = match filter.activity {
        Activity::Active => &[IdIndex::Users],
        Activity::Deactivated => &[IdIndex::DeactivatedUsers],
        Activity::Any => &[IdIndex::Users, IdIndex::DeactivatedUsers],
    };
    let prefix = filter.search.as_ref().and_then(|search| search.id_prefix());
    let mut walk = IdWalk::new(&app.store, indexes, prefix.unwrap_or_default());
    if filter.is_plain() {
        let uids = walk.page(page, *counts, |id| Uid::parse(&id).ok()).await?;
        let mut users = app.store.users(&uids.items.iter().collect::<Vec<_>>()).await?;
        // The index may lag behind a deactivation.
        users.retain(|user| filter.keeps(user));
        return Ok(uids.with(users, |uid, user| *uid == user.uid));
    }
    let mut pager = Pager::new(page, *counts);
    while pager.wants_more() {
        let uids: Vec<Uid> = walk.next(PROFILES_AT_ONCE).await?.iter().filter_map(|id| Uid::parse(id).ok()).collect();
        if uids.is_empty() {
            pager.end();
        }
        let users = app.store.users(&uids.iter().collect::<Vec<_>>()).await?;
        users.into_iter().filter(|user| filter.keeps(user)).for_each(|user| pager.push(user));
    }
    Ok(pager.finish())
}

/// What these users are to `viewer`. Cost: 1 round trip and 100 read units for each 50 users.
pub async fn relations(app: &App, viewer: Option<&Uid>, users: &[User]) -> Result<HashMap<Uid, Relation>, ApiError> {
    let Some(viewer) = viewer else { return Ok(HashMap::new()) };
    let others: Vec<&Uid> = users.iter().map(|user| &user.uid).filter(|uid| *uid != viewer).collect();
    Ok(app.store.relations(viewer, &others).await?)
}
