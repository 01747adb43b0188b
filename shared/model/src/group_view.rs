//! The group as answered (contract/related.md, "Group object").

use serde::Serialize;
use serde_json::{Map, Value};

use super::group::{Group, GroupType, Member, Scope};
use super::profile;
use super::tags::Tags;
use super::time::Seconds;
use super::uid::{Guid, Uid};

/// A group as answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupView {
    guid: Guid,
    name: String,
    #[serde(rename = "type")]
    group_type: GroupType,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: Map<String, Value>,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    tags: Tags,
    owner: Uid,
    members_count: u64,
    created_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_by: Option<Uid>,
    conversation_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    online_members_count: Option<usize>,
    #[serde(flatten)]
    membership: Option<MembershipView>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MembershipView {
    scope: Scope,
    joined_at: Seconds,
    has_joined: bool,
}

impl GroupView {
    /// The group as everybody may see it.
    pub fn of(group: &Group) -> GroupView {
        GroupView {
            guid: group.guid.clone(),
            name: group.name.clone(),
            group_type: group.group_type,
            icon: group.icon.clone(),
            description: group.description.clone(),
            metadata: profile::public(&group.metadata),
            tags: group.tags.clone(),
            owner: group.owner.clone(),
            members_count: group.members_count,
            created_at: group.created_at,
            updated_at: group.updated_at,
            updated_by: group.updated_by.clone(),
            conversation_id: group.conversation().to_string(),
            online_members_count: None,
            membership: None,
        }
    }

    /// Adds how many of the members have an open socket.
    pub fn with_online(mut self, members: usize) -> GroupView {
        self.online_members_count = Some(members);
        self
    }

    /// Adds the `@private` part of the metadata, for the app.
    pub fn to_the_app(mut self, group: &Group) -> GroupView {
        self.metadata = profile::whole(self.metadata, group.private_metadata.as_ref());
        self
    }

    /// Leaves the tags out, which lists show only with `withTags`.
    pub fn without_tags(mut self) -> GroupView {
        self.tags = Tags::default();
        self
    }

    /// Adds the membership of the viewer.
    pub fn seen_by(mut self, member: Option<&Member>) -> GroupView {
        self.membership =
            member.map(|member| MembershipView { scope: member.scope, joined_at: member.joined_at, has_joined: true });
        self
    }
}
