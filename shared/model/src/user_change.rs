//! The body of `PUT /users/{uid}`: what changes, what goes, and all else stays.

use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{self, Fields};
use super::profile::{self, Metadata};
use super::tags::Tags;
use super::time::Seconds;
use super::uid::RoleId;
use crate::problem::Problem;

/// The attribute of private metadata.
const PRIVATE: &str = "privateMetadata";

/// A change of a user's profile. Serializes to the attributes that get new values.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<RoleId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::json_text::serialize")]
    metadata: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::json_text::serialize")]
    private_metadata: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    updated_at: Seconds,
    #[serde(skip)]
    unset: Vec<&'static str>,
}

impl UserChange {
    /// The fields that `unset` may name.
    const UNSETTABLE: [&str; 3] = ["avatar", "link", "metadata"];

    /// Reads and validates the body.
    pub fn parse(body: &Map<String, Value>, now: Seconds) -> Result<UserChange, Problem> {
        let mut fields = Fields::of(body);
        let metadata = fields.optional("metadata", profile::metadata);
        let (metadata, private) = metadata.map(|Metadata { public, private }| (public, private)).unzip();
        let mut change = UserChange {
            name: fields.optional("name", profile::name),
            role: fields.optional("role", fields::parsed(RoleId::parse)),
            avatar: fields.optional("avatar", profile::url),
            link: fields.optional("link", profile::url),
            status_message: fields.optional("statusMessage", fields::text::<{ profile::MAX_NAME }>),
            metadata,
            private_metadata: private.flatten(),
            tags: fields.optional("tags", Tags::parse),
            updated_at: now,
            unset: fields.optional("unset", fields::array(fields::one_of(UserChange::UNSETTABLE))).unwrap_or_default(),
        };
        change.unset.sort_unstable();
        change.unset.dedup();
        for (name, is_set) in [
            ("avatar", change.avatar.is_some()),
            ("link", change.link.is_some()),
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

    /// The same change by the user themselves: role and private metadata are the app's.
    pub fn by_the_user(mut self) -> UserChange {
        self.role = None;
        self.private_metadata = None;
        self.unset.retain(|name| *name != PRIVATE);
        self
    }

    /// Another role.
    pub fn role(&self) -> Option<&RoleId> {
        self.role.as_ref()
    }

    /// Another name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        let UserChange {
            name,
            role,
            avatar,
            link,
            status_message,
            metadata,
            private_metadata,
            tags,
            unset,
            updated_at: _,
        } = self;
        let texts = [name, avatar, link, status_message];
        texts.into_iter().all(Option::is_none)
            && role.is_none()
            && metadata.is_none()
            && private_metadata.is_none()
            && tags.is_none()
            && unset.is_empty()
    }

    /// The attributes that go.
    pub fn unset(&self) -> &[&'static str] {
        &self.unset
    }
}
