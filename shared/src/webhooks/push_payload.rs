//! What a notification shows: the fields that apps of the vendor's SDKs read from one (contract/webhooks.md, "Other outgoing
//! hooks").

use serde_json::{Value, json};

use super::payload::{self, put};
use crate::app::App;
use crate::error::ApiError;
use crate::users::account;
use model::conversation::ConversationId;
use model::event::{Audience, Event, EventKind, MemberChange};
use model::group::Group;
use model::message::{Category, Message};
use model::preferences::{Choice, Concern};
use model::uid::Uid;
use model::user::User;

/// What happened, looked up once for all who are notified of it.
#[derive(Debug)]
pub(super) struct Notice {
    /// The group in which it happened; none between two users.
    pub group: Option<Group>,
    actor: User,
    message: Message,
    /// As nobody sees it.
    shown: Value,
    choice: Choice,
    /// Whose it is, or whom it quotes.
    about: Option<Uid>,
    /// What is written, and what stands for it where nothing of that is to be shown.
    body: [String; 2],
    at: u64,
}

/// What there is to notify of; none if it is gone by now, or meant for nobody.
///
/// Cost: 3 round trips, a read unit or two for each thing shown.
pub(super) async fn notice(app: &App, event: &Event) -> Result<Option<Notice>, ApiError> {
    let conversation = match &event.audience {
        Audience::Conversation(conversation) => conversation.clone(),
        Audience::Group(guid) => ConversationId::Group(guid.clone()),
        _ => return Ok(None),
    };
    let id = match &event.kind {
        EventKind::MessageSent { message }
        | EventKind::MessageEdited { message, .. }
        | EventKind::MessageDeleted { message, .. }
        | EventKind::ReactionAdded { message, .. } => Some(*message),
        EventKind::Member { action, .. } => *action,
        _ => None,
    };
    let Some(id) = id else { return Ok(None) };
    let found = app.store.message(&conversation, id).await?;
    let Some(message) = found.filter(|message| is_told(event, message)) else { return Ok(None) };
    let group = match &conversation {
        ConversationId::Group(guid) => match app.store.group_for(guid, None).await? {
            (Some(group), _) => Some(group),
            (None, _) => return Ok(None),
        },
        ConversationId::Users(..) => None,
    };
    let about = match (&event.kind, message.quoted_message_id) {
        (EventKind::ReactionAdded { .. }, _) => Some(message.sender.clone()),
        (_, Some(quoted)) => app.store.message(&conversation, quoted).await?.map(|message| message.sender),
        _ => None,
    };
    let actor = account::shown(app, &event.actor).await?;
    let body = body(app, event, &message, &actor, group.is_some()).await?;
    let shown = payload::message(app, &message).await?;
    let choice = choice(&event.kind, &message, group.is_some());
    Ok(Some(Notice { group, actor, shown, choice, about, body, at: event.at().get(), message }))
}

/// Whether anybody is notified: not of what is deleted again, and not of a message of the app's own types that says so.
fn is_told(event: &Event, message: &Message) -> bool {
    let is_deletion = matches!(event.kind, EventKind::MessageDeleted { .. });
    let is_silent = message.category == Category::Custom && message.data.get("sendNotification") == Some(&json!(false));
    message.deleted_at.is_some() == is_deletion && !is_silent
}

/// Which of their preferences decides.
fn choice(kind: &EventKind, message: &Message, in_group: bool) -> Choice {
    let either = |group, one_on_one| if in_group { group } else { one_on_one };
    match kind {
        EventKind::Member { change, .. } => match change {
            MemberChange::Joined => Choice::GroupMemberJoined,
            MemberChange::Added => Choice::GroupMemberAdded,
            MemberChange::Left => Choice::GroupMemberLeft,
            MemberChange::Kicked => Choice::GroupMemberKicked,
            MemberChange::Banned => Choice::GroupMemberBanned,
            MemberChange::Unbanned => Choice::GroupMemberUnbanned,
            MemberChange::ScopeChanged { .. } => Choice::GroupMemberScopeChanged,
        },
        EventKind::ReactionAdded { .. } => either(Choice::GroupReactions, Choice::OneOnOneReactions),
        _ if message.parent_id.is_some() => either(Choice::GroupReplies, Choice::OneOnOneReplies),
        _ if message.quoted_message_id.is_some() => either(Choice::GroupQuotedReplies, Choice::OneOnOneQuotedReplies),
        _ => either(Choice::GroupMessages, Choice::OneOnOneMessages),
    }
}

