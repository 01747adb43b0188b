//! Pages of users: of all by the index of their names, of some by UID.

mod ahead;

use std::collections::{BTreeSet, HashMap};

use super::query::UserListing;
use super::{circles, friends};
use crate::app::App;
use crate::error::ApiError;
use crate::id_walk::IdWalk;
use crate::parts;
use crate::store::batch::Known;
use crate::store::error::StoreError;
use crate::store::has_spent;
use crate::store::id_index::{IdIndex, listed_uid, may_find};
pub use ahead::{Ahead, asked};
use model::paging::{NumberedPage, PageNumber, Pager};
use model::uid::Uid;
use model::user::{Relation, User};
use model::user_filter::{Activity, Presences, UserFilter};

/// Which share of the request's bound may be spent before further profiles are looked at.
const SHARE: f64 = 0.5;

/// Who stays of users who were read.
#[derive(Clone, Copy, Debug)]
struct Sieve<'a> {
    /// Those whom it keeps.
    filter: &'a UserFilter,
    /// Without those whom this user blocks.
    blocker: Option<Blocker<'a>>,
}

/// Who wants to see nobody whom they block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blocker<'a> {
    uid: &'a Uid,
    /// Everybody with whom they have a block, if these are not too many.
    relations: Option<&'a HashMap<Uid, Relation>>,
}

impl Sieve<'_> {
    /// Whether the ids alone tell who stays.
    fn is_plain(&self) -> bool {
        self.filter.is_plain() && self.blocker.is_none()
    }

    /// Those of `users` who stay. Cost: nothing, or that of [`relations`] for who has too many blocks.
    async fn kept(&self, app: &App, users: impl Iterator<Item = User>) -> Result<Vec<User>, ApiError> {
        let mut kept: Vec<User> = users.filter(|user| self.filter.keeps(user)).collect();
        if let Some(blocker) = self.blocker {
            let looked_up = match blocker.relations {
                Some(_) => HashMap::new(),
                None => relations(app, blocker.uid, &kept).await?,
            };
            let relations = blocker.relations.unwrap_or(&looked_up);
            kept.retain(|user| !relations.get(&user.uid).is_some_and(Relation::is_blocked_by_me));
        }
        Ok(kept)
    }
}

/// A page of users as asked for by `viewer`, or by the app, and what they are to the viewer: [`page_of_all`], or, where only
/// some may be on it, [`page_among`].
///
/// Cost: as these, less what was read ahead; of friends 1 round trip more, 1 read unit for about 30; and that of [`related`].
pub async fn page(
    app: &App,
    listing: &UserListing,
    viewer: Option<&User>,
    page: &PageNumber,
    Ahead { uids, known, relations }: Ahead,
) -> Result<(NumberedPage<User>, HashMap<Uid, Relation>), ApiError> {
    let viewing = viewer.filter(|_| listing.hides_blocked);
    let blocker = viewing.map(|viewer| Blocker { uid: &viewer.uid, relations: relations.as_ref() });
    let page = match (uids, among(app, listing, viewer).await?) {
        (Some(uids), _) => shown(app, uids, &listing.filter, &known).await?,
        (None, Some(uids)) => page_among(app, uids, listing, blocker, page).await?,
        (None, None) => page_of_all(app, listing, blocker, page).await?,
    };
    match viewer {
        Some(viewer) => related(app, &viewer.uid, page, relations).await,
        None => Ok((page, HashMap::new())),
    }
}

/// The only users who may be listed, by what is asked for and by the role of who asks; `None` if all may.
async fn among(app: &App, listing: &UserListing, viewer: Option<&User>) -> Result<Option<BTreeSet<Uid>>, ApiError> {
    let Some(viewer) = viewer else { return Ok(listing.uids.clone()) };
    if !listing.friends_only && !circles::of_listers(app).await?.hold(&viewer.role) {
        return Ok(listing.uids.clone());
    }
    Ok(Some(friends::of(app, &viewer.uid, listing).await?))
}

/// A page of those of `uids` who stay, by UID. Where that would cost more than a request may, the page is cut and says where
/// it goes on.
///
/// Cost without filter: 1 round trip and a read unit a user on the page for each 100; those who are gone or deactivated are
/// left out of their page. With a filter: the same for all up to the page's end.
pub(super) async fn page_among(
    app: &App,
    uids: BTreeSet<Uid>,
    listing: &UserListing,
    blocker: Option<Blocker<'_>>,
    page: &PageNumber,
) -> Result<NumberedPage<User>, ApiError> {
    let sieve = Sieve { filter: &listing.filter, blocker };
    let given = uids.iter().map(Uid::to_string).collect();
    let mut walk = IdWalk::over(&app.store, given, page.start(), listing.is_falling);
    let parse = |name: String| Uid::parse(&name).ok();
    if sieve.is_plain() {
        let uids = walk.page(page, listing.counts, parse).await?;
        return shown(app, uids, sieve.filter, &Known::default()).await;
    }
    let mut pager = Pager::new(page.clone(), listing.counts);
    while pager.wants_more() {
        if has_spent(SHARE) {
            pager.stop(walk.place());
            break;
        }
        let names = walk.next(at_once()).await?;
        if names.is_empty() {
            pager.end();
        }
        let users = profiles(app, names.into_iter().filter_map(parse).collect()).await?;
        sieve.kept(app, users.into_iter().flatten()).await?.into_iter().for_each(|user| pager.push(user));
    }
    Ok(pager.finish())
}

