//! Roles of users: whom those who have one see in the list of users and write to (contract/rest-coverage.md, "Roles").

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::EnumString;

use super::fields::{self, FieldProblem, Fields};
use super::profile;
use super::time::Seconds;
use super::uid::RoleId;
use crate::problem::{Code, Problem};

/// Of all users, those whom a role reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, EnumString)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum Circle {
    /// All of them.
    #[default]
    All,
    /// Their friends.
    FriendsOnly,
}

/// A role as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Its id.
    pub role: RoleId,
    /// What its owner calls it.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the app keeps with it.
    #[serde(default, skip_serializing_if = "Map::is_empty", with = "super::json_text")]
    pub metadata: Map<String, Value>,
    /// Whom the list of users shows to those who have it.
    #[serde(default)]
    pub list_users: Circle,
    /// To whom they write.
    #[serde(default)]
    pub send_messages_to: Circle,
    /// When it was made.
    #[serde(default)]
    pub created_at: Seconds,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Seconds>,
}

impl Role {
    /// The most roles that an app makes, beside the one that it begins with.
    pub const MAX: u64 = 25;
    /// The most characters of a description.
    pub const MAX_DESCRIPTION: usize = 255;
    /// What the role of who has no other is called until somebody says otherwise.
    pub const DEFAULT_NAME: &str = "Default";

    /// The role of who has no other, as long as nobody changed it.
    pub fn unchanged_default() -> Role {
        Role {
            role: RoleId::default(),
            name: Role::DEFAULT_NAME.to_owned(),
            description: None,
            metadata: Map::new(),
            list_users: Circle::All,
            send_messages_to: Circle::All,
            created_at: Seconds::default(),
            updated_at: None,
        }
    }

    /// Reads and validates the body that makes one.
    pub fn parse(body: &Map<String, Value>, now: Seconds) -> Result<Role, Problem> {
        let mut fields = Fields::of(body);
        let role = fields.required("role", fields::parsed(RoleId::parse));
        let name = fields.required("name", profile::name);
        let change = RoleChange::read(&mut fields, now);
        fields.finish()?;

        let (Some(role), Some(name)) = (role, name) else {
            return Err(Problem::field("role", "is required."));
        };
        Ok(Role {
            role,
            name,
            description: change.description,
            metadata: change.metadata.unwrap_or_default(),
            list_users: change.list_users.unwrap_or_default(),
            send_messages_to: change.send_messages_to.unwrap_or_default(),
            created_at: now,
            updated_at: None,
        })
    }

    /// Whether it reaches friends only, in anything.
    pub fn is_limited(&self) -> bool {
        [self.list_users, self.send_messages_to].contains(&Circle::FriendsOnly)
    }
}

/// A change of a role. Serializes to the attributes that get new values.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "super::json_text::serialize")]
    metadata: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_users: Option<Circle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_messages_to: Option<Circle>,
    updated_at: Seconds,
    #[serde(skip)]
    unset: Vec<&'static str>,
}

impl RoleChange {
    /// The fields that `unset` may name.
    const UNSETTABLE: [&str; 3] = ["settings", "description", "metadata"];

    /// Reads and validates the body of `PUT /roles/{role}`.
    pub fn parse(body: &Map<String, Value>, now: Seconds) -> Result<RoleChange, Problem> {
        let mut fields = Fields::of(body);
        let mut change = RoleChange::read(&mut fields, now);
        change.unset =
            fields.optional("unset", fields::array(fields::one_of(RoleChange::UNSETTABLE))).unwrap_or_default();
        for (name, is_given) in [
            ("settings", change.list_users.is_some() || change.send_messages_to.is_some()),
            ("description", change.description.is_some()),
            ("metadata", change.metadata.is_some()),
        ] {
            if is_given && change.unset.contains(&name) {
                fields.note("unset", format!("must not name {name}, which is given."));
            }
        }
        fields.finish()?;
        if change.is_empty() {
            return Err(Problem::new(Code::BadRequest, "The body contains no field that can be updated."));
        }
        Ok(change)
    }

