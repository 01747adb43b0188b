//! What a client holds, and how it asks for it: everything at once, or only what an event names.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::identity::hex_sha256;
use tests::Actor;

/// Whose tokens, blocks and friends the app looks at: nobody else has any.
const PEOPLE: [&str; 4] = ["ann", "ben", "cat", "dan"];
/// How the group begins that a service starts with, which no act is about.
const SEEDED: &str = "cometchat-";

/// What one thing that the API shows is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    Message(u64),
    /// By its id on the wire.
    Conversation(String),
    Group(String),
    /// In which group who.
    Member(String, String),
    Ban(String, String),
    User(String),
    /// Shown to the app only.
    DeactivatedUser(String),
    /// Who blocks whom.
    Block(String, String),
    /// Whose friend who is.
    Friend(String, String),
    /// By its SHA-256; shown to the app only.
    Token(String),
    /// What is pinned for everybody, in its order; shown to the app only.
    SystemPins,
}

/// Everything that a client holds.
pub type State = BTreeMap<Thing, Value>;

/// Things as they are now.
pub type Found = Vec<(Thing, Value)>;

/// Asks the API for what one user, or the app, sees. What is refused is nothing that they see.
#[derive(Clone)]
pub struct Reader<'a> {
    pub actor: Actor<'a>,
}

impl Reader<'_> {
    pub fn uid(&self) -> &str {
        &self.actor.uid
    }

    pub fn is_app(&self) -> bool {
        self.uid() == "app_system"
    }

    /// Everything.
    pub async fn everything(&self) -> State {
        let mut found = self.list("/messages?limit=1000", message).await;
        found.extend(self.users().await);
        found.extend(self.groups().await);
        if self.is_app() {
            found.extend(self.system_pins().await);
        } else {
            let conversations = "/conversations?perPage=100&includeBlockedUsers=true&withTags=true";
            found.extend(self.list(conversations, conversation).await);
            found.extend(self.blocks(self.uid()).await);
            found.extend(self.friends(self.uid()).await);
        }
        found.into_iter().collect()
    }

    /// The messages and the groups of a user.
    pub async fn talk(&self) -> State {
        let mut found = self.list("/messages?limit=1000", message).await;
        found.extend(self.list("/groups?perPage=100&hasJoined=true", group).await);
        found.into_iter().collect()
    }

    async fn users(&self) -> Found {
        let mut found = self.list("/users?perPage=100", user).await;
        if self.is_app() {
            for uid in PEOPLE {
                found.extend(self.blocks(uid).await);
                found.extend(self.friends(uid).await);
                found.extend(self.tokens(uid).await);
            }
            found.extend(self.deactivated_users().await);
        }
        found
    }

    async fn groups(&self) -> Found {
        let path = if self.is_app() { "/groups?perPage=100" } else { "/groups?perPage=100&hasJoined=true" };
        let mut found = self.list(path, group).await;
        for guid in found.iter().map(|(_, group)| text(&group["guid"])).collect::<Vec<_>>() {
            if !guid.starts_with(SEEDED) {
                found.extend(self.members(&guid).await);
            }
        }
        found
    }

    /// A message as lists show it: by itself it also says who received it.
    pub async fn message(&self, id: u64) -> Found {
        let mut found = self.one(&format!("/messages/{id}"), message).await;
        for message in found.iter_mut().filter_map(|(_, value)| value.as_object_mut()) {
            message.remove("receipts");
        }
        found
    }

    pub async fn messages_of(&self, conversation: &str) -> Found {
        self.list(&format!("/messages?limit=1000&conversationId={conversation}"), message).await
    }

    pub async fn conversation(&self, id: &str) -> Found {
        if self.is_app() { Vec::new() } else { self.one(&format!("/conversations/{id}"), conversation).await }
    }

    /// A group that the user is a member of. Others are told nothing of it, and hold nothing of it.
    pub async fn group(&self, guid: &str) -> Found {
        let mut found = self.one(&format!("/groups/{guid}"), group).await;
        found.retain(|(_, group)| self.is_app() || group["hasJoined"] == true);
        // As lists show it: who is online is told by their coming and going, not by events.
        for group in found.iter_mut().filter_map(|(_, value)| value.as_object_mut()) {
            group.remove("onlineMembersCount");
        }
        found
    }

    /// The members of a group, and who is banned from it.
    pub async fn members(&self, guid: &str) -> Found {
        let member = |entry: &Value| Thing::Member(guid.to_owned(), text(&entry["uid"]));
        let ban = |entry: &Value| Thing::Ban(guid.to_owned(), text(&entry["uid"]));
        let mut found = self.list(&format!("/groups/{guid}/members?perPage=100"), member).await;
        found.extend(self.list(&format!("/groups/{guid}/bannedusers?perPage=100"), ban).await);
        found
    }

    pub async fn user(&self, uid: &str) -> Found {
        let mut found = self.one(&format!("/users/{uid}"), user).await;
        if self.is_app() {
            found.extend(self.deactivated_users().await);
        }
        found
    }

    async fn deactivated_users(&self) -> Found {
        let deactivated = |entry: &Value| Thing::DeactivatedUser(text(&entry["uid"]));
        self.list("/users?perPage=100&onlyDeactivated=true", deactivated).await
    }

    /// Whom a user blocks; users hold only their own.
    pub async fn blocks(&self, uid: &str) -> Found {
        if !self.is_app() && uid != self.uid() {
            return Vec::new();
        }
        let block = |entry: &Value| Thing::Block(uid.to_owned(), text(&entry["uid"]));
        self.list(&format!("/users/{uid}/blockedusers?perPage=100"), block).await
    }

    /// The friends of a user; users hold only their own.
    pub async fn friends(&self, uid: &str) -> Found {
        if !self.is_app() && uid != self.uid() {
            return Vec::new();
        }
        let friend = |entry: &Value| Thing::Friend(uid.to_owned(), text(&entry["uid"]));
        self.list(&format!("/users/{uid}/friends?perPage=100"), friend).await
    }

    pub async fn tokens(&self, uid: &str) -> Found {
        let token = |entry: &Value| Thing::Token(hex_sha256(text(&entry["authToken"]).as_bytes()));
        if self.is_app() { self.list(&format!("/users/{uid}/auth_tokens"), token).await } else { Vec::new() }
    }

    pub async fn system_pins(&self) -> Found {
        if self.is_app() { self.one("/conversations/pinned", |_| Thing::SystemPins).await } else { Vec::new() }
    }

    async fn one(&self, path: &str, thing: impl Fn(&Value) -> Thing) -> Found {
        let answer = self.actor.get(path).await;
        let found = (answer.status == 200).then(|| answer.body["data"].clone());
        found.into_iter().map(|value| (thing(&value), value)).collect()
    }

    async fn list(&self, path: &str, thing: impl Fn(&Value) -> Thing) -> Found {
        let answer = self.actor.get(path).await;
        let entries = answer.body["data"].as_array().cloned().unwrap_or_default();
        entries.into_iter().map(|value| (thing(&value), value)).collect()
    }
}

fn message(value: &Value) -> Thing {
    Thing::Message(value["id"].as_u64().unwrap())
}

fn conversation(value: &Value) -> Thing {
    Thing::Conversation(text(&value["conversationId"]))
}

fn group(value: &Value) -> Thing {
    Thing::Group(text(&value["guid"]))
}

fn user(value: &Value) -> Thing {
    Thing::User(text(&value["uid"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
