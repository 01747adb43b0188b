//! Which groups a list shows, and in which order (contract/related.md, `GET /groups`).

use std::cmp::Ordering;

use strum::EnumString;

use super::group::{Group, GroupType};
use super::paging::PageNumber;
use super::user_filter::{Search, Window};

/// How a number compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Eq,
    /// Another.
    Neq,
    /// Less.
    Lt,
    /// Less, or the same.
    Lte,
    /// More.
    Gt,
    /// More, or the same.
    Gte,
}

impl Comparison {
    /// Each with its suffix in the query.
    pub const ALL: [(Comparison, &str); 6] = [
        (Comparison::Eq, "eq"),
        (Comparison::Neq, "neq"),
        (Comparison::Lt, "lt"),
        (Comparison::Lte, "lte"),
        (Comparison::Gt, "gt"),
        (Comparison::Gte, "gte"),
    ];

    fn holds(self, one: u64, other: u64) -> bool {
        match self {
            Comparison::Eq => one == other,
            Comparison::Neq => one != other,
            Comparison::Lt => one < other,
            Comparison::Lte => one <= other,
            Comparison::Gt => one > other,
            Comparison::Gte => one >= other,
        }
    }
}

/// The filters of a list of groups; the default shows all that the viewer may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFilter {
    /// Whose name or GUID begins so.
    pub search: Option<Search>,
    /// Any of these types; none means all.
    pub types: Vec<GroupType>,
    /// Any of these tags; none means all.
    pub tags: Vec<String>,
    /// When they were changed last, or created.
    pub updated: Window,
    /// What must be true of the number of members.
    pub members: Vec<(Comparison, u64)>,
    /// Only groups that the viewer belongs to.
    pub joined_only: bool,
}

impl GroupFilter {
    /// Whether a list with this filter shows `group`.
    pub fn keeps(&self, group: &Group) -> bool {
        self.search.as_ref().is_none_or(|search| search.finds(&group.name, group.guid.as_str()))
            && (self.types.is_empty() || self.types.contains(&group.group_type))
            && (self.tags.is_empty() || group.tags.has_any(&self.tags))
            && self.updated.holds(group.touched_at())
            && self.members.iter().all(|(comparison, number)| comparison.holds(group.members_count, *number))
    }
}

/// By what a list of groups is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum SortBy {
    /// The GUID.
    #[default]
    Guid,
    /// The name, whatever its case.
    Name,
    /// The time of creation.
    CreatedAt,
}

impl SortBy {
    /// Reads `guid`, `name` or `createdAt`.
    pub fn parse(raw: &str) -> Result<SortBy, &'static str> {
        raw.parse().map_err(|_| "must be name, guid or createdAt.")
    }
}

/// The order of a list of groups; the default is the one in which they are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupOrder {
    /// By what.
    pub by: SortBy,
    /// Whether the last comes first.
    pub is_descending: bool,
}

impl GroupOrder {
    /// Which of two groups comes first; the GUID decides between equals.
    pub fn compare(self, one: &Group, other: &Group) -> Ordering {
        let by_guid = one.guid.cmp(&other.guid);
        let order = match self.by {
            SortBy::Guid => by_guid,
            SortBy::Name => one.name.to_lowercase().cmp(&other.name.to_lowercase()).then(by_guid),
            SortBy::CreatedAt => one.created_at.cmp(&other.created_at).then(by_guid),
        };
        if self.is_descending { order.reverse() } else { order }
    }
}

/// A list of groups as asked for.
#[derive(Clone, Debug)]
pub struct GroupQuery {
    /// Which page.
    pub page: PageNumber,
    /// Which groups.
    pub filter: GroupFilter,
    /// In which order.
    pub order: GroupOrder,
}
