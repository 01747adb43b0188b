//! Users (contract/related.md, "User object").

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::auth_token::TokenMarks;
use super::connection::ConnectionId;
use super::conversation::ConversationId;
use super::fields::{self, Fields};
use super::id::MessageId;
use super::profile::{self, Metadata};
use super::tags::Tags;
use super::time::Seconds;
use super::uid::{RoleId, Uid};
use crate::problem::Problem;

/// A user as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The user's id.
    pub uid: Uid,
    /// The name shown to people.
    pub name: String,
    /// The user's role, which may be deleted by now.
    pub role: RoleId,
    /// URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// URL of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// A line about what the user is up to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// What the app keeps with the user, for everybody to see.
    #[serde(default, skip_serializing_if = "Map::is_empty", with = "super::json_text")]
    pub metadata: Map<String, Value>,
    /// The `@private` part of the metadata, which only the app sees and sets.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "super::json_text")]
    pub private_metadata: Option<Value>,
    /// The user's tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
    /// When the user was created.
    pub created_at: Seconds,
    /// When the user was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Seconds>,
    /// When the user was deactivated; such a user is unknown to every operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deactivated_at: Option<Seconds>,
    /// Where the user's life begins, if the UID was somebody else's before: what that one left has lower ids. None of a
    /// first owner, whose history may be older than their row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_id: Option<MessageId>,
    /// How often the user was deactivated; tokens of an earlier epoch do not work any more.
    #[serde(default, skip_serializing_if = "is_first")]
    pub token_epoch: u64,
    /// The marks of the user's tokens that work, by which the row that is read of who asks proves them; the store alone adds and
    /// takes them.
    #[serde(default, skip_serializing)]
    pub token_marks: TokenMarks,
    /// The socket that was opened last, as long as the user has one open; who has none is offline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online_by: Option<ConnectionId>,
    /// When the user came or went last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_active_at: Option<Seconds>,
}

impl User {
    /// The app itself, which acts where a call names no user.
    pub fn app_system() -> User {
        User {
            uid: Uid::app_system(),
            name: "System".to_owned(),
            role: RoleId::default(),
            avatar: None,
            link: None,
            status_message: None,
            metadata: Map::new(),
            private_metadata: None,
            tags: Tags::default(),
            created_at: Seconds::default(),
            updated_at: None,
            deactivated_at: None,
            born_id: None,
            token_epoch: 0,
            token_marks: TokenMarks::default(),
            online_by: None,
            last_active_at: None,
        }
    }

    /// What is shown of a user who was deleted permanently, wherever others named them.
    pub fn deleted(uid: &Uid) -> User {
        User { uid: uid.clone(), name: "Deleted User".to_owned(), ..User::app_system() }
    }

    /// Whether what has this id was left by a former owner of the UID.
    pub fn is_younger_than(&self, id: MessageId) -> bool {
        is_former(self.born_id, id)
    }

    /// When the user was changed last, or created.
    pub fn touched_at(&self) -> Seconds {
        self.updated_at.unwrap_or(self.created_at)
    }

    /// Whether the user has an open socket.
    pub fn is_online(&self) -> bool {
        self.online_by.is_some()
    }

    /// Whether the user counts as existing.
    pub fn is_active(&self) -> bool {
        self.deactivated_at.is_none()
    }
}

pub(super) fn is_first(epoch: &u64) -> bool {
    *epoch == 0
}

/// Whether an id is from before a life that begins at `born_id`.
pub fn is_former(born_id: Option<MessageId>, id: MessageId) -> bool {
    born_id.is_some_and(|born_id| id <= born_id)
}

/// The body of `POST /users`.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The user to be.
    pub user: User,
    /// Whether the answer shall carry an auth token.
    pub with_auth_token: bool,
}

