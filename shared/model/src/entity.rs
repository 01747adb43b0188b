//! Entities: who and what a message was about, as they were when it was sent.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use super::conversation::ConversationId;
use super::group::Group;
use super::group_view::GroupView;
use super::uid::Uid;
use super::user::{User, UserView};

/// A user or a group: the other side of a conversation.
#[derive(Clone, Debug)]
pub enum Party {
    /// A user.
    User(User),
    /// A group.
    Group(Group),
}

impl Party {
    /// How many members it has, if it is a group.
    pub fn members_count(&self) -> Option<u64> {
        match self {
            Party::User(_) => None,
            Party::Group(group) => Some(group.members_count),
        }
    }
}

/// The snapshots of one message, by their place: `sender` and `receiver`, or `by`, `for` and `on`. They are kept as the text of
/// their JSON: pages pass them on as they are stored, and next to nobody looks into them.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Entities(Box<RawValue>);

impl Entities {
    /// Them to be looked into.
    pub fn places(&self) -> Map<String, Value> {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }

    /// How many bytes of JSON they take.
    pub fn bytes(&self) -> usize {
        self.0.get().len()
    }

    /// The same with one more.
    pub fn with(&self, place: &str, snapshot: Value) -> Entities {
        let mut places = self.places();
        places.insert(place.to_owned(), snapshot);
        places.into()
    }
}

impl From<Map<String, Value>> for Entities {
    fn from(places: Map<String, Value>) -> Entities {
        Entities(to_raw_value(&places).expect("an object has string keys"))
    }
}

impl PartialEq for Entities {
    fn eq(&self, other: &Entities) -> bool {
        self.0.get() == other.0.get()
    }
}

impl<'de> Deserialize<'de> for Entities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entities, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        if raw.get().starts_with('{') { Ok(Entities(raw)) } else { Err(D::Error::custom("snapshots are an object")) }
    }
}

/// The most bytes of JSON of a snapshot: what clients show of people beside what they wrote. A message is written with two
/// of them, and read with them for ever.
pub const MAX_BYTES: usize = 2_048;
/// The same of a mentioned user, of whom a message has up to ten.
pub const MAX_MENTION_BYTES: usize = 1_024;

/// What a snapshot holds as far as it fits, the most important first; all else it holds always.
const OPTIONAL: [&str; 7] = ["avatar", "icon", "link", "statusMessage", "description", "metadata", "tags"];

/// The snapshot of a user; a receiver also carries the conversation.
pub fn user(user: &User, conversation: Option<&ConversationId>) -> Value {
    let view = UserView::of(user).with_tags(&user.tags);
    let view = match conversation {
        Some(conversation) => view.in_conversation(conversation),
        None => view,
    };
    json!({ "entity": fitted(&view, MAX_BYTES), "entityType": "user" })
}

/// The snapshot of a group.
pub fn group(group: &Group) -> Value {
    json!({ "entity": fitted(&GroupView::of(group), MAX_BYTES), "entityType": "group" })
}

/// The snapshot of a user whom `sender` mentions; with their tags, which are shown on demand.
pub fn mentioned(user: &User, sender: &Uid) -> Value {
    Value::Object(fitted(&UserView::of(user).with_tags(&user.tags).seen_by(sender), MAX_MENTION_BYTES))
}

/// The snapshot of a user who reacts.
pub fn reacting(user: &User) -> Map<String, Value> {
    fitted(&UserView::of(user), MAX_BYTES)
}

/// A view as JSON, without the [`OPTIONAL`] parts that would make it longer than `most` bytes.
fn fitted(view: &impl Serialize, most: usize) -> Map<String, Value> {
    let Value::Object(mut view) = json!(view) else { return Map::new() };
    let mut bytes = json_bytes(&view);
    if bytes <= most {
        return view;
    }
    let parts: Vec<(&str, Value)> = OPTIONAL.iter().filter_map(|name| Some((*name, view.remove(*name)?))).collect();
    bytes = json_bytes(&view);
    for (name, part) in parts {
        let more = json_bytes(&part) + name.len() + r#","":"#.len();
        if bytes + more <= most {
            bytes += more;
            view.insert(name.to_owned(), part);
        }
    }
    view
}

fn json_bytes(value: &impl Serialize) -> usize {
    serde_json::to_string(value).map_or(usize::MAX, |text| text.len())
}

/// Snapshots under their places.
pub fn entities<const N: usize>(places: [(&str, Value); N]) -> Entities {
    places.into_iter().map(|(place, snapshot)| (place.to_owned(), snapshot)).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Seconds;
    use crate::user::NewUser;

    fn somebody(avatar: usize, link: usize, metadata: usize) -> User {
        let url = |length: usize| format!("https://x.example/{}", "a".repeat(length));
        let body = json!({ "uid": "ash", "name": "Ash", "avatar": url(avatar), "link": url(link),
            "metadata": { "a": "m".repeat(metadata) }, "tags": ["t"] });
        NewUser::parse(body.as_object().unwrap(), Seconds::new(1)).unwrap().user
    }

    fn parts(user: &User, most: usize) -> Vec<&'static str> {
        let snapshot = fitted(&UserView::of(user).with_tags(&user.tags), most);
        assert!(json_bytes(&snapshot) <= most);
        assert_eq!((&snapshot["uid"], &snapshot["name"]), (&json!("ash"), &json!("Ash")));
        OPTIONAL.into_iter().filter(|name| snapshot.contains_key(*name)).collect()
    }

    #[test]
    fn a_snapshot_holds_the_more_important_parts_as_far_as_they_fit() {
        assert_eq!(parts(&somebody(100, 100, 100), MAX_BYTES), ["avatar", "link", "metadata", "tags"]);
        assert_eq!(parts(&somebody(1_500, 100, 2_000), MAX_BYTES), ["avatar", "link", "tags"]);
        assert_eq!(parts(&somebody(2_900, 1_500, 100), MAX_BYTES), ["link", "metadata", "tags"]);
        assert_eq!(parts(&somebody(2_900, 2_900, 4_000), MAX_MENTION_BYTES), ["tags"]);
    }

    #[test]
    fn a_snapshot_that_just_fits_is_whole_and_one_byte_more_is_not() {
        let bytes = |user: &User| json_bytes(&UserView::of(user).with_tags(&user.tags));
        let more = MAX_BYTES - bytes(&somebody(0, 0, 0));
        let (fits, beyond) = (somebody(0, 0, more), somebody(0, 0, more + 1));
        assert_eq!(parts(&fits, MAX_BYTES), ["avatar", "link", "metadata", "tags"]);
        // What matters least makes room.
        assert_eq!(parts(&beyond, MAX_BYTES), ["avatar", "link", "metadata"]);
    }
}
