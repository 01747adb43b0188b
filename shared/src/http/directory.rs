//! The parameters of the lists of users and groups (contract/related.md).

use lambda_http::Request;

use super::paging;
use super::query::Query;
use crate::error::ApiError;
use crate::model::paging::PageNumber;
use crate::model::time::Seconds;
use crate::model::user_filter::{Activity, Search, UserFilter, Window};

/// A list of users as asked for.
#[derive(Clone, Debug)]
pub struct UserListing {
    /// Which page.
    pub page: PageNumber,
    /// Which users.
    pub filter: UserFilter,
    /// Whether `pagination.total` is wanted.
    pub counts: bool,
    /// Whether tags are shown.
    pub with_tags: bool,
}

impl UserListing {
    /// Reads the query of a request.
    pub fn of(req: &Request) -> Result<UserListing, ApiError> {
        let query = Query::of(req);
        let activity = match (query.flag("onlyDeactivated")?, query.flag("withDeactivated")?) {
            (true, _) => Activity::Deactivated,
            (false, true) => Activity::Any,
            (false, false) => Activity::Active,
        };
        let filter = UserFilter {
            activity,
            search: search(&query, "uid")?,
            roles: owned(["role", "roles"].into_iter().flat_map(|name| query.list(name))),
            tags: owned(query.list("tags").into_iter()),
            online_only: online_only(&query)?,
            created: window(&query, "createdAt")?,
            updated: window(&query, "updatedAt")?,
        };
        let (counts, with_tags) = (query.flag("count")?, query.flag("withTags")?);
        Ok(UserListing { page: paging::page(&query)?, filter, counts, with_tags })
    }
}

/// Whether `status` asks for users who are online and for no others: presence is not known, so there are none.
pub fn online_only(query: &Query) -> Result<bool, ApiError> {
    let statuses = query.list("status");
    if statuses.iter().any(|status| !matches!(*status, "available" | "online" | "offline")) {
        return Err(ApiError::field("status", "must be available or offline."));
    }
    Ok(!statuses.is_empty() && !statuses.contains(&"offline"))
}

fn search(query: &Query, id_place: &str) -> Result<Option<Search>, ApiError> {
    let Some(key) = query.text("searchKey") else { return Ok(None) };
    let search = Search::new(key, &query.list("searchIn"), id_place);
    search.map(Some).map_err(|problem| ApiError::field("searchIn", problem))
}

fn window(query: &Query, name: &str) -> Result<Window, ApiError> {
    let second = |end: &str| Ok::<_, ApiError>(query.number(&format!("{name}[{end}]"))?.map(Seconds::new));
    Ok(Window { from: second("from")?, to: second("to")? })
}

fn owned<'q>(values: impl Iterator<Item = &'q str>) -> Vec<String> {
    values.map(str::to_owned).collect()
}
