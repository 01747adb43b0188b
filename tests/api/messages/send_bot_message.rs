//! `POST /bots/{uid}/messages` (contract/messages.md, operation 10).

use crate::given;
use model::api_key::{ApiKey, KeyScope};
use rstest::rstest;
use serde_json::{Value, json};
use shared::identity::hex_sha256;
use shared::store::limited::Creation;
use tests::{Api, ids, text_to_group, text_to_user};

const ROUTE: &str = "/bots/helper-bot/messages";

/// Makes `helper-bot` a bot.
async fn helper(api: &Api) {
    api.user("helper-bot").await;
    given::bot(api, "helper-bot").await;
}

#[tokio::test]
async fn a_bot_is_the_sender_of_what_it_sends() {
    let api = Api::start().await;
    helper(&api).await;
    let ash = api.user("ash").await;

    let sent = api.app().post(ROUTE, text_to_user("ash", "Watering is due, <@uid:ash>")).await.expect_data();

    assert_eq!([&sent["sender"], &sent["receiver"], &sent["receiverType"]], ["helper-bot", "ash", "user"]);
    assert_eq!(sent["conversationId"], "ash_user_helper-bot");
    assert_eq!([&sent["category"], &sent["type"]], ["message", "text"]);
    assert_eq!(sent["data"]["entities"]["sender"]["entity"]["uid"], "helper-bot");
    assert_eq!(sent["data"]["entities"]["receiver"]["entity"]["conversationId"], "ash_user_helper-bot");
    assert_eq!(sent["data"]["mentions"]["ash"]["uid"], "ash");
    let listed = ash.get("/users/helper-bot/messages").await.expect_data();
    assert_eq!(ids(&listed), [sent["id"].as_u64().unwrap()]);
}

#[tokio::test]
async fn a_bot_needs_no_membership_to_send_to_a_group() {
    let api = Api::start().await;
    helper(&api).await;
    let ash = api.user("ash").await;
    let guid = api.group("grove", &[&ash]).await;

    let sent = api.app().post(ROUTE, text_to_group(&guid, "Watering is due")).await.expect_data();

    assert_eq!([&sent["sender"], &sent["conversationId"]], ["helper-bot", "group_grove"]);
    let listed = ash.get("/groups/grove/messages?category=message").await.expect_data();
    assert_eq!(ids(&listed), [sent["id"].as_u64().unwrap()]);
}

/// The row by which its deletion finds what it wrote lets nobody read.
#[tokio::test]
async fn a_bot_that_wrote_into_a_group_reads_nothing_of_it() {
    let api = Api::start().await;
    helper(&api).await;
    let ash = api.user("ash").await;
    let guid = api.group("grove", &[&ash]).await;
    let said = ash.send_text_to_group(&guid, "secret").await["id"].clone();
    api.app().post(format!("/messages/{said}/pin"), Value::Null).await.expect_ok();
    api.app().put("/groups/grove", json!({ "type": "private" })).await.expect_ok();
    api.app().post(ROUTE, text_to_group(&guid, "Watering is due")).await.expect_ok();

    let helper = api.on_behalf_of("helper-bot");
    let named = "/messages?conversationId=group_grove";
    for path in ["/messages", "/conversations", "/threads", "/messages?saved=true", "/messages?count=true", named] {
        assert_eq!(helper.get(path).await.expect_data(), json!([]), "{path}");
    }
    for query in ["pinned=true", "count=true", "searchKey=secret", "hideDeleted=true"] {
        assert_eq!(helper.get(format!("{named}&{query}")).await.expect_data(), json!([]), "{query}");
    }
    helper.get("/groups/grove/messages").await.expect_error(404, "ERR_GUID_NOT_FOUND");
    helper.get(format!("/messages/{said}")).await.expect_error(404, "ERR_MSG_NOT_FOUND");
}

#[tokio::test]
async fn a_bot_sends_to_several_receivers_each_by_itself() {
    let api = Api::start().await;
    helper(&api).await;
    let ash = api.user("ash").await;
    api.group("grove", &[&ash]).await;

    let receivers = json!({ "uids": ["ash", "ghost"], "guids": ["grove"] });
    let body = json!({ "multipleReceivers": receivers, "data": { "text": "hello" } });
    let sent = api.app().post(ROUTE, body).await.expect_data();

    let reached = [&sent["uids"]["ash"], &sent["guids"]["grove"]];
    assert_eq!(reached.map(|slot| &slot["success"]), [true, true]);
    assert_eq!(reached.map(|slot| &slot["data"]["sender"]), ["helper-bot", "helper-bot"]);
    assert_eq!(sent["uids"]["ghost"]["success"], false);
    assert_eq!(sent["uids"]["ghost"]["error"]["code"], "ERR_UID_NOT_FOUND");
}