    fn read(fields: &mut Fields<'_>, now: Seconds) -> RoleChange {
        let Settings { list_users, send_messages_to } = fields.optional("settings", settings).unwrap_or_default();
        RoleChange {
            name: fields.optional("name", profile::name),
            description: fields.optional("description", fields::text::<{ Role::MAX_DESCRIPTION }>),
            metadata: fields.optional("metadata", profile::limited_object),
            list_users,
            send_messages_to,
            updated_at: now,
            unset: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        let RoleChange { name, description, metadata, list_users, send_messages_to, unset, updated_at: _ } = self;
        [name, description].into_iter().all(Option::is_none)
            && metadata.is_none()
            && [list_users, send_messages_to].into_iter().all(Option::is_none)
            && unset.is_empty()
    }

    /// Whether it limits the role to friends, in anything.
    pub fn limits(&self) -> bool {
        [self.list_users, self.send_messages_to].contains(&Some(Circle::FriendsOnly))
    }

    /// Whether it says what the role is called.
    pub fn names(&self) -> bool {
        self.name.is_some()
    }

    /// The attributes that go.
    pub fn unset(&self) -> impl Iterator<Item = &'static str> {
        let attributes = |name: &&'static str| match *name {
            "settings" => vec!["listUsers", "sendMessagesTo"],
            attribute => vec![attribute],
        };
        let mut gone: Vec<&str> = self.unset.iter().flat_map(attributes).collect();
        gone.sort_unstable();
        gone.dedup();
        gone.into_iter()
    }
}

#[derive(Default)]
struct Settings {
    list_users: Option<Circle>,
    send_messages_to: Option<Circle>,
}

/// Reads what a body says of whom a role reaches; what it leaves out stays.
fn settings(value: &Value) -> Result<Settings, FieldProblem> {
    let given = fields::map(value)?;
    let circle = |name: &str| {
        let word = given.get(name).filter(|value| !value.is_null());
        let read = word.map(|value| value.as_str().and_then(|word| word.parse().ok()));
        read.map(|read| read.ok_or_else(|| format!("must say all or friendsOnly of {name}."))).transpose()
    };
    Ok(Settings { list_users: circle("listUsers")?, send_messages_to: circle("sendMessagesTo")? })
}

/// A role as answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleView {
    role: RoleId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: Map<String, Value>,
    settings: SettingsView,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<Seconds>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SettingsView {
    list_users: Circle,
    send_messages_to: Circle,
}

impl RoleView {
    /// As the app sees it.
    pub fn of(role: &Role) -> RoleView {
        RoleView {
            role: role.role.clone(),
            name: role.name.clone(),
            description: role.description.clone(),
            metadata: role.metadata.clone(),
            settings: SettingsView { list_users: role.list_users, send_messages_to: role.send_messages_to },
            // The role that an app begins with was never made.
            created_at: Some(role.created_at).filter(|at| *at != Seconds::default()),
            updated_at: role.updated_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::nothing(json!({}), Some((None, None)))]
    #[case::as_php_writes_it(json!([]), Some((None, None)))]
    #[case::one(json!({ "listUsers": "friendsOnly" }), Some((Some(Circle::FriendsOnly), None)))]
    #[case::both(json!({ "listUsers": "all", "sendMessagesTo": "friendsOnly" }), Some((Some(Circle::All), Some(Circle::FriendsOnly))))]
    #[case::null(json!({ "listUsers": null }), Some((None, None)))]
    #[case::another_word(json!({ "listUsers": "none" }), None)]
    #[case::capitals(json!({ "listUsers": "All" }), None)]
    #[case::no_word(json!({ "sendMessagesTo": 1 }), None)]
    #[case::no_map(json!("all"), None)]
    fn settings_are_read(#[case] given: Value, #[case] expected: Option<(Option<Circle>, Option<Circle>)>) {
        let read = settings(&given).ok().map(|read| (read.list_users, read.send_messages_to));
        assert_eq!(read, expected);
    }

    #[rstest]
    #[case::settings(json!({ "unset": ["settings"] }), Some(vec!["listUsers", "sendMessagesTo"]))]
    #[case::twice(json!({ "unset": ["metadata", "metadata", "description"] }), Some(vec!["description", "metadata"]))]
    #[case::given_too(json!({ "description": "d", "unset": ["description"] }), None)]
    #[case::one_setting_given(json!({ "settings": { "listUsers": "all" }, "unset": ["settings"] }), None)]
    #[case::the_name(json!({ "unset": ["name"] }), None)]
    #[case::nothing(json!({ "settings": {} }), None)]
    fn what_goes_is_not_given(#[case] body: Value, #[case] expected: Option<Vec<&str>>) {
        let change = RoleChange::parse(body.as_object().unwrap(), Seconds::new(7));
        assert_eq!(change.ok().map(|change| change.unset().collect::<Vec<_>>()), expected);
    }
}
