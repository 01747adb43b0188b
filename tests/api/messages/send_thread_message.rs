//! `POST /messages/{id}/thread` (contract/messages.md, operation 8).

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, ids};

use crate::given::{club, who};

#[rstest]
#[case::receiver_left_out(json!({ "data": { "text": "Two are mine" } }))]
#[case::receiver_given(json!({ "receiver": "ash", "receiverType": "user", "data": { "text": "Two are mine" } }))]
#[case::what_the_sdk_sends(json!({
    "receiver": "ash", "receiverType": "user", "category": "message", "type": "text", "parentMessageId": 7,
    "text": "Two are mine", "metadata": {}, "data": { "text": "Two are mine" }
}))]
#[tokio::test]
async fn a_reply_belongs_to_its_parents_conversation_and_counts_there(#[case] body: Value) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let parent = ash.send_text(&birch, "Ladders are back").await;
    let path = format!("/messages/{}", parent["id"]);

    let reply = birch.post(format!("{path}/thread"), body).await.expect_data();

    assert_eq!(reply["parentId"], parent["id"]);
    assert_eq!(reply["conversationId"], parent["conversationId"]);
    assert_eq!([&reply["sender"], &reply["receiver"], &reply["receiverType"]], ["birch", "ash", "user"]);
    assert_eq!([&reply["category"], &reply["type"], &reply["data"]["text"]], ["message", "text", "Two are mine"]);
    let read = ash.get(&path).await.expect_data();
    assert_eq!([&read["replyCount"], &read["updatedAt"]], [&json!(1), &parent["updatedAt"]]);
    assert_eq!(ash.get(format!("/messages/{}", reply["id"])).await.expect_data(), reply);
    let listed = ash.get("/users/birch/messages").await.expect_data();
    assert_eq!(ids(&listed), [parent["id"].as_u64().unwrap(), reply["id"].as_u64().unwrap()]);
}

#[tokio::test]
async fn the_parents_own_sender_replies_to_the_same_receiver() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let parent = birch.send_text(&ash, "parent").await;

    let reply = birch.post(format!("/messages/{}/thread", parent["id"]), json!({ "data": { "text": "more" } })).await;

    let reply = reply.expect_data();
    assert_eq!([&reply["sender"], &reply["receiver"]], ["birch", "ash"]);
}

#[tokio::test]
async fn a_reply_has_all_that_a_message_has() {
    let api = Api::start().await;
    let guid = club(&api).await;
    let sender = api.on_behalf_of("sender");
    let parent = sender.send_text_to_group(&guid, "parent").await;

    let body = json!({
        "muid": "m-1", "tags": ["x"], "quotedMessageId": parent["id"].to_string(),
        "data": { "text": "<@uid:admin> look", "metadata": { "a": 1 } },
    });
    let reply = api.on_behalf_of("participant").post(format!("/messages/{}/thread", parent["id"]), body).await;

    let reply = reply.expect_data();
    assert_eq!([&reply["muid"], &reply["tags"][0], &reply["receiver"]], ["m-1", "x", "club"]);
    assert_eq!([&reply["quotedMessageId"], &reply["quotedMessage"]["id"]], [&parent["id"], &parent["id"]]);
    assert_eq!(reply["data"]["mentions"]["admin"]["uid"], "admin");
    assert_eq!(reply["data"]["metadata"], json!({ "a": 1 }));
    assert_eq!(reply["data"]["entities"]["receiver"]["entity"]["guid"], "club");
}

#[tokio::test]
async fn a_parent_without_replies_has_no_reply_count() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let parent = birch.send_text(&ash, "parent").await;
    assert_eq!(ash.get(format!("/messages/{}", parent["id"])).await.expect_data().get("replyCount"), None);
}

#[tokio::test]
async fn thirty_replies_at_once_are_all_counted_and_listed() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "parent").await["id"]);

    let replies = (0..30).map(|n| {
        let author = if n % 2 == 0 { &birch } else { &ash };
        author.post(format!("{path}/thread"), json!({ "data": { "text": format!("reply {n}") } }))
    });
    let mut sent: Vec<u64> =
        join_all(replies).await.into_iter().map(|reply| reply.expect_data()["id"].as_u64().unwrap()).collect();
    sent.sort();

    assert_eq!(ash.get(&path).await.expect_data()["replyCount"], 30);
    let thread = ash.get(format!("{path}/thread?limit=100")).await.expect_data();
    assert_eq!(ids(&thread), sent);
}

#[tokio::test]
async fn a_repeated_reply_counts_once() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "parent").await["id"]);

    let body = json!({ "muid": "m-1", "data": { "text": "reply" } });
    let replies = join_all((0..8).map(|_| ash.post(format!("{path}/thread"), body.clone()))).await;

    let sent: Vec<Value> = replies.into_iter().map(|reply| reply.expect_data()).collect();
    assert!(sent.iter().all(|reply| reply["id"] == sent[0]["id"]));
    assert_eq!(birch.get(&path).await.expect_data()["replyCount"], 1);
    assert_eq!(birch.get(format!("{path}/thread")).await.expect_data().as_array().unwrap().len(), 1);
}

