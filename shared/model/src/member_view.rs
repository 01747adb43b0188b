//! Members and banned users as answered (contract/related.md, "Group members and bans").

use serde::Serialize;

use super::group::{Member, Scope};
use super::time::Seconds;
use super::uid::{Guid, Uid};
use super::user::{User, UserView};

/// A user with their membership of a group.
#[derive(Clone, Debug)]
pub struct Person {
    /// The user.
    pub user: User,
    /// The membership, or what it was before a ban.
    pub member: Member,
}

/// A member or a banned user in a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    #[serde(flatten)]
    user: UserView,
    scope: Scope,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_banned: Option<bool>,
    joined_at: Seconds,
}

impl MemberView {
    /// A member as `viewer` sees them.
    pub fn of(person: &Person, viewer: Option<&Uid>) -> MemberView {
        let Person { user, member } = person;
        let view = UserView::of(user);
        let user = match viewer {
            Some(viewer) => view.seen_by(viewer),
            None => view,
        };
        MemberView { user, scope: member.scope, is_banned: None, joined_at: member.joined_at }
    }

    /// Adds that they are banned.
    pub fn banned(mut self) -> MemberView {
        self.is_banned = Some(true);
        self
    }
}

/// The answer to a change of scope.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScopeView {
    guid: Guid,
    uid: Uid,
    scope: Scope,
    joined_at: Seconds,
}

impl ScopeView {
    /// The member as they are now.
    pub fn of(guid: &Guid, member: &Member) -> ScopeView {
        ScopeView { guid: guid.clone(), uid: member.uid.clone(), scope: member.scope, joined_at: member.joined_at }
    }
}
