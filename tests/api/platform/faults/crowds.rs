//! Two hundred at once, while transactions meet on the items that all of them change: everybody succeeds.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use tests::faults::Pace;
use tests::{Actor, Api, text_to_group};

use super::{start_for, table};

/// For how long an invocation may go on: half of it may be spent on tries, and a busy machine takes long for each.
const TIME_LIMIT: Duration = Duration::from_secs(600);
const CROWD: usize = 200;
/// As long as DynamoDB's transactions hold their items.
const PACE: Pace = Pace { before: 0..=4, late: 0.0, held: 4..=8, after: 0..=4 };

/// A group of as many, and a message in it.
async fn crowd(api: &Api) -> (Vec<Actor<'_>>, Value) {
    let uids: Vec<String> = (0..CROWD).map(|n| format!("u{n:03}")).collect();
    api.users(&uids).await;
    api.group("crowd", &[]).await;
    for some in uids.chunks(25) {
        api.app().post("/groups/crowd/members", json!({ "participants": some })).await.expect_ok();
    }
    let users: Vec<Actor<'_>> = uids.iter().map(|uid| api.on_behalf_of(uid)).collect();
    let message = users[0].send_text_to_group("crowd", "hello").await;
    (users, message)
}

/// What each of the crowd does, and what the message, or the group, shows of it afterwards.
#[rstest]
#[case::sends("/messages", text_to_group("crowd", "me too"))]
#[case::replies("/messages/{m}/thread", json!({ "data": { "text": "me too" } }))]
#[case::reactions("/messages/{m}/reactions/x", json!({}))]
#[case::receipts("/groups/crowd/conversation/read", json!({}))]
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_at_once_all_succeed(#[case] path: &str, #[case] body: Value) {
    let (api, faults) = start_for(TIME_LIMIT).await;
    let (users, message) = crowd(&api).await;
    let path = path.replace("{m}", &message["id"].to_string());

    faults.contend(PACE);
    let answers = join_all(users.iter().map(|user| user.post(&path, body.clone()))).await;
    println!("{path}: {:?}", faults.agree());

    let answered: Vec<Value> = answers.into_iter().map(|answer| answer.expect_data()).collect();
    // What the group has read is noted behind the requests.
    api.all_told().await;
    let now = users[0].get(format!("/messages/{}", message["id"])).await.expect_data();
    match path.rsplit('/').next().unwrap() {
        "messages" | "thread" => {
            let ids: BTreeSet<u64> = answered.iter().map(|message| message["id"].as_u64().unwrap()).collect();
            assert_eq!(ids.len(), CROWD);
            let of_thread = if path.ends_with("thread") { CROWD } else { 0 };
            assert_eq!(now["replyCount"].as_u64().unwrap_or_default() as usize, of_thread);
        }
        "x" => assert_eq!(crate::given::reactions(&now), [("x", CROWD as u64, true)]),
        _ => assert!(now["readAt"].is_u64(), "{now}"),
    }
    table::check(&api).await;
}

/// What people do to one message at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_touches_a_hot_message_succeeds() {
    let (api, faults) = start_for(TIME_LIMIT).await;
    let (users, message) = crowd(&api).await;
    let path = format!("/messages/{}", message["id"]);

    faults.contend(PACE);
    let acts = users.iter().enumerate().map(|(n, user)| {
        let (path, app) = (path.clone(), api.app());
        async move {
            match n % 10 {
                0 => app.put(path, json!({ "data": { "text": format!("edit {n}") } })).await,
                1 | 2 => user.post(format!("{path}/thread"), json!({ "data": { "text": "reply" } })).await,
                3 | 4 => user.post("/groups/crowd/conversation/read", json!({})).await,
                5 => user.post(format!("{path}/save"), json!({})).await,
                6 => user.post(format!("{path}/flagged"), json!({ "reasonId": "spam" })).await,
                _ => user.post(format!("{path}/reactions/{}", n % 3), json!({})).await,
            }
        }
    });
    let answers = join_all(acts).await;
    println!("{:?}", faults.agree());

    answers.into_iter().for_each(|answer| drop(answer.expect_ok()));
    let now = users[0].get(&path).await.expect_data();
    assert_eq!(now["replyCount"], CROWD / 5);
    let counts: u64 = crate::given::reactions(&now).into_iter().map(|(_, count, _)| count).sum();
    assert_eq!(counts as usize, CROWD * 3 / 10);
    let listed = api.app().get("/groups/crowd/messages?category=action&type=message&limit=100").await.expect_data();
    assert_eq!(listed.as_array().unwrap().len(), CROWD / 10, "edits");
    table::check(&api).await;
}

/// One user's devices pin and unpin their conversations, all of which stand in one row.
#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_pins_and_unpins_conversations_succeeds() {
    const CONVERSATIONS: usize = 5;
    let (api, faults) = start_for(TIME_LIMIT).await;
    let ash = api.user("ash").await;
    let others: Vec<String> = (0..CONVERSATIONS).map(|n| format!("u{n:02}")).collect();
    api.users(&others).await;
    for other in &others {
        ash.post("/messages", tests::text_to_user(other, "hello")).await.expect_ok();
    }

    faults.contend(PACE);
    let pins = (0..CROWD).map(|n| {
        let (ash, path) = (&ash, format!("/users/{}/conversation/pin", others[n % CONVERSATIONS]));
        async move {
            match n / CONVERSATIONS % 2 {
                0 => ash.post(path, json!({})).await,
                _ => ash.delete(path, json!({})).await,
            }
        }
    });
    let answers = join_all(pins).await;
    println!("{:?}", faults.agree());

    answers.into_iter().for_each(|answer| drop(answer.expect_ok()));
    // Whatever came last: what a further pin of each finds is right.
    for other in &others {
        ash.post(format!("/users/{other}/conversation/pin"), json!({})).await.expect_ok();
    }
    let pinned = ash.get("/conversations?perPage=100").await.expect_data();
    assert_eq!(pinned.as_array().unwrap().iter().filter(|entry| !entry["pinnedBy"].is_null()).count(), CONVERSATIONS);
    table::check(&api).await;
}
