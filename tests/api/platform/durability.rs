//! What was answered with 200 is stored (design: "A `200` means durable").

use std::collections::BTreeSet;

use futures_util::future::{join, join_all, join4};
use local::Data;
use serde_json::{Value, json};
use tests::live::{Live, auth, welcome};
use tests::socket::{Socket, Told, patiently};
use tests::{Api, Runner, ids, text_to_group};
use tokio::sync::watch;

/// The seeded users and their group.
const SENDERS: [&str; 5] =
    ["cometchat-uid-1", "cometchat-uid-2", "cometchat-uid-3", "cometchat-uid-4", "cometchat-uid-5"];
const GROUP: &str = "cometchat-guid-1";

#[tokio::test]
async fn kill_nine_in_the_middle_of_a_load_loses_no_message_that_was_answered() {
    const ENOUGH: usize = 100;
    let folder = tempfile::tempdir().unwrap();
    let runner = Runner::start(folder.path()).await;

    let (count, mut counted) = watch::channel(0);
    let sends = SENDERS.map(|sender| send_until_refused(&runner, sender, count.clone()));
    drop(count);
    let kill = async {
        counted.wait_for(|count| ENOUGH <= *count).await.expect("the senders were refused before the kill");
        runner.kill().await;
    };
    let (answered, ()) = join(join_all(sends), kill).await;
    let answered: Vec<(&str, u64)> = answered.into_iter().flatten().collect();
    assert!(ENOUGH <= answered.len());

    let runner = Runner::start(folder.path()).await;
    let listed = runner.get(SENDERS[0], &format!("/groups/{GROUP}/messages?affix=append&limit=1000")).await.unwrap();
    let listed = ids(&listed);
    for (sender, id) in answered {
        assert!(listed.contains(&id), "{id} is not listed");
        let message = runner.get(SENDERS[0], &format!("/messages/{id}")).await.expect("an answered message is lost");
        assert_eq!(message["sender"], sender);
    }
}

/// Sends one message after another; returns those that were answered.
async fn send_until_refused(
    runner: &Runner,
    sender: &'static str,
    count: watch::Sender<usize>,
) -> Vec<(&'static str, u64)> {
    let mut answered = Vec::new();
    while let Some(message) = runner.post(sender, "/messages", &text_to_group(GROUP, "hello")).await {
        answered.push((sender, message["id"].as_u64().unwrap()));
        count.send_modify(|count| *count += 1);
    }
    answered
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let api = Api::start_on(Data::Folder(folder.path().to_owned())).await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    let group = api.group("orchard", &[&ash, &birch]).await;
    let mut body = tests::text_to_user("birch", "hello");
    body["muid"] = json!("m-1");
    let sent = ash.post("/messages", body.clone()).await.expect_data();
    let to_group = birch.send_text_to_group(&group, "ladders").await;
    let (key, token) = (api.api_key().to_owned(), birch.header("authToken"));
    api.stop().await;

    let api = Api::start_on(Data::Folder(folder.path().to_owned())).await;
    assert_eq!(api.api_key(), key);
    let (ash, birch) = (api.on_behalf_of("ash"), api.nobody().with("authToken", &token));
    assert_eq!(birch.get(format!("/messages/{}", sent["id"])).await.expect_data(), sent);
    assert_eq!(birch.get(format!("/messages/{}", to_group["id"])).await.expect_data(), to_group);
    assert_eq!(ids(&ash.get("/users/birch/messages").await.expect_data()), [sent["id"].as_u64().unwrap()]);
    let repeated = ash.post("/messages", body).await.expect_data();
    assert_eq!(repeated["id"], sent["id"]);
    let newer = ash.send_text_to_group(&group, "baskets").await;
    assert!(to_group["id"].as_u64() < newer["id"].as_u64());
}