#[rstest]
#[case::another_user(json!({ "receiver": "cedar", "receiverType": "user" }))]
#[case::the_replier(json!({ "receiver": "birch", "receiverType": "user" }))]
#[case::a_group(json!({ "receiver": "grove", "receiverType": "group" }))]
#[case::a_group_of_the_same_name(json!({ "receiver": "ash", "receiverType": "group" }))]
#[tokio::test]
async fn a_receiver_outside_the_parents_conversation_is_a_wrong_thread(#[case] mut body: Value) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    api.user("cedar").await;
    api.group("grove", &[&birch, &ash]).await;
    let path = format!("/messages/{}", ash.send_text(&birch, "parent").await["id"]);

    body["data"] = json!({ "text": "x" });
    birch.post(format!("{path}/thread"), body).await.expect_error(400, "ERR_WRONG_MESSAGE_THREAD");

    assert_eq!(ash.get(&path).await.expect_data().get("replyCount"), None);
}

#[rstest]
#[case::a_reply("reply", "ERR_MESSAGE_THREAD_NESTING")]
#[case::an_action_message("action", "ERR_WRONG_MESSAGE_THREAD_CATEGORY")]
#[tokio::test]
async fn what_holds_no_thread(#[case] parent: &str, #[case] code: &str) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "parent").await["id"]);
    let body = json!({ "data": { "text": "x" } });
    let parent = match parent {
        "reply" => ash.post(format!("{path}/thread"), body.clone()).await.expect_data(),
        _ => birch.put(&path, body.clone()).await.expect_data(),
    };

    let nested = ash.post(format!("/messages/{}/thread", parent["id"]), body).await;

    nested.expect_error(400, code);
}

#[rstest]
#[case::outsider("outsider", 401, "ERR_GROUP_NOT_JOINED")]
#[case::banned("banned", 403, "ERR_BANNED_GROUPMEMBER")]
#[case::unknown("ghost", 404, "ERR_UID_NOT_FOUND")]
#[case::app("app", 400, "ERR_BAD_REQUEST")]
#[tokio::test]
async fn who_may_not_reply_in_a_group(#[case] replier: &str, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    let guid = club(&api).await;
    let parent = api.on_behalf_of("sender").send_text_to_group(&guid, "parent").await;

    let body = json!({ "data": { "text": "x" } });
    let reply = who(&api, replier).post(format!("/messages/{}/thread", parent["id"]), body).await;

    reply.expect_error(status, code);
}

#[tokio::test]
async fn a_stranger_may_not_reply_between_two_users() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/thread", birch.send_text(&ash, "parent").await["id"]);
    let body = json!({ "data": { "text": "x" } });

    api.user("cedar").await.post(&path, body.clone()).await.expect_error(403, "ERR_MESSAGE_NO_ACCESS");
    let problems = api.app().post(&path, body.clone()).await.expect_invalid("onBehalfOf");
    assert_eq!(problems, ["The onBehalfOf field is required."]);
    api.on_behalf_of("ghost").post(&path, body.clone()).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.nobody().post(&path, body).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
}

#[rstest]
#[case::the_replier_blocks("birch", "ash", "ERR_BLOCKED_RECEIVER")]
#[case::the_other_blocks("ash", "birch", "ERR_BLOCKED_SENDER")]
#[tokio::test]
async fn blocked_users_do_not_reply(#[case] blocker: &str, #[case] blocked: &str, #[case] code: &str) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let parent = ash.send_text(&birch, "parent").await;
    api.block(blocker, blocked).await;

    let reply = birch.post(format!("/messages/{}/thread", parent["id"]), json!({ "data": { "text": "x" } })).await;

    reply.expect_error(403, code);
}

#[rstest]
#[case::no_data(json!({}), "ERR_BAD_REQUEST")]
#[case::receiver_without_type(json!({ "receiver": "ash", "data": { "text": "x" } }), "ERR_BAD_REQUEST")]
#[case::several_receivers(
    json!({ "multipleReceivers": { "uids": ["ash"] }, "data": { "text": "x" } }),
    "ERR_WRONG_MESSAGE_THREAD",
)]
#[case::bad_receiver_type(
    json!({ "receiver": "ash", "receiverType": "x", "data": { "text": "x" } }),
    "ERR_INVALID_RECEIVER_TYPE",
)]
#[case::no_text(json!({ "data": {} }), "ERR_EMPTY_MESSAGE_TEXT")]
#[case::bad_text(json!({ "data": { "text": 1 } }), "ERR_INVALID_MESSAGE_TEXT")]
#[case::bad_data(json!({ "data": 1 }), "ERR_INVALID_MESSAGE_DATA")]
#[case::bad_category(json!({ "category": "action", "data": { "text": "x" } }), "ERR_INVALID_MESSAGE_CATEGORY")]
#[case::bad_type(json!({ "type": "poem", "data": { "text": "x" } }), "ERR_INVALID_MESSAGE_TYPE")]
#[case::no_file(json!({ "type": "image", "data": {} }), "ERR_EMPTY_MESSAGE_FILE")]
#[case::no_custom_data(json!({ "category": "custom", "data": {} }), "ERR_EMPTY_CUSTOM_DATA")]
#[tokio::test]
async fn a_reply_must_be_a_valid_message(#[case] body: Value, #[case] code: &str) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let parent = ash.send_text(&birch, "parent").await;
    birch.post(format!("/messages/{}/thread", parent["id"]), body).await.expect_error(400, code);
}

#[rstest]
#[case("77")]
#[case("abc")]
#[tokio::test]
async fn an_unknown_parent_is_not_found(#[case] id: &str) {
    let api = Api::start().await;
    let reply = api.user("ash").await.post(format!("/messages/{id}/thread"), json!({ "data": { "text": "x" } })).await;
    reply.expect_error(404, "ERR_MSG_NOT_FOUND");
}
