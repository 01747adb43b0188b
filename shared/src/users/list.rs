//! Pages of all users, by the index of their names.

use std::collections::HashMap;

use super::query::UserListing;
use crate::app::App;
use crate::error::ApiError;
use crate::id_walk::IdWalk;
use crate::parts;
use crate::store::has_spent;
use crate::store::id_index::{IdIndex, listed_uid, may_find};
use model::paging::{NumberedPage, PageNumber, Pager};
use model::uid::Uid;
use model::user::{Relation, User};
use model::user_filter::{Activity, UserFilter};

/// Which share of the request's bound may be spent before further profiles are looked at.
const SHARE: f64 = 0.5;

/// A page of users by name and UID, the deactivated ones last. Counting reads the list to its end. Where that would cost
/// more than a request may, the page is cut and says where it goes on.
///
/// Cost without filter: 1 round trip and about 15 read units for each 1,000 users up to the page, then 1 and a read unit a
/// user on the page for each 100. A search costs 1 more and a read unit for each user whom it finds up to the page. With
/// another filter the profiles of all users up to the page's end are read: 2 round trips and about 102 read units for each
/// 100 users.
pub async fn page(app: &App, listing: &UserListing, page: &PageNumber) -> Result<NumberedPage<User>, ApiError> {
    let UserListing { filter, counts, is_falling, .. } = listing;
    let indexes: &[IdIndex] = match filter.activity {
        Activity::Active => &[IdIndex::Users],
        Activity::Deactivated => &[IdIndex::DeactivatedUsers],
        Activity::Any => &[IdIndex::Users, IdIndex::DeactivatedUsers],
    };
    let mut walk = IdWalk::new(&app.store, indexes, "", page.start()).falling(*is_falling);
    if filter.is_plain() {
        let mut uids = walk.page(page, *counts, |entry| listed_uid(&entry)).await?;
        let users = parts::of(&uids.items, |part| profiles(app, part)).await?;
        uids.cut(users.len());
        // The index may lag behind a deactivation.
        let users = users.into_iter().flatten().filter(|user| filter.keeps(user)).collect();
        return Ok(uids.with(users, |uid, user: &User| *uid == user.uid));
    }
    let (mut pager, mut place) = (Pager::new(page.clone(), *counts), walk.place().to_owned());
    while pager.wants_more() {
        let mut entries = if has_spent(SHARE) { Vec::new() } else { walk.next(entries_at_once(filter)).await? };
        if entries.is_empty() && !has_spent(SHARE) {
            pager.end();
        }
        entries.retain(|entry| filter.search.as_ref().is_none_or(|search| may_find(search, entry)));
        while !entries.is_empty() && pager.wants_more() && !has_spent(SHARE) {
            let some: Vec<String> = entries.drain(..at_once().min(entries.len())).collect();
            let uids: Vec<Uid> = some.iter().filter_map(|entry| listed_uid(entry)).collect();
            let users = app.store.users(&uids.iter().collect::<Vec<_>>()).await?;
            users.into_iter().filter(|user| filter.keeps(user)).for_each(|user| pager.push(user));
            place = some.last().map_or(place, |last| walk.place_of(last));
        }
        if entries.is_empty() {
            place = walk.place().to_owned();
        }
        if has_spent(SHARE) && pager.wants_more() {
            pager.stop(&place);
        }
    }
    Ok(pager.finish())
}

/// How many entries are read at once: most of a search are passed by.
fn entries_at_once(filter: &UserFilter) -> usize {
    const SEARCHED: usize = 1_000;
    if filter.search.is_some() { SEARCHED } else { at_once() }
}

/// How many profiles or groups are read at once for a filter: one batch of the store, and less when the largest ones might
/// cost too much.
pub(crate) fn at_once() -> usize {
    const BATCH: usize = 100;
    if has_spent(SHARE / 2.0) { BATCH / 2 } else { BATCH }
}

/// The profile of each of these, if it is there.
pub(crate) async fn profiles(app: &App, uids: Vec<Uid>) -> Result<Vec<Option<User>>, ApiError> {
    let users = app.store.users(&uids.iter().collect::<Vec<_>>()).await?;
    let mut users: HashMap<Uid, User> = users.into_iter().map(|user| (user.uid.clone(), user)).collect();
    Ok(uids.iter().map(|uid| users.remove(uid)).collect())
}

/// What these users are to `viewer`. Cost: that of `Store::relations_on_page`.
pub async fn relations(app: &App, viewer: Option<&Uid>, users: &[User]) -> Result<HashMap<Uid, Relation>, ApiError> {
    let Some(viewer) = viewer else { return Ok(HashMap::new()) };
    let others: Vec<&Uid> = users.iter().map(|user| &user.uid).filter(|uid| *uid != viewer).collect();
    Ok(app.store.relations_on_page(viewer, &others).await?)
}

/// [`relations`] of the users of a page, which is cut where they would cost more than the request may.
pub async fn relations_of_page(
    app: &App,
    viewer: Option<&Uid>,
    page: &mut NumberedPage<User>,
) -> Result<HashMap<Uid, Relation>, ApiError> {
    let Some(viewer) = viewer else { return Ok(HashMap::new()) };
    let uids: Vec<Uid> = page.items.iter().map(|user| user.uid.clone()).collect();
    if let Some(relations) = app.store.relations_by_lists(viewer, &uids.iter().collect::<Vec<_>>()).await? {
        return Ok(relations);
    }
    let looked_up = parts::of(&uids, async |part: Vec<Uid>| {
        let mut relations = app.store.relations(viewer, &part.iter().collect::<Vec<_>>()).await?;
        Ok(part.into_iter().map(|uid| relations.remove_entry(&uid)).collect())
    });
    let looked_up = looked_up.await?;
    page.cut(looked_up.len());
    Ok(looked_up.into_iter().flatten().collect())
}
