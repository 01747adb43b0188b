//! Pages of a group's members and of its banned users.

use std::collections::HashMap;

use crate::app::App;
use crate::error::ApiError;
use crate::store::partition::Rows;
use model::group::{Member, Scope};
use model::member_view::Person;
use model::paging::{NumberedPage, PageNumber, Pager};
use model::uid::{Guid, Uid};
use model::user::User;

/// How many rows are read at once.
const ROWS_AT_ONCE: usize = 1_000;

/// A page of the members with one of these scopes; none means all. Nobody is known to be online.
///
/// Members who are deactivated are left out of their page, which then is shorter.
///
/// Cost: 1 round trip and 25 read units for each 1,000 members up to the page, then 1 and a read unit a member on the
/// page for each 100.
pub async fn members(
    app: &App,
    guid: &Guid,
    scopes: &[Scope],
    online_only: bool,
    page: PageNumber,
) -> Result<NumberedPage<Person>, ApiError> {
    let (mut pager, mut start) = (Pager::new(page, false), None);
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
    let uids: Vec<&Uid> = page.items.iter().map(|member| &member.uid).collect();
    let users = app.store.users(&uids).await?;
    let mut users: HashMap<Uid, User> = users.into_iter().map(|user| (user.uid.clone(), user)).collect();
    let person = |member: &Member| {
        let user = users.remove(&member.uid).filter(User::is_active)?;
        Some(Person { user, member: member.clone() })
    };
    let people = page.items.iter().filter_map(person).collect();
    Ok(page.with(people, |member, person| member.uid == person.member.uid))
}
