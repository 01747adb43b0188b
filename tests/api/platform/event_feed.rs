//! Whoever knows the state before and is told the events knows what changed: after any act, everything that a fresh fetch
//! shows a user or the app otherwise than before is explained by an event that concerns them. An operation that forgets its
//! event fails here.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use model::conversation::ConversationId;
use model::event::{Audience, Event, EventKind};
use model::id::MessageId;
use model::uid::Uid;
use serde_json::{Value, json};
use tests::{Actor, Api};

const USERS: [&str; 3] = ["ann", "ben", "cat"];
const GROUP: &str = "lake";
/// How often each act is done, with other parameters each time.
const ROUNDS: usize = 4;

/// What a viewer fetches: each thing under a name of its own.
type State = BTreeMap<String, Value>;

#[tokio::test]
async fn the_state_before_and_the_events_explain_the_state_after() {
    let seed =
        std::env::var("HALLEY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("HALLEY_SEED={seed}");
    let api = Api::start().await;
    for uid in USERS {
        api.user(uid).await;
    }
    let members = json!({ "admins": ["ann"], "participants": ["ben"] });
    api.app().post("/groups", json!({ "guid": GROUP, "name": GROUP, "members": members })).await.expect_ok();
    let mut stage = Stage { api: &api, rng: Rng::with_seed(seed), known: BTreeSet::new() };
    stage.new_events().await;
    let mut before = stage.states().await;
    for round in 0..ROUNDS {
        let mut acts: Vec<usize> = (0..ACTS).collect();
        stage.rng.shuffle(&mut acts);
        for act in acts {
            let done = stage.act(act).await;
            let events = stage.new_events().await;
            let after = stage.states().await;
            for (viewer, before) in &before {
                explained(viewer, before, &after[viewer], &events, &format!("HALLEY_SEED={seed}, {round}: {done}"));
            }
            before = after;
        }
    }
}

/// How many kinds of acts [`Stage::act`] knows.
const ACTS: usize = 33;

struct Stage<'a> {
    api: &'a Api,
    rng: Rng,
    /// The ids of the events that were told.
    known: BTreeSet<u64>,
}

impl<'a> Stage<'a> {
    /// A user and another.
    fn two(&mut self) -> (&'static str, &'static str) {
        let at = self.rng.usize(..USERS.len());
        (USERS[at], USERS[(at + 1 + self.rng.usize(..USERS.len() - 1)) % USERS.len()])
    }