/// A client of a seeded user, online in a process of its own.
async fn online(runner: &Runner, uid: &str) -> Live {
    let mut socket = Socket::open(&runner.socket_url()).await;
    let device = format!("WEB-{uid}");
    socket.send_json(&auth(&runner.token_of(uid).await, &device, json!({}))).await;
    while socket.json().await != welcome() {}
    Live { socket, device }
}

/// Ids of messages, in the order in which they were heard, until the socket is silent or at its end.
async fn heard(live: &mut Live) -> Vec<u64> {
    let mut heard = Vec::new();
    while let Told::Text(text) = live.socket.told().await {
        let frame: Value = serde_json::from_str(&text).unwrap();
        if frame == json!({ "action": "pong" }) {
            break;
        }
        heard.extend(frame["body"]["id"].as_u64());
    }
    heard
}

#[tokio::test]
async fn who_comes_back_after_a_kill_nine_misses_nothing_and_who_does_not_is_offline() {
    const ENOUGH: usize = 50;
    let folder = tempfile::tempdir().unwrap();
    let runner = Runner::start(folder.path()).await;
    let all = async |runner: &Runner| {
        let path = format!("/groups/{GROUP}/messages?affix=append&limit=1000");
        ids(&runner.get(SENDERS[0], &path).await.unwrap()).into_iter().collect::<BTreeSet<u64>>()
    };
    let before = all(&runner).await;
    let [mut comes_back, mut stays_away] = [online(&runner, SENDERS[0]).await, online(&runner, SENDERS[1]).await];

    let (count, mut counted) = watch::channel(0);
    let sends = SENDERS.map(|sender| send_until_refused(&runner, sender, count.clone()));
    drop(count);
    let kill = async {
        counted.wait_for(|count| ENOUGH <= *count).await.expect("the senders were refused before the kill");
        runner.kill().await;
    };
    let (answered, (), mut known, _) =
        join4(join_all(sends), kill, heard(&mut comes_back), heard(&mut stays_away)).await;
    let answered: BTreeSet<u64> = answered.into_iter().flatten().map(|(_, id)| id).collect();
    assert!(known.is_sorted(), "{known:?}");

    let runner = Runner::start(folder.path()).await;
    let mut back = online(&runner, SENDERS[0]).await;
    let last = known.last().copied().unwrap_or_default();
    let missed = format!("/groups/{GROUP}/messages?affix=append&limit=1000&id={last}");
    known.extend(ids(&runner.get(SENDERS[0], &missed).await.unwrap()));
    let status = async |uid: &str| runner.get(uid, &format!("/users/{uid}")).await.unwrap()["status"].take();
    // Nobody said that it was closed; a start knows that nothing is open any more.
    patiently("the end of what was open", async { while status(SENDERS[1]).await != "offline" {} }).await;
    patiently("that who came back is online", async { while status(SENDERS[0]).await != "available" {} }).await;
    let after = runner.post(SENDERS[2], "/messages", &text_to_group(GROUP, "after")).await.unwrap();
    let after = after["id"].as_u64().unwrap();
    // What was changed before and not told yet is told now, too.
    patiently("what comes after", async {
        while !known.contains(&after) {
            back.says(json!({ "action": "ping", "ack": "true" })).await;
            known.extend(heard(&mut back).await);
        }
    })
    .await;
    let known: BTreeSet<u64> = known.into_iter().collect();
    assert!(all(&runner).await.difference(&before).all(|id| known.contains(id)));
    assert!(known.is_superset(&answered));
    runner.kill().await;

    // Of all of that nothing is left when the next process has begun.
    let api = Api::start_on(Data::Folder(folder.path().to_owned())).await;
    api.all_told().await;
    let is_socket = |item: &Value| ["pk", "sk"].iter().any(|key| item[key]["S"].as_str().unwrap().starts_with("SOCK"));
    let is_live = |item: &Value| item["pk"]["S"].as_str().unwrap().starts_with("LIVE#");
    let left: Vec<Value> = api.table().await.into_iter().filter(|item| is_socket(item) || is_live(item)).collect();
    assert_eq!(left, Vec::<Value>::new());
}
