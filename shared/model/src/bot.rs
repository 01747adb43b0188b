//! Bots: users with a webhook (contract/related.md, "Bots").

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use strum::EnumString;

use super::fields::{self, FieldProblem, Fields};
use super::outside::Reach;
use super::time::Seconds;
use super::uid::Uid;
use crate::problem::Problem;

/// Which messages of its groups a bot is told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, EnumString)]
#[serde(rename_all = "camelCase")]
#[strum(serialize_all = "camelCase")]
pub enum GroupChatSetting {
    /// None.
    #[default]
    None,
    /// All.
    AllMessages,
    /// Those that begin with a slash.
    SlashedMessages,
    /// Those that mention it.
    MentionedMessages,
}

impl GroupChatSetting {
    /// Reads a setting by its wire name.
    pub fn parse(raw: &str) -> Result<GroupChatSetting, &'static str> {
        raw.parse().map_err(|_| "must be none, allMessages, slashedMessages or mentionedMessages.")
    }
}

/// A bot, as stored and as answered: what is not set or false is left out, but `enabled`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bot {
    /// The user that it is.
    pub uid: Uid,
    /// Where it is told of messages.
    #[serde(rename = "webhookURL")]
    pub webhook_url: String,
    /// Which messages of its groups it is told of.
    pub group_chat_setting: GroupChatSetting,
    /// Whether it is told of anything.
    pub enabled: bool,
    /// Whether the webhook asks for a name and a password.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub use_basic_auth: bool,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The password, in clear: the webhook has to be sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// When the user became a bot.
    pub created_at: Seconds,
    /// When the bot was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Seconds>,
}

impl Bot {
    /// The most bots of an app.
    pub const MAX: u64 = 25;
    /// The most characters of a bot's UID, of its webhook's user name and of its password.
    pub const MAX_TEXT: usize = 50;

    /// Reads and validates the body of `POST /bots`.
    pub fn parse(body: &Map<String, Value>, reach: Reach, now: Seconds) -> Result<Bot, Problem> {
        let mut fields = Fields::of(body);
        let uid = fields.required("uid", uid);
        let webhook_url = fields.required("webhookURL", |value| reach.webhook_url(value));
        let setting = fields.optional("groupChatSetting", fields::parsed(GroupChatSetting::parse));
        let use_basic_auth = fields.optional("useBasicAuth", fields::flag).unwrap_or_default();
        let username = fields.optional("username", fields::text::<{ Bot::MAX_TEXT }>);
        let password = fields.optional("password", fields::text::<{ Bot::MAX_TEXT }>);
        let enabled = fields.optional("enabled", fields::flag).unwrap_or_default();
        fields.finish()?;

        let (Some(uid), Some(webhook_url)) = (uid, webhook_url) else {
            return Err(Problem::field("uid", "is required."));
        };
        Ok(Bot {
            uid,
            webhook_url,
            group_chat_setting: setting.unwrap_or_default(),
            enabled,
            use_basic_auth,
            username: username.filter(|_| use_basic_auth),
            password: password.filter(|_| use_basic_auth),
            created_at: now,
            updated_at: None,
        })
    }
}

/// A change of a bot. Serializes to the attributes that get new values; credentials are stored as sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BotChange {
    #[serde(rename = "webhookURL", skip_serializing_if = "Option::is_none")]
    webhook_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_chat_setting: Option<GroupChatSetting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    use_basic_auth: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    updated_at: Seconds,
}

impl BotChange {
    /// Reads and validates the body of `PUT /bots/{uid}`.
    pub fn parse(body: &Map<String, Value>, reach: Reach, now: Seconds) -> Result<BotChange, Problem> {
        let mut fields = Fields::of(body);
        let change = BotChange {
            webhook_url: fields.optional("webhookURL", |value| reach.webhook_url(value)),
            group_chat_setting: fields.optional("groupChatSetting", fields::parsed(GroupChatSetting::parse)),
            enabled: fields.optional("enabled", fields::flag),
            use_basic_auth: fields.optional("useBasicAuth", fields::flag),
            username: fields.optional("username", fields::text::<{ Bot::MAX_TEXT }>),
            password: fields.optional("password", fields::text::<{ Bot::MAX_TEXT }>),
            updated_at: now,
        };
        fields.finish()?;
        Ok(change)
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        let BotChange { webhook_url, group_chat_setting, enabled, use_basic_auth, username, password, updated_at: _ } =
            self;
        let texts = [webhook_url, username, password];
        texts.into_iter().all(Option::is_none)
            && group_chat_setting.is_none()
            && [enabled, use_basic_auth].into_iter().all(Option::is_none)
    }
}

fn uid(value: &Value) -> Result<Uid, FieldProblem> {
    fields::text::<{ Bot::MAX_TEXT }>(value)?;
    fields::parsed(Uid::parse)(value)
}
