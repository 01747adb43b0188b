//! Unread and undelivered messages: counters, filters, and what they cost (contract/messages.md, "count / unread /
//! undelivered"; contract/related.md, "Conversations").

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, ids};

/// A second well after the ids' own beginning.
const T: u64 = 1_760_000_000;

async fn unread(actor: &Actor<'_>, path: &str) -> Value {
    actor.get(format!("{path}/conversation")).await.expect_data()["unreadMessageCount"].clone()
}

#[tokio::test]
async fn only_messages_of_others_that_are_there_count() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let doomed = ash.send_text(&birch, "one").await;
    let gone = ash.send_text(&birch, "two").await;
    ash.send_text(&birch, "three").await;
    birch.send_text(&ash, "mine").await;
    assert_eq!(unread(&birch, "/users/ash").await, 3);
    assert_eq!(unread(&ash, "/users/birch").await, 1);
    ash.put(format!("/messages/{}", doomed["id"]), json!({ "data": { "text": "1" } })).await.expect_ok();
    assert_eq!(unread(&birch, "/users/ash").await, 3, "an edit is no news");
    ash.delete(format!("/messages/{}", doomed["id"]), json!({})).await.expect_ok();
    assert_eq!(unread(&birch, "/users/ash").await, 2);
    ash.delete(format!("/messages/{}", gone["id"]), json!({ "permanent": true })).await.expect_ok();
    assert_eq!(unread(&birch, "/users/ash").await, 1);
}

#[rstest]
#[case("unread", "read")]
#[case("undelivered", "delivered")]
#[tokio::test]
async fn the_filter_keeps_what_is_not_seen_and_counts_it(#[case] filter: &str, #[case] receipt: &str) {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let guid = api.group("orchard", &[&ash, &birch]).await;
    let one = ash.send_text(&birch, "one").await;
    let two = ash.send_text(&birch, "two").await;
    cedar.send_text(&birch, "three").await;
    ash.send_text_to_group(&guid, "four").await;
    let body = json!({ "messageId": one["id"] });
    birch.post(format!("/users/ash/conversation/{receipt}"), body).await.expect_ok();

    let left = birch.get(format!("/users/ash/messages?{filter}=1")).await.expect_data();
    assert_eq!(ids(&left), [two["id"].as_u64().unwrap()]);
    let counters = birch.get(format!("/messages?{filter}=1&count=1")).await.expect_data();
    let expected = json!([
        { "entityType": "user", "entityId": "ash", "count": 1 },
        { "entityType": "user", "entityId": "cedar", "count": 1 },
        { "entityType": "group", "entityId": "orchard", "count": 1 },
    ]);
    assert_eq!(counters, expected);
    birch.post(format!("/groups/orchard/conversation/{receipt}"), json!({})).await.expect_ok();
    let counters = birch.get(format!("/groups/orchard/messages?{filter}=1&count=1")).await.expect_data();
    assert_eq!(counters, json!([]));
}

#[tokio::test]
async fn a_parent_tells_how_many_replies_are_unread() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let parent = ash.send_text(&birch, "parent").await;
    let path = format!("/messages/{}", parent["id"]);
    let reply = async |actor: &Actor<'_>, text: &str| {
        actor.post(format!("{path}/thread"), json!({ "data": { "text": text } })).await.expect_data()
    };
    let first = reply(&ash, "one").await;
    let second = reply(&ash, "two").await;
    reply(&birch, "mine").await;
    for (path, at) in [(&path, None), (&"/users/ash/messages?affix=append".to_owned(), Some(0))] {
        let seen = birch.get(path).await.expect_data();
        let seen = at.map_or(&seen, |at: usize| &seen[at]);
        assert_eq!((&seen["replyCount"], &seen["unreadRepliesCount"]), (&json!(3), &json!(2)), "{path}");
    }
    assert_eq!(ash.get(&path).await.expect_data()["unreadRepliesCount"], 1);
    assert_eq!(api.app().get(&path).await.expect_data().get("unreadRepliesCount"), None);
    birch.post("/users/ash/conversation/read", json!({ "messageId": first["id"] })).await.expect_ok();
    assert_eq!(birch.get(&path).await.expect_data()["unreadRepliesCount"], 1);
    ash.delete(format!("/messages/{}", second["id"]), json!({})).await.expect_ok();
    assert_eq!(birch.get(&path).await.expect_data().get("unreadRepliesCount"), None);
}

#[tokio::test]
async fn marking_two_thousand_messages_costs_as_much_as_marking_one() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.token_user("birch").await, api.user("cedar").await);
    let mut costs = Vec::new();
    for (sender, n_messages) in [(&ash, 1), (&cedar, 2_000)] {
        let first = sender.send_text(&birch, "hello").await;
        api.history_of(&first, (1..n_messages).map(|n| T + n), |_| "hello".to_owned()).await;
        for path in ["delivered", "read"] {
            birch.post(format!("/users/{}/conversation/{path}", sender.uid), json!({})).await.expect_ok();
            let line = api.last_line();
            costs.push((line.calls, line.read_units, line.write_units));
        }
        assert_eq!(unread(&birch, &format!("/users/{}", sender.uid)).await, 0);
    }
    assert_eq!(costs[..2], costs[2..]);
    assert!(costs.iter().all(|(_, _, written)| (1.0..=6.0).contains(written)), "{costs:?}");
}

#[tokio::test]
async fn the_counter_of_a_large_group_is_exact_after_concurrent_sends() {
    const MEMBERS: usize = 400;
    const SENDERS: usize = 40;
    const EACH: usize = 5;
    let api = Api::start_without_member_limit().await;
    let uids: Vec<String> = (0..MEMBERS).map(|n| format!("m-{n:04}")).collect();
    api.users(&uids).await;
    api.group("forest", &[]).await;
    let add = |some: Vec<String>| {
        let app = api.app();
        async move { app.post("/groups/forest/members", json!({ "participants": some })).await.expect_ok() }
    };
    let added = stream::iter(uids.chunks(25).map(<[String]>::to_vec)).map(add).buffer_unordered(2).count().await;
    assert_eq!(added, MEMBERS / 25);

    let reader = api.on_behalf_of(&uids[MEMBERS - 1]);
    let sends = uids[..SENDERS].iter().map(|uid| {
        let sender = api.on_behalf_of(uid);
        async move {
            for n in 0..EACH {
                sender.send_text_to_group("forest", &format!("{n}")).await;
            }
        }
    });
    join_all(sends).await;

    assert_eq!(unread(&reader, "/groups/forest").await, SENDERS * EACH);
    assert_eq!(unread(&api.on_behalf_of(&uids[0]), "/groups/forest").await, SENDERS * EACH - EACH);
    let counters = reader.get("/messages?unread=1&count=1").await.expect_data();
    assert_eq!(counters, json!([{ "entityType": "group", "entityId": "forest", "count": SENDERS * EACH }]));
    let middle = reader.get("/groups/forest/messages?unread=1&affix=append&limit=100").await.expect_data();
    let body = json!({ "messageId": middle[99]["id"] });
    reader.post("/groups/forest/conversation/read", body).await.expect_ok();
    assert_eq!(unread(&reader, "/groups/forest").await, SENDERS * EACH - 100);
}
