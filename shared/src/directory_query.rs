//! The parameters of the list of users (contract/related.md).

use lambda_http::Request;

use crate::error::ApiError;
use crate::http::paging;
use crate::http::request;
use model::paging::PageNumber;
use model::user_filter::{self, Activity, Search, UserFilter, Window};

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
        let query = request::query(req);
        let activity = match (query.flag("onlyDeactivated")?, query.flag("withDeactivated")?) {
            (true, _) => Activity::Deactivated,
            (false, true) => Activity::Any,
            (false, false) => Activity::Active,
        };
        let filter = UserFilter {
            activity,
            search: Search::parse(&query, "uid")?,
            roles: owned(["role", "roles"].into_iter().flat_map(|name| query.list(name))),
            tags: owned(query.list("tags").into_iter()),
            online_only: user_filter::online_only(&query)?,
            created: Window::parse(&query, "createdAt")?,
            updated: Window::parse(&query, "updatedAt")?,
        };
        let (counts, with_tags) = (query.flag("count")?, query.flag("withTags")?);
        Ok(UserListing { page: paging::page(&query)?, filter, counts, with_tags })
    }
}

fn owned<'q>(values: impl Iterator<Item = &'q str>) -> Vec<String> {
    values.map(str::to_owned).collect()
}
