//! The body of `PUT /groups/{guid}`: what changes, what goes, and all else stays.

use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{self, Fields};
use super::group::{Group, GroupType};
use super::profile::{self, Metadata};
use super::tags::Tags;
use super::time::Seconds;
use super::uid::Uid;
use crate::problem::{Code, Problem};

/// The attribute of private metadata.
const PRIVATE: &str = "privateMetadata";

/// A change of a group. Serializes to the attributes that get new values.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    group_type: Option<GroupType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::json_text::serialize")]
    metadata: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::json_text::serialize")]
    private_metadata: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    /// The new owner; only the app names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Uid>,
    /// When it is changed.
    pub updated_at: Seconds,
    /// Who changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_by: Option<Uid>,
    #[serde(skip)]
    password: Option<String>,
    #[serde(skip)]
    unset: Vec<&'static str>,
}

impl GroupChange {
    /// The fields that `unset` may name.
    const UNSETTABLE: [&str; 3] = ["icon", "description", "metadata"];

    /// Reads and validates the body.
    pub fn parse(body: &Map<String, Value>, now: Seconds) -> Result<GroupChange, Problem> {
        let mut fields = Fields::of(body);
        let unset = fields.optional("unset", fields::array(fields::one_of(GroupChange::UNSETTABLE)));
        let metadata = fields.optional("metadata", profile::metadata);
        let (metadata, private) = metadata.map(|Metadata { public, private }| (public, private)).unzip();
        let mut change = GroupChange {
            name: fields.optional("name", profile::name),
            group_type: fields.optional("type", fields::parsed(GroupType::parse)),
            icon: fields.optional("icon", profile::url),
            description: fields.optional("description", fields::text::<{ Group::MAX_DESCRIPTION }>),
            metadata,
            private_metadata: private.flatten(),
            tags: fields.optional("tags", Tags::parse),
            owner: fields.optional("owner", fields::parsed(Uid::parse)),
            password: fields.optional("password", fields::text::<{ Group::MAX_PASSWORD }>),
            unset: unset.unwrap_or_default(),
            updated_at: now,
            ..GroupChange::default()
        };
        change.unset.sort_unstable();
        change.unset.dedup();
        for (name, is_set) in [
            ("icon", change.icon.is_some()),
            ("description", change.description.is_some()),
            ("metadata", change.metadata.is_some()),
        ] {
            if is_set && change.unset.contains(&name) {
                fields.note("unset", format!("must not name {name}, which is given."));
            }
        }
        fields.finish()?;
        // The app gives the metadata as a whole.
        if change.private_metadata.is_none() && (change.metadata.is_some() || change.unset.contains(&"metadata")) {
            change.unset.push(PRIVATE);
        }
        Ok(change)
    }

    /// The same change by a user: private metadata is the app's.
    pub fn by_a_user(mut self) -> GroupChange {
        self.private_metadata = None;
        self.unset.retain(|name| *name != PRIVATE);
        self
    }

    /// Reads and validates the body of `PATCH /groups/{guid}/owner`.
    pub fn parse_owner(body: &Map<String, Value>) -> Result<Uid, Problem> {
        let mut fields = Fields::of(body);
        let owner = fields.required("owner", fields::parsed(Uid::parse));
        fields.finish()?;
        owner.ok_or_else(|| Problem::field("owner", "is required."))
    }

    /// A change of the owner alone.
    pub fn of_owner(owner: Uid, now: Seconds) -> GroupChange {
        GroupChange { owner: Some(owner), updated_at: now, ..GroupChange::default() }
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        let GroupChange { name, icon, description, password, .. } = self;
        [name, icon, description, password].into_iter().all(Option::is_none)
            && self.group_type.is_none()
            && self.metadata.is_none()
            && self.tags.is_none()
            && self.owner.is_none()
            && self.unset.is_empty()
    }

    /// Makes the password fit the type that `group` will have: a password group has one, others have none.
    pub fn settle_password(
        &mut self,
        group: &Group,
        hash: impl Fn(&str) -> Result<String, Problem>,
    ) -> Result<(), Problem> {
        let is_password_group = self.group_type.unwrap_or(group.group_type) == GroupType::Password;
        match (is_password_group, &self.password) {
            (true, Some(password)) => self.password_hash = Some(hash(password)?),
            (true, None) if group.password_hash.is_none() => {
                let message = format!("The password group {} needs a password.", group.guid);
                return Err(Problem::new(Code::EmptyGroupPassword, message));
            }
            (true, None) => {}
            (false, _) => self.unset.push("passwordHash"),
        }
        Ok(())
    }

    /// The attributes that go.
    pub fn unset(&self) -> &[&'static str] {
        &self.unset
    }
}
