//! The bodies of the data import (contract/import.md): objects of up to 50 entities by their ids, read one by one, so that
//! each has its own answer.

mod order;

use serde_json::{Map, Value};
use strum::{EnumString, IntoStaticStr};

use super::fields::{self, FieldProblem, Fields};
use super::group::{Group, Member, NewGroup, Scope};
use super::message::Receiver;
use super::new_message::{Content, MAX_MUID, NewMessage, Receivers};
use super::problem::{Code, Problem};
use super::time::Seconds;
use super::uid::{Guid, Uid};
use super::user::{NewUser, User};

/// The most entities of one request.
pub const MAX_ENTITIES: usize = 50;
/// The most characters of one of them as JSON: those of the body of a send.
pub const MAX_ENTITY_CHARS: usize = 65_536;

/// What a request brings in: the last part of its path, and the field of its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Entities {
    /// Users.
    Users,
    /// Groups.
    Groups,
    /// Members of groups.
    Members,
    /// Messages.
    Messages,
}

impl Entities {
    /// The entities of a body by their keys, not read yet.
    pub fn of(self, body: &Map<String, Value>) -> Result<Vec<(&String, &Value)>, Problem> {
        let name = <&str>::from(self);
        let entities = match body.get(name) {
            Some(Value::Object(entities)) => entities,
            Some(empty) if fields::is_empty_map_of_php(empty) => return Ok(Vec::new()),
            _ => return Err(self.format(&format!("The body needs {name}, an object of entities by their ids."))),
        };
        if MAX_ENTITIES < entities.len() {
            return Err(Problem::field(name, format!("must not hold more than {MAX_ENTITIES} entities.")));
        }
        Ok(entities.iter().collect())
    }

    /// One of them.
    pub fn entity(self, value: &Value) -> Result<&Map<String, Value>, Problem> {
        let entity = value.as_object().ok_or_else(|| self.format("The entity is no object."))?;
        if MAX_ENTITY_CHARS < value.to_string().chars().count() {
            return Err(self.format(&format!("The entity is longer than {MAX_ENTITY_CHARS} characters.")));
        }
        Ok(entity)
    }

    fn format(self, message: &str) -> Problem {
        let code = match self {
            Entities::Users => Code::ImportInvalidUserFormat,
            Entities::Groups => Code::ImportInvalidGroupFormat,
            Entities::Members => Code::ImportInvalidMemberFormat,
            Entities::Messages => Code::ImportInvalidMessageFormat,
        };
        Problem::new(code, message)
    }
}

/// A group to be brought in.
#[derive(Clone, Debug)]
pub struct BroughtGroup {
    /// The group, whose owner is named but perhaps not there.
    pub group: Group,
    /// The password in clear, to be hashed before it is stored.
    pub password: Option<String>,
    /// The owner, to be made if they are not there.
    pub owner: Option<User>,
}

/// A member, or somebody who is banned, to be brought in.
#[derive(Clone, Debug)]
pub struct BroughtMember {
    /// Of which group.
    pub guid: Guid,
    /// Who, and since when.
    pub member: Member,
    /// Whether they are banned.
    pub is_banned: bool,
    /// The group, to be made if it is not there.
    pub group: Option<BroughtGroup>,
    /// The user, to be made if they are not there.
    pub user: Option<User>,
}

/// A message to be brought in.
#[derive(Clone, Debug)]
pub struct BroughtMessage {
    /// What the other place called it.
    pub muid: String,
    /// Who sent it.
    pub sender: Uid,
    /// To whom.
    pub receiver: Receiver,
    /// What it says.
    pub content: Content,
    /// When it was sent.
    pub sent_at: Seconds,
    /// When it was received.
    pub delivered_at: Option<Seconds>,
    /// When it was read.
    pub read_at: Option<Seconds>,
    /// Users to be made if they are not there: sender, receiver, owner of the group, who is mentioned.
    pub users: Vec<User>,
    /// The group, to be made if it is not there.
    pub group: Option<BroughtGroup>,
}

