//! Users and what is theirs alone.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bot::{Bot, GroupChatSetting};
use crate::id::MessageId;
use crate::message::Receiver;
use crate::mute::Mute;
use crate::preferences::Preferences;
use crate::push_token::{PushToken, PushTokenType};
use crate::role::{Circle, Role};
use crate::tags::Tags;
use crate::time::Seconds;
use crate::time_zone::TimeZone;
use crate::uid::{RoleId, Uid};
use crate::user::User;

/// A role of users; see [`Role`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the noun")]
pub struct RoleRecord {
    pub role: RoleId,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    pub list_users: Circle,
    pub send_messages_to: Circle,
    pub created_at: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Seconds>,
}

impl From<Role> for RoleRecord {
    fn from(role: Role) -> RoleRecord {
        let Role { role, name, description, metadata, list_users, send_messages_to, created_at, updated_at } = role;
        RoleRecord { role, name, description, metadata, list_users, send_messages_to, created_at, updated_at }
    }
}

impl From<RoleRecord> for Role {
    fn from(record: RoleRecord) -> Role {
        let RoleRecord { role, name, description, metadata, list_users, send_messages_to, created_at, updated_at } =
            record;
        Role { role, name, description, metadata, list_users, send_messages_to, created_at, updated_at }
    }
}

/// A user; see [`User`]. Their auth tokens, and whether they are online, do not move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the noun")]
pub struct UserRecord {
    pub uid: Uid,
    pub name: String,
    pub role: RoleId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// The `@private` part of the metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_metadata: Option<Value>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    pub created_at: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Seconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivated_at: Option<Seconds>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_active_at: Option<Seconds>,
    /// Below it, what the UID owned was somebody else's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_id: Option<MessageId>,
}

impl From<User> for UserRecord {
    fn from(user: User) -> UserRecord {
        UserRecord {
            uid: user.uid,
            name: user.name,
            role: user.role,
            avatar: user.avatar,
            link: user.link,
            status_message: user.status_message,
            metadata: user.metadata,
            private_metadata: user.private_metadata,
            tags: user.tags,
            created_at: user.created_at,
            updated_at: user.updated_at,
            deactivated_at: user.deactivated_at,
            last_active_at: user.last_active_at,
            born_id: user.born_id,
        }
    }
}

impl From<UserRecord> for User {
    fn from(record: UserRecord) -> User {
        User {
            uid: record.uid,
            name: record.name,
            role: record.role,
            avatar: record.avatar,
            link: record.link,
            status_message: record.status_message,
            metadata: record.metadata,
            private_metadata: record.private_metadata,
            tags: record.tags,
            created_at: record.created_at,
            updated_at: record.updated_at,
            deactivated_at: record.deactivated_at,
            last_active_at: record.last_active_at,
            born_id: record.born_id,
            ..User::app_system()
        }
    }
}

/// That a UID was somebody's who was deleted permanently: who has it next sees nothing of what is older.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FormerUserRecord {
    /// The UID.
    pub uid: Uid,
    /// From which id on it may be another's.
    pub gone_id: MessageId,
}

/// That a user is a bot; see [`Bot`]. Who exports leaves `username` and `password` out unless they are asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the noun")]
pub struct BotRecord {
    pub uid: Uid,
    #[serde(rename = "webhookURL")]
    pub webhook_url: String,
    pub group_chat_setting: GroupChatSetting,
    pub enabled: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub use_basic_auth: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    pub created_at: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Seconds>,
}

impl BotRecord {
    /// The bot without what it is called with.
    pub fn without_credentials(bot: Bot) -> BotRecord {
        BotRecord { username: None, password: None, ..BotRecord::from(bot) }
    }
}

impl From<Bot> for BotRecord {
    fn from(bot: Bot) -> BotRecord {
        BotRecord {
            uid: bot.uid,
            webhook_url: bot.webhook_url,
            group_chat_setting: bot.group_chat_setting,
            enabled: bot.enabled,
            use_basic_auth: bot.use_basic_auth,
            username: bot.username,
            password: bot.password,
            created_at: bot.created_at,
            updated_at: bot.updated_at,
        }
    }
}

impl From<BotRecord> for Bot {
    fn from(record: BotRecord) -> Bot {
        Bot {
            uid: record.uid,
            webhook_url: record.webhook_url,
            group_chat_setting: record.group_chat_setting,
            enabled: record.enabled,
            use_basic_auth: record.use_basic_auth,
            username: record.username,
            password: record.password,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

/// That two users are friends: one record for both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FriendRecord {
    /// One of them.
    pub uid: Uid,
    /// The other.
    pub friend: Uid,
    /// Since when.
    pub friends_since: Seconds,
}

/// That a user has blocked another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BlockRecord {
    /// Who blocks.
    pub uid: Uid,
    /// Whom.
    pub blocked: Uid,
    /// Since when.
    pub blocked_at: Seconds,
}

/// A push token; see [`PushToken`]. Which login registered it does not move, because logins do not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the noun")]
pub struct PushTokenRecord {
    pub uid: Uid,
    pub push_token: String,
    pub push_token_type: PushTokenType,
    pub platform: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    pub created_at: Seconds,
    pub updated_at: Seconds,
}

impl From<PushToken> for PushTokenRecord {
    fn from(token: PushToken) -> PushTokenRecord {
        let PushToken { uid, push_token, push_token_type, platform, provider_id, created_at, updated_at, .. } = token;
        PushTokenRecord { uid, push_token, push_token_type, platform, provider_id, created_at, updated_at }
    }
}

impl PushTokenRecord {
    /// The token, by the hex SHA-256 of its text.
    pub fn with_digest(self, digest: String) -> PushToken {
        PushToken {
            uid: self.uid,
            push_token: self.push_token,
            digest,
            push_token_type: self.push_token_type,
            platform: self.platform,
            provider_id: self.provider_id,
            session: None,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// How a user wants to be notified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreferencesRecord {
    /// Who.
    pub uid: Uid,
    /// What they chose; the rest is as usual.
    pub preferences: Preferences,
    /// Where they are, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<TimeZone>,
}

/// A conversation of which a user does not want to be notified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MuteRecord {
    /// Who.
    pub uid: Uid,
    /// With whom the conversation is.
    pub with: Receiver,
    /// Since when, in milliseconds since 1970; 0 where nobody noted it.
    pub since: u64,
    /// Until when, in the same.
    pub until: u64,
}

impl MuteRecord {
    /// That a user mutes this.
    pub fn new(uid: Uid, mute: &Mute) -> MuteRecord {
        MuteRecord { uid, with: mute.with.clone(), since: mute.since, until: mute.until }
    }
}
