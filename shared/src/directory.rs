//! Pages of all groups, and the walk over an index of ids.

use crate::app::App;
use crate::error::ApiError;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::id_index::{IdIndex, IdPage};
use model::conversation::ConversationId;
use model::group::{Group, Member};
use model::group_filter::{GroupFilter, GroupOrder, GroupQuery};
use model::paging::{NumberedPage, PageNumber, Pager};
use model::uid::{Guid, Uid};

/// How many ids are read at once.
const NAMES_AT_ONCE: usize = 1_000;
/// How many profiles are read at once for a filter: one batch of the store.
const PROFILES_AT_ONCE: usize = 100;

/// One roster after the other, from front to back.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    store: &'a Store,
    /// What is left; the last comes first.
    rosters: Vec<IdIndex>,
    prefix: &'a str,
    after: Option<String>,
    /// Ids in hand, which come before those of the rosters.
    given: Vec<String>,
}

impl<'a> Walk<'a> {
    /// A walk over the ids that begin with `prefix`.
    pub(crate) fn new(store: &'a Store, rosters: &[IdIndex], prefix: &'a str) -> Walk<'a> {
        Walk { store, rosters: rosters.iter().rev().copied().collect(), prefix, after: None, given: Vec::new() }
    }

    /// A walk over these ids.
    fn over(store: &'a Store, given: Vec<String>) -> Walk<'a> {
        Walk { store, rosters: Vec::new(), prefix: "", after: None, given }
    }

    /// Up to `most` further ids; none at the end.
    pub(crate) async fn next(&mut self, most: usize) -> Result<Vec<String>, StoreError> {
        if !self.given.is_empty() {
            let further = self.given.split_off(most.min(self.given.len()));
            return Ok(std::mem::replace(&mut self.given, further));
        }
        while let Some(roster) = self.rosters.last().copied() {
            let IdPage { names, is_all } = self.store.roster(roster, self.prefix, self.after.as_deref(), most).await?;
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
    pub(crate) async fn page<T>(
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

/// A page of the groups that `viewer` may see, with what each is to them; the app sees all.
///
/// Cost for the app without filter and order: as `users::list::page`. Else the groups up to the page's end are read, with the
/// viewer's membership: 3 round trips and about 202 read units for each 100; in another order than by GUID all groups.
/// The groups that the viewer has joined are read from their own rows.
pub async fn groups(
    app: &App,
    viewer: Option<&Uid>,
    query: &GroupQuery,
) -> Result<NumberedPage<(Group, Option<Member>)>, ApiError> {
    let GroupQuery { page, filter, order } = query;
    let prefix = filter.search.as_ref().and_then(|search| search.id_prefix());
    let mut walk = match viewer.filter(|_| filter.joined_only) {
        Some(uid) => Walk::over(&app.store, joined(app, uid).await?),
        None => Walk::new(&app.store, &[IdIndex::Groups], prefix.unwrap_or_default()),
    };
    if *filter == GroupFilter::default() && *order == GroupOrder::default() && viewer.is_none() {
        let guids = walk.page(*page, false, |name| Guid::parse(&name).ok()).await?;
        let groups = app.store.groups_for(&guids.items, None).await?;
        return Ok(guids.with(groups, |guid, (group, _)| *guid == group.guid));
    }
    let is_stored_order = *order == GroupOrder::default();
    let (mut pager, mut all) = (Pager::new(*page, false), Vec::new());
    while pager.wants_more() {
        let names = walk.next(PROFILES_AT_ONCE).await?;
        if names.is_empty() {
            pager.end();
        }
        let guids: Vec<Guid> = names.iter().filter_map(|name| Guid::parse(name).ok()).collect();
        for (group, member) in app.store.groups_for(&guids, viewer).await? {
            let is_seen = viewer.is_none() || crate::groups::group::is_visible(&group, member.is_some());
            if is_seen && (member.is_some() || !filter.joined_only) && filter.keeps(&group) {
                if is_stored_order { pager.push((group, member)) } else { all.push((group, member)) }
            }
        }
    }
    if is_stored_order {
        return Ok(pager.finish());
    }
    all.sort_by(|(one, _), (other, _)| order.compare(one, other));
    Ok(NumberedPage::of(all, *page))
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
