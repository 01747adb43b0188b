//! Whoever tells what changed is killed, comes again, or finds a client that does not read; clocks differ.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use local::{Data, SocketLimits, SocketOptions};
use serde_json::{Value, json};
use shared::delivery::{StreamEvent, deliver};
use tests::live::Live;
use tests::socket::Connections;
use tests::{Api, text_to_group, text_to_user};

async fn ann_and_ben(api: &Api) -> [Live; 2] {
    for uid in ["ann", "ben"] {
        api.user(uid).await;
    }
    let members = json!({ "admins": ["ann"], "participants": ["ben"] });
    api.app().post("/groups", json!({ "guid": "lake", "name": "Lake", "members": members })).await.expect_ok();
    [api.live("ann", "WEB-ann").await, api.live("ben", "WEB-ben").await]
}

/// Sends to ben and to the group in turn, edits some and deletes some.
async fn change_much(api: &Api) {
    let ann = api.on_behalf_of("ann");
    for n in 0..12 {
        let text = format!("{n}");
        let body = if n % 2 == 0 { text_to_user("ben", &text) } else { text_to_group("lake", &text) };
        let path = format!("/messages/{}", ann.post("/messages", body).await.expect_data()["id"]);
        match n % 5 {
            3 => drop(ann.put(path, json!({ "data": { "text": format!("{n}, edited") } })).await.expect_ok()),
            4 => drop(ann.delete(path, json!({})).await.expect_ok()),
            _ => {}
        }
    }
}

fn batch(records: &[Value]) -> StreamEvent {
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

/// The same records in another order, each partition's in its own.
fn between_partitions(rng: &mut fastrand::Rng, records: Vec<Value>) -> Vec<Value> {
    let mut partitions: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for record in records.into_iter().rev() {
        let partition = record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap().to_owned();
        partitions.entry(partition).or_default().push(record);
    }
    let mut mixed = Vec::new();
    while !partitions.is_empty() {
        let nth = rng.usize(..partitions.len());
        let partition = partitions.keys().nth(nth).unwrap().clone();
        let left = partitions.get_mut(&partition).unwrap();
        mixed.extend(left.pop());
        if left.is_empty() {
            partitions.remove(&partition);
        }
    }
    mixed
}

/// What a client that holds the newest of each message knows when it has heard these: the text of each, by its id.
fn known(frames: &[Value]) -> BTreeMap<u64, Value> {
    let mut known = BTreeMap::new();
    for frame in frames.iter().filter(|frame| frame["type"] == "message") {
        let body = &frame["body"];
        let shown = if body["category"] == "action" { &body["data"]["entities"]["on"]["entity"] } else { body };
        known.insert(shown["id"].as_u64().unwrap(), shown["data"]["text"].clone());
    }
    known
}

async fn fetched(api: &Api) -> BTreeMap<u64, Value> {
    let mut all = BTreeMap::new();
    for path in ["/users/ann/messages?limit=100", "/groups/lake/messages?limit=100"] {
        let listed = api.on_behalf_of("ben").get(path).await.expect_data();
        let messages = listed.as_array().unwrap().iter().filter(|message| message["category"] != "action");
        all.extend(messages.map(|message| (message["id"].as_u64().unwrap(), message["data"]["text"].clone())));
    }
    all
}

#[tokio::test]
async fn a_consumer_that_is_killed_and_comes_again_loses_nothing_and_keeps_each_conversation_in_order() {
    let mut rng = fastrand::Rng::with_seed(tests::seed());
    let api = Api::start_idle(Data::Memory).await;
    let [_ann, mut ben] = ann_and_ben(&api).await;
    let before = api.stream_records().await.len();
    change_much(&api).await;
    let records = between_partitions(&mut rng, api.stream_records().await.split_off(before));
    // Killed anywhere, it begins again with the batch it was at, or the one before if nobody noted that.
    let (mut at, mut longest) = (0, 60);
    while at < records.len() {
        let end = (at + 10).min(records.len());
        let event = batch(&records[at..end]);
        let is_done = tokio::select! {
            biased;
            failed = deliver(api.handlers(), &event) => { assert_eq!(failed, None); true }
            () = tokio::time::sleep(Duration::from_millis(rng.u64(0..longest))) => false,
        };
        if is_done && rng.u8(..3) > 0 {
            at = end;
        }
        // However slow the machine is, it comes to an end.
        if !is_done {
            longest += 10;
        }
    }
    let heard = ben.heard_so_far().await;
    // The first time that each was told, each conversation's are in their order.
    let mut firsts: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for body in heard.iter().map(|frame| &frame["body"]).filter(|body| body["category"] == "message") {
        let id = body["id"].as_u64().unwrap();
        if seen.insert(id) {
            firsts.entry(body["conversationId"].as_str().unwrap().to_owned()).or_default().push(id);
        }
    }
    assert_eq!(firsts.values().map(Vec::len).sum::<usize>(), 12);
    assert!(firsts.values().all(|ids| ids.is_sorted()), "{firsts:?}");
    // A frame shows a message as it is when it is told, so repeats and late ones lead to the same.
    assert_eq!(known(&heard), fetched(&api).await);
}

#[tokio::test]
async fn who_does_not_read_keeps_others_from_nothing() {
    let limits = SocketLimits { queue: 2, ..SocketLimits::default() };
    let api = Api::start_with_sockets(SocketOptions { functions: None, limits }).await;
    let [slow, mut ben] = ann_and_ben(&api).await;
    ben.heard(&api).await;
    let row = api.table().await.into_iter().find(|item| item["sk"]["S"] == "SOCK#WEB-ann").unwrap();
    let id = row["connectionId"]["S"].as_str().unwrap();
    let connections = Connections { endpoint: api.origin().to_owned(), credentials: api.credentials() };
    let long = "x".repeat(100 * 1024);
    while connections.call("POST", id, long.as_bytes()).await.0 == 200 {}
    for n in 0..4 {
        api.on_behalf_of("ben").post("/messages", text_to_group("lake", &n.to_string())).await.expect_ok();
    }
    let heard = ben.heard(&api).await;
    let texts: Vec<_> = heard.iter().map(|frame| frame["body"]["data"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["0", "1", "2", "3"]);
    // Its socket is not gone for that: it may read on.
    let kept = api.table().await.iter().any(|item| item["sk"]["S"] == "SOCK#WEB-ann");
    assert!(kept);
    drop(slow);
}

#[tokio::test]
async fn ids_ahead_of_the_clock_are_told_in_their_order() {
    let api = Api::start().await;
    let [_ann, mut ben] = ann_and_ben(&api).await;
    ben.heard(&api).await;
    let ann = api.on_behalf_of("ann");
    let sent = ann.post("/messages", text_to_user("ben", "now")).await.expect_data();
    // By a process whose clock is an hour ahead.
    let ahead = api.sent_ahead(&sent, 3_600).await;
    let after = ann.post("/messages", text_to_user("ben", "after")).await.expect_data();
    ann.put(format!("/messages/{ahead}"), json!({ "data": { "text": "edited" } })).await.expect_ok();
    let heard = ben.heard(&api).await;
    let ids: Vec<_> = heard.iter().filter_map(|frame| frame["body"]["id"].as_u64()).collect();
    assert!(ids.is_sorted() && ids.len() == 4, "{ids:?}");
    assert_eq!(ids[..3], [sent["id"].as_u64().unwrap(), ahead, after["id"].as_u64().unwrap()]);
}
