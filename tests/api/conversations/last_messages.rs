//! The last messages in lists of conversations: copies on the states, which are the messages or are not there.

use std::collections::HashMap;

use serde_json::{Value, json};
use tests::{Actor, Api, seed};

use crate::platform::row_sizes::bytes_of;

/// What of a row is not of the message, or is shown in no list of conversations.
const NOT_COPIED: [&str; 7] = ["pk", "sk", "event", "gsi2pk", "gsi2sk", "mentioned", "isSaved"];
/// How often two users do something.
const STEPS: usize = 80;
/// One write unit.
const UNIT_BYTES: usize = 1_024;

/// The states that have a copy.
async fn copying(api: &Api) -> Vec<Value> {
    let states = api.table().await.into_iter();
    states.filter(|row| row["sk"]["S"] == "HEAD" && row["preview"].is_object()).collect()
}

/// The copies that are not as the row of their message, and how many there are in all.
async fn wrong_copies(api: &Api) -> (Vec<Value>, usize) {
    let table = api.table().await;
    let place =
        |row: &Value| (row["pk"]["S"].as_str().unwrap().to_owned(), row["sk"]["S"].as_str().unwrap().to_owned());
    let rows: HashMap<(String, String), &Value> = table.iter().map(|row| (place(row), row)).collect();
    let states: Vec<&Value> = table.iter().filter(|row| row["preview"].is_object()).collect();
    let is_wrong = |state: &&Value| {
        let mut copy = state["preview"]["M"].as_object().unwrap().clone();
        let id: u64 = copy.remove("id").unwrap()["N"].as_str().unwrap().parse().unwrap();
        let Some(row) = rows.get(&(place(state).0, format!("MSG#{id:016}"))) else { return true };
        let mut row = row.as_object().unwrap().clone();
        row.retain(|name, _| !NOT_COPIED.contains(&name.as_str()));
        row != copy
    };
    (states.iter().copied().filter(is_wrong).cloned().collect(), states.len())
}

/// Something that a user does, mostly to a message of late.
async fn act(api: &Api, actor: &Actor<'_>, other: &str, ids: &[u64], (kind, at): (u32, usize)) -> Option<u64> {
    let id = ids.iter().rev().nth(at % 3).copied().unwrap_or(1);
    let message = format!("/messages/{id}");
    let text = |text: &str| json!({ "receiver": other, "receiverType": "user", "data": { "text": text } });
    let answer = match kind {
        0..=4 => actor.post("/messages", text(&format!("How are you, {other}?"))).await,
        5 => actor.post("/messages", text(&"long ".repeat(200))).await,
        6 => actor.post("/messages", text(&format!("<@uid:{other}>"))).await,
        7 => actor.post(format!("{message}/thread"), json!({ "data": { "text": "A reply" } })).await,
        8..=10 => actor.post(format!("{message}/reactions/x"), Value::Null).await,
        11 => actor.delete(format!("{message}/reactions/x"), json!({})).await,
        12 | 13 => actor.put(&message, json!({ "data": { "text": "better" } })).await,
        14 => actor.delete(&message, json!({})).await,
        15 => actor.delete(&message, json!({ "permanent": true })).await,
        16 => actor.post(format!("{message}/pin"), Value::Null).await,
        17 => actor.delete(format!("{message}/pin"), json!({})).await,
        18 => actor.post(format!("{message}/save"), Value::Null).await,
        19 => actor.post(format!("/users/{other}/conversation/read"), Value::Null).await,
        20 => actor.delete(format!("/users/{other}/conversation/read"), json!({})).await,
        21 => actor.delete(format!("/users/{other}/conversation"), json!({})).await,
        22 => api.app().post(format!("{message}/pin"), Value::Null).await,
        _ => {
            api.let_time_pass_since_writes().await;
            return None;
        }
    };
    assert!(answer.status < 500, "{}", answer.body);
    // Of an edit or deletion the id of what tells of it.
    answer.body["data"]["id"].as_u64().filter(|_| kind <= 7)
}