    fn by(&self, uid: &str) -> Actor<'a> {
        self.api.on_behalf_of(uid)
    }

    /// A message that `uid` sees, of the last ones rather.
    async fn message(&mut self, uid: &str) -> u64 {
        let seen = self.by(uid).get("/messages?limit=30&categories=message,interactive").await.expect_data();
        let ids: Vec<u64> = seen.as_array().unwrap().iter().filter_map(|message| message["id"].as_u64()).collect();
        if ids.is_empty() { 1 } else { ids[self.rng.usize(..ids.len())] }
    }

    /// Does one act and says which. What is refused changes nothing, and is an act too.
    async fn act(&mut self, act: usize) -> String {
        let (one, other) = self.two();
        let by = self.by(one);
        let to = match self.rng.bool() {
            true => format!("/users/{other}"),
            false => format!("/groups/{GROUP}"),
        };
        let app = self.api.app();
        let id = self.message(one).await;
        let n = self.rng.u32(..);
        let (method, path, actor, body) = match act {
            0..=3 => ("POST", "/messages".to_owned(), by, sent_to(&to, json!({ "data": { "text": format!("t{n}") } }))),
            4 => ("POST", "/messages".to_owned(), by, sent_to(&to, interactive())),
            5 => ("POST", format!("/messages/{id}/thread"), by, json!({ "data": { "text": "reply" } })),
            6 => {
                let quote = json!({ "data": { "text": "quoting" }, "quotedMessageId": id });
                ("POST", "/messages".to_owned(), by, sent_to(&to, quote))
            }
            7 => ("PUT", format!("/messages/{id}"), by, json!({ "data": { "text": format!("edited {n}") } })),
            8 => ("DELETE", format!("/messages/{id}"), by, json!({})),
            9 => ("DELETE", format!("/messages/{id}"), by, json!({ "permanent": true })),
            10 | 11 => ("POST", format!("/messages/{id}/reactions/x"), by, Value::Null),
            12 => ("DELETE", format!("/messages/{id}/reactions/x"), by, Value::Null),
            13 => ("POST", format!("/messages/{id}/pin"), by, Value::Null),
            14 => ("DELETE", format!("/messages/{id}/pin"), by, Value::Null),
            15 => ("POST", format!("/messages/{id}/save"), by, Value::Null),
            16 => ("DELETE", format!("/messages/{id}/save"), by, Value::Null),
            17 => ("PATCH", format!("/messages/{id}/interacted"), by, json!({ "interactions": ["yes"] })),
            18 => ("POST", format!("{to}/conversation/delivered"), by, json!({})),
            19 => ("POST", format!("{to}/conversation/read"), by, json!({})),
            20 => ("DELETE", format!("{to}/conversation/read"), by, json!({})),
            21 => ("POST", format!("{to}/conversation/pin"), by, json!({})),
            22 => ("DELETE", format!("{to}/conversation/pin"), by, json!({})),
            23 => ("DELETE", format!("{to}/conversation"), by, json!({})),
            24 => ("POST", format!("/groups/{GROUP}/members"), by, json!({})),
            25 => ("DELETE", format!("/groups/{GROUP}/members/{one}"), by, json!({})),
            26 => ("POST", format!("/groups/{GROUP}/members"), app, json!({ "participants": [one] })),
            27 => ("POST", format!("/groups/{GROUP}/bannedusers/{one}"), app, json!({})),
            28 => ("DELETE", format!("/groups/{GROUP}/bannedusers/{one}"), app, json!({})),
            29 => {
                let scope = ["admin", "moderator", "participant"][self.rng.usize(..3)];
                ("PUT", format!("/groups/{GROUP}/members/{one}"), app, json!({ "scope": scope }))
            }
            30 => ("PUT", format!("/groups/{GROUP}"), app, json!({ "name": format!("lake {n}") })),
            31 => ("PUT", format!("/users/{one}"), app, json!({ "name": format!("{one} {n}") })),
            _ => {
                let method = if self.rng.bool() { "POST" } else { "DELETE" };
                (method, format!("/users/{one}/blockedusers"), app, json!({ "blockedUids": [other] }))
            }
        };
        let answer =
            actor.send(method, &path, if body.is_null() { Vec::new() } else { body.to_string().into_bytes() }).await;
        assert!(answer.status < 500, "{method} {path}: {}", answer.body);
        format!("{method} {path} {body} by {one}: {}", answer.status)
    }

    /// What a reader of the table's stream was told since the last time.
    async fn new_events(&mut self) -> Vec<Event> {
        let mut events = self.api.events().await;
        events.retain(|event| self.known.insert(event.id.number()));
        events
    }

    async fn states(&self) -> BTreeMap<&'static str, State> {
        let mut states = BTreeMap::new();
        for uid in USERS {
            states.insert(uid, self.state_of(uid).await);
        }
        states.insert("app_system", self.state_of_app().await);
        states
    }

    async fn state_of(&self, uid: &str) -> State {
        let by = self.by(uid);
        let mut state = State::new();
        fetch(&by, "/messages?limit=1000", "message", "id", &mut state).await;
        fetch(&by, "/conversations?perPage=100", "conversation", "conversationId", &mut state).await;
        fetch(&by, "/groups?perPage=100", "group", "guid", &mut state).await;
        fetch(&by, "/users?perPage=100", "user", "uid", &mut state).await;
        fetch(&by, "/blockedusers", "blocked", "uid", &mut state).await;
        self.members(&by, &mut state).await;
        state
    }

    async fn state_of_app(&self) -> State {
        let app = self.api.app();
        let mut state = State::new();
        for uid in USERS {
            fetch(&app, &format!("/users/{uid}/messages?limit=1000"), "message", "id", &mut state).await;
        }
        fetch(&app, &format!("/groups/{GROUP}/messages?limit=1000"), "message", "id", &mut state).await;
        fetch(&app, "/groups?perPage=100", "group", "guid", &mut state).await;
        fetch(&app, "/users?perPage=100", "user", "uid", &mut state).await;
        self.members(&app, &mut state).await;
        state
    }

    async fn members(&self, actor: &Actor<'_>, state: &mut State) {
        fetch(actor, &format!("/groups/{GROUP}/members"), "member", "uid", state).await;
        fetch(actor, &format!("/groups/{GROUP}/bannedusers"), "banned", "uid", state).await;
    }
}

