//! `multipleReceivers` of a send (contract/messages.md, operation 1).

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

fn body(receivers: Value) -> Value {
    json!({ "multipleReceivers": receivers, "data": { "text": "hello" } })
}

fn uids(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("u{n}")).collect()
}

#[tokio::test]
async fn each_receiver_gets_a_message_of_their_own() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    api.group("orchard", &[&ash]).await;

    let receivers = json!({ "uids": ["birch", "Cedar", "birch"], "guids": ["orchard"] });
    let sent = ash.post("/messages", body(receivers)).await.expect_data();

    assert_eq!(sent["uids"].as_object().unwrap().len(), 2);
    for (slot, conversation) in [
        (&sent["uids"]["birch"], "ash_user_birch"),
        (&sent["uids"]["cedar"], "ash_user_cedar"),
        (&sent["guids"]["orchard"], "group_orchard"),
    ] {
        assert_eq!((&slot["success"], &slot["data"]["conversationId"]), (&json!(true), &json!(conversation)));
    }
    for (reader, slot) in [(&birch, &sent["uids"]["birch"]), (&cedar, &sent["uids"]["cedar"])] {
        assert_eq!(reader.get("/users/ash/messages").await.expect_data(), json!([slot["data"]]));
    }
}

#[tokio::test]
async fn one_failing_receiver_does_not_fail_the_others() {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    api.user("shunned").await;
    api.block("ash", "shunned").await;
    api.group("orchard", &[]).await;

    let receivers = json!({ "uids": ["birch", "nobody", "shunned"], "guids": ["orchard", "nowhere"] });
    let sent = ash.post("/messages", body(receivers)).await.expect_data();

    assert_eq!(sent["uids"]["birch"]["success"], true);
    for (slot, code) in [
        (&sent["uids"]["nobody"], "ERR_UID_NOT_FOUND"),
        (&sent["uids"]["shunned"], "ERR_BLOCKED_RECEIVER"),
        (&sent["guids"]["orchard"], "ERR_GROUP_NOT_JOINED"),
        (&sent["guids"]["nowhere"], "ERR_GUID_NOT_FOUND"),
    ] {
        assert_eq!((&slot["success"], &slot["error"]["code"]), (&json!(false), &json!(code)), "{slot}");
        assert!(slot["error"]["message"].as_str().unwrap().ends_with('.'));
        assert_eq!(slot.get("data"), None);
    }
}

#[tokio::test]
async fn twenty_five_receivers_are_served_and_one_more_is_refused() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    api.users(&uids(25)).await;
    api.group("orchard", &[&ash]).await;

    let sent = ash.post("/messages", body(json!({ "uids": uids(24), "guids": ["orchard"] }))).await.expect_data();
    let slots: Vec<&Value> =
        ["uids", "guids"].iter().flat_map(|kind| sent[kind].as_object().unwrap().values()).collect();
    assert_eq!(slots.len(), 25);
    assert!(slots.iter().all(|slot| slot["success"] == true), "{sent}");

    let too_many = body(json!({ "uids": uids(25), "guids": ["orchard"] }));
    ash.post("/messages", too_many).await.expect_invalid("multipleReceivers");
    let listed = ash.get("/groups/orchard/messages?categories=message").await.expect_data();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[rstest]
#[case::nobody(json!({}))]
#[case::empty_lists(json!({ "uids": [], "guids": [] }))]
#[case::text(json!("birch"))]
#[case::list_of_numbers(json!({ "uids": [1] }))]
#[case::no_list(json!({ "uids": "birch" }))]
#[case::malformed(json!({ "uids": ["birch", "a b"] }))]
#[tokio::test]
async fn receivers_of_the_wrong_shape_are_refused_before_anything_is_sent(#[case] receivers: Value) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    ash.post("/messages", body(receivers)).await.expect_invalid("multipleReceivers");
    assert_eq!(ash.get("/users/birch/messages").await.expect_data(), json!([]));
}

#[tokio::test]
async fn several_receivers_win_over_one() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    api.users(&uids(2)).await;
    let mut body = body(json!({ "uids": ["u1"] }));
    body["receiver"] = json!("u0");
    body["receiverType"] = json!("user");
    let sent = ash.post("/messages", body).await.expect_data();
    assert_eq!(sent["uids"]["u1"]["success"], true);
    assert_eq!(ash.get("/users/u0/messages").await.expect_data(), json!([]));
}
