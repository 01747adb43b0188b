//! `POST /messages` (contract/messages.md, operation 1): what is answered, and to whom it may go.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, ids, text_to_group, text_to_user};

#[tokio::test]
async fn a_text_message_to_a_user_is_answered_as_stored() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);

    let mut body = text_to_user("ash", "Gate opens  at six");
    body["data"]["metadata"] = json!({ "ticket": "T-12" });
    body["muid"] = json!("c-77");
    body["tags"] = json!(["gate"]);
    let sent = birch.post("/messages", body).await.expect_data();

    assert_eq!(sent["conversationId"], "ash_user_birch");
    assert_eq!(
        (&sent["sender"], &sent["receiver"], &sent["receiverType"]),
        (&json!("birch"), &json!("ash"), &json!("user"))
    );
    assert_eq!((&sent["category"], &sent["type"], &sent["muid"]), (&json!("message"), &json!("text"), &json!("c-77")));
    assert_eq!(sent["data"]["text"], "Gate opens  at six");
    assert_eq!(sent["data"]["metadata"], json!({ "ticket": "T-12" }));
    assert_eq!(sent["tags"], json!(["gate"]));
    assert_eq!(sent["sentAt"], sent["updatedAt"]);
    assert_eq!(sent["data"]["entities"]["sender"]["entity"]["uid"], "birch");
    assert_eq!(sent["data"]["entities"]["sender"]["entity"].get("conversationId"), None);
    assert_eq!(sent["data"]["entities"]["receiver"]["entity"]["conversationId"], "ash_user_birch");

    let read = ash.get(format!("/messages/{}", sent["id"])).await.expect_data();
    assert_eq!(read, sent);
}

#[tokio::test]
async fn a_text_message_to_a_group_carries_the_group_as_receiver() {
    let api = Api::start().await;
    let (cedar, ash) = (api.user("cedar").await, api.user("ash").await);
    let group = api.group("orchard", &[&cedar, &ash]).await;

    let sent = cedar.send_text_to_group(&group, "Ladders are back").await;

    assert_eq!((&sent["conversationId"], &sent["receiverType"]), (&json!("group_orchard"), &json!("group")));
    let receiver = &sent["data"]["entities"]["receiver"];
    assert_eq!(receiver["entityType"], "group");
    assert_eq!((&receiver["entity"]["guid"], &receiver["entity"]["membersCount"]), (&json!("orchard"), &json!(2)));
    assert_eq!(ash.get(format!("/messages/{}", sent["id"])).await.expect_data(), sent);
}

#[tokio::test]
async fn without_on_behalf_of_the_app_sends_to_anyone() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let group = api.group("orchard", &[]).await;
    for body in [text_to_user("ash", "hello"), text_to_group(&group, "hello")] {
        let sent = api.app().post("/messages", body).await.expect_data();
        assert_eq!(sent["sender"], "app_system");
        assert_eq!(sent["data"]["entities"]["sender"]["entity"]["name"], "System");
    }
    let listed = api.app().get(format!("/users/{}/messages", ash.uid)).await.expect_data();
    assert_eq!(listed[0]["conversationId"], "app_system_user_ash");
}

#[tokio::test]
async fn ids_are_rising_integers_that_a_script_reads_exactly_and_tell_the_second() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let mut last = 0;
    for _ in 0..20 {
        let sent = ash.send_text(&birch, "hello").await;
        let id = sent["id"].as_u64().expect("an id is a JSON integer");
        assert!(last < id && id < 1 << 53, "{id} after {last}");
        assert_eq!(sent["sentAt"], ((id >> 12) + 1_704_067_200_000) / 1000);
        last = id;
    }
}

#[tokio::test]
async fn a_user_may_write_to_themselves() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let sent = ash.send_text(&ash, "remember").await;
    assert_eq!(sent["conversationId"], "ash_user_ash");
    let listed = ash.get("/users/ash/messages").await.expect_data();
    assert_eq!(ids(&listed), [sent["id"].as_u64().unwrap()]);
    // Nobody waits for receipts of it, in no list.
    ash.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    let last = ash.get("/users/ash/conversation").await.expect_data()["lastMessage"].clone();
    assert_eq!((last.get("readAt"), listed[0].get("readAt")), (None, None), "{last}");
}

#[tokio::test]
async fn the_sdks_duplicates_beside_data_are_ignored() {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let mut body = text_to_user("birch", "inside");
    body["text"] = json!("outside");
    body["metadata"] = json!(7);
    body["unheardOf"] = json!([null]);
    let sent = ash.post("/messages", body).await.expect_data();
    assert_eq!(sent["data"]["text"], "inside");
    assert_eq!(sent.get("text"), None);
}

#[rstest]
#[case::unicode(json!({ "text": "  ゲート 🌳\u{200d} \t\n\0 ü \u{1F468}\u{200D}\u{1F469} " }))]
#[case::other_keys(json!({ "text": "x", "resource": "WEB-1", "any": { "thing": [1, 2.5, -3, null, true, "a"] } }))]
#[case::big_numbers(json!({ "text": "x", "most": u64::MAX, "least": i64::MIN, "small": 1e-300 }))]
#[tokio::test]
async fn data_comes_back_as_it_was_sent(#[case] data: Value) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let body = json!({ "receiver": "birch", "receiverType": "user", "data": data });
    let sent = ash.post("/messages", body).await.expect_data();
    let listed = birch.get("/users/ash/messages").await.expect_data();
    for mut seen in [sent["data"].clone(), listed[0]["data"].clone()] {
        seen.as_object_mut().unwrap().remove("entities").unwrap();
        assert_eq!(seen, data);
    }
}

