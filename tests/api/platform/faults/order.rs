//! Who follows a conversation by cursor misses nothing: sixteen people write at once, and edit, reply, join and leave, while
//! transactions meet, take their time and lose their answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tests::faults::{Fault, Pace};
use tests::{Actor, Api, ids, text_to_group};

use super::{start, table};

const SENDERS: usize = 16;
const READERS: usize = 3;
/// How much each sender does.
const ACTS: usize = 12;
const TRIES: usize = 50;
/// At how many pages a reader counts once: in between they read on at once.
const COUNTED_EACH: usize = 4;
/// Ids that are drawn in one order arrive in another.
const PACE: Pace = Pace { before: 0..=20, late: 0.25, held: 2..=10, after: 0..=10 };

/// Tries again, as clients do, until the request is answered; `done` are refusals that say that an earlier try did it.
async fn until_done(actor: &Actor<'_>, method: &str, path: &str, body: &Value, done: &[&str]) -> Value {
    for _ in 0..TRIES {
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        let answer = actor.send(method, path, body).await;
        let code = answer.body["error"]["code"].as_str().unwrap_or_default().to_owned();
        match answer.status {
            200 => return answer.expect_data(),
            429 | 500 => {}
            status => {
                assert!(done.contains(&code.as_str()), "{method} {path}: {status} {}", answer.body);
                return Value::Null;
            }
        }
    }
    panic!("{method} {path} was refused {TRIES} times");
}

async fn get(actor: &Actor<'_>, path: &str) -> Value {
    until_done(actor, "GET", path, &Value::Null, &[]).await
}

/// The messages of others that count as unread.
fn news(messages: &[Value], reader: &str) -> usize {
    let is_news = |message: &&Value| message["category"] != "action" && message["sender"] != reader;
    messages.iter().filter(is_news).count()
}

/// What comes after this message, all of it.
async fn beyond(reader: &Actor<'_>, last: u64) -> Vec<Value> {
    let (mut all, mut last) = (Vec::new(), last);
    loop {
        let path = format!("/groups/orchard/messages?affix=append&limit=100&id={last}");
        let mut page = get(reader, &path).await;
        let Some(newest) = ids(&page).last().copied() else { return all };
        all.append(page.as_array_mut().unwrap());
        last = newest;
    }
}

async fn unread(reader: &Actor<'_>) -> usize {
    let conversation = get(reader, "/groups/orchard/conversation").await;
    conversation["unreadMessageCount"].as_u64().unwrap() as usize
}

async fn read_up_to(reader: &Actor<'_>, id: u64) {
    let body = json!({ "messageId": id });
    until_done(reader, "POST", "/groups/orchard/conversation/read", &body, &[]).await;
}

/// One person's acts, one after another; the ids of what they sent by `muid`.
async fn write(sender: &Actor<'_>, first: &Value) -> Vec<(String, u64)> {
    let (mut sent, members) = (Vec::new(), "/groups/orchard/members");
    for n in 0..ACTS {
        let muid = format!("{}-{n}", sender.uid);
        let mut body = text_to_group("orchard", &muid);
        body["muid"] = json!(muid);
        match n % 6 {
            3 => {
                let (_, last) = sent.last().unwrap();
                let edit = json!({ "data": { "text": "edited" } });
                until_done(sender, "PUT", &format!("/messages/{last}"), &edit, &[]).await;
            }
            4 => {
                let thread = format!("/messages/{first}/thread");
                sent.push((muid, until_done(sender, "POST", &thread, &body, &[]).await["id"].as_u64().unwrap()));
            }
            5 if sender.uid.ends_with('5') => {
                until_done(sender, "DELETE", &format!("{members}/{}", sender.uid), &json!({}), &["ERR_NOT_A_MEMBER"])
                    .await;
                until_done(sender, "POST", members, &json!({}), &["ERR_ALREADY_JOINED"]).await;
            }
            5 => {
                body["receiver"] = Value::Null;
                body["multipleReceivers"] = json!({ "guids": ["orchard"], "uids": ["r0"] });
                let slot = loop {
                    let sent = until_done(sender, "POST", "/messages", &body, &[]).await;
                    let slots = [&sent["guids"]["orchard"], &sent["uids"]["r0"]];
                    if slots.iter().all(|slot| slot["success"] == true) {
                        break slots[0]["data"].clone();
                    }
                };
                sent.push((muid, slot["id"].as_u64().unwrap()));
            }
            _ => sent.push((muid, until_done(sender, "POST", "/messages", &body, &[]).await["id"].as_u64().unwrap())),
        }
    }
    sent
}

/// What a reader saw, and what they had seen whenever they said how far they had read.
#[derive(Default)]
struct Followed {
    ids: Vec<u64>,
    receipts: Vec<(u64, usize)>,
}

