//! `data.moderation` says what a moderator found: clients cannot say it.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, text_to_user};

fn moderated(mut body: Value) -> Value {
    body["data"]["moderation"] = json!({ "status": "approved" });
    body
}

async fn assert_unmoderated(sent: &Value, actor: &Actor<'_>) {
    let read = actor.get(format!("/messages/{}", sent["id"])).await.expect_data();
    assert_eq!((sent["data"].get("moderation"), read["data"].get("moderation")), (None, None), "{sent} {read}");
}

#[rstest]
#[case::a_user("ash")]
#[case::the_app("app")]
#[tokio::test]
async fn moderation_is_dropped_from_what_is_sent(#[case] by: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sender = if by == "app" { api.app() } else { ash };
    let sent = sender.post("/messages", moderated(text_to_user("birch", "hello"))).await.expect_data();
    assert_unmoderated(&sent, &birch).await;
    let mut custom = moderated(text_to_user("birch", "hello"));
    custom["category"] = json!("custom");
    custom["type"] = json!("place");
    custom["data"]["customData"] = json!({ "at": "gate" });
    assert_unmoderated(&sender.post("/messages", custom).await.expect_data(), &birch).await;
    let several = moderated(json!({ "multipleReceivers": { "uids": ["birch"] }, "data": { "text": "all" } }));
    let slots = sender.post("/messages", several).await.expect_data();
    assert_unmoderated(&slots["uids"]["birch"]["data"], &birch).await;
}

#[tokio::test]
async fn moderation_is_dropped_from_replies_and_from_what_bots_send() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let parent = ash.send_text(&birch, "parent").await;
    let reply = moderated(json!({ "data": { "text": "r" } }));
    let reply = birch.post(format!("/messages/{}/thread", parent["id"]), reply).await.expect_data();
    assert_unmoderated(&reply, &ash).await;
    api.user("helper").await;
    crate::given::bot(&api, "helper").await;
    let sent = api.app().post("/bots/helper/messages", moderated(text_to_user("birch", "beep"))).await.expect_data();
    assert_unmoderated(&sent, &birch).await;
}

#[tokio::test]
async fn moderation_is_dropped_from_edits() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}", sent["id"]);
    ash.put(&path, moderated(json!({ "data": { "text": "edited" } }))).await.expect_ok();
    let read = birch.get(&path).await.expect_data();
    assert_eq!((&read["data"]["text"], read["data"].get("moderation")), (&json!("edited"), None));
    // Nothing else is to be changed.
    ash.put(&path, moderated(json!({ "data": {} }))).await.expect_invalid("data");
}
