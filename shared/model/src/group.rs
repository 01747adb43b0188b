//! Groups, their members and bans (contract/related.md, "Group object", "Group members and bans").

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::{Display, EnumString};

use super::conversation::ConversationId;
use super::fields::{self, Fields};
use super::profile::{self, Metadata};
use super::tags::Tags;
use super::time::Seconds;
use super::uid::{Guid, Uid};
use crate::problem::{Code, Problem};

/// Who may join and who sees a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum GroupType {
    /// Anyone joins.
    Public,
    /// Anyone joins who knows the password.
    Password,
    /// Members are added by others.
    Private,
}

impl GroupType {
    /// Reads `public`, `password` or `private`.
    pub fn parse(raw: &str) -> Result<GroupType, &'static str> {
        raw.parse().map_err(|_| "must be public, private or password.")
    }
}

/// A group as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The group's id.
    pub guid: Guid,
    /// The name shown to people.
    pub name: String,
    /// Who may join.
    #[serde(rename = "type")]
    pub group_type: GroupType,
    /// What a password group keeps of its password: a PHC string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
    /// URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
    /// What the group is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the app keeps with the group, for everybody to see who sees the group.
    #[serde(default, skip_serializing_if = "Map::is_empty", with = "super::json_text")]
    pub metadata: Map<String, Value>,
    /// The `@private` part of the metadata, which only the app sees and sets.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "super::json_text")]
    pub private_metadata: Option<Value>,
    /// The group's tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// Who owns it; `app_system` owns without being a member.
    pub owner: Uid,
    /// How many members there are.
    pub members_count: u64,
    /// When the group was created.
    pub created_at: Seconds,
    /// When the group was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Seconds>,
    /// Who last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<Uid>,
}

impl Group {
    /// The most characters of a description.
    pub const MAX_DESCRIPTION: usize = 255;
    /// The most characters of a password.
    pub const MAX_PASSWORD: usize = 100;
    /// The most members.
    pub const MAX_MEMBERS: u64 = 100_000;

    /// When the group was changed last, or created.
    pub fn touched_at(&self) -> Seconds {
        self.updated_at.unwrap_or(self.created_at)
    }

    /// Whether a user may know that the group is there: a private one is known to its members alone.
    pub fn is_known_to(&self, member: Option<&Member>) -> bool {
        self.group_type != GroupType::Private || member.is_some()
    }

    /// The conversation of the group.
    pub fn conversation(&self) -> ConversationId {
        ConversationId::Group(self.guid.clone())
    }
}

/// The body of `POST /groups`.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// The group to be; its owner is still `app_system` and its members are none.
    pub group: Group,
    /// The password in clear, to be hashed before it is stored.
    pub password: Option<String>,
    /// The owner that the body names.
    pub owner: Option<Uid>,
    /// Whom to add at once.
    pub members: NewMembers,
}

impl NewGroup {
    /// Reads and validates the body.
    pub fn parse(body: &Map<String, Value>, now: Seconds) -> Result<NewGroup, Problem> {
        let mut fields = Fields::of(body);
        let guid = fields.required("guid", fields::parsed(Guid::parse));
        let name = fields.required("name", profile::name);
        let group_type = fields.optional("type", fields::parsed(GroupType::parse)).unwrap_or(GroupType::Public);
        let password = fields.optional("password", fields::text::<{ Group::MAX_PASSWORD }>);
        let icon = fields.optional("icon", profile::url);
        let description = fields.optional("description", fields::text::<{ Group::MAX_DESCRIPTION }>);
        let Metadata { public, private } = fields.optional("metadata", profile::metadata).unwrap_or_default();
        let tags = fields.optional("tags", Tags::parse).unwrap_or_default();
        let owner = fields.optional("owner", fields::parsed(Uid::parse));
        let members = fields.optional("members", fields::map).unwrap_or_default();
        fields.finish()?;

        let (Some(guid), Some(name)) = (guid, name) else {
            return Err(Problem::field("guid", "is required."));
        };
        if group_type == GroupType::Password && password.is_none() {
            return Err(Problem::new(Code::EmptyGroupPassword, format!("The password group {guid} needs a password.")));
        }
        let group = Group {
            guid,
            name,
            group_type,
            password_hash: None,
            icon,
            description,
            metadata: public,
            private_metadata: private,
            tags,
            owner: Uid::app_system(),
            members_count: 0,
            created_at: now,
            updated_at: None,
            updated_by: None,
        };
        let password = password.filter(|_| group_type == GroupType::Password);
        Ok(NewGroup { group, password, owner, members: NewMembers::parse(&members)? })
    }
}

