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

/// What a repeat answers is the message as it is now, edits of others included.
#[rstest]
#[case::kicked("DELETE", "/groups/orchard/members/alice", 401, "ERR_GROUP_NOT_JOINED")]
#[case::banned("POST", "/groups/orchard/bannedusers/alice", 403, "ERR_BANNED_GROUPMEMBER")]
#[case::of_a_deleted_group("DELETE", "/groups/orchard", 404, "ERR_GUID_NOT_FOUND")]
#[tokio::test]
async fn a_repeat_into_a_group_is_for_those_who_may_still_write_there(
    #[case] method: &str,
    #[case] path: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    api.group("orchard", &[&alice, &bob]).await;
    let parent = bob.send_text_to_group("orchard", "parent").await;
    let thread = format!("/messages/{}/thread", parent["id"]);
    let (body, reply) =
        (with_muid(text_to_group("orchard", "hello"), "m-1"), with_muid(json!({ "data": { "text": "r" } }), "m-2"));
    let several = json!({ "multipleReceivers": { "guids": ["orchard"] }, "data": { "text": "all" }, "muid": "m-3" });
    alice.post("/messages", body.clone()).await.expect_ok();
    alice.post(&thread, reply.clone()).await.expect_ok();
    alice.post("/messages", several.clone()).await.expect_ok();

    api.app().send(method, path, b"{}".to_vec()).await.expect_ok();

    alice.post("/messages", body).await.expect_error(status, code);
    let repeated = alice.post(thread, reply).await;
    assert!(matches!(repeated.status, 401 | 403 | 404), "{repeated:?}");
    let slots = alice.post("/messages", several).await.expect_data();
    assert_eq!(slots["guids"]["orchard"]["error"]["code"], code);
}

#[rstest]
#[case::by_the_sender("alice", "bob", "ERR_BLOCKED_RECEIVER")]
#[case::by_the_receiver("bob", "alice", "ERR_BLOCKED_SENDER")]
#[tokio::test]
async fn a_repeat_after_a_block_is_refused_as_a_send_is(#[case] by: &str, #[case] whom: &str, #[case] code: &str) {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let parent = bob.send_text(&alice, "parent").await;
    let thread = format!("/messages/{}/thread", parent["id"]);
    crate::given::bot(&api, "alice").await;
    let body = with_muid(text_to_user("bob", "hello"), "m-1");
    let reply = with_muid(json!({ "data": { "text": "r" } }), "m-2");
    let bots = with_muid(text_to_user("bob", "from a bot"), "m-3");
    let sent = alice.post("/messages", body.clone()).await.expect_data();
    alice.post(&thread, reply.clone()).await.expect_ok();
    api.app().post("/bots/alice/messages", bots.clone()).await.expect_ok();
    let blocked = json!({ "blockedUids": [whom] });
    api.app().post(format!("/users/{by}/blockedusers"), blocked.clone()).await.expect_ok();

    alice.post("/messages", body.clone()).await.expect_error(403, code);
    alice.post(thread, reply).await.expect_error(403, code);
    api.app().post("/bots/alice/messages", bots).await.expect_error(403, code);

    api.app().delete(format!("/users/{by}/blockedusers"), blocked).await.expect_ok();
    assert_eq!(alice.post("/messages", body).await.expect_data()["id"], sent["id"]);
}
