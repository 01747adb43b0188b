//! Pages of groups, of a group's members and of its banned users.

use std::collections::HashMap;

use super::query::MemberListing;
use crate::app::App;
use crate::error::ApiError;
use crate::id_walk::IdWalk;
use crate::store::error::StoreError;
use crate::store::id_index::IdIndex;
use crate::store::partition::Rows;
use model::conversation::ConversationId;
use model::filter::folded;
use model::group::{Group, Member, Scope};
use model::group_filter::{GroupFilter, GroupOrder, GroupQuery};
use model::member_view::Person;
use model::paging::{NumberedPage, PageNumber, Pager};
use model::uid::{Guid, Uid};
use model::user::User;

/// How many groups are read at once for a filter: one batch of the store.
const GROUPS_AT_ONCE: usize = 100;
/// How many members a search looks at: those of groups up to the size that keeps receipts, and of larger ones the first.
pub const MAX_SEARCHED: usize = 1_500;
/// How many profiles are read at once for a search.
const PROFILES_AT_ONCE: usize = 100;
/// How many rows are read at once.
const ROWS_AT_ONCE: usize = 1_000;

/// A page of the groups that `viewer` may see, with their membership of each; the app sees all.
///
/// Cost for the app without filter and order: 1 round trip and 13 read units for each 1,000 GUIDs up to the page, then 1
/// and a read unit a group on the page for each 100. Else the groups up to the page's end are read, with the viewer's
/// membership: 3 round trips and about 202 read units for each 100; in another order than by GUID all groups. The groups
/// that the viewer has joined are read from their own rows. Then 1 round trip and 2 read units for each group on the page
/// that the viewer belongs to.
pub async fn groups(
    app: &App,
    viewer: Option<&Uid>,
    query: &GroupQuery,
) -> Result<NumberedPage<(Group, Option<Member>)>, ApiError> {
    let GroupQuery { page, filter, order } = query;
    let prefix = filter.search.as_ref().and_then(|search| search.id_prefix());
    let mut walk = match viewer.filter(|_| filter.joined_only) {
        Some(uid) => IdWalk::over(&app.store, joined(app, uid).await?),
        None => IdWalk::new(&app.store, &[IdIndex::Groups], prefix.unwrap_or_default()),
    };
    if *filter == GroupFilter::default() && *order == GroupOrder::default() && viewer.is_none() {
        let guids = walk.page(*page, false, |name| Guid::parse(&name).ok()).await?;
        let groups = app.store.groups_for(&guids.items, None).await?;
        return Ok(guids.with(groups, |guid, (group, _)| *guid == group.guid));
    }
    let is_stored_order = *order == GroupOrder::default();
    let (mut pager, mut all) = (Pager::new(*page, false), Vec::new());
    while pager.wants_more() {
        let names = walk.next(GROUPS_AT_ONCE).await?;
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
    without_banned(app, viewer, filter, NumberedPage::of(all, *page)).await
}

/// The page without what a ban takes from the viewer, whatever membership is stored beside it.
///
/// Cost: 1 round trip for each 50 groups on the page that they belong to, 2 read units a group.
async fn without_banned(
    app: &App,
    viewer: Option<&Uid>,
    filter: &GroupFilter,
    page: NumberedPage<(Group, Option<Member>)>,
) -> Result<NumberedPage<(Group, Option<Member>)>, ApiError> {
    let Some(uid) = viewer else { return Ok(page) };
    let member_of = page.items.iter().filter(|(_, member)| member.is_some()).map(|(group, _)| group.guid.clone());
    let memberships = app.store.memberships(uid, &member_of.collect()).await?;
    let now = page.items.iter().map(|(group, _)| {
        let member = memberships.get(&group.guid).and_then(|membership| membership.member.clone());
        (group.clone(), member)
    });
    let is_seen =
        |group: &Group, member: Option<&Member>| group.is_known_to(member) && (member.is_some() || !filter.joined_only);
    let seen = now.filter(|(group, member)| is_seen(group, member.as_ref())).collect();
    Ok(page.with(seen, |(before, _), (group, _)| before.guid == group.guid))
}

/// The GUIDs of a user's groups, rising. Cost: as `Store::conversations_of`.
async fn joined(app: &App, uid: &Uid) -> Result<Vec<String>, StoreError> {
    let conversations = app.store.conversations_of(uid).await?;
    let guids = conversations.into_iter().filter_map(|row| match row.conversation {
        ConversationId::Group(guid) => Some(guid.to_string()),
        ConversationId::Users(..) => None,
    });
    let mut guids: Vec<String> = guids.collect();
    guids.sort();
    Ok(guids)
}

/// A page of the members that are asked for. Nobody is known to be online.
///
/// Members who are deactivated are left out of their page, which then is shorter; a search finds none of them.
///
/// Cost: 1 round trip and 25 read units for each 1,000 members up to the page, then 1 and a read unit a member on the
/// page for each 100. A search looks at the profiles of all members up to the page's end, [`MAX_SEARCHED`] at the most: 2
/// round trips and 103 read units for each 100.
pub async fn members(app: &App, guid: &Guid, listing: &MemberListing) -> Result<NumberedPage<Person>, ApiError> {
    let MemberListing { page, scopes, online_only, search_key } = listing;
    if let Some(key) = search_key.as_ref().filter(|_| !online_only) {
        return found_members(app, guid, scopes, key, *page).await;
    }
    let (mut pager, mut start) = (Pager::new(*page, false), None);
    while pager.wants_more() && !online_only {
        let Rows { rows, rest } = app.store.members(guid, start, ROWS_AT_ONCE).await?;
        let is_wanted = |member: &Member| scopes.is_empty() || scopes.contains(&member.scope);
        rows.into_iter().filter(is_wanted).for_each(|member| pager.push(member));
        start = rest;
        if start.is_none() {
            pager.end();
        }
    }
    people(app, pager.finish()).await
}

/// A page of the active members whose name or UID holds `key`.
async fn found_members(
    app: &App,
    guid: &Guid,
    scopes: &[Scope],
    key: &str,
    page: PageNumber,
) -> Result<NumberedPage<Person>, ApiError> {
    let (mut pager, mut start, mut n_searched) = (Pager::new(page, false), None, 0);
    while pager.wants_more() && n_searched < MAX_SEARCHED {
        let Rows { rows, rest } = app.store.members(guid, start, PROFILES_AT_ONCE).await?;
        n_searched += rows.len();
        let wanted: Vec<Member> =
            rows.into_iter().filter(|member| scopes.is_empty() || scopes.contains(&member.scope)).collect();
        let is_found = |user: &User| folded(&user.name).contains(key) || user.uid.as_str().contains(key);
        let people = active(app, &wanted).await?;
        people.into_iter().filter(|person| is_found(&person.user)).for_each(|person| pager.push(person));
        start = rest;
        if start.is_none() {
            pager.end();
        }
    }
    Ok(pager.finish())
}

/// A page of the banned users. Cost: as [`members`].
pub async fn banned(app: &App, guid: &Guid, page: PageNumber) -> Result<NumberedPage<Person>, ApiError> {
    let (mut pager, mut start) = (Pager::new(page, false), None);
    while pager.wants_more() {
        let Rows { rows, rest } = app.store.bans(guid, start, ROWS_AT_ONCE).await?;
        rows.into_iter().for_each(|member| pager.push(member));
        start = rest;
        if start.is_none() {
            pager.end();
        }
    }
    people(app, pager.finish()).await
}

async fn people(app: &App, page: NumberedPage<Member>) -> Result<NumberedPage<Person>, ApiError> {
    let people = active(app, &page.items).await?;
    Ok(page.with(people, |member, person| member.uid == person.member.uid))
}

/// The members whose users are active, in their order.
async fn active(app: &App, members: &[Member]) -> Result<Vec<Person>, ApiError> {
    let uids: Vec<&Uid> = members.iter().map(|member| &member.uid).collect();
    let users = app.store.users(&uids).await?;
    let mut users: HashMap<Uid, User> = users.into_iter().map(|user| (user.uid.clone(), user)).collect();
    let person = |member: &Member| {
        let user = users.remove(&member.uid).filter(User::is_active)?;
        Some(Person { user, member: member.clone() })
    };
    Ok(members.iter().filter_map(person).collect())
}
