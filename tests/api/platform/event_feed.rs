//! Whoever holds what they were shown and looks up again only what events name is up to date. Each client, one for each
//! user and one for the app, is told the events that are for it; after every act what it holds equals what a fresh fetch
//! of everything shows. An operation that forgets its event, tells the wrong people or names the wrong thing fails here.

mod acts;
mod client;
mod listening;
mod lookups;
mod state;
mod tour;

use std::collections::BTreeSet;

use fastrand::Rng;
use local::Data;
use model::event::{Event, EventKind, MemberChange};
use serde_json::{Value, json};
use shared::conversations::watermarks;
use tests::events::Act;
use tests::streams::EventReader;
use tests::{Answer, Api};

use client::Client;
use state::State;

/// Who are there all the time, unless an act sends them away.
const USERS: [&str; 3] = ["ann", "ben", "cat"];
/// Of ann and ben at first.
const GROUP: &str = "lake";
/// How often each act is done at random, with other parameters each time.
const ROUNDS: usize = 2;

#[tokio::test]
async fn every_kind_of_event_keeps_clients_up_to_date() {
    let api = Api::start_idle(Data::Memory).await;
    let mut feed = Feed::start(&api).await;
    tour::take(&mut feed).await;
    let not_in = |kinds: &BTreeSet<String>| KINDS.into_iter().filter(|kind| !kinds.contains(*kind)).collect::<Vec<_>>();
    assert_eq!(not_in(&feed.told), [""; 0], "the tour tells nothing of these");
    // Without the events of any other kind, somebody would hold what is no more. Reports are shown to nobody.
    assert_eq!(not_in(&feed.needed), ["messageReported"]);
}

#[tokio::test]
async fn acts_in_any_order_keep_clients_up_to_date() {
    let seed = tests::seed();
    let mut rng = Rng::with_seed(seed);
    let api = Api::start_idle(Data::Memory).await;
    let mut feed = Feed::start(&api).await;
    for round in 0..ROUNDS {
        let n_acts = acts::any(&mut rng, &feed).len();
        let mut order: Vec<usize> = (0..n_acts).collect();
        rng.shuffle(&mut order);
        for n in order {
            let act = acts::any(&mut rng, &feed).swap_remove(n);
            // What is refused changes nothing, and is an act too.
            let answer = feed.act(&act, &format!("HALLEY_SEED={seed}, round {round}")).await;
            assert!(answer.status < 500, "{act:?}: {}", answer.body);
        }
    }
}

/// All kinds of events, as [`kind_of`] names them, but those of sockets, which these clients have not.
const KINDS: [&str; 44] = [
    "added",
    "banned",
    "conversationCleared",
    "conversationDeleted",
    "conversationsPinned",
    "delivered",
    "deliveredToAll",
    "friendAdded",
    "friendRemoved",
    "groupCreated",
    "groupDeleted",
    "groupUpdated",
    "interacted",
    "joined",
    "kicked",
    "left",
    "markedUnread",
    "membersCounted",
    "messageDeleted",
    "messageEdited",
    "messagePermanentlyDeleted",
    "messagePinned",
    "messageReported",
    "messageSaved",
    "messageSent",
    "messageUnpinned",
    "messageUnsaved",
    "ownerTransferred",
    "reactionAdded",
    "reactionRemoved",
    "read",
    "readByAll",
    "replyGone",
    "scopeChanged",
    "tokenIssued",
    "tokenRevoked",
    "unbanned",
    "userBlocked",
    "userCreated",
    "userDeactivated",
    "userDeleted",
    "userReactivated",
    "userUnblocked",
    "userUpdated",
];

/// The kind of an event; of a membership, what became of it.
fn kind_of(event: &Event) -> String {
    let name = match &event.kind {
        EventKind::Member { change: MemberChange::ScopeChanged { .. }, .. } => json!("scopeChanged"),
        EventKind::Member { change, .. } => json!(change),
        kind => json!(kind)["kind"].take(),
    };
    name.as_str().unwrap().to_owned()
}

/// Clients, and what they were told.
struct Feed<'a> {
    api: &'a Api,
    clients: Vec<Client<'a>>,
    stream: EventReader,
    /// The kinds of events so far.
    told: BTreeSet<String>,
    /// Those of them without which a client would have held what is shown no more.
    needed: BTreeSet<String>,
}

impl<'a> Feed<'a> {
    async fn start(api: &'a Api) -> Feed<'a> {
        for uid in USERS {
            api.user(uid).await;
        }
        let members = json!({ "admins": ["ann"], "participants": ["ben"] });
        api.app().post("/groups", json!({ "guid": GROUP, "name": GROUP, "members": members })).await.expect_ok();
        let mut clients = vec![Client::start(api.app()).await];
        for uid in USERS {
            clients.push(Client::start(api.on_behalf_of(uid)).await);
        }
        let mut stream = api.event_reader();
        stream.new_events();
        Feed { api, clients, stream, told: BTreeSet::new(), needed: BTreeSet::new() }
    }

    /// Carries out an act, and compares what each client holds with what it would be shown: at once, again when it is noted how
    /// far all members of a group have come by it, and when the job is done that the act may leave.
    async fn act(&mut self, act: &Act, context: &str) -> Answer {
        let answer = self.api.perform(act).await;
        let context = format!("{context}, {act:?}: {}", answer.status);
        self.tell(answer.status == 200, &context).await;
        if self.api.has_jobs() {
            self.api.do_jobs().await;
            self.tell(true, &format!("{context}, its job")).await;
        }
        answer
    }

    /// Tells what happened and compares, and then what is noted of that by whoever reads the stream.
    async fn tell(&mut self, is_done: bool, context: &str) {
        let mut events = self.stream.new_events();
        loop {
            self.compare(&events, is_done, context).await;
            for event in &events {
                watermarks::follow(self.api.handlers(), event).await.unwrap();
            }
            events = self.stream.new_events();
            if events.is_empty() {
                return;
            }
        }
    }

    async fn compare(&mut self, events: &[Event], is_done: bool, context: &str) {
        let kinds: BTreeSet<String> = events.iter().map(kind_of).collect();
        for client in &mut self.clients {
            // What a refused act changes nevertheless is seen after the next one.
            if !is_done && events.is_empty() {
                continue;
            }
            let shown = client.reader.everything().await;
            for kind in &kinds {
                if !self.needed.contains(kind) && client.needs(kind, events, &shown).await {
                    self.needed.insert(kind.clone());
                }
            }
            client.hear_all(events).await;
            let differences = differences(&client.state, &shown);
            let uid = client.reader.uid();
            assert!(differences.is_empty(), "{context}\n{uid} holds {differences:#?}\nand was told {events:#?}");
        }
        self.told.extend(kinds);
    }

    /// What a user holds.
    fn client(&self, uid: &str) -> &Client<'a> {
        self.clients.iter().find(|client| client.reader.uid() == uid).unwrap()
    }
}

/// What is held otherwise than it is shown.
fn differences(held: &State, shown: &State) -> Vec<String> {
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let things: BTreeSet<_> = held.keys().chain(shown.keys()).collect();
    let other = things.into_iter().filter(|thing| held.get(thing) != shown.get(thing));
    other.map(|thing| format!("{thing:?}: {} for {}", text(held.get(thing)), text(shown.get(thing)))).collect()
}