fn sent_to(side: &str, mut body: Value) -> Value {
    let (kind, id) = side.trim_start_matches('/').split_once("s/").unwrap();
    body["receiver"] = json!(id);
    body["receiverType"] = json!(kind);
    body
}

fn interactive() -> Value {
    let button = json!({ "elementType": "button", "elementId": "yes", "buttonText": "Yes", "action": {} });
    json!({ "category": "interactive", "type": "form", "data": { "interactiveData": { "formFields": [button] } } })
}

/// Puts every entry of a list into the state; a list that is refused is empty.
async fn fetch(actor: &Actor<'_>, path: &str, kind: &str, name: &str, state: &mut State) {
    let answer = actor.get(path).await;
    for entry in answer.body["data"].as_array().into_iter().flatten() {
        let name = entry[name].as_str().map_or_else(|| entry[name].to_string(), str::to_owned);
        state.insert(format!("{kind}/{name}"), entry.clone());
    }
}

fn explained(viewer: &str, before: &State, after: &State, events: &[Event], context: &str) {
    for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let (was, is) = (before.get(name), after.get(name));
        if was == is {
            continue;
        }
        let thing = Thing { name, was, is, before, after };
        let told = events.iter().filter(|event| concerns(event, viewer, &thing));
        let is_explained = told.into_iter().any(|event| thing.is_touched_by(event));
        assert!(
            is_explained,
            "{context}\n{viewer} sees {name} change\nfrom {was:?}\nto {is:?}\nand was told {events:?}"
        );
    }
}

/// Whether an event is for a viewer. A
/// profile is public: wherever somebody is shown, as a member or the other side of a conversation, it changes with them.
fn concerns(event: &Event, viewer: &str, thing: &Thing<'_>) -> bool {
    let is_member = |state: &State| {
        state.keys().any(|name| *name == format!("conversation/group_{GROUP}"))
            || state.contains_key(&format!("member/{viewer}"))
    };
    let in_group = || is_member(thing.before) || is_member(thing.after);
    // The group of this test is public: who is not in it sees it in lists.
    let is_public = thing.name.starts_with("group/");
    viewer == "app_system"
        || is_public
        || match &event.audience {
            Audience::Conversation(ConversationId::Group(_)) | Audience::Group(_) => in_group(),
            Audience::Conversation(users) => Uid::parse(viewer).is_ok_and(|uid| users.is_between(&uid)),
            Audience::Everybody => true,
            Audience::User(uid) => uid.as_str() == viewer,
            Audience::Users(one, other) => [one.as_str(), other.as_str()].contains(&viewer),
        }
}

/// A thing that changed.
struct Thing<'a> {
    name: &'a str,
    was: Option<&'a Value>,
    is: Option<&'a Value>,
    before: &'a State,
    after: &'a State,
}

