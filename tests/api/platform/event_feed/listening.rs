//! Clients on sockets: what each user was told is what they may fetch, each thing once, in order, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use local::{Data, StreamReader};
use model::conversation::ConversationId;
use model::event::{Audience, Event, EventKind};
use serde_json::{Value, json};
use shared::delivery::deliver;
use tests::Api;
use tests::events::Act;
use tests::live::{Live, auth, welcome};
use tests::socket::{Socket, Told};

use super::client::Client;
use super::state::{State, Thing};
use super::{Feed, GROUP, USERS, acts};

/// How many acts there are.
const ACTS: usize = 120;
/// Who was sent away comes back after so many: nobody tells anything to those who are not there.
const AWAY: usize = 8;

/// A user, their socket while they have one, all messages that they ever saw, with their conversations, and the groups that
/// they were in when they listened last.
struct Ear {
    uid: &'static str,
    live: Option<Live>,
    seen: BTreeMap<u64, String>,
    groups: BTreeSet<String>,
}

#[tokio::test]
async fn what_sockets_are_told_is_what_their_users_may_fetch() {
    let seed = tests::seed();
    let mut rng = Rng::with_seed(seed);
    let api = Api::start_idle(Data::Memory).await;
    let mut feed = Feed::start(&api).await;
    let mut stream = api.local().stream_reader().unwrap();
    let mut ears = USERS.map(|uid| Ear { uid, live: None, seen: BTreeMap::new(), groups: BTreeSet::new() });
    for ear in &mut ears {
        ear.listen(&[], feed.client(ear.uid), "").await;
        ear.remember(&feed.client(ear.uid).state);
        ear.open(&api).await;
    }
    stream.rest().unwrap();
    let mut n_told = 0;
    for n in 0..ACTS {
        if n % AWAY == 0 {
            bring_back(&mut feed, &mut stream, &mut ears).await;
        }
        let mut any = acts::any(&mut rng, &feed);
        let act = any.swap_remove(rng.usize(..any.len()));
        let context = format!("HALLEY_SEED={seed}, act {n}, {act:?}");
        n_told += perform(&mut feed, &mut stream, &mut ears, &[act], &context).await;
    }
    assert!(50 < n_told, "{n_told}");
}

/// All users are there, in the group, and block nobody.
async fn bring_back(feed: &mut Feed<'_>, stream: &mut StreamReader, ears: &mut [Ear]) {
    let mut acts = vec![
        Act::new("app_system", "PUT /users", json!({ "uidsToActivate": USERS })),
        Act::new("app_system", format!("POST /groups/{GROUP}/members"), json!({ "participants": USERS })),
    ];
    for uid in USERS {
        acts.push(Act::new("app_system", format!("DELETE /groups/{GROUP}/bannedusers/{uid}"), Value::Null));
        acts.push(Act::new("app_system", format!("DELETE /users/{uid}/blockedusers"), json!({ "blockedUids": USERS })));
    }
    perform(feed, stream, ears, &acts, "bringing back").await;
}

/// Carries out acts and the jobs that they may leave, tells the sockets, and compares; how many frames were told.
async fn perform(
    feed: &mut Feed<'_>,
    stream: &mut StreamReader,
    ears: &mut [Ear],
    acts: &[Act],
    context: &str,
) -> usize {
    let api = feed.api;
    let mut context = context.to_owned();
    for act in acts {
        context += &format!(": {}", api.perform(act).await.status);
        api.do_jobs().await;
    }
    for client in feed.clients.iter_mut().filter(|client| !client.reader.is_app()) {
        client.state = client.reader.talk().await;
    }
    let events = feed.stream.new_events();
    for batch in stream.rest().unwrap() {
        assert_eq!(deliver(api.handlers(), &serde_json::from_value(batch).unwrap()).await, None, "{context}");
    }
    let mut n_told = 0;
    for ear in ears {
        let client = feed.client(ear.uid);
        ear.remember(&client.state);
        n_told += ear.listen(&events, client, &context).await;
        if ear.live.is_none() {
            ear.open(api).await;
        }
    }
    n_told
}

