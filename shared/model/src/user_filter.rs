//! Which users a list shows (contract/related.md, `GET /users`).

use super::filter::folded;
use super::query::Query;
use super::time::Seconds;
use super::user::User;
use crate::problem::Problem;

/// Which users are listed as to deactivation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activity {
    /// The active ones.
    #[default]
    Active,
    /// The deactivated ones.
    Deactivated,
    /// All.
    Any,
}

/// A text that a name or an id begins with, whatever its case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    key: String,
    in_name: bool,
    in_id: bool,
}

impl Search {
    /// A search for `key` in the places named, which are `name` and that of the id; none means both.
    pub fn new(key: &str, places: &[&str], id_place: &str) -> Result<Search, String> {
        if places.iter().any(|place| *place != "name" && *place != id_place) {
            return Err(format!("must be name or {id_place}."));
        }
        let holds = |place| places.is_empty() || places.contains(&place);
        Ok(Search { key: folded(key), in_name: holds("name"), in_id: holds(id_place) })
    }

    /// Reads `searchKey` and `searchIn`; `id_place` is what the latter calls the id.
    pub fn parse(query: &Query, id_place: &str) -> Result<Option<Search>, Problem> {
        let Some(key) = query.text("searchKey") else { return Ok(None) };
        let search = Search::new(key, &query.list("searchIn"), id_place);
        search.map(Some).map_err(|problem| Problem::field("searchIn", problem))
    }

    /// What the ids begin with, if ids alone are searched.
    pub fn id_prefix(&self) -> Option<&str> {
        (self.in_id && !self.in_name).then_some(self.key.as_str())
    }

    /// Whether a user may be found of whom no more is known than their UID and the beginning of their name as it is
    /// ordered; of an empty one nothing is known.
    pub fn may_find(&self, name: &str, uid: &str, ordered: impl Fn(&str) -> String) -> bool {
        let key = ordered(&self.key);
        let begins_so = name.is_empty() || name.starts_with(&key);
        (self.in_id && uid.starts_with(&self.key)) || (self.in_name && begins_so)
    }

    /// Whether this name or id is found.
    pub fn finds(&self, name: &str, id: &str) -> bool {
        (self.in_id && id.starts_with(&self.key)) || (self.in_name && folded(name).starts_with(&self.key))
    }
}

/// The seconds between two, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first.
    pub from: Option<Seconds>,
    /// The last.
    pub to: Option<Seconds>,
}

impl Window {
    /// Reads `<name>[from]` and `<name>[to]`.
    pub fn parse(query: &Query, name: &str) -> Result<Window, Problem> {
        let second = |end: &str| Ok::<_, Problem>(query.number(&format!("{name}[{end}]"))?.map(Seconds::new));
        Ok(Window { from: second("from")?, to: second("to")? })
    }

    /// Whether `at` lies in it.
    pub fn holds(self, at: Seconds) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }
}

/// Reads `sortOrder`: whether the last comes first.
pub fn is_descending(raw: &str) -> Result<bool, &'static str> {
    match raw.to_ascii_lowercase().as_str() {
        "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err("must be asc or desc."),
    }
}

/// Which users are listed as to presence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presences {
    /// All.
    #[default]
    Any,
    /// Those who are there.
    Online,
    /// Those who are not.
    Offline,
}

impl Presences {
    /// Reads `status`, a list.
    pub fn parse(query: &Query) -> Result<Presences, Problem> {
        let statuses = query.list("status");
        if statuses.iter().any(|status| !matches!(*status, "available" | "online" | "offline")) {
            return Err(Problem::field("status", "must be available or offline."));
        }
        let wants = |status: &str| statuses.contains(&status);
        Ok(match (wants("available") || wants("online"), wants("offline")) {
            (true, false) => Presences::Online,
            (false, true) => Presences::Offline,
            (true, true) | (false, false) => Presences::Any,
        })
    }

    /// Whether a list shows `user`.
    pub fn keeps(self, user: &User) -> bool {
        match self {
            Presences::Any => true,
            Presences::Online => user.is_online(),
            Presences::Offline => !user.is_online(),
        }
    }
}

/// The filters of a list of users; the default shows the active ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Whom as to deactivation.
    pub activity: Activity,
    /// Whose name or UID begins so.
    pub search: Option<Search>,
    /// Any of these roles; none means all.
    pub roles: Vec<String>,
    /// Any of these tags; none means all.
    pub tags: Vec<String>,
    /// Whom as to presence.
    pub presence: Presences,
    /// When they were created.
    pub created: Window,
    /// When they were changed last, or created.
    pub updated: Window,
}

impl UserFilter {
    /// Whether the ids alone tell who is shown.
    pub fn is_plain(&self) -> bool {
        *self == UserFilter { activity: self.activity, ..UserFilter::default() }
    }

    /// Whether a list with this filter shows `user`.
    pub fn keeps(&self, user: &User) -> bool {
        self.keeps_activity(user)
            && self.presence.keeps(user)
            && self.search.as_ref().is_none_or(|search| search.finds(&user.name, user.uid.as_str()))
            && (self.roles.is_empty() || self.roles.iter().any(|role| role.eq_ignore_ascii_case(user.role.as_str())))
            && (self.tags.is_empty() || user.tags.has_any(&self.tags))
            && self.created.holds(user.created_at)
            && self.updated.holds(user.touched_at())
    }

    fn keeps_activity(&self, user: &User) -> bool {
        match self.activity {
            Activity::Active => user.is_active(),
            Activity::Deactivated => !user.is_active(),
            Activity::Any => true,
        }
    }
}
