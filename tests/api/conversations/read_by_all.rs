//! What all members of a group have read, as whoever reads the table's stream notes it: late, twice, in any order, and with
//! members who mark as unread meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use local::Data;
use model::common_watermarks::CommonWatermark;
use model::conversation::ConversationId;
use model::event::{Event, EventKind};
use model::id::MessageId;
use model::receipt::{Receipt, ReceiptSubject};
use model::uid::Guid;
use serde_json::{Value, json};
use shared::conversations::watermarks;
use shared::store::batch::Batch;
use shared::store::receipt::Moved;
use shared::store::whole_group::Noted;
use tests::streams::EventReader;
use tests::{Actor, Api};

const MEMBERS: [&str; 3] = ["ash", "birch", "cedar"];

/// A group of three in which each wrote, and nobody reads the stream but the test.
struct Scene<'a> {
    api: &'a Api,
    /// By whom, and the id.
    sent: Vec<(&'static str, u64)>,
    stream: EventReader,
    events: Vec<Event>,
}

impl<'a> Scene<'a> {
    /// With so many messages of each.
    async fn start(api: &'a Api, rounds: usize) -> Scene<'a> {
        let mut members = Vec::new();
        for uid in MEMBERS {
            members.push(api.user(uid).await);
        }
        api.group("orchard", &members.iter().collect::<Vec<_>>()).await;
        let mut sent = Vec::new();
        for n in 0..MEMBERS.len() * rounds {
            let of = n % MEMBERS.len();
            let message = members[of].send_text_to_group("orchard", &n.to_string()).await;
            sent.push((MEMBERS[of], message["id"].as_u64().unwrap()));
        }
        let mut stream = api.event_reader();
        stream.new_events();
        Scene { api, sent, stream, events: Vec::new() }
    }

    fn by(&self, uid: &str) -> Actor<'a> {
        self.api.on_behalf_of(uid)
    }

    /// Reads up to a message.
    async fn read(&mut self, uid: &str, at: usize) {
        let up_to = json!({ "messageId": self.sent[at].1 });
        self.by(uid).post("/groups/orchard/conversation/read", up_to).await.expect_ok();
        self.listen();
    }

    /// Marks a message and all behind it as unread.
    async fn mark_unread(&mut self, uid: &str, at: usize) {
        let first = json!({ "messageId": self.sent[at].1 });
        self.by(uid).delete("/groups/orchard/conversation/read", first).await.expect_ok();
        self.listen();
    }

    fn listen(&mut self) {
        self.events.extend(self.stream.new_events());
    }

    /// Hands on what happened and was not handed on yet.
    async fn catch_up(&mut self) {
        for event in std::mem::take(&mut self.events) {
            self.hand_on(&event).await;
        }
    }

    async fn hand_on(&self, event: &Event) {
        watermarks::follow(self.api.handlers(), event).await.unwrap();
    }

    /// Which messages are shown as read by all.
    async fn read_by_all(&self) -> BTreeSet<u64> {
        self.times().await.into_keys().collect()
    }

    /// Since when, by the messages.
    async fn times(&self) -> BTreeMap<u64, u64> {
        let page = self.by("ash").get("/groups/orchard/messages?limit=100&category=message").await.expect_data();
        let read = page.as_array().unwrap().iter();
        read.filter_map(|message| Some((message["id"].as_u64()?, message["readAt"].as_u64()?))).collect()
    }

    fn ids(&self, of: impl IntoIterator<Item = usize>) -> BTreeSet<u64> {
        of.into_iter().map(|at| self.sent[at].1).collect()
    }
}

#[tokio::test]
async fn members_who_read_at_once_are_noted_by_who_is_told_of_the_last() {
    let api = Api::start_idle(Data::Memory).await;
    let mut scene = Scene::start(&api, 1).await;
    for uid in MEMBERS {
        scene.read(uid, 2).await;
    }
    assert_eq!(scene.read_by_all().await, scene.ids([]), "nobody was told yet");
    let last = scene.events.pop().unwrap();
    scene.hand_on(&last).await;
    assert_eq!(scene.read_by_all().await, scene.ids(0..3));
    // What is handed on again, or behind that, notes nothing more and tells nothing more.
    scene.listen();
    let of_all = |event: &Event| matches!(event.kind, EventKind::ReadByAll { .. } | EventKind::DeliveredToAll { .. });
    assert_eq!(scene.events.iter().filter(|event| of_all(event)).count(), 2);
    scene.events.push(last);
    scene.catch_up().await;
    scene.listen();
    assert_eq!(scene.events, []);
}

#[tokio::test]
async fn who_marks_as_unread_before_it_is_noted_that_they_read_has_not_read() {
    let api = Api::start_idle(Data::Memory).await;
    let mut scene = Scene::start(&api, 1).await;
    for uid in MEMBERS {
        scene.read(uid, 2).await;
    }
    scene.mark_unread("birch", 1).await;
    scene.catch_up().await;
    // What birch wrote all the others have read.
    assert_eq!(scene.read_by_all().await, scene.ids([0, 1]));
    scene.read("birch", 2).await;
    scene.catch_up().await;
    assert_eq!(scene.read_by_all().await, scene.ids(0..3));
}

