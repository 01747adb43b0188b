//! A repeated send with the same `muid` (design: "Any request may be retried").

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, ids, text_to_group, text_to_user};

fn with_muid(mut body: Value, muid: &str) -> Value {
    body["muid"] = json!(muid);
    body
}

#[tokio::test]
async fn twenty_sends_of_one_muid_at_once_store_one_message() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let body = with_muid(text_to_user("bob", "hello"), "m-1");

    let sends = (0..20).map(|_| alice.post("/messages", body.clone()));
    let sent: Vec<u64> =
        join_all(sends).await.into_iter().map(|answer| answer.expect_data()["id"].as_u64().unwrap()).collect();

    assert!(sent.iter().all(|id| *id == sent[0]), "{sent:?}");
    let listed = bob.get("/users/alice/messages").await.expect_data();
    assert_eq!(ids(&listed), [sent[0]]);
}

#[tokio::test]
async fn a_repeat_is_answered_with_the_stored_message_whole() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    api.group("orchard", &[&alice]).await;
    let quoted = alice.send_text(&bob, "first").await;
    let mut to_user = with_muid(text_to_user("bob", "<@uid:bob>"), "m-1");
    to_user["tags"] = json!(["gate"]);
    to_user["quotedMessageId"] = quoted["id"].clone();
    for body in [to_user, with_muid(text_to_group("orchard", "hello"), "m-1")] {
        let sent = alice.post("/messages", body.clone()).await.expect_data();
        let again = alice.post("/messages", body).await.expect_data();
        assert_eq!(again, sent);
    }
    assert_eq!(bob.get("/users/alice/messages").await.expect_data().as_array().unwrap().len(), 2);
    let listed = alice.get("/groups/orchard/messages?categories=message").await.expect_data();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[rstest]
#[case::text("data", json!({ "text": "goodbye" }))]
#[case::metadata("data", json!({ "text": "hello", "metadata": { "a": 1 } }))]
#[case::tags("tags", json!(["gate"]))]
#[case::receiver("receiver", json!("cedar"))]
#[case::category("category", json!("custom"))]
#[case::muid("muid", json!("m-2"))]
#[case::no_muid("muid", json!(null))]
#[tokio::test]
async fn the_same_muid_with_other_content_is_a_new_message(#[case] field: &str, #[case] value: Value) {
    let api = Api::start().await;
    let alice = api.user("alice").await;
    api.users(&["bob".to_owned(), "cedar".to_owned()]).await;
    let mut body = with_muid(text_to_user("bob", "hello"), "m-1");
    body["data"]["customData"] = json!({});
    let first = alice.post("/messages", body.clone()).await.expect_data();
    body[field] = value;
    let second = alice.post("/messages", body).await.expect_data();
    assert_ne!(second["id"], first["id"]);
}

#[tokio::test]
async fn the_same_muid_of_another_sender_is_another_message() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    api.group("orchard", &[&alice, &bob]).await;
    let body = with_muid(text_to_group("orchard", "hello"), "m-1");
    let senders = [alice, bob, api.app()];
    let sent = senders.iter().map(|sender| sender.post("/messages", body.clone()));
    let mut sent: Vec<u64> =
        join_all(sent).await.into_iter().map(|a| a.expect_data()["id"].as_u64().unwrap()).collect();
    sent.sort_unstable();
    sent.dedup();
    assert_eq!(sent.len(), 3);
}

#[tokio::test]
async fn without_a_muid_every_send_is_a_message() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    for _ in 0..2 {
        alice.send_text(&bob, "hello").await;
        alice.post("/messages", with_muid(text_to_user("bob", "hello"), "")).await.expect_ok();
    }
    assert_eq!(bob.get("/users/alice/messages").await.expect_data().as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_refused_send_does_not_use_up_its_muid() {
    let api = Api::start().await;
    let alice = api.user("alice").await;
    let body = with_muid(text_to_user("bob", "hello"), "m-1");
    alice.post("/messages", body.clone()).await.expect_error(404, "ERR_UID_NOT_FOUND");
    let bob = api.user("bob").await;
    let sent = alice.post("/messages", body).await.expect_data();
    assert_eq!(ids(&bob.get("/users/alice/messages").await.expect_data()), [sent["id"].as_u64().unwrap()]);
}

#[tokio::test]
async fn a_repeat_to_several_receivers_is_the_same_message_for_each() {
    let api = Api::start().await;
    let (alice, bob, cedar) = (api.user("alice").await, api.user("bob").await, api.user("cedar").await);
    api.group("orchard", &[&alice]).await;
    let receivers = json!({ "uids": ["bob", "cedar", "dogwood"], "guids": ["orchard"] });
    let body = json!({ "multipleReceivers": receivers, "data": { "text": "hello" }, "muid": "m-1" });

    let first = alice.post("/messages", body.clone()).await.expect_data();
    assert_eq!(first["uids"]["dogwood"]["success"], false);
    api.user("dogwood").await;
    let second = alice.post("/messages", body).await.expect_data();

    for slot in ["/uids/bob", "/uids/cedar", "/guids/orchard"] {
        assert_eq!(second.pointer(slot), first.pointer(slot));
    }
    assert_eq!(second["uids"]["dogwood"]["success"], true);
    for reader in [&bob, &cedar] {
        assert_eq!(reader.get("/users/alice/messages").await.expect_data().as_array().unwrap().len(), 1);
    }
}
