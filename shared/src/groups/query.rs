//! The parameters of the lists of groups and of members (contract/related.md).

use model::filter::folded;
use model::group::{GroupType, Scope};
use model::group_filter::{Comparison, GroupFilter, GroupOrder, GroupQuery, SortBy};
use model::page::Affix;
use model::paging::PageNumber;
use model::problem::Problem;
use model::query::Query;
use model::time::Seconds;
use model::uid::Uid;
use model::user_filter::{Presences, Search, Window, is_descending};

/// A list of groups as asked for.
#[derive(Clone, Debug)]
pub struct GroupListing {
    /// Which groups, in which order, on which page.
    pub query: GroupQuery,
    /// Whether tags are shown.
    pub with_tags: bool,
}

impl GroupListing {
    /// Reads a query; `viewer` is who asks, if it is a user.
    pub fn parse(query: &Query, viewer: Option<&Uid>) -> Result<GroupListing, Problem> {
        let types = ["type", "types"].into_iter().flat_map(|name| query.list(name)).map(GroupType::parse);
        let joined_only = query.flag("hasJoined")?;
        if joined_only && viewer.is_none() {
            return Err(Problem::field("hasJoined", "needs a user to ask: add onBehalfOf."));
        }
        let filter = GroupFilter {
            search: Search::parse(query, "guid")?,
            types: types.collect::<Result<_, _>>().map_err(|problem| Problem::field("types", problem))?,
            tags: query.list("tags").into_iter().map(str::to_owned).collect(),
            updated: changed_window(query)?,
            members: members_count(query)?,
            joined_only,
        };
        let order = GroupOrder {
            by: query.parsed("sortBy", SortBy::parse)?.unwrap_or_default(),
            is_descending: query.parsed("sortOrder", is_descending)?.unwrap_or_default(),
        };
        let page = PageNumber::parse(query)?;
        Ok(GroupListing { query: GroupQuery { page, filter, order }, with_tags: query.flag("withTags")? })
    }
}

/// `updatedAt` with `affix`: changed after that second, or with `prepend` before it; else `updatedAt[from]`, `[to]`.
fn changed_window(query: &Query) -> Result<Window, Problem> {
    let affix = query.parsed("affix", Affix::parse)?.unwrap_or(Affix::Append);
    Ok(match (query.number("updatedAt")?, affix) {
        (Some(second), Affix::Append) => Window { from: Some(Seconds::new(second).plus(1)), to: None },
        (Some(second), Affix::Prepend) => Window { from: None, to: Some(Seconds::new(second.saturating_sub(1))) },
        (None, _) => Window::parse(query, "updatedAt")?,
    })
}

fn members_count(query: &Query) -> Result<Vec<(Comparison, u64)>, Problem> {
    let mut wanted = Vec::new();
    for (comparison, suffix) in Comparison::ALL {
        let number = query.number(&format!("membersCount[{suffix}]"))?;
        wanted.extend(number.map(|number| (comparison, number)));
    }
    wanted.extend(query.number("membersCount")?.map(|number| (Comparison::Eq, number)));
    Ok(wanted)
}

/// A list of members as asked for.
#[derive(Clone, Debug)]
pub struct MemberListing {
    /// Which page.
    pub page: PageNumber,
    /// Any of these scopes; none means all.
    pub scopes: Vec<Scope>,
    /// Whom as to presence.
    pub presence: Presences,
    /// What the name or UID holds, folded.
    pub search_key: Option<String>,
}

impl MemberListing {
    /// Reads a query.
    pub fn parse(query: &Query) -> Result<MemberListing, Problem> {
        let scopes = ["scope", "scopes"].into_iter().flat_map(|name| query.list(name)).map(Scope::parse);
        let scopes = scopes.collect::<Result<_, _>>().map_err(|problem| Problem::field("scopes", problem))?;
        Ok(MemberListing {
            page: PageNumber::parse(query)?,
            scopes,
            presence: Presences::parse(query)?,
            search_key: query.text("searchKey").map(folded),
        })
    }
}
