//! Pages of groups, of a group's members and of its banned users.

use std::collections::{BTreeSet, HashMap};

use super::query::MemberListing;
use crate::app::App;
use crate::error::ApiError;
use crate::id_walk::IdWalk;
use crate::parts;
use crate::store::error::StoreError;
use crate::store::has_spent;
use crate::store::id_index::IdIndex;
use crate::store::partition::{Rest, Rows};
use crate::users::list::{at_once, profiles};
use model::filter::folded;
use model::group::{Group, Member};
use model::group_filter::{GroupFilter, GroupOrder, GroupQuery};
use model::member_view::Person;
use model::paging::{NumberedPage, PageNumber, Pager};
use model::uid::{Guid, Uid};
use model::user::User;
use model::user_filter::Presences;

/// How many members a search looks at: those of groups up to the size that keeps receipts, and of larger ones the first.
pub const MAX_SEARCHED: usize = 1_500;
/// How many rows are read at once.
const ROWS_AT_ONCE: usize = 1_000;
/// Which share of the request's bound may be spent before further rows are looked at.
const SHARE: f64 = 0.5;
/// The same of a search, which needs nothing after them.
const SEARCH_SHARE: f64 = 0.8;
/// How many profiles a search reads at once where more of the largest might cost too much.
const LEAST_PROFILES: usize = 25;

/// A page of the groups that `viewer` may see, with their membership of each; the app sees all.
///
/// Cost for the app without filter and order: 1 round trip and 13 read units for each 1,000 GUIDs up to the page, then 1
/// and a read unit a group on the page for each 100. Else the groups up to the page's end are read, with the viewer's
/// membership: 3 round trips and about 202 read units for each 100; in another order than by GUID all groups. The groups
/// that the viewer has joined are read from their own rows. Then 1 round trip and 2 read units for each group on the page
/// that the viewer belongs to. Where it would cost more than a request may, the page is cut and says where it goes on; in
/// another order the groups are then sorted in parts.
pub async fn groups(
    app: &App,
    viewer: Option<&Uid>,
    query: &GroupQuery,
) -> Result<NumberedPage<(Group, Option<Member>)>, ApiError> {
    let GroupQuery { page, filter, order } = query;
    let prefix = filter.search.as_ref().and_then(|search| search.id_prefix());
    let mut walk = match viewer.filter(|_| filter.joined_only) {
        Some(uid) => IdWalk::over(&app.store, joined(app, uid).await?, page.start(), false),
        None => IdWalk::new(&app.store, &[IdIndex::Groups], prefix.unwrap_or_default(), page.start()),
    };
    if *filter == GroupFilter::default() && *order == GroupOrder::default() && viewer.is_none() {
        let mut guids = walk.page(page, false, |name| Guid::parse(&name).ok()).await?;
        let groups = parts::of(&guids.items, |part| load(app, part)).await?;
        guids.cut(groups.len());
        let groups = groups.into_iter().flatten().collect();
        return Ok(guids.with(groups, |guid, (group, _): &(Group, _)| *guid == group.guid));
    }
    let is_stored_order = *order == GroupOrder::default();
    let (mut pager, mut all) = (Pager::new(page.clone(), false), Vec::new());
    let mut stopped_at = None;
    while pager.wants_more() {
        if has_spent(SHARE) {
            stopped_at = Some(walk.place().to_owned());
            pager.stop(walk.place());
            break;
        }
        let names = walk.next(at_once()).await?;
        if names.is_empty() {
            pager.end();
        }
        let guids: Vec<Guid> = names.iter().filter_map(|name| Guid::parse(name).ok()).collect();
        for (group, member) in app.store.groups_for(&guids, viewer).await? {
            let is_seen = viewer.is_none() || group.is_known_to(member.as_ref());
            if is_seen && (member.is_some() || !filter.joined_only) && filter.keeps(&group) {
                if is_stored_order { pager.push((group, member)) } else { all.push((group, member)) }
            }
        }
    }
    if is_stored_order {
        return without_banned(app, viewer, filter, pager.finish()).await;
    }
    all.sort_by(|(one, _), (other, _)| order.compare(one, other));
    let page = NumberedPage::of(all, page.clone()).going_on_after(stopped_at);
    without_banned(app, viewer, filter, page).await
}

/// The page without what a ban takes from the viewer, whatever membership is stored beside it.
///
/// Cost: 1 round trip for each 50 groups on the page that they belong to, 2 read units a group.
async fn without_banned(
    app: &App,
    viewer: Option<&Uid>,
    filter: &GroupFilter,
    mut page: NumberedPage<(Group, Option<Member>)>,
) -> Result<NumberedPage<(Group, Option<Member>)>, ApiError> {
    let Some(uid) = viewer else { return Ok(page) };
    let now = parts::of(&page.items, |part| with_memberships(app, uid, part)).await?;
    page.cut(now.len());
    let is_seen =
        |group: &Group, member: Option<&Member>| group.is_known_to(member) && (member.is_some() || !filter.joined_only);
    let seen = now.into_iter().filter(|(group, member)| is_seen(group, member.as_ref())).collect();
    Ok(page.with(seen, |(before, _), (group, _): &(Group, _)| before.guid == group.guid))
}

/// Groups with the memberships that let the user read them.
async fn with_memberships(
    app: &App,
    uid: &Uid,
    groups: Vec<(Group, Option<Member>)>,
) -> Result<Vec<(Group, Option<Member>)>, ApiError> {
    let member_of = groups.iter().filter(|(_, member)| member.is_some()).map(|(group, _)| group.guid.clone());
    let mut memberships = app.store.memberships(uid, &member_of.collect()).await?;
    let now = groups.into_iter().map(|(group, _)| {
        let member = memberships.remove(&group.guid).and_then(|membership| membership.member);
        (group, member)
    });
    Ok(now.collect())
}

