//! `DELETE /messages/{id}` (contract/messages.md, operation 7). What is left of a message is in `deleted_content.rs`.

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, ids};

use crate::given::{club, expect, who};

#[tokio::test]
async fn a_soft_deletion_answers_the_action_message_and_leaves_the_message_without_content() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let sent = birch.send_text(&ash, "secret").await;
    let path = format!("/messages/{}", sent["id"]);

    let action = birch.delete(&path, json!({})).await.expect_data();

    assert!(sent["id"].as_u64() < action["id"].as_u64());
    assert_eq!([&action["sender"], &action["receiver"], &action["conversationId"]], ["birch", "ash", "ash_user_birch"]);
    assert_eq!([&action["category"], &action["type"], &action["data"]["action"]], ["action", "message", "deleted"]);
    let entities = &action["data"]["entities"];
    assert_eq!([&entities["by"]["entityType"], &entities["by"]["entity"]["uid"]], ["user", "birch"]);
    assert_eq!([&entities["for"]["entityType"], &entities["for"]["entity"]["uid"]], ["user", "ash"]);
    assert_eq!(entities["on"]["entityType"], "message");
    let on = &entities["on"]["entity"];
    assert_eq!([&on["deletedAt"], &on["updatedAt"]], [&action["sentAt"], &action["sentAt"]]);
    assert_eq!([&on["deletedBy"], &on["sender"], &on["type"]], ["birch", "birch", "text"]);
    assert_eq!(on["data"], json!({ "entities": sent["data"]["entities"] }));

    let read = ash.get(&path).await.expect_data();
    assert_eq!(read, *on);
    let listed = ash.get("/users/birch/messages").await.expect_data();
    assert_eq!(listed, json!([read, action]));
}

#[rstest]
#[case::their_own("sender", None)]
#[case::the_owner("owner", None)]
#[case::an_admin("admin", None)]
#[case::a_moderator("moderator", None)]
#[case::the_app("app", None)]
#[case::another_participant("participant", Some((403, "ERR_MESSAGE_NOT_A_SENDER")))]
#[case::who_is_not_in_the_group("outsider", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::who_is_banned("banned", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::nobody_known("ghost", Some((404, "ERR_UID_NOT_FOUND")))]
#[tokio::test]
async fn in_a_group_the_sender_owner_admins_moderators_and_the_app_delete(
    #[case] deleter: &str,
    #[case] refusal: Option<(u16, &str)>,
    #[values(false, true)] permanent: bool,
) {
    let api = Api::start().await;
    let guid = club(&api).await;
    let sent = api.on_behalf_of("sender").send_text_to_group(&guid, "one").await;
    let path = format!("/messages/{}", sent["id"]);

    let answer = who(&api, deleter).delete(&path, json!({ "permanent": permanent })).await;

    let action = expect(answer, refusal);
    let left = api.app().get(&path).await;
    match (refusal, permanent) {
        (Some(_), _) => assert_eq!(left.expect_data()["data"]["text"], "one"),
        (None, false) => assert_eq!(left.expect_data()["deletedBy"], who(&api, deleter).uid.as_str()),
        (None, true) => drop(left.expect_error(404, "ERR_MSG_NOT_FOUND")),
    }
    if refusal.is_none() {
        assert_eq!(action["data"]["entities"]["by"]["entity"]["uid"], who(&api, deleter).uid.as_str());
        assert_eq!(action["data"]["entities"]["for"]["entity"]["guid"], "club");
        assert_eq!(action["data"]["entities"]["on"]["entity"]["id"], sent["id"]);
    }
}

#[rstest]
#[case::the_receiver("ash", 403, "ERR_MESSAGE_NOT_A_SENDER")]
#[case::a_stranger("cedar", 403, "ERR_MESSAGE_NO_ACCESS")]
#[tokio::test]
async fn between_two_users_only_the_sender_deletes(
    #[case] deleter: &str,
    #[case] status: u16,
    #[case] code: &str,
    #[values(false, true)] permanent: bool,
) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    api.user("cedar").await;
    let sent = birch.send_text(&ash, "mine").await;

    let path = format!("/messages/{}", sent["id"]);
    let answer = api.on_behalf_of(deleter).delete(path, json!({ "permanent": permanent })).await;

    answer.expect_error(status, code);
}

