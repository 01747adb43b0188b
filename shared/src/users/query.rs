//! The parameters of the list of users (contract/related.md, "Users").

use std::collections::BTreeSet;

use model::fields::MAX_NAMED;
use model::problem::Problem;
use model::query::Query;
use model::uid::Uid;
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
    /// Whether who is online comes first.
    pub is_by_status: bool,
    /// Whether the last name comes first.
    pub is_falling: bool,
    /// Only users of these UIDs.
    pub uids: Option<BTreeSet<Uid>>,
    /// Only friends of who asks.
    pub friends_only: bool,
    /// Without those whom who asks blocks.
    pub hides_blocked: bool,
}

impl UserListing {
    /// Reads a query; `viewer` is who asks, if it is a user.
    pub fn parse(query: &Query, viewer: Option<&Uid>) -> Result<UserListing, Problem> {
        let of_viewer = |name| match query.flag(name)? {
            true if viewer.is_none() => Err(Problem::field(name, "needs a user to ask: add onBehalfOf.")),
            flag => Ok(flag),
        };
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
        let is_by_status = query.parsed("sortBy", |by| match by {
            "status" => Ok(true),
            "name" => Ok(false),
            _ => Err("must be status or name."),
        })?;
        Ok(UserListing {
            filter,
            counts: query.flag("count")?,
            with_tags: query.flag("withTags")?,
            // The app copies lists, and who comes online while it does would be missed.
            is_by_status: is_by_status.unwrap_or(viewer.is_some()),
            is_falling: query.parsed("sortOrder", is_descending)?.unwrap_or_default(),
            uids: uids(query)?,
            friends_only: of_viewer("friendsOnly")?,
            hides_blocked: of_viewer("hideBlockedUsers")?,
        })
    }
}

impl UserListing {
    /// Whether a user of this UID is asked for.
    pub(super) fn names(&self, uid: &Uid) -> bool {
        self.uids.as_ref().is_none_or(|named| named.contains(uid))
    }
}

/// The UIDs that are asked for; what is none names nobody.
fn uids(query: &Query) -> Result<Option<BTreeSet<Uid>>, Problem> {
    let named = query.list("uids");
    if MAX_NAMED < named.len() {
        return Err(Problem::field("uids", format!("must not name more than {MAX_NAMED} users.")));
    }
    Ok((!named.is_empty()).then(|| named.into_iter().filter_map(|uid| Uid::parse(uid).ok()).collect()))
}