/// A page of users by name and UID, where it is asked for those who are online before the others, the deactivated ones last.
/// Counting reads the list to its end. Where that would cost more than a request may, the page is cut and says where it
/// goes on.
///
/// Cost without filter: 1 round trip and about 15 read units for each 1,000 users up to the page's end, then 1 and a read
/// unit a user on the page for each 100. By status it takes 1 query for each 1,000 who are online, and for the
/// others 1 round trip and 2 read units more. A search costs 1 more and a read unit for each user whom it finds up to the page. With
/// another filter the profiles of all users up to the page's end are read: 2 round trips and about 102 read units for each
/// 100 users.
async fn page_of_all(
    app: &App,
    listing: &UserListing,
    blocker: Option<Blocker<'_>>,
    page: &PageNumber,
) -> Result<NumberedPage<User>, ApiError> {
    let UserListing { filter, counts, .. } = listing;
    let sieve = Sieve { filter, blocker };
    if sieve.is_plain() {
        let uids = uids_of_all(app, listing, page).await?;
        return shown(app, uids, filter, &Known::default()).await;
    }
    let mut walk = walk_of_all(app, listing, page);
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
            sieve.kept(app, users.into_iter()).await?.into_iter().for_each(|user| pager.push(user));
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

/// A walk over the entries of all who may be shown, from where a page starts.
fn walk_of_all<'a>(app: &'a App, listing: &UserListing, page: &PageNumber) -> IdWalk<'a> {
    IdWalk::new(&app.store, indexes_of(listing), "", page.start()).falling(listing.is_falling)
}

/// Whom a page of all shows, where ids alone tell it.
async fn uids_of_all(app: &App, listing: &UserListing, page: &PageNumber) -> Result<NumberedPage<Uid>, StoreError> {
    walk_of_all(app, listing, page).page(page, listing.counts, |entry| listed_uid(&entry)).await
}

/// Where those are listed who may be shown, in their order.
fn indexes_of(UserListing { filter, is_by_status, .. }: &UserListing) -> &'static [IdIndex] {
    match (filter.activity, filter.presence, is_by_status) {
        (Activity::Deactivated, ..) => &[IdIndex::DeactivatedUsers],
        (Activity::Active, Presences::Online, _) => &[IdIndex::OnlineUsers],
        (Activity::Active, Presences::Any, true) => &[IdIndex::OnlineUsers, IdIndex::OfflineUsers],
        (Activity::Active, ..) => &[IdIndex::Users],
        (Activity::Any, Presences::Any, true) => {
            &[IdIndex::OnlineUsers, IdIndex::OfflineUsers, IdIndex::DeactivatedUsers]
        }
        (Activity::Any, ..) => &[IdIndex::Users, IdIndex::DeactivatedUsers],
    }
}

/// The users of a page of UIDs, without those whom the filter does not keep: the index may lag behind a deactivation. Those who
/// are known already are not read again.
async fn shown(
    app: &App,
    mut uids: NumberedPage<Uid>,
    filter: &UserFilter,
    known: &Known,
) -> Result<NumberedPage<User>, ApiError> {
    let users = if uids.items.iter().all(|uid| known.has_user(uid)) {
        uids.items.iter().map(|uid| Ok(known.user(uid)?)).collect::<Result<_, ApiError>>()?
    } else {
        parts::of(&uids.items, |part| profiles(app, part)).await?
    };
    uids.cut(users.len());
    let users = users.into_iter().flatten().filter(|user| filter.keeps(user)).collect();
    Ok(uids.with(users, |uid, user: &User| *uid == user.uid))
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

/// What these users are to `viewer`, each looked up. Cost: that of `Store::relations`.
pub async fn relations(app: &App, viewer: &Uid, users: &[User]) -> Result<HashMap<Uid, Relation>, ApiError> {
    let others: Vec<&Uid> = users.iter().map(|user| &user.uid).filter(|uid| *uid != viewer).collect();
    Ok(app.store.relations(viewer, &others).await?)
}

/// A page with what its users are to `viewer`: all relations of who has few, or those of the page. Where these would cost more
/// than the request may, the page is cut.
///
/// Cost: nothing where `all` are given; else 1 round trip for each 50 users on the page, 2 read units for each.
pub(super) async fn related(
    app: &App,
    viewer: &Uid,
    mut page: NumberedPage<User>,
    all: Option<HashMap<Uid, Relation>>,
) -> Result<(NumberedPage<User>, HashMap<Uid, Relation>), ApiError> {
    if let Some(all) = all {
        return Ok((page, all));
    }
    let uids: Vec<Uid> = page.items.iter().map(|user| user.uid.clone()).collect();
    let looked_up = parts::of(&uids, async |part: Vec<Uid>| {
        let mut relations = app.store.relations(viewer, &part.iter().collect::<Vec<_>>()).await?;
        Ok(part.into_iter().map(|uid| relations.remove_entry(&uid)).collect())
    });
    let looked_up = looked_up.await?;
    page.cut(looked_up.len());
    Ok((page, looked_up.into_iter().flatten().collect()))
}
