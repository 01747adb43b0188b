//! What `PUT /messages/{id}` refuses (contract/errors.md, "Messages").

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

#[rstest]
#[case::no_body(json!({}))]
#[case::empty_data(json!({ "data": {} }))]
#[case::null_data(json!({ "data": null }))]
#[case::null_tags(json!({ "tags": null }))]
#[case::other_fields_only(json!({ "text": "x", "receiver": "ash", "muid": "m" }))]
#[tokio::test]
async fn an_edit_that_changes_nothing_is_refused(#[case] body: Value) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let sent = birch.send_text(&ash, "a").await;

    let problems = birch.put(format!("/messages/{}", sent["id"]), body).await.expect_invalid("data");

    assert_eq!(problems.len(), 1);
    let listed = ash.get("/users/birch/messages").await.expect_data();
    assert_eq!(listed, json!([sent]));
}

#[rstest]
#[case::empty_text("text", json!({ "data": { "text": "" } }), "ERR_EMPTY_MESSAGE_TEXT")]
#[case::removed_text("text", json!({ "data": { "text": null } }), "ERR_EMPTY_MESSAGE_TEXT")]
#[case::text_of_another_type("text", json!({ "data": { "text": 7 } }), "ERR_INVALID_MESSAGE_TEXT")]
#[case::data_of_another_type("text", json!({ "data": "new" }), "ERR_INVALID_MESSAGE_DATA")]
#[case::metadata_of_another_type("text", json!({ "data": { "metadata": [1] } }), "ERR_INVALID_METADATA")]
#[case::removed_custom_data("custom", json!({ "data": { "customData": null } }), "ERR_EMPTY_CUSTOM_DATA")]
#[case::custom_data_of_another_type("custom", json!({ "data": { "customData": 1 } }), "ERR_INVALID_CUSTOM_DATA")]
#[case::removed_attachments("image", json!({ "data": { "attachments": null } }), "ERR_EMPTY_MESSAGE_FILE")]
#[case::attachment_without_url("image", json!({ "data": { "attachments": [{}] } }), "ERR_INVALID_MEDIA_MESSAGE")]
#[tokio::test]
async fn an_edit_must_leave_a_valid_message(#[case] kind: &str, #[case] body: Value, #[case] code: &str) {
    let api = Api::start().await;
    let (birch, _ash) = (api.user("birch").await, api.user("ash").await);
    let data = match kind {
        "custom" => json!({ "customData": { "a": 1 } }),
        "image" => json!({ "attachments": [{ "url": "https://halley.example/a.png" }] }),
        _ => json!({ "text": "a" }),
    };
    let category = if kind == "custom" { "custom" } else { "message" };
    let new = json!({ "receiver": "ash", "receiverType": "user", "category": category, "type": kind, "data": data });
    let sent = birch.post("/messages", new).await.expect_data();
    let path = format!("/messages/{}", sent["id"]);

    birch.put(&path, body).await.expect_error(400, code);

    assert_eq!(birch.get(&path).await.expect_data(), sent);
}

#[rstest]
#[case::tags_of_another_type("tags", json!({ "tags": "a" }))]
#[case::twenty_six_tags("tags", json!({ "tags": (0..26).map(|n| n.to_string()).collect::<Vec<_>>() }))]
#[case::a_tag_of_101_characters("tags", json!({ "tags": ["ä".repeat(101)] }))]
#[case::data_that_grows_too_large("data", json!({ "data": { "other": "x".repeat(6_000) } }))]
#[case::eleven_mentions("data.text", json!({ "data": { "text": mentions(11) } }))]
#[tokio::test]
async fn an_edit_keeps_to_the_limits(#[case] field: &str, #[case] body: Value) {
    let api = Api::start().await;
    let birch = api.user("birch").await;
    people(&api).await;
    let data = json!({ "text": "a", "large": "x".repeat(6_000) });
    let new = json!({ "receiver": "u0", "receiverType": "user", "data": data });
    let path = format!("/messages/{}", birch.post("/messages", new).await.expect_data()["id"]);

    birch.put(&path, body).await.expect_invalid(field);
}

#[tokio::test]
async fn an_edit_may_use_the_limits_to_the_full() {
    let api = Api::start().await;
    let birch = api.user("birch").await;
    people(&api).await;
    let new = json!({ "receiver": "u0", "receiverType": "user", "data": { "text": "a" } });
    let path = format!("/messages/{}", birch.post("/messages", new).await.expect_data()["id"]);

    let mut data = json!({ "text": mentions(10), "fill": "" });
    let rest = 10_240 - data.to_string().len();
    data["fill"] = json!("x".repeat(rest));
    let tags: Vec<String> = (0..25).map(|n| format!("{n:0>100}")).collect();
    birch.put(&path, json!({ "data": data, "tags": tags })).await.expect_ok();

    let read = birch.get(&path).await.expect_data();
    assert_eq!(read["data"]["mentions"].as_object().unwrap().len(), 10);
    assert_eq!(read["tags"], json!(tags));
}

#[rstest]
#[case::unknown("77")]
#[case::no_number("abc")]
#[case::too_large("9007199254740992")]
#[tokio::test]
async fn an_unknown_message_is_not_found(#[case] id: &str) {
    let api = Api::start().await;
    let edit = api.app().put(format!("/messages/{id}"), json!({ "data": { "text": "x" } })).await;
    edit.expect_error(404, "ERR_MSG_NOT_FOUND");
}

#[rstest]
#[case::app("app_system")]
#[case::sender("birch")]
#[tokio::test]
async fn deleted_and_action_messages_cannot_be_edited(#[case] editor: &str) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let deleted = birch.send_text(&ash, "a").await;
    let action = birch.delete(format!("/messages/{}", deleted["id"]), json!({})).await.expect_data();

    for id in [&deleted["id"], &action["id"]] {
        let edit = api.on_behalf_of(editor).put(format!("/messages/{id}"), json!({ "data": { "text": "b" } })).await;
        edit.expect_error(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED");
    }
}

#[tokio::test]
async fn an_edit_needs_a_known_key_and_json() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "a").await["id"]);
    let edit = json!({ "data": { "text": "b" } });

    api.nobody().put(&path, edit.clone()).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
    api.nobody().with("apikey", "0").put(&path, edit).await.expect_error(401, "AUTH_ERR_APIKEY_NOT_FOUND");
    birch.send("PUT", &path, b"{".to_vec()).await.expect_error(400, "ERR_BAD_REQUEST");
    birch.send("PUT", &path, b"[1]".to_vec()).await.expect_invalid("body");
}

async fn people(api: &Api) {
    for n in 0..11 {
        api.user(&format!("u{n}")).await;
    }
}

fn mentions(n_users: usize) -> String {
    (0..n_users).map(|n| format!("<@uid:u{n}>")).collect()
}