/// Reads a user; `key` is their UID.
pub fn user(key: &str, body: &Map<String, Value>, now: Seconds) -> Result<User, Problem> {
    let user = user_details(body, now)?;
    same_key("uid", key, user.uid.as_str())?;
    Ok(user)
}

fn user_details(body: &Map<String, Value>, now: Seconds) -> Result<User, Problem> {
    let mut fields = Fields::of(body);
    let past = |value: &Value| past(value, now);
    let created_at = fields.optional("createdAt", past);
    let last_active_at = fields.optional("lastActiveAt", past);
    let deactivated_at = fields.optional("deactivatedAt", past);
    fields.finish()?;
    let NewUser { user, .. } = NewUser::parse(body, now)?;
    let created_at = created_at.unwrap_or(now);
    Ok(User { created_at, last_active_at, deactivated_at, ..user })
}

/// Reads a group; `key` is its GUID.
pub fn group(key: &str, body: &Map<String, Value>, now: Seconds) -> Result<BroughtGroup, Problem> {
    let brought = group_details(body, now)?;
    same_key("guid", key, brought.group.guid.as_str())?;
    Ok(brought)
}

fn group_details(body: &Map<String, Value>, now: Seconds) -> Result<BroughtGroup, Problem> {
    let mut fields = Fields::of(body);
    let created_at = fields.optional("createdAt", |value| past(value, now)).unwrap_or(now);
    fields.required("type", fields::owned);
    let owner = fields.optional("groupOwnerDetails", fields::object);
    fields.finish()?;
    // Members come as entities of their own.
    let NewGroup { group, password, owner: named, .. } = NewGroup::parse(&without(body, "members"), now)?;
    let owner = owner.map(|owner| user_details(&owner, now)).transpose()?;
    let named = named.or_else(|| owner.as_ref().map(|owner| owner.uid.clone())).unwrap_or(group.owner);
    let owner = owner.filter(|owner| owner.uid == named);
    Ok(BroughtGroup { group: Group { created_at, owner: named, ..group }, password, owner })
}

/// Reads a member; `key` is `<guid>_member_<uid>`.
pub fn member(key: &str, body: &Map<String, Value>, now: Seconds) -> Result<BroughtMember, Problem> {
    let mut fields = Fields::of(body);
    let id = fields.required("memberId", fields::owned);
    let guid = fields.required("guid", fields::parsed(Guid::parse));
    let uid = fields.required("uid", fields::parsed(Uid::parse));
    let joined_at = fields.required("joinedAt", second);
    let scope = fields.optional("scope", fields::parsed(Scope::parse)).unwrap_or(Scope::Participant);
    let is_banned = fields.optional("isBanned", fields::flag).unwrap_or_default();
    let group = fields.optional("groupDetails", fields::object);
    let user = fields.optional("userDetails", fields::object);
    fields.finish()?;
    let (Some(id), Some(guid), Some(uid), Some(joined_at)) = (id, guid, uid, joined_at) else {
        return Err(Problem::field("memberId", "is required."));
    };
    same_key("memberId", key, &id)?;
    same_key("memberId", &format!("{guid}_member_{uid}"), &id)?;
    let group = group.map(|group| group_details(&group, now)).transpose()?;
    let user = user.map(|user| user_details(&user, now)).transpose()?;
    if group.as_ref().is_some_and(|it| it.group.guid != guid) || user.as_ref().is_some_and(|it| it.uid != uid) {
        return Err(Problem::field("memberId", "must be of the group and the user that the details describe."));
    }
    Ok(BroughtMember { guid, member: Member::new(uid, scope, joined_at), is_banned, group, user })
}

/// Refuses a membership that began before its group, or has not begun.
pub fn check_joined_at(joined_at: Seconds, group: &Group, now: Seconds) -> Result<(), Problem> {
    if group.created_at < joined_at && joined_at <= now {
        return Ok(());
    }
    let message =
        format!("The joinedAt must be after the group's createdAt ({}) and not ahead.", group.created_at.get());
    Err(Problem::new(Code::ImportInvalidJoinedAt, message))
}

