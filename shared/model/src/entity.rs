//! Entities: who and what a message was about, as they were when it was sent.

use serde_json::{Map, Value, json};

use super::conversation::ConversationId;
use super::group::{Group, GroupView};
use super::user::{User, UserView};

/// A user or a group: the other side of a conversation.
#[derive(Clone, Debug)]
pub enum Party {
    /// A user.
    User(User),
    /// A group.
    Group(Group),
}

/// The snapshots of one message, by their place: `sender` and `receiver`, or `by`, `for` and `on`.
pub type Entities = Map<String, Value>;

/// The snapshot of a user; a receiver also carries the conversation.
pub fn user(user: &User, conversation: Option<&ConversationId>) -> Value {
    let view = UserView::of(user).with_tags(&user.tags);
    let view = match conversation {
        Some(conversation) => view.in_conversation(conversation),
        None => view,
    };
    json!({ "entity": view, "entityType": "user" })
}

/// The snapshot of a group.
pub fn group(group: &Group) -> Value {
    json!({ "entity": GroupView::of(group), "entityType": "group" })
}

/// Snapshots under their places.
pub fn entities<const N: usize>(places: [(&str, Value); N]) -> Entities {
    places.into_iter().map(|(place, snapshot)| (place.to_owned(), snapshot)).collect()
}