#[tokio::test]
async fn a_bot_sends_custom_messages_and_repeats_of_a_muid_are_one() {
    let api = Api::start().await;
    helper(&api).await;
    let ash = api.user("ash").await;
    let data = json!({ "customData": { "lat": 48.1 } });
    let body = json!({
        "receiver": "ash", "receiverType": "user", "category": "custom", "type": "location", "data": data,
        "muid": "m-1", "tags": ["t"],
    });

    let first = api.app().post(ROUTE, body.clone()).await.expect_data();
    let second = api.app().post(ROUTE, body).await.expect_data();

    assert_eq!([&first["category"], &first["type"], &first["muid"]], ["custom", "location", "m-1"]);
    assert_eq!(first["data"]["customData"], json!({ "lat": 48.1 }));
    assert_eq!(first["id"], second["id"]);
    assert_eq!(ash.get("/users/helper-bot/messages").await.expect_data().as_array().unwrap().len(), 1);
}

#[rstest]
#[case::unknown("ghost")]
#[case::a_user_that_is_no_bot("ash")]
#[case::no_uid("a.b")]
#[case::the_app("app_system")]
#[tokio::test]
async fn who_is_no_bot_is_not_found(#[case] uid: &str) {
    let api = Api::start().await;
    api.user("ash").await;
    let sent = api.app().post(format!("/bots/{uid}/messages"), text_to_user("ash", "x")).await;
    sent.expect_error(404, "ERR_BOT_NOT_FOUND");
}

#[tokio::test]
async fn only_the_app_sends_as_a_bot() {
    let api = Api::start().await;
    helper(&api).await;
    let ash = api.token_user("ash").await;
    let weak = "0".repeat(40);
    let key =
        ApiKey { name: "weak".to_owned(), scope: KeyScope::AuthOnly, created_at: shared::clock::system().seconds() };
    assert_eq!(api.store().put_api_key(&hex_sha256(weak.as_bytes()), &key).await.unwrap(), Creation::Done);
    let body = text_to_user("ash", "x");

    api.nobody().post(ROUTE, body.clone()).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
    let unknown = api.nobody().with("apikey", "1").post(ROUTE, body.clone()).await;
    unknown.expect_error(401, "AUTH_ERR_APIKEY_NOT_FOUND");
    api.nobody().with("apikey", &weak).post(ROUTE, body.clone()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    ash.post(ROUTE, body).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    assert_eq!(api.app().get("/users/ash/messages").await.expect_data(), json!([]));
}

#[rstest]
#[case::the_bot_blocks("helper-bot", "ash", "ERR_BLOCKED_RECEIVER")]
#[case::the_receiver_blocks("ash", "helper-bot", "ERR_BLOCKED_SENDER")]
#[tokio::test]
async fn a_bot_respects_blocks(#[case] blocker: &str, #[case] blocked: &str, #[case] code: &str) {
    let api = Api::start().await;
    helper(&api).await;
    api.user("ash").await;
    api.block(blocker, blocked).await;

    api.app().post(ROUTE, text_to_user("ash", "x")).await.expect_error(403, code);
}

#[rstest]
#[case::no_receiver(json!({ "data": { "text": "x" } }), 400, "ERR_BAD_REQUEST")]
#[case::empty_receiver(
    json!({ "receiver": "", "receiverType": "user", "data": { "text": "x" } }),
    400,
    "ERR_EMPTY_RECEIVER",
)]
#[case::bad_receiver_type(
    json!({ "receiver": "ash", "receiverType": "x", "data": { "text": "x" } }),
    400,
    "ERR_INVALID_RECEIVER_TYPE",
)]
#[case::unknown_user(text_to_user("ghost", "x"), 404, "ERR_UID_NOT_FOUND")]
#[case::unknown_group(text_to_group("ghost", "x"), 404, "ERR_GUID_NOT_FOUND")]
#[case::no_text(text_to_user("ash", ""), 400, "ERR_EMPTY_MESSAGE_TEXT")]
#[case::bad_category(
    json!({ "receiver": "ash", "receiverType": "user", "category": "call", "data": { "text": "x" } }),
    400,
    "ERR_INVALID_MESSAGE_CATEGORY",
)]
#[case::unknown_quote(
    json!({ "receiver": "ash", "receiverType": "user", "quotedMessageId": 77, "data": { "text": "x" } }),
    404,
    "ERR_MSG_NOT_FOUND",
)]
#[tokio::test]
async fn a_bots_message_must_be_a_valid_message(#[case] body: Value, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    helper(&api).await;
    api.user("ash").await;
    api.app().post(ROUTE, body).await.expect_error(status, code);
}
