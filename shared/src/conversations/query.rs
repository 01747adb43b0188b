//! The parameters of the list of conversations (contract/related.md, `GET /conversations`).

use model::filter::folded;
use model::paging::PageNumber;
use model::problem::Problem;
use model::query::Query;

/// Who pins conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum Pinner {
    /// The acting user.
    Me,
    /// The app.
    System,
}

/// A list of conversations as asked for.
#[derive(Clone, Debug)]
pub struct ConversationListing {
    /// Which page.
    pub page: PageNumber,
    /// Only with users, or only with groups.
    pub conversation_type: Option<String>,
    /// Only with whose name begins so; see [`folded`].
    pub search_key: Option<String>,
    /// Only those that any of these has pinned; none means all.
    pub pinned_by: Vec<Pinner>,
    /// Only with unread messages.
    pub unread: bool,
    /// Any of these tags; none means all.
    pub tags: Vec<String>,
    /// With users of any of these tags; none means all.
    pub user_tags: Vec<String>,
    /// With groups of any of these tags; none means all.
    pub group_tags: Vec<String>,
    /// Show the tags of the conversation.
    pub with_tags: bool,
    /// Show the tags of the other side.
    pub with_other_tags: bool,
    /// Also those with users whom the acting user has blocked.
    pub include_blocked: bool,
    /// Show who of the two has blocked the other.
    pub with_blocked_info: bool,
    /// Only those with agents, of which there are none.
    pub only_agentic: bool,
    /// Each conversation once, not once for each of its users.
    pub unique: bool,
}

impl ConversationListing {
    /// Reads a query; `is_app` says whether no user acts.
    pub fn parse(query: &Query, is_app: bool) -> Result<ConversationListing, Problem> {
        let unique = query.flag("unique")?;
        if unique && !is_app {
            return Err(Problem::field("unique", "cannot be combined with onBehalfOf."));
        }
        // Agents do not exist here, so nothing is hidden; both forms of the index answer the same.
        for ignored in ["hideAgentic", "useCursoredIndex"] {
            query.flag(ignored)?;
        }
        let pinned_by = pinned_by(query)?;
        if is_app && !pinned_by.is_empty() {
            return Err(Problem::field("pinnedBy", "needs a user to ask: add onBehalfOf."));
        }
        let owned = |name: &str| query.list(name).into_iter().map(str::to_owned).collect::<Vec<_>>();
        Ok(ConversationListing {
            page: PageNumber::parse(query)?,
            conversation_type: query.parsed("conversationType", crate::messages::query::receiver_type)?,
            search_key: query.text("searchKey").map(folded),
            pinned_by,
            unread: query.flag("unread")?,
            tags: owned("tags"),
            user_tags: owned("userTags"),
            group_tags: owned("groupTags"),
            with_tags: query.flag("withTags")?,
            with_other_tags: query.flag("withUserAndGroupTags")?,
            include_blocked: query.flag("includeBlockedUsers")?,
            with_blocked_info: query.flag("withBlockedInfo")?,
            only_agentic: query.flag("onlyAgentic")?,
            unique,
        })
    }

    /// Whether states alone do not tell which conversations are listed.
    pub fn is_filtered(&self) -> bool {
        self.unread || self.looks_at_others()
    }

    /// Whether the other sides must be looked at to tell which conversations are listed.
    pub fn looks_at_others(&self) -> bool {
        self.search_key.is_some() || !self.user_tags.is_empty() || !self.group_tags.is_empty()
    }
}

fn pinned_by(query: &Query) -> Result<Vec<Pinner>, Problem> {
    let pinners = query.list("pinnedBy").into_iter().map(str::parse).collect::<Result<_, _>>();
    pinners.map_err(|_| Problem::field("pinnedBy", "must be me, system, or both."))
}