impl Thing<'_> {
    fn is_touched_by(&self, event: &Event) -> bool {
        let conversation = match (&event.kind, &event.audience) {
            (EventKind::ConversationCleared { conversation, .. }, _) | (_, Audience::Conversation(conversation)) => {
                Some(conversation.to_string())
            }
            (_, Audience::Group(guid)) => Some(format!("group_{guid}")),
            _ => None,
        };
        let is_conversation = conversation.as_ref().is_some_and(|id| self.name == format!("conversation/{id}"));
        let is_of_conversation = || {
            let of = |value: Option<&Value>| value.map(|value| value["conversationId"].clone());
            self.name.starts_with("message/")
                && conversation
                    .as_ref()
                    .is_some_and(|id| [of(self.was), of(self.is)].into_iter().flatten().any(|of| of == json!(id)))
        };
        match &event.kind {
            EventKind::MessageSent { message } => {
                is_conversation || self.is_message(*message) || self.is_parent_of(*message)
            }
            EventKind::MessageEdited { message, action }
            | EventKind::MessageDeleted { message, action }
            | EventKind::MessagePermanentlyDeleted { message, action } => {
                is_conversation || self.is_message(*action) || self.shows(*message) || self.is_parent_of(*message)
            }
            EventKind::ReactionAdded { message, .. }
            | EventKind::ReactionRemoved { message, .. }
            | EventKind::MessagePinned { message }
            | EventKind::MessageUnpinned { message }
            | EventKind::MessageSaved { message }
            | EventKind::MessageUnsaved { message }
            | EventKind::MessageReported { message }
            | EventKind::Interacted { message, .. } => is_conversation || self.shows(*message),
            EventKind::Delivered { .. }
            | EventKind::Read { .. }
            | EventKind::DeliveredToAll { .. }
            | EventKind::ReadByAll { .. }
            | EventKind::MarkedUnread { .. }
            | EventKind::ConversationCleared { .. }
            | EventKind::ConversationDeleted => is_conversation || is_of_conversation(),
            EventKind::ConversationsPinned { .. } => self.name.starts_with("conversation/"),
            EventKind::GroupCreated { guid }
            | EventKind::GroupUpdated { guid }
            | EventKind::GroupDeleted { guid }
            | EventKind::OwnerTransferred { guid, .. } => {
                self.name == format!("group/{guid}") || self.name == format!("conversation/group_{guid}")
            }
            EventKind::Member { .. } => {
                let is_of_group = ["group/", "member/", "banned/"].iter().any(|kind| self.name.starts_with(kind));
                is_of_group || is_conversation || is_of_conversation()
            }
            EventKind::UserCreated { uid }
            | EventKind::UserUpdated { uid }
            | EventKind::UserDeactivated { uid }
            | EventKind::UserReactivated { uid }
            | EventKind::UserDeleted { uid } => {
                ["user", "member", "banned", "blocked"].iter().any(|kind| self.name == format!("{kind}/{uid}"))
                    || (self.name.starts_with("conversation/") && self.name.contains(uid.as_str()))
            }
            EventKind::UserBlocked { other } | EventKind::UserUnblocked { other } => {
                [other, &event.actor].iter().any(|uid| self.name == format!("user/{uid}"))
                    || self.name.starts_with("blocked/")
                    || self.name.starts_with("user/")
                    || self.name.starts_with("conversation/")
            }
            EventKind::TokenIssued { .. } | EventKind::TokenRevoked { .. } => false,
        }
    }

    fn is_message(&self, id: MessageId) -> bool {
        self.name == format!("message/{id}")
    }

    /// Whether it is a message, or shows one that it quotes, tells of or replies to.
    fn shows(&self, id: MessageId) -> bool {
        let refers = |value: &Value| {
            let id = json!(id.number());
            value["quotedMessageId"] == id || value["data"]["entities"]["on"]["entity"]["id"] == id
        };
        self.is_message(id) || [self.was, self.is].into_iter().flatten().any(refers)
    }

    /// Whether it is the message that this one replies to, which counts it, or shows that one.
    fn is_parent_of(&self, id: MessageId) -> bool {
        let reply = format!("message/{id}");
        let replies = [self.before.get(&reply), self.after.get(&reply)].into_iter().flatten();
        let mut parents = replies.filter_map(|reply| MessageId::new(reply["parentId"].as_u64()?).ok());
        parents.any(|parent| self.shows(parent))
    }
}