#[rstest]
#[case::nothing("", false)]
#[case::an_empty_object("{}", false)]
#[case::what_the_sdk_sends(r#"{"id":"1"}"#, false)]
#[case::null(r#"{"permanent":null}"#, false)]
#[case::false_(r#"{"permanent":false}"#, false)]
#[case::zero(r#"{"permanent":0}"#, false)]
#[case::true_(r#"{"permanent":true}"#, true)]
#[case::one(r#"{"permanent":1}"#, true)]
#[tokio::test]
async fn a_deletion_is_soft_unless_the_body_says_permanent(#[case] body: &str, #[case] permanent: bool) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "a").await["id"]);

    birch.send("DELETE", &path, body.into()).await.expect_ok();

    let status = if permanent { 404 } else { 200 };
    assert_eq!(ash.get(&path).await.status, status);
}

#[tokio::test]
async fn a_soft_deletion_happens_once() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "a").await["id"]);

    let answers = join_all((0..8).map(|_| birch.delete(&path, json!({})))).await;

    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(done.len(), 1);
    for answer in refused {
        answer.expect_error(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED");
    }
    let actions = ash.get("/users/birch/messages?category=action").await.expect_data();
    assert_eq!(ids(&actions), [done[0].body["data"]["id"].as_u64().unwrap()]);
}

#[tokio::test]
async fn a_softly_deleted_message_may_be_deleted_for_good_and_then_is_not_found() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "a").await["id"]);
    let soft = birch.delete(&path, json!({})).await.expect_data();

    let action = birch.delete(&path, json!({ "permanent": true })).await.expect_data();
    assert_eq!(action["data"]["action"], "deleted");

    birch.delete(&path, json!({ "permanent": true })).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    let listed = ash.get("/users/birch/messages").await.expect_data();
    assert_eq!(ids(&listed), [soft["id"].as_u64().unwrap(), action["id"].as_u64().unwrap()]);
}

#[rstest]
#[case::edit("PUT", "", r#"{"tags":["x"]}"#)]
#[case::soft_deletion("DELETE", "", "{}")]
#[case::read("GET", "", "")]
#[case::reply("POST", "/thread", r#"{"data":{"text":"x"}}"#)]
#[case::replies("GET", "/thread", "")]
#[case::reaction("POST", "/reactions/x", "")]
#[case::removal_of_a_reaction("DELETE", "/reactions/x", "")]
#[case::reactions("GET", "/reactions", "")]
#[case::reactions_of_one_kind("GET", "/reactions/x", "")]
#[tokio::test]
async fn after_a_permanent_deletion_no_route_finds_the_message(
    #[case] method: &str,
    #[case] rest: &str,
    #[case] body: &str,
) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "a").await["id"]);
    birch.delete(&path, json!({ "permanent": true })).await.expect_ok();

    let answer = birch.send(method, &format!("{path}{rest}"), body.into()).await;

    answer.expect_error(404, "ERR_MSG_NOT_FOUND");
}

#[rstest]
#[case::soft(json!({}))]
#[case::permanent(json!({ "permanent": true }))]
#[tokio::test]
async fn what_cannot_be_deleted(#[case] body: Value) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "a").await["id"]);
    let action = birch.put(&path, json!({ "data": { "text": "b" } })).await.expect_data();
    let action = format!("/messages/{}", action["id"]);

    birch.delete(&action, body.clone()).await.expect_error(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED");
    api.app().delete(&action, body.clone()).await.expect_error(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED");
    birch.delete("/messages/77", body.clone()).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    birch.delete("/messages/abc", body.clone()).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    api.nobody().delete(&path, body.clone()).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
    assert_eq!(ash.get(&path).await.expect_data()["data"]["text"], "b");
}

#[tokio::test]
async fn permanent_must_be_a_flag() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "a").await["id"]);

    birch.delete(&path, json!({ "permanent": "yes" })).await.expect_invalid("permanent");

    assert_eq!(ash.get(&path).await.expect_data()["data"]["text"], "a");
}
