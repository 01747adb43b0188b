//! Roles, users, bots, friends and blocks, groups and who belongs to them, as answers tell them.

use model::archive::{
    BanRecord, BlockRecord, BotRecord, FriendRecord, GroupRecord, MemberRecord, RoleRecord, UserRecord,
};
use model::bot::GroupChatSetting;
use model::group::{GroupType, Scope};
use model::id::MessageId;
use model::role::Circle;
use model::time::Seconds;
use model::uid::{Guid, RoleId, Uid};
use serde_json::{Map, Value};

use super::wire::{flag, guid, id, map, seconds, tags, text, uid};

/// The key of metadata that only the app sees.
const PRIVATE: &str = "@private";

fn metadata(object: &Value) -> (Map<String, Value>, Option<Value>) {
    let mut public = map(object, "metadata");
    let private = public.remove(PRIVATE).filter(|private| !private.is_null());
    (public, private)
}

/// A role.
pub fn role(object: &Value) -> Option<RoleRecord> {
    let settings = object.get("settings").unwrap_or(object);
    let circle = |name: &str| settings.get(name).and_then(|circle| serde_json::from_value(circle.clone()).ok());
    let role = RoleId::parse(object.get("role")?.as_str()?).ok()?;
    Some(RoleRecord {
        name: text(object, "name").unwrap_or_else(|| role.to_string()),
        description: text(object, "description"),
        metadata: map(object, "metadata"),
        list_users: circle("listUsers").unwrap_or(Circle::default()),
        send_messages_to: circle("sendMessagesTo").unwrap_or(Circle::default()),
        created_at: seconds(object, "createdAt").unwrap_or_default(),
        updated_at: seconds(object, "updatedAt"),
        role,
    })
}

/// A user.
pub fn user(object: &Value) -> Option<UserRecord> {
    let uid = uid(object, "uid")?;
    let (metadata, private_metadata) = metadata(object);
    Some(UserRecord {
        name: text(object, "name").unwrap_or_else(|| uid.to_string()),
        role: text(object, "role").and_then(|role| RoleId::parse(&role).ok()).unwrap_or_default(),
        avatar: text(object, "avatar"),
        link: text(object, "link"),
        status_message: text(object, "statusMessage"),
        metadata,
        private_metadata,
        tags: tags(object),
        created_at: seconds(object, "createdAt").unwrap_or_default(),
        updated_at: seconds(object, "updatedAt"),
        deactivated_at: seconds(object, "deactivatedAt"),
        last_active_at: seconds(object, "lastActiveAt"),
        born_id: None,
        uid,
    })
}

/// A bot.
pub fn bot(object: &Value) -> Option<BotRecord> {
    let setting = text(object, "groupChatSetting").and_then(|setting| GroupChatSetting::parse(&setting).ok());
    Some(BotRecord {
        uid: uid(object, "uid")?,
        webhook_url: text(object, "webhookURL").or_else(|| text(object, "webhookUrl"))?,
        group_chat_setting: setting.unwrap_or(GroupChatSetting::None),
        enabled: flag(object, "enabled"),
        use_basic_auth: flag(object, "useBasicAuth"),
        username: text(object, "username"),
        password: text(object, "password"),
        created_at: seconds(object, "createdAt").unwrap_or_default(),
        updated_at: seconds(object, "updatedAt"),
    })
}

/// Somebody in a list of a user's friends: one record for both, by the list of who comes first. Those who are deactivated have no
/// list of their own.
pub fn friend(of: &Uid, object: &Value, now: Seconds) -> Option<FriendRecord> {
    let friend = uid(object, "uid").filter(|friend| of < friend || seconds(object, "deactivatedAt").is_some())?;
    let friends_since = seconds(object, "friendsSince").or_else(|| seconds(object, "createdAt")).unwrap_or(now);
    let (uid, friend) = if *of < friend { (of.clone(), friend) } else { (friend, of.clone()) };
    Some(FriendRecord { uid, friend, friends_since })
}

/// Somebody in the list of those whom a user has blocked.
pub fn block(by: &Uid, object: &Value, now: Seconds) -> Option<BlockRecord> {
    let blocked_at = seconds(object, "blockedByMeAt").or_else(|| seconds(object, "blockedAt")).unwrap_or(now);
    Some(BlockRecord { uid: by.clone(), blocked: uid(object, "uid")?, blocked_at })
}

/// Whether one of two users has blocked the other, and whether the other has, as a user sees somebody.
pub fn blocks_between(viewer: &Uid, object: &Value, now: Seconds) -> Vec<BlockRecord> {
    let Some(other) = uid(object, "uid") else { return Vec::new() };
    let mine = flag(object, "blockedByMe").then(|| block(viewer, object, now)).flatten();
    let blocked_at = seconds(object, "blockedAt").unwrap_or(now);
    let theirs = BlockRecord { uid: other, blocked: viewer.clone(), blocked_at };
    mine.into_iter().chain(flag(object, "hasBlockedMe").then_some(theirs)).collect()
}

/// A group.
pub fn group(object: &Value) -> Option<GroupRecord> {
    let guid = guid(object, "guid")?;
    let (metadata, private_metadata) = metadata(object);
    Some(GroupRecord {
        name: text(object, "name").unwrap_or_else(|| guid.to_string()),
        group_type: text(object, "type").and_then(|kind| GroupType::parse(&kind).ok()).unwrap_or(GroupType::Public),
        password_hash: None,
        icon: text(object, "icon"),
        description: text(object, "description"),
        metadata,
        private_metadata,
        tags: tags(object),
        owner: uid(object, "owner").unwrap_or_else(Uid::app_system),
        created_at: seconds(object, "createdAt").unwrap_or_default(),
        updated_at: seconds(object, "updatedAt"),
        updated_by: uid(object, "updatedBy"),
        guid,
    })
}

/// A member of a group, who came by the action message `start_id`.
pub fn member(guid: &Guid, object: &Value, start_id: Option<MessageId>) -> Option<MemberRecord> {
    Some(MemberRecord {
        guid: guid.clone(),
        uid: uid(object, "uid")?,
        scope: scope(object),
        joined_at: seconds(object, "joinedAt").unwrap_or_default(),
        is_away: seconds(object, "deactivatedAt").is_some(),
        start_id,
    })
}

/// Somebody who is banned from a group.
pub fn ban(guid: &Guid, object: &Value) -> Option<BanRecord> {
    let joined_at = seconds(object, "joinedAt").or_else(|| seconds(object, "bannedAt")).unwrap_or_default();
    Some(BanRecord { guid: guid.clone(), uid: uid(object, "uid")?, scope: scope(object), joined_at })
}

fn scope(object: &Value) -> Scope {
    text(object, "scope").and_then(|scope| Scope::parse(&scope).ok()).unwrap_or(Scope::Participant)
}

/// Who joined or was added by an action message, and its id.
pub fn joining(message: &Value) -> Option<(Uid, MessageId)> {
    let data = message.get("data")?;
    text(data, "action").filter(|action| matches!(action.as_str(), "joined" | "added"))?;
    // Who joins by themselves may be named only as who does it.
    let mut places = ["/entities/on/entity", "/entities/by/entity"].into_iter();
    let who = places.find_map(|place| uid(data.pointer(place)?, "uid"))?;
    Some((who, id(message, "id")?))
}