/// A member's rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Display, EnumString)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Scope {
    /// Reads and writes.
    Participant,
    /// Also edits, deletes, adds and bans.
    Moderator,
    /// Also changes the group and its moderators.
    Admin,
}

impl Scope {
    /// Reads `admin`, `moderator` or `participant`.
    pub fn parse(raw: &str) -> Result<Scope, &'static str> {
        raw.parse().map_err(|_| "must be admin, moderator or participant.")
    }
}

/// A member of a group as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The user.
    pub uid: Uid,
    /// The member's rank.
    pub scope: Scope,
    /// When the user joined.
    pub joined_at: Seconds,
    /// Whether the group does not count them, because they are deactivated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_away: bool,
}

impl Member {
    /// A member whom the group counts.
    pub fn new(uid: Uid, scope: Scope, joined_at: Seconds) -> Member {
        Member { uid, scope, joined_at, is_away: false }
    }
    /// How many the group counts for them.
    pub fn counted(&self) -> u64 {
        u64::from(!self.is_away)
    }
}

/// What is asked for one UID of `POST /groups/{guid}/members`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// Become a member with this rank.
    Join(Scope),
    /// Be banned.
    Ban,
}

impl Slot {
    /// The array that names the slot, in the order in which a repeated UID counts.
    const ALL: [(Slot, &'static str); 4] = [
        (Slot::Join(Scope::Admin), "admins"),
        (Slot::Join(Scope::Moderator), "moderators"),
        (Slot::Join(Scope::Participant), "participants"),
        (Slot::Ban, "usersToBan"),
    ];

    /// The names of all arrays.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Slot::ALL.iter().map(|(_, name)| *name)
    }

    /// The array's name in body and answer.
    pub fn name(self) -> &'static str {
        Slot::ALL.iter().find(|(slot, _)| *slot == self).map_or("participants", |(_, name)| name)
    }
}

/// The body of `POST /groups/{guid}/members`: distinct UIDs with what shall become of them.
#[derive(Clone, Debug, Default)]
pub struct NewMembers(Vec<(Uid, Slot)>);

impl NewMembers {
    /// The most UIDs of one call, all arrays together.
    pub const MAX: usize = 25;

    /// Reads and validates the arrays; each may be left out.
    pub fn parse(body: &Map<String, Value>) -> Result<NewMembers, Problem> {
        let mut fields = Fields::of(body);
        let mut members: Vec<(Uid, Slot)> = Vec::new();
        for (slot, name) in Slot::ALL {
            for uid in fields.optional(name, fields::names(fields::parsed(Uid::parse))).unwrap_or_default() {
                if !members.iter().any(|(known, _)| *known == uid) {
                    members.push((uid, slot));
                }
            }
        }
        if NewMembers::MAX < members.len() {
            fields.note("members", format!("must not hold more than {} UIDs in all.", NewMembers::MAX));
        }
        fields.finish()?;
        Ok(NewMembers(members))
    }

    /// One UID.
    pub fn one(uid: &Uid, slot: Slot) -> NewMembers {
        NewMembers(vec![(uid.clone(), slot)])
    }

    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The UIDs and their slots.
    pub fn iter(&self) -> impl Iterator<Item = (&Uid, Slot)> {
        self.0.iter().map(|(uid, slot)| (uid, *slot))
    }
}