/// Who is told slowly notes what they saw only if nobody has stepped back since.
#[tokio::test]
async fn what_was_seen_before_somebody_marked_as_unread_is_not_noted() {
    let api = Api::start_idle(Data::Memory).await;
    let mut scene = Scene::start(&api, 1).await;
    for uid in MEMBERS {
        scene.read(uid, 2).await;
    }
    let guid = Guid::parse("orchard").unwrap();
    let conversation = ConversationId::Group(guid.clone());
    let state = async || {
        api.store()
            .know(Batch::default().conversation(&conversation))
            .await
            .unwrap()
            .conversation(&conversation)
            .unwrap()
    };
    let (before, last) = (state().await.unwrap(), MessageId::new(scene.sent[2].1).unwrap());
    scene.mark_unread("birch", 2).await;
    let mark =
        CommonWatermark { id: last, receipt: Receipt::Read, subject: ReceiptSubject::All, at: api.handlers().now() };
    let noted = vec![Noted { mark, event: None }];
    let moved = api.store().note_receipts_of_whole_group(&guid, &before, noted).await.unwrap();
    assert_eq!(moved, Moved::Stale);
    scene.catch_up().await;
    assert_eq!(scene.read_by_all().await, scene.ids(0..2));
}

/// The stream forgets what fails again and again.
#[tokio::test]
async fn what_a_lost_event_should_have_noted_is_noted_by_the_next() {
    let api = Api::start_idle(Data::Memory).await;
    let mut scene = Scene::start(&api, 1).await;
    scene.read("ash", 2).await;
    scene.read("cedar", 1).await;
    scene.catch_up().await;
    scene.read("birch", 1).await;
    scene.events.clear();
    scene.read("cedar", 2).await;
    scene.catch_up().await;
    assert_eq!(scene.read_by_all().await, scene.ids(0..2));
}

#[tokio::test]
async fn what_is_told_of_a_group_that_is_gone_fails_nobody() {
    let api = Api::start_idle(Data::Memory).await;
    let mut scene = Scene::start(&api, 1).await;
    scene.read("ash", 2).await;
    scene.by("cedar").delete("/groups/orchard/members", Value::Null).await.expect_ok();
    scene.listen();
    let events = scene.events.clone();
    api.app().delete("/groups/orchard", Value::Null).await.expect_ok();
    scene.catch_up().await;
    api.do_jobs().await;
    scene.events = events;
    scene.catch_up().await;
}

/// More of them than a transaction takes go one after the other, and what is read still keeps its time.
#[tokio::test]
async fn what_was_read_step_by_step_is_unread_at_once() {
    const ROUNDS: usize = 14;
    let api = Api::start_idle(Data::Memory).await;
    let mut scene = Scene::start(&api, ROUNDS).await;
    scene.read("ash", ROUNDS * 3 - 1).await;
    for at in 0..ROUNDS * 3 {
        for uid in ["cedar", "birch"] {
            scene.read(uid, at).await;
        }
        scene.catch_up().await;
    }
    let before = scene.times().await;
    assert_eq!(before.len(), ROUNDS * 3);
    scene.mark_unread("birch", 2).await;
    let expected = before.into_iter().enumerate().filter(|(at, _)| *at < 2 || scene.sent[*at].0 == "birch");
    let expected: BTreeMap<u64, u64> = expected.map(|(_, read)| read).collect();
    assert_eq!(scene.times().await, expected);
}

#[tokio::test]
async fn whatever_the_order_all_have_read_what_each_has_read() {
    const MESSAGES: usize = 9;
    let seed = tests::seed();
    let mut rng = Rng::with_seed(seed);
    let api = Api::start_idle(Data::Memory).await;
    let mut scene = Scene::start(&api, MESSAGES / MEMBERS.len()).await;
    let mut positions = [0; MEMBERS.len()];
    for step in 0..120 {
        let (who, at) = (rng.usize(..MEMBERS.len()), rng.usize(..MESSAGES));
        match rng.usize(..10) {
            0..5 => {
                scene.read(MEMBERS[who], at).await;
                positions[who] = positions[who].max(at + 1);
            }
            5..7 => {
                scene.mark_unread(MEMBERS[who], at).await;
                positions[who] = positions[who].min(at);
            }
            // One of them is told, perhaps not for the last time.
            _ if !scene.events.is_empty() => {
                let event = scene.events[rng.usize(..scene.events.len())].clone();
                scene.hand_on(&event).await;
            }
            _ => {}
        }
        let has_read = |at: usize| {
            let others = (0..MEMBERS.len()).filter(|who| MEMBERS[*who] != scene.sent[at].0);
            others.into_iter().all(|who| at < positions[who])
        };
        let expected = scene.ids((0..MESSAGES).filter(|at| has_read(*at)));
        let shown = scene.read_by_all().await;
        assert!(shown.is_subset(&expected), "HALLEY_SEED={seed}, step {step}: {positions:?} shows {shown:?}");
        if step % 12 == 11 {
            rng.shuffle(&mut scene.events);
            scene.catch_up().await;
            assert_eq!(scene.read_by_all().await, expected, "HALLEY_SEED={seed}, step {step}: {positions:?}");
        }
    }
}

/// What ARCHITECTURE.md says of it under "Sockets".
#[tokio::test]
async fn noting_costs_what_it_says() {
    let api = Api::start_idle(Data::Memory).await;
    let mut scene = Scene::start(&api, 1).await;
    for uid in ["ash", "cedar"] {
        scene.read(uid, 2).await;
    }
    scene.catch_up().await;
    // Of both receipts one watermark; the message is looked up where the state does not know it to be the last.
    for (at, expected) in [(1, (5, 6.0, 6.0)), (2, (4, 5.0, 6.0))] {
        scene.read("birch", at).await;
        let read = scene.events.pop().unwrap();
        for expected in [expected, (3, 5.0, 0.0)] {
            let (_, cost) = shared::store::metered(shared::store::BOUND, scene.hand_on(&read)).await;
            assert_eq!((cost.calls, cost.read_units, cost.write_units), expected, "up to {at}");
        }
    }
    scene.listen();
    for event in std::mem::take(&mut scene.events) {
        let (_, cost) = shared::store::metered(shared::store::BOUND, scene.hand_on(&event)).await;
        assert_eq!(cost.calls, 0, "{event:?}");
    }
}
