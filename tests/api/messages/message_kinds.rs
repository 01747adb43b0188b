//! Custom, interactive and media messages (contract/messages.md, operation 1; contract/clients.md, "Sending").

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

fn body(category: &str, message_type: &str, data: Value) -> Value {
    json!({ "receiver": "birch", "receiverType": "user", "category": category, "type": message_type, "data": data })
}

fn attachments(n: usize) -> Value {
    let attachment = |n| json!({ "url": format!("https://files.example/{n}.png"), "name": "sign.png" });
    json!((0..n).map(attachment).collect::<Vec<_>>())
}

#[rstest]
#[case::of_any_type(body("custom", "location", json!({ "customData": { "lat": 48.1 } })), "location")]
#[case::with_all_the_sdk_sends(
    body("custom", "poll", json!({ "customData": {}, "subType": "a", "text": "x", "updateConversation": true })),
    "poll"
)]
#[case::the_other_form_of_one_sdk(body("message", "custom", json!({ "customData": { "a": [1] } })), "custom")]
#[tokio::test]
async fn a_custom_message_keeps_its_data(#[case] body: Value, #[case] message_type: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.post("/messages", body.clone()).await.expect_data();
    assert_eq!((&sent["category"], &sent["type"]), (&json!("custom"), &json!(message_type)));
    for (key, value) in body["data"].as_object().unwrap() {
        assert_eq!(&sent["data"][key], value);
    }
    assert_eq!(birch.get(format!("/messages/{}", sent["id"])).await.expect_data(), sent);
}

#[rstest]
#[case("form")]
#[case("card")]
#[case("customInteractive")]
#[case("scheduler")]
#[tokio::test]
async fn an_interactive_message_keeps_its_data(#[case] message_type: &str) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let data = json!({ "interactiveData": { "title": "Survey", "formFields": [] } });
    let sent = ash.post("/messages", body("interactive", message_type, data.clone())).await.expect_data();
    assert_eq!((&sent["category"], &sent["type"]), (&json!("interactive"), &json!(message_type)));
    assert_eq!(sent["data"]["interactiveData"], data["interactiveData"]);
}

#[rstest]
#[case("image")]
#[case("audio")]
#[case("video")]
#[case("file")]
#[tokio::test]
async fn media_at_a_url_is_answered_with_the_first_url_on_top(#[case] message_type: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let mut data = json!({ "text": "The new sign", "attachments": attachments(10) });
    data["attachments"][0]["extra"] = json!("kept");
    let sent = ash.post("/messages", body("message", message_type, data.clone())).await.expect_data();
    assert_eq!(sent["type"], message_type);
    assert_eq!((&sent["data"]["text"], &sent["data"]["attachments"]), (&data["text"], &data["attachments"]));
    assert_eq!(sent["data"]["url"], "https://files.example/0.png");
    assert_eq!(birch.get(format!("/messages/{}", sent["id"])).await.expect_data(), sent);
}

#[rstest]
#[case::number(json!(48211), json!(48211))]
#[case::digits(json!("48211"), json!(48211))]
#[case::what_bots_send(json!("unknown"), json!("unknown"))]
#[tokio::test]
async fn the_size_of_an_attachment_is_answered_as_a_number(#[case] size: Value, #[case] expected: Value) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let mut attachments = attachments(1);
    attachments[0]["size"] = size;
    let data = json!({ "attachments": attachments });
    let sent = ash.post("/messages", body("message", "image", data)).await.expect_data();
    assert_eq!(sent["data"]["attachments"][0]["size"], expected);
}

#[rstest]
#[case::no_custom_data(body("custom", "poll", json!({ "text": "x" })), "ERR_EMPTY_CUSTOM_DATA")]
#[case::null_custom_data(body("custom", "poll", json!({ "customData": null })), "ERR_EMPTY_CUSTOM_DATA")]
#[case::custom_data_as_text(body("custom", "poll", json!({ "customData": "x" })), "ERR_INVALID_CUSTOM_DATA")]
#[case::custom_data_as_list(body("custom", "poll", json!({ "customData": [] })), "ERR_INVALID_CUSTOM_DATA")]
#[case::other_form_without_custom_data(body("message", "custom", json!({})), "ERR_EMPTY_CUSTOM_DATA")]
#[case::text_of_custom_as_number(
    body("custom", "poll", json!({ "customData": {}, "text": 1 })),
    "ERR_INVALID_MESSAGE_TEXT"
)]
#[case::metadata_of_custom(body("custom", "poll", json!({ "customData": {}, "metadata": 1 })), "ERR_INVALID_METADATA")]
#[case::no_attachment(body("message", "image", json!({ "text": "x" })), "ERR_EMPTY_MESSAGE_FILE")]
#[case::null_attachments(body("message", "image", json!({ "attachments": null })), "ERR_EMPTY_MESSAGE_FILE")]
#[case::empty_attachments(body("message", "image", json!({ "attachments": [] })), "ERR_EMPTY_MESSAGE_FILE")]
#[case::attachments_as_object(body("message", "image", json!({ "attachments": {} })), "ERR_INVALID_MEDIA_MESSAGE")]
#[case::attachment_as_text(body("message", "image", json!({ "attachments": ["x"] })), "ERR_INVALID_MEDIA_MESSAGE")]
#[case::attachment_without_url(body("message", "file", json!({ "attachments": [{}] })), "ERR_INVALID_MEDIA_MESSAGE")]
#[case::url_of_a_script(
    body("message", "file", json!({ "attachments": [{ "url": "javascript:alert(1)" }] })),
    "ERR_INVALID_MEDIA_MESSAGE"
)]
#[case::too_many(body("message", "image", json!({ "attachments": attachments(11) })), "ERR_INVALID_MEDIA_MESSAGE")]
#[case::caption_as_number(
    body("message", "image", json!({ "attachments": attachments(1), "text": 1 })),
    "ERR_INVALID_MESSAGE_TEXT"
)]
#[case::unknown_interactive(body("interactive", "poll", json!({ "interactiveData": {} })), "ERR_INVALID_MESSAGE_TYPE")]
#[case::interactive_without_data(body("interactive", "form", json!({})), "ERR_BAD_REQUEST")]
#[case::interactive_data_as_text(body("interactive", "form", json!({ "interactiveData": "x" })), "ERR_BAD_REQUEST")]
#[tokio::test]
async fn each_kind_is_checked_by_its_own_rules(#[case] body: Value, #[case] code: &str) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    ash.post("/messages", body).await.expect_error(400, code);
}