impl NewUser {
    /// Reads and validates the body.
    pub fn parse(body: &Map<String, Value>, now: Seconds) -> Result<NewUser, Problem> {
        let mut fields = Fields::of(body);
        let uid = fields.required("uid", fields::parsed(Uid::parse));
        let name = fields.required("name", profile::name);
        let role = fields.optional("role", fields::parsed(RoleId::parse));
        let avatar = fields.optional("avatar", profile::url);
        let link = fields.optional("link", profile::url);
        let status_message = fields.optional("statusMessage", fields::text::<{ profile::MAX_NAME }>);
        let Metadata { public, private } = fields.optional("metadata", profile::metadata).unwrap_or_default();
        let tags = fields.optional("tags", Tags::parse).unwrap_or_default();
        let with_auth_token = fields.optional("withAuthToken", fields::flag).unwrap_or_default();
        fields.finish()?;

        let (Some(uid), Some(name)) = (uid, name) else {
            return Err(Problem::field("uid", "is required."));
        };
        let user = User {
            uid,
            name,
            role: role.unwrap_or_default(),
            avatar,
            link,
            status_message,
            metadata: public,
            private_metadata: private,
            tags,
            created_at: now,
            updated_at: None,
            deactivated_at: None,
            born_id: None,
            token_epoch: 0,
            token_marks: TokenMarks::default(),
            online_by: None,
            last_active_at: None,
        };
        Ok(NewUser { user, with_auth_token })
    }
}

/// What a user and a viewer are to each other, as far as one has blocked the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Relation {
    #[serde(skip_serializing_if = "is_false")]
    blocked_by_me: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_by_me_at: Option<Seconds>,
    #[serde(skip_serializing_if = "is_false")]
    has_blocked_me: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_at: Option<Seconds>,
}

impl Relation {
    /// When the viewer has blocked the user, and when the user has blocked the viewer. `blockedAt` is the viewer's
    /// own block if there is one, as in the list of blocked users.
    pub fn new(by_me: Option<Seconds>, by_them: Option<Seconds>) -> Relation {
        Relation {
            blocked_by_me: by_me.is_some(),
            blocked_by_me_at: by_me,
            has_blocked_me: by_them.is_some(),
            blocked_at: by_me.or(by_them),
        }
    }

    /// Whether the viewer has blocked the user.
    pub fn is_blocked_by_me(&self) -> bool {
        self.blocked_by_me
    }

    /// Whether the user has blocked the viewer.
    pub fn has_blocked_me(&self) -> bool {
        self.has_blocked_me
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A user as answered: without what is private, and relative to who asks.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    uid: Uid,
    name: String,
    role: RoleId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_active_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Tags>,
    #[serde(skip_serializing_if = "is_never")]
    created_at: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deactivated_at: Option<Seconds>,
    #[serde(flatten)]
    relation: Option<Relation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token: Option<String>,
}

impl UserView {
    /// The user as everybody may see them; tags only where a caller asked for them.
    pub fn of(user: &User) -> UserView {
        UserView {
            uid: user.uid.clone(),
            name: user.name.clone(),
            role: user.role.clone(),
            status: if user.is_online() { "available" } else { "offline" },
            last_active_at: user.last_active_at,
            avatar: user.avatar.clone(),
            link: user.link.clone(),
            status_message: user.status_message.clone(),
            metadata: profile::public(&user.metadata),
            tags: None,
            created_at: user.created_at,
            updated_at: user.updated_at,
            deactivated_at: user.deactivated_at,
            relation: None,
            conversation_id: None,
            auth_token: None,
        }
    }

    /// Adds the user's tags, if there are any.
    pub fn with_tags(mut self, tags: &Tags) -> UserView {
        self.tags = (!tags.is_empty()).then(|| tags.clone());
        self
    }

    /// Adds the `@private` part of the metadata, for the app.
    pub fn to_the_app(mut self, user: &User) -> UserView {
        self.metadata = profile::whole(self.metadata, user.private_metadata.as_ref());
        self
    }

    /// Adds the conversation that this user has with somebody.
    pub fn in_conversation(mut self, conversation: &ConversationId) -> UserView {
        self.conversation_id = Some(conversation.to_string());
        self
    }

    /// The user as `viewer` sees them: with their conversation, unless it is the viewer themselves.
    pub fn seen_by(self, viewer: &Uid) -> UserView {
        if *viewer == self.uid {
            return self;
        }
        let conversation = ConversationId::between(viewer, &self.uid);
        self.in_conversation(&conversation)
    }

    /// Adds who of the viewer and this user has blocked the other.
    pub fn related(mut self, relation: Option<&Relation>) -> UserView {
        self.relation = relation.cloned();
        self
    }

    /// Adds a token that acts as this user.
    pub fn with_auth_token(mut self, token: Option<String>) -> UserView {
        self.auth_token = token;
        self
    }
}

/// `app_system` was never created.
fn is_never(at: &Seconds) -> bool {
    *at == Seconds::default()
}