/// Reads a message; `key` is its `muid`.
pub fn message(key: &str, body: &Map<String, Value>, now: Seconds) -> Result<BroughtMessage, Problem> {
    let mut fields = Fields::of(body);
    let past = |value: &Value| past(value, now);
    let muid = fields.required("muid", fields::text::<MAX_MUID>);
    let sender = fields.required("sender", fields::parsed(Uid::parse));
    let sent_at = fields.required("sentAt", past);
    let (delivered_at, read_at) = (fields.optional("deliveredAt", past), fields.optional("readAt", past));
    let (users, group) = people_of(&mut fields, body, now)?;
    fields.finish()?;
    let (Some(muid), Some(sender), Some(sent_at)) = (muid, sender, sent_at) else {
        return Err(Problem::field("muid", "is required."));
    };
    same_key("muid", key, &muid)?;
    check_category(body)?;
    let NewMessage { receivers, content, .. } = NewMessage::parse(&without(body, "multipleReceivers"))?;
    let Receivers::One(receiver) = receivers else { return Err(Problem::field("receiver", "is required.")) };
    // What was read was received by then.
    let delivered_at = delivered_at.or(read_at);
    Ok(BroughtMessage { muid, sender, receiver, content, sent_at, delivered_at, read_at, users, group })
}

/// Refuses a category that sends may have and imports may not, or nothing has.
fn check_category(body: &Map<String, Value>) -> Result<(), Problem> {
    match body.get("category").and_then(Value::as_str) {
        None | Some("" | "message" | "custom") => Ok(()),
        Some(_) => Err(Problem::new(Code::InvalidMessageCategory, "The category must be message or custom.")),
    }
}

/// Whom and what a message describes beside itself.
fn people_of(
    fields: &mut Fields<'_>,
    body: &Map<String, Value>,
    now: Seconds,
) -> Result<(Vec<User>, Option<BroughtGroup>), Problem> {
    let names = ["senderUserDetails", "receiverUserDetails", "receiverGroupOwnerDetails"];
    let mut described: Vec<Map<String, Value>> =
        names.into_iter().filter_map(|name| fields.optional(name, fields::object)).collect();
    let mentioned = fields.optional("mentionedUserDetails", fields::map).unwrap_or_default();
    described.extend(mentioned.values().filter_map(Value::as_object).cloned());
    let users = described.iter().map(|user| user_details(user, now)).collect::<Result<Vec<User>, Problem>>()?;
    let group = fields.optional("receiverGroupDetails", fields::object);
    let group = group.map(|group| group_details(&group, now)).transpose()?;
    let receiver = body.get("receiver").and_then(Value::as_str).unwrap_or_default();
    if group.as_ref().is_some_and(|it| !receiver.eq_ignore_ascii_case(it.group.guid.as_str())) {
        fields.note("receiverGroupDetails", "must describe the receiver.");
    }
    Ok((users, group))
}

fn without(body: &Map<String, Value>, name: &str) -> Map<String, Value> {
    let mut body = body.clone();
    body.remove(name);
    body
}

/// What an entity calls itself must be the key under which it stands, whatever the case.
fn same_key(field: &str, key: &str, id: &str) -> Result<(), Problem> {
    match key.eq_ignore_ascii_case(id) {
        true => Ok(()),
        false => Err(Problem::field(field, "must be the key under which the entity stands.")),
    }
}

/// A second that is not ahead.
fn past(value: &Value, now: Seconds) -> Result<Seconds, FieldProblem> {
    let second = second(value)?;
    if second <= now { Ok(second) } else { Err("must not be in the future.".to_owned()) }
}

/// Seconds since 1970: a number, or its digits, ten at the most.
fn second(value: &Value) -> Result<Seconds, FieldProblem> {
    const MOST: u64 = 9_999_999_999;
    let second = match value {
        Value::String(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        value => value.as_u64(),
    };
    let second = second.filter(|second| (1..=MOST).contains(second));
    second.map(Seconds::new).ok_or_else(|| "must be a time in seconds since 1970.".to_owned())
}