impl Ear {
    /// Comes online, if the user may.
    async fn open(&mut self, api: &Api) {
        let made = api.app().post(format!("/users/{}/auth_tokens", self.uid), json!({})).await;
        let Some(token) = made.body["data"]["authToken"].as_str() else { return };
        let mut socket = Socket::open(&api.local().socket_url).await;
        let device = format!("WEB-{}", self.uid);
        socket.send_json(&auth(token, &device, json!({}))).await;
        assert_eq!(socket.json().await, welcome());
        self.live = Some(Live { socket, device });
    }

    fn remember(&mut self, state: &State) {
        let messages = state.iter().filter_map(|(thing, value)| match thing {
            Thing::Message(id) => Some((*id, value["conversationId"].as_str().unwrap().to_owned())),
            _ => None,
        });
        self.seen.extend(messages);
    }

    /// Compares what is heard with what the events lead to; how many frames that is.
    async fn listen(&mut self, events: &[Event], client: &Client<'_>, context: &str) -> usize {
        let now = client.state.keys().filter_map(|thing| match thing {
            Thing::Group(guid) => Some(guid.clone()),
            _ => None,
        });
        if self.live.is_none() {
            self.groups = now.collect();
            return 0;
        }
        let n_heard = self.compare(events, client, context).await;
        self.groups = now.collect();
        n_heard
    }

    async fn compare(&mut self, events: &[Event], client: &Client<'_>, context: &str) -> usize {
        let Some(live) = &mut self.live else { return 0 };
        let ends = events.iter().any(|event| ends(event, self.uid));
        let heard = if ends { until_the_end(live).await } else { live.heard_so_far().await };
        if ends {
            self.live = None;
        }
        let mut expected = Vec::new();
        for event in events {
            self.groups.extend(becomes_member(event, self.uid));
            // What came before they were members they find by asking.
            if group_of(event).is_none_or(|guid| self.groups.contains(guid)) {
                expected.extend(self.expects(event, client));
            }
        }
        let told: Vec<String> = heard.iter().filter_map(said).collect();
        let context = format!("{context}\n{} heard {heard:#?}\nof {events:#?}", self.uid);
        match ends {
            // What comes behind the end of a session is not told any more.
            true => assert!(expected.starts_with(&told), "{context}\n{told:?} for {expected:?}"),
            false => assert_eq!(told, expected, "{context}"),
        }
        for frame in &heard {
            self.is_as_fetched(frame, &client.state, &context);
        }
        heard.len()
    }

    /// A message in a frame is as the user is shown it now, but for what is theirs alone.
    fn is_as_fetched(&self, frame: &Value, state: &State, context: &str) {
        let Some(id) = frame["body"]["id"].as_u64().filter(|_| frame["type"] != "reaction") else { return };
        if let Some(shown) = state.get(&Thing::Message(id)) {
            assert_eq!(for_nobody(&frame["body"]), for_nobody(shown), "{context}");
        }
    }

    /// What is to be heard of an event.
    fn expects(&self, event: &Event, client: &Client<'_>) -> Vec<String> {
        let state = &client.state;
        let is_own = event.actor.as_str() == self.uid;
        let shown = |id: u64| state.contains_key(&Thing::Message(id));
        let in_group = |guid: &str| state.contains_key(&Thing::Group(guid.to_owned()));
        // What they removed from their view is told of nevertheless: it was theirs to read.
        let may = |id: u64| {
            let removed = self.seen.get(&id).is_some_and(|of| of.strip_prefix("group_").is_none_or(in_group));
            shown(id) || removed
        };
        let of = |name: &str, id: u64, is_told: bool| is_told.then(|| format!("{name} {id}")).into_iter().collect();
        match &event.kind {
            EventKind::MessageSent { message: id }
            | EventKind::MessageEdited { action: id, .. }
            | EventKind::MessageDeleted { action: id, .. }
            | EventKind::MessagePermanentlyDeleted { action: id, .. } => of("message", id.number(), may(id.number())),
            EventKind::Member { uid, action: Some(id), .. } => {
                of("message", id.number(), may(id.number()) || uid.as_str() == self.uid)
            }
            EventKind::ReactionAdded { message, .. } | EventKind::ReactionRemoved { message, .. } => {
                of("reaction", message.number(), may(message.number()))
            }
            EventKind::MessagePinned { message } => of("message_pinned", message.number(), may(message.number())),
            EventKind::MessageUnpinned { message } => of("message_unpinned", message.number(), may(message.number())),
            EventKind::MessageSaved { message } => of("message_saved", message.number(), is_own),
            EventKind::MessageUnsaved { message } => of("message_unsaved", message.number(), is_own),
            EventKind::Interacted { message, .. } => {
                let form = state.get(&Thing::Message(message.number()));
                let is_asked = form.is_some_and(|form| form["sender"] == self.uid);
                of("interaction_completed", message.number(), may(message.number()) && (is_own || is_asked))
            }
            EventKind::Delivered { up_to, .. } | EventKind::Read { up_to, .. } => {
                of("receipts", up_to.number(), is_own || self.is_between(&event.audience))
            }
            EventKind::DeliveredToAll { up_to, sender } | EventKind::ReadByAll { up_to, sender } => {
                let is_for = sender.as_ref().is_none_or(|sender| sender.as_str() == self.uid);
                of("receipts", up_to.number(), is_for && in_group(GROUP))
            }
            EventKind::MarkedUnread { after } => of("receipts", after.map_or(0, |id| id.number()), is_own),
            _ => Vec::new(),
        }
    }