async fn body(
    app: &App,
    event: &Event,
    message: &Message,
    actor: &User,
    in_group: bool,
) -> Result<[String; 2], ApiError> {
    let (text, hidden) = match &event.kind {
        EventKind::Member { change, uid, .. } => {
            let member = account::shown(app, uid).await?.name;
            return Ok([member_text(change, &actor.name, &member), "The group changed.".to_owned()]);
        }
        EventKind::ReactionAdded { reaction, .. } => (format!("Reacted {reaction} to a message"), "New reaction"),
        EventKind::MessageDeleted { .. } => ("This message was deleted.".to_owned(), "A message was deleted."),
        _ => (text(message), "New message"),
    };
    let text = if in_group { format!("{}: {text}", actor.name) } else { text };
    Ok([text, hidden.to_owned()])
}

/// What is written, or what is sent instead.
fn text(message: &Message) -> String {
    let written = message.data.get("text").and_then(Value::as_str).filter(|text| !text.is_empty());
    let kind = match message.message_type.as_str() {
        "image" => "Image",
        "video" => "Video",
        "audio" => "Audio",
        "file" => "File",
        _ => "New message",
    };
    written.unwrap_or(kind).to_owned()
}

fn member_text(change: &MemberChange, actor: &str, member: &str) -> String {
    match change {
        MemberChange::Joined => format!("{member} joined"),
        MemberChange::Left => format!("{member} left"),
        MemberChange::Added => format!("{actor} added {member}"),
        MemberChange::Kicked => format!("{actor} removed {member}"),
        MemberChange::Banned => format!("{actor} banned {member}"),
        MemberChange::Unbanned => format!("{actor} unbanned {member}"),
        MemberChange::ScopeChanged { new, .. } => format!("{actor} made {member} {new}"),
    }
}

impl Notice {
    /// What speaks for a user to be notified of it.
    pub fn concern(&self, uid: &Uid) -> Concern {
        let mentions = self.message.mentions.contains_key(uid.as_str());
        Concern { choice: self.choice, mentions, is_about_own: self.about.as_ref() == Some(uid) }
    }

    /// The notification of one user. Where its content is hidden, nothing of the message passes those who send it on.
    pub fn details(&self, to: &User, hides_content: bool) -> Value {
        let [written, hidden] = &self.body;
        let (receiver, receiver_name, receiver_avatar, receiver_type) = match &self.group {
            Some(group) => (group.guid.as_str(), &group.name, &group.icon, "group"),
            None => (to.uid.as_str(), &to.name, &to.avatar, "user"),
        };
        let title = self.group.as_ref().map_or(&self.actor.name, |group| &group.name);
        let mut details = json!({
            "title": title, "body": if hides_content { hidden } else { written }, "type": "chat",
            "sender": self.actor.uid, "senderName": self.actor.name, "receiver": receiver, "receiverName": receiver_name,
            "receiverType": receiver_type, "conversationId": self.shown.get("conversationId"), "tag": self.shown.get("id"),
            "sentAt": self.at.to_string(),
        });
        if let Some(avatar) = &self.actor.avatar {
            put(&mut details, "senderAvatar", avatar);
        }
        if let Some(avatar) = receiver_avatar {
            put(&mut details, "receiverAvatar", avatar);
        }
        if !hides_content {
            put(&mut details, "message", &self.shown);
        }
        details
    }
}
