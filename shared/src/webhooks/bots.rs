//! Which messages a bot is told of (contract/webhooks.md, "Bot relay").

use crate::app::App;
use crate::error::ApiError;
use model::bot::{Bot, GroupChatSetting};
use model::message::{Category, Message, Receiver};
use model::uid::Uid;

/// Whether a bot is told of a message. Of what another bot wrote none is, so that bots do not answer each other for ever.
///
/// Cost: 1 round trip, 2 read units; in a group 1 more and 2 more.
pub(super) async fn is_told(app: &App, bot: &Bot, message: &Message) -> Result<bool, ApiError> {
    if !bot.enabled || message.is_deleted() || message.category == Category::Action || !is_meant(bot, message) {
        return Ok(false);
    }
    if message.sender == bot.uid || is_bot(app, &message.sender).await? {
        return Ok(false);
    }
    match &message.receiver {
        Receiver::User(_) => Ok(true),
        Receiver::Group(guid) => {
            let (group, membership) = app.store.group_for(guid, Some(&bot.uid)).await?;
            Ok(group.is_some() && membership.member.is_some())
        }
    }
}

fn is_meant(bot: &Bot, message: &Message) -> bool {
    match (&message.receiver, bot.group_chat_setting) {
        (Receiver::User(uid), _) => *uid == bot.uid,
        (Receiver::Group(_), GroupChatSetting::None) => false,
        (Receiver::Group(_), GroupChatSetting::AllMessages) => true,
        (Receiver::Group(_), GroupChatSetting::SlashedMessages) => {
            message.text().is_some_and(|text| text.starts_with('/'))
        }
        (Receiver::Group(_), GroupChatSetting::MentionedMessages) => message.mentions.contains_key(bot.uid.as_str()),
    }
}

async fn is_bot(app: &App, uid: &Uid) -> Result<bool, ApiError> {
    Ok(*uid != Uid::app_system() && app.store.bot(uid).await?.is_some())
}
