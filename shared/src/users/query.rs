//! The parameters of the list of users (contract/related.md, "Users").

use model::problem::Problem;
use model::query::Query;
use model::user_filter::{Activity, Presences, Search, UserFilter, Window, is_descending};

/// A list of users as asked for; its page is asked for as in every list.
#[derive(Clone, Debug)]
pub struct UserListing {
    /// Which users.
    pub filter: UserFilter,
    /// Whether `pagination.total` is wanted.
    pub counts: bool,
    /// Whether tags are shown.
    pub with_tags: bool,
    /// Whether the last name comes first.
    pub is_falling: bool,
}

impl UserListing {
    /// Reads a query.
    pub fn parse(query: &Query) -> Result<UserListing, Problem> {
        let activity = match (query.flag("onlyDeactivated")?, query.flag("withDeactivated")?) {
            (true, _) => Activity::Deactivated,
            (false, true) => Activity::Any,
            (false, false) => Activity::Active,
        };
        let owned = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let filter = UserFilter {
            activity,
            search: Search::parse(query, "uid")?,
            roles: owned(["role", "roles"].into_iter().flat_map(|name| query.list(name)).collect()),
            tags: owned(query.list("tags")),
            presence: Presences::parse(query)?,
            created: Window::parse(query, "createdAt")?,
            updated: Window::parse(query, "updatedAt")?,
        };
        // Nobody is known to be online, so all have one status, and who are of one are by name and UID.
        query.parsed("sortBy", |by| match by {
            "status" | "name" => Ok(()),
            _ => Err("must be status or name."),
        })?;
        Ok(UserListing {
            filter,
            counts: query.flag("count")?,
            with_tags: query.flag("withTags")?,
            is_falling: query.parsed("sortOrder", is_descending)?.unwrap_or_default(),
        })
    }
}