    fn is_between(&self, audience: &Audience) -> bool {
        let Audience::Conversation(between @ ConversationId::Users(..)) = audience else { return false };
        model::uid::Uid::parse(self.uid).is_ok_and(|uid| between.is_between(&uid))
    }
}

/// The group of whose members an event tells, or tells them.
fn group_of(event: &Event) -> Option<&str> {
    match &event.audience {
        Audience::Group(guid) | Audience::Conversation(ConversationId::Group(guid)) => Some(guid.as_str()),
        _ => None,
    }
}

/// The group whose member a user becomes.
fn becomes_member(event: &Event, uid: &str) -> Option<String> {
    let becomes = match &event.kind {
        EventKind::Member { uid: who, .. } => who.as_str() == uid,
        EventKind::OwnerTransferred { to, .. } => to.as_str() == uid,
        EventKind::GroupCreated { .. } => event.actor.as_str() == uid,
        _ => false,
    };
    group_of(event).filter(|_| becomes).map(str::to_owned)
}

/// Whether an event ends the sockets of a user.
fn ends(event: &Event, of: &str) -> bool {
    match (&event.kind, &event.audience) {
        (EventKind::TokenRevoked { .. }, Audience::User(uid)) => uid.as_str() == of,
        (EventKind::UserDeactivated { uid } | EventKind::UserDeleted { uid }, _) => uid.as_str() == of,
        _ => false,
    }
}

async fn until_the_end(live: &mut Live) -> Vec<Value> {
    let mut heard = Vec::new();
    while let Told::Text(text) = live.socket.told().await {
        heard.push(serde_json::from_str(&text).unwrap());
    }
    heard
}

/// What a frame says, by what it names. Pins of conversations show these as they are, which others hold.
fn said(frame: &Value) -> Option<String> {
    let (kind, body) = (frame["type"].as_str().unwrap(), &frame["body"]);
    let id = match kind {
        "conversation_pinned" | "conversation_unpinned" => return None,
        "reaction" | "receipts" | "interaction_completed" => &body["messageId"],
        _ => &body["id"],
    };
    let id = id.as_str().map_or_else(|| id.as_u64().unwrap_or_default(), |id| id.parse().unwrap());
    Some(format!("{kind} {id}"))
}

/// Without what differs from one viewer to another, or moves without an event.
fn for_nobody(message: &Value) -> Value {
    const OWN: [&str; 13] = [
        "reactedByMe",
        "myReceipt",
        "deliveredAt",
        "readAt",
        "deliveredToMeAt",
        "readByMeAt",
        "savedAt",
        "unreadRepliesCount",
        "interactions",
        "tags",
        "status",
        "lastActiveAt",
        "receipts",
    ];
    match message {
        Value::Object(fields) => {
            let shared = fields.iter().filter(|(name, _)| !OWN.contains(&name.as_str()));
            Value::Object(shared.map(|(name, value)| (name.clone(), for_nobody(value))).collect())
        }
        Value::Array(entries) => entries.iter().map(for_nobody).collect(),
        other => other.clone(),
    }
}