#[tokio::test]
async fn keys_of_data_that_the_server_makes_cannot_be_forged() {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let mut body = text_to_user("birch", "hello");
    body["data"]["entities"] = json!({ "sender": { "entity": { "uid": "birch" } } });
    body["data"]["mentions"] = json!({ "birch": {} });
    body["data"]["reactions"] = json!([{ "reaction": "🌳", "count": 99 }]);
    let sent = ash.post("/messages", body).await.expect_data();
    assert_eq!(sent["data"]["entities"]["sender"]["entity"]["uid"], "ash");
    assert_eq!((sent["data"].get("mentions"), sent["data"].get("reactions")), (None, None));
}

#[tokio::test]
async fn entities_are_a_snapshot_without_private_metadata() {
    let api = Api::start().await;
    let body = json!({ "uid": "ash", "name": "Ash", "metadata": { "team": "east", "@private": { "phone": "1" } } });
    api.app().post("/users", body).await.expect_ok();
    api.user("birch").await;
    let sent = api.on_behalf_of("ash").post("/messages", text_to_user("birch", "hello")).await.expect_data();
    assert_eq!(sent["data"]["entities"]["sender"]["entity"]["metadata"], json!({ "team": "east" }));
}

#[rstest]
#[case::unknown_user("user", "nobody", 404, "ERR_UID_NOT_FOUND")]
#[case::unknown_group("group", "nowhere", 404, "ERR_GUID_NOT_FOUND")]
#[case::a_group_is_no_user("user", "orchard", 404, "ERR_UID_NOT_FOUND")]
#[case::a_user_is_no_group("group", "birch", 404, "ERR_GUID_NOT_FOUND")]
#[case::deactivated("user", "gone", 404, "ERR_UID_NOT_FOUND")]
#[case::not_a_member("group", "orchard", 401, "ERR_GROUP_NOT_JOINED")]
#[case::banned("group", "barred", 403, "ERR_BANNED_GROUPMEMBER")]
#[case::blocked_by_the_sender("user", "shunned", 403, "ERR_BLOCKED_RECEIVER")]
#[case::blocked_by_the_receiver("user", "shunning", 403, "ERR_BLOCKED_SENDER")]
#[tokio::test]
async fn a_receiver_that_the_sender_cannot_reach_is_refused_and_nothing_is_stored(
    #[case] receiver_type: &str,
    #[case] receiver: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    for uid in ["shunned", "shunning"] {
        api.user(uid).await;
    }
    api.deactivated_user("gone").await;
    api.block("ash", "shunned").await;
    api.block("shunning", "ash").await;
    api.group("orchard", &[&birch]).await;
    api.group("barred", &[&ash, &birch]).await;
    api.app().post("/groups/barred/members", json!({ "usersToBan": ["ash"] })).await.expect_ok();

    let body = json!({ "receiver": receiver, "receiverType": receiver_type, "data": { "text": "hello" } });
    ash.post("/messages", body).await.expect_error(status, code);

    assert_eq!(api.app().get("/users/ash/messages").await.expect_data(), json!([]));
    let listed = api.app().get("/groups/orchard/messages?categories=message").await.expect_data();
    assert_eq!(listed, json!([]));
}

#[tokio::test]
async fn a_block_leaves_the_earlier_messages_readable_and_others_reachable() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let sent = ash.send_text(&birch, "before").await;
    api.block("ash", "birch").await;
    for reader in [&ash, &birch] {
        reader.get(format!("/messages/{}", sent["id"])).await.expect_ok();
    }
    ash.send_text(&cedar, "others stay reachable").await;
    let group = api.group("orchard", &[&ash, &birch]).await;
    ash.send_text_to_group(&group, "a group is no way to be blocked").await;
}

#[rstest]
#[case::unknown("nobody")]
#[case::deactivated("gone")]
#[case::malformed("a b")]
#[tokio::test]
async fn a_sender_who_does_not_exist_is_refused(#[case] uid: &str) {
    let api = Api::start().await;
    api.user("birch").await;
    api.deactivated_user("gone").await;
    let several = json!({ "multipleReceivers": { "uids": ["birch"] }, "data": { "text": "hello" } });
    for body in [text_to_user("birch", "hello"), several] {
        api.on_behalf_of(uid).post("/messages", body).await.expect_error(404, "ERR_UID_NOT_FOUND");
    }
}

#[tokio::test]
async fn receivers_are_found_whatever_the_case_of_their_ids() {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash]).await;
    let sender = api.on_behalf_of("ASH");
    let to_user = sender.post("/messages", text_to_user("Birch", "hello")).await.expect_data();
    assert_eq!((&to_user["sender"], &to_user["receiver"]), (&json!("ash"), &json!("birch")));
    let to_group = sender.post("/messages", text_to_group("ORCHARD", "hello")).await.expect_data();
    assert_eq!(to_group["receiver"], "orchard");
}