/// Each of these groups, if it is there, as the app sees it.
async fn load(app: &App, guids: Vec<Guid>) -> Result<Vec<Option<(Group, Option<Member>)>>, ApiError> {
    let mut groups: HashMap<Guid, Group> =
        app.store.groups_for(&guids, None).await?.into_iter().map(|(group, _)| (group.guid.clone(), group)).collect();
    Ok(guids.iter().map(|guid| Some((groups.remove(guid)?, None))).collect())
}

/// The GUIDs of a user's groups. Cost: as `Store::groups_of`.
async fn joined(app: &App, uid: &Uid) -> Result<BTreeSet<String>, StoreError> {
    Ok(app.store.groups_of(uid, usize::MAX).await?.iter().map(Guid::to_string).collect())
}

/// A page of the members that are asked for.
///
/// Members who are deactivated are left out of their page, which then is shorter; a search finds none of them, and looking
/// for a status is a search.
///
/// Cost: 1 round trip and 25 read units for each 1,000 members up to the page, then 1 and a read unit a member on the
/// page for each 100. A search looks at the profiles of all members up to the page's end, [`MAX_SEARCHED`] at the most: 2
/// round trips and 103 read units for each 100.
pub async fn members(app: &App, guid: &Guid, listing: &MemberListing) -> Result<NumberedPage<Person>, ApiError> {
    let MemberListing { page, scopes, presence, search_key } = listing;
    if search_key.is_some() || *presence != Presences::Any {
        return found_members(app, guid, listing).await;
    }
    let mut start = after(page).map(|uid| app.store.members_after(guid, &uid));
    let mut pager = Pager::new(page.clone(), false);
    while pager.wants_more() {
        let Rows { rows, rest } = app.store.members(guid, start, ROWS_AT_ONCE).await?;
        let is_wanted = |member: &Member| scopes.is_empty() || scopes.contains(&member.scope);
        rows.into_iter().filter(is_wanted).for_each(|member| pager.push(member));
        start = go_on(&mut pager, rest, SHARE);
    }
    people(app, pager.finish()).await
}

/// A page of the active members whose profile fits.
async fn found_members(app: &App, guid: &Guid, listing: &MemberListing) -> Result<NumberedPage<Person>, ApiError> {
    let MemberListing { page, scopes, presence, search_key } = listing;
    let holds = |user: &User, key: &String| folded(&user.name).contains(key) || user.uid.as_str().contains(key);
    let is_found = |user: &User| presence.keeps(user) && search_key.as_ref().is_none_or(|key| holds(user, key));
    let mut start = after(page).map(|uid| app.store.members_after(guid, &uid));
    let (mut pager, mut n_searched) = (Pager::new(page.clone(), false), 0);
    while pager.wants_more() && n_searched < MAX_SEARCHED {
        let most = if has_spent(SHARE) { LEAST_PROFILES } else { at_once() };
        let Rows { rows, rest } = app.store.members(guid, start, most).await?;
        n_searched += rows.len();
        let wanted: Vec<Member> =
            rows.into_iter().filter(|member| scopes.is_empty() || scopes.contains(&member.scope)).collect();
        let people = active(app, wanted).await?.into_iter().flatten();
        people.filter(|person| is_found(&person.user)).for_each(|person| pager.push(person));
        start = go_on(&mut pager, rest, SEARCH_SHARE);
    }
    Ok(pager.finish())
}

/// A page of the banned users. Cost: as [`members`].
pub async fn banned(app: &App, guid: &Guid, page: &PageNumber) -> Result<NumberedPage<Person>, ApiError> {
    let mut start = after(page).map(|uid| app.store.bans_after(guid, &uid));
    let mut pager = Pager::new(page.clone(), false);
    while pager.wants_more() {
        let Rows { rows, rest } = app.store.bans(guid, start, ROWS_AT_ONCE).await?;
        rows.into_iter().for_each(|member| pager.push(member));
        start = go_on(&mut pager, rest, SHARE);
    }
    people(app, pager.finish()).await
}

/// The user after whom a page is to be read.
fn after(page: &PageNumber) -> Option<Uid> {
    page.start().and_then(|name| Uid::parse(name).ok())
}

/// Where reading goes on, if the request may cost that.
fn go_on<T>(pager: &mut Pager<T>, rest: Option<Rest>, share: f64) -> Option<Rest> {
    match rest.as_ref().map(Rest::name) {
        None => pager.end(),
        Some(name) if has_spent(share) => pager.stop(name.unwrap_or_default()),
        Some(_) => {}
    }
    rest
}

async fn people(app: &App, mut page: NumberedPage<Member>) -> Result<NumberedPage<Person>, ApiError> {
    let people = parts::of(&page.items, |part| active(app, part)).await?;
    page.cut(people.len());
    let people = people.into_iter().flatten().collect();
    Ok(page.with(people, |member, person: &Person| member.uid == person.member.uid))
}

/// Each of the members, if their user is active.
async fn active(app: &App, members: Vec<Member>) -> Result<Vec<Option<Person>>, ApiError> {
    let users = profiles(app, members.iter().map(|member| member.uid.clone()).collect()).await?;
    let person = |(user, member): (Option<User>, Member)| Some(Person { user: user.filter(User::is_active)?, member });
    Ok(users.into_iter().zip(members).map(person).collect())
}