/// Follows by cursor until nobody writes any more, and counts what is unread in between.
async fn follow(reader: &Actor<'_>, first: u64, is_over: &AtomicBool) -> Followed {
    let (mut followed, mut last) = (Followed::default(), first);
    loop {
        let was_over = is_over.load(Ordering::SeqCst);
        let page = get(reader, &format!("/groups/orchard/messages?affix=append&limit=30&id={last}")).await;
        let Some(newest) = ids(&page).last().copied() else {
            if was_over {
                return followed;
            }
            continue;
        };
        followed.ids.extend(ids(&page));
        last = newest;
        read_up_to(reader, last).await;
        followed.receipts.push((last, followed.ids.len()));
        if followed.receipts.len() % COUNTED_EACH != 0 {
            continue;
        }
        let before = news(&beyond(reader, last).await, &reader.uid);
        let counted = unread(reader).await;
        let after = news(&beyond(reader, last).await, &reader.uid);
        assert!((before..=after).contains(&counted), "{counted} unread of {before} to {after}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_becomes_visible_behind_what_a_reader_has_seen() {
    let (api, faults) = start().await;
    let (mut senders, mut readers) = (Vec::new(), Vec::new());
    for n in 0..SENDERS {
        senders.push(api.user(&format!("s{n}")).await);
    }
    for n in 0..=READERS {
        readers.push(api.user(&format!("r{n}")).await);
    }
    let late = readers.pop().unwrap();
    api.group("orchard", &senders.iter().chain(&readers).chain([&late]).collect::<Vec<_>>()).await;
    let first = senders[0].send_text_to_group("orchard", "first").await["id"].clone();
    let first_id = first.as_u64().unwrap();
    read_up_to(&late, first_id).await;

    faults.contend(PACE);
    faults.storm_of(&[Fault::LostAnswer, Fault::Slow], 1, 0.04);
    let is_over = AtomicBool::new(false);
    let writing = async {
        let sent = join_all(senders.iter().map(|sender| write(sender, &first))).await;
        is_over.store(true, Ordering::SeqCst);
        sent
    };
    let reading = join_all(readers.iter().map(|reader| follow(reader, first_id, &is_over)));
    let (sent, followed) = join(writing, reading).await;
    let (injected, tally) = (faults.end(), faults.agree());
    println!("{injected} faults, {tally:?}");
    assert!(0 < injected && 0 < tally.conflicts, "{injected} faults, {tally:?}");

    let all = beyond(&late, first_id).await;
    let all_ids = ids(&json!(all));
    assert!(all_ids.windows(2).all(|pair| pair[0] < pair[1]), "in order");
    for (reader, Followed { ids, receipts }) in readers.iter().zip(&followed) {
        let seen: BTreeSet<u64> = ids.iter().copied().collect();
        let skipped: Vec<u64> = all_ids.iter().copied().filter(|id| !seen.contains(id)).collect();
        assert_eq!(skipped, [0; 0], "{} of {} were never seen by {}", skipped.len(), all.len(), reader.uid);
        assert_eq!(*ids, all_ids, "{} saw something twice or out of order", reader.uid);
        for (up_to, n_seen) in receipts {
            let n_covered = all_ids.iter().filter(|id| *id <= up_to).count();
            assert_eq!(n_covered, *n_seen, "read up to {up_to}, which covers what {} had not seen", reader.uid);
        }
        assert_eq!(unread(reader).await, 0);
    }
    check_sent(&all, sent.into_iter().flatten());
    check_counts(&late, &all).await;
    check_one_to_one(&api).await;
    table::check(&api).await;
}

/// What was answered is there once.
fn check_sent(all: &[Value], sent: impl Iterator<Item = (String, u64)>) {
    let mut by_muid: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for message in all {
        if let Some(muid) = message["muid"].as_str() {
            by_muid.entry(muid.to_owned()).or_default().push(message["id"].as_u64().unwrap());
        }
    }
    assert_eq!(by_muid, sent.map(|(muid, id)| (muid, vec![id])).collect());
}

/// How much is unread behind each tenth message, for somebody who had read only the first.
async fn check_counts(reader: &Actor<'_>, all: &[Value]) {
    assert_eq!(unread(reader).await, news(all, &reader.uid));
    for n in (0..all.len()).step_by(10) {
        read_up_to(reader, all[n]["id"].as_u64().unwrap()).await;
        assert_eq!(unread(reader).await, news(&all[n + 1..], &reader.uid), "behind message {n}");
    }
    until_done(reader, "POST", "/groups/orchard/conversation/read", &json!({}), &[]).await;
    assert_eq!(unread(reader).await, 0);
}

/// The first messages between two users came in one transaction with all that makes them a conversation.
async fn check_one_to_one(api: &Api) {
    let listed = api.on_behalf_of("r0").get("/conversations?conversationType=user&perPage=50").await.expect_data();
    let writers = (0..SENDERS).filter(|n| n % 10 != 5);
    assert_eq!(listed.as_array().unwrap().len(), writers.count());
}