#[tokio::test]
async fn copies_of_last_messages_are_these_messages_whatever_two_users_do() {
    let mut chance = fastrand::Rng::with_seed(seed());
    let api = Api::start().await;
    let users = [api.token_user("ash").await, api.token_user("birch").await];
    let (mut ids, mut n_copies) = (Vec::new(), 0);
    for step in 0..STEPS {
        let mut drawn = || (chance.u32(..24), chance.usize(..3));
        let acts = [drawn(), drawn()];
        let [ash, birch] = &users;
        let new = match chance.u32(..4) {
            0 => vec![act(&api, ash, "birch", &ids, acts[0]).await],
            1 => vec![act(&api, birch, "ash", &ids, acts[0]).await],
            // Both at once.
            _ => {
                let both = tokio::join!(act(&api, ash, "birch", &ids, acts[0]), act(&api, birch, "ash", &ids, acts[1]));
                vec![both.0, both.1]
            }
        };
        ids.extend(new.into_iter().flatten());
        ids.sort_unstable();
        let (wrong, n) = wrong_copies(&api).await;
        assert!(wrong.is_empty(), "after {acts:?} in step {step}: {wrong:?}");
        n_copies += n;
        let user = &users[step % 2];
        let listed = user.get("/conversations").await.expect_data();
        let exact = api.on_behalf_of(&user.uid).get("/conversations").await.expect_data();
        assert_eq!(listed, exact, "{} after {acts:?} in step {step}", user.uid);
    }
    assert!(STEPS / 4 < n_copies, "{n_copies} copies");
}

/// Names of any length leave less room for it.
#[tokio::test]
async fn a_state_with_a_copy_takes_one_write_unit() {
    let api = Api::start().await;
    for name in ["ash".to_owned(), "a".repeat(36), "a".repeat(90)] {
        let ash = api.token_user(&name).await.with("resource", "a-device-of-theirs");
        let other = format!("{name}-other");
        let birch = api.user(&other).await;
        let thread = format!("/messages/{}/thread", birch.send_text(&ash, "first").await["id"]);
        let (mut most, mut n_without) = (0, 0);
        for n in (0..900).step_by(150) {
            let data = json!({ "text": "t".repeat(n + 1) });
            // Replies too: the state then has all that it can have.
            ash.post(&thread, json!({ "data": data })).await.expect_ok();
            let states = copying(&api).await;
            let state = states.iter().find(|state| state["shownSender"]["S"] == *name);
            most = most.max(state.map(bytes_of).unwrap_or_default());
            n_without += usize::from(state.is_none());
            let sent = ash.post("/messages", json!({ "receiver": other, "receiverType": "user", "data": data })).await;
            sent.expect_ok();
            let is_larger = 6.0 < api.last_line().write_units;
            assert!(!is_larger || 400 < n, "{n} characters cost {}", api.last_line().write_units);
        }
        assert!(most <= UNIT_BYTES && 0 < n_without, "{most} bytes, {n_without} without");
        assert!(name.len() == 90 || 0 < most, "no room for any");
    }
}

/// Versions before this one move a state and leave the copy that it has.
#[tokio::test]
async fn a_copy_of_another_message_than_the_last_is_passed_over() {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    ash.send_text(&birch, "first").await;
    let of_first = copying(&api).await.remove(0);
    let second = ash.send_text(&birch, "second").await;
    let last = async || birch.get("/conversations").await.expect_data()[0]["lastMessage"]["data"]["text"].clone();
    assert_eq!(last().await, "second");
    let of_second = copying(&api).await.remove(0);
    api.overwrite_with(&of_first, "preview", of_first["preview"].clone()).await;
    assert_eq!(last().await, "second");
    // Of an edit or a deletion they move the last message too.
    ash.put(format!("/messages/{}", second["id"]), json!({ "data": { "text": "better" } })).await.expect_ok();
    api.overwrite_with(&of_first, "preview", of_second["preview"].clone()).await;
    assert_eq!(last().await, "better");
}

/// A permanent deletion leaves nothing of what it deletes, on the state too.
#[tokio::test]
async fn no_copy_outlives_its_conversation_or_message() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let sent = ash.send_text(&birch, "secret").await;
    ash.send_text(&cedar, "secret").await;
    cedar.send_text(&birch, "secret").await;
    assert_eq!(copying(&api).await.len(), 3);
    ash.delete(format!("/messages/{}", sent["id"]), json!({ "permanent": true })).await.expect_ok();
    api.app().delete("/conversations/ash_user_cedar", json!({})).await.expect_ok();
    assert_eq!(copying(&api).await.len(), 1);
    api.app().delete("/users/birch", json!({ "permanent": true })).await.expect_ok();
    assert_eq!(copying(&api).await.len(), 0);
}
