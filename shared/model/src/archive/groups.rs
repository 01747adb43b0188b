//! Groups and who belongs to them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::group::{Group, GroupType, Member, Scope};
use crate::id::MessageId;
use crate::tags::Tags;
use crate::time::Seconds;
use crate::uid::{Guid, Uid};

/// A group; see [`Group`]. It counts the members that are read after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the noun")]
pub struct GroupRecord {
    pub guid: Guid,
    pub name: String,
    #[serde(rename = "type")]
    pub group_type: GroupType,
    /// No API answers it, so only an export of the table has it. Without it nobody joins a group of the type `password`
    /// until it is given a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// The `@private` part of the metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Value>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    pub owner: Uid,
    pub created_at: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Seconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<Uid>,
}

impl From<Group> for GroupRecord {
    fn from(group: Group) -> GroupRecord {
        GroupRecord {
            guid: group.guid,
            name: group.name,
            group_type: group.group_type,
            password_hash: group.password_hash,
            icon: group.icon,
            description: group.description,
            metadata: group.metadata,
            private_metadata: group.private_metadata,
            tags: group.tags,
            owner: group.owner,
            created_at: group.created_at,
            updated_at: group.updated_at,
            updated_by: group.updated_by,
        }
    }
}

impl From<GroupRecord> for Group {
    fn from(record: GroupRecord) -> Group {
        Group {
            guid: record.guid,
            name: record.name,
            group_type: record.group_type,
            password_hash: record.password_hash,
            icon: record.icon,
            description: record.description,
            metadata: record.metadata,
            private_metadata: record.private_metadata,
            tags: record.tags,
            owner: record.owner,
            members_count: 0,
            created_at: record.created_at,
            updated_at: record.updated_at,
            updated_by: record.updated_by,
        }
    }
}

/// A member of a group; see [`Member`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberRecord {
    /// Of which group.
    pub guid: Guid,
    /// Who.
    pub uid: Uid,
    /// What they may do.
    pub scope: Scope,
    /// Since when they are one.
    pub joined_at: Seconds,
    /// Whether the group does not count them, because they are deactivated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_away: bool,
    /// The action message of their joining, if it is known: nobody waits for their receipts of what was there before, and
    /// to them it is not unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_id: Option<MessageId>,
}

impl MemberRecord {
    /// That somebody belongs to a group.
    pub fn new(guid: Guid, member: Member, start_id: Option<MessageId>) -> MemberRecord {
        let Member { uid, scope, joined_at, is_away } = member;
        MemberRecord { guid, uid, scope, joined_at, is_away, start_id }
    }

    /// The member.
    pub fn member(&self) -> Member {
        Member { is_away: self.is_away, ..Member::new(self.uid.clone(), self.scope, self.joined_at) }
    }
}

/// Somebody who is banned from a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BanRecord {
    /// From which group.
    pub guid: Guid,
    /// Who.
    pub uid: Uid,
    /// What they were allowed to do before.
    pub scope: Scope,
    /// When they had joined, or were banned if they never had.
    pub joined_at: Seconds,
}

impl BanRecord {
    /// That somebody is banned.
    pub fn new(guid: Guid, ban: Member) -> BanRecord {
        BanRecord { guid, uid: ban.uid, scope: ban.scope, joined_at: ban.joined_at }
    }

    /// What the group keeps of them.
    pub fn member(&self) -> Member {
        Member::new(self.uid.clone(), self.scope, self.joined_at)
    }
}
