//! What a user removed from their view of a group stays removed, whatever becomes of their membership.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, texts};

async fn seen(actor: &Actor<'_>) -> Value {
    actor.get("/groups/orchard/messages?categories=message&limit=100").await.expect_data()
}

#[rstest]
#[case::left("DELETE", "/groups/orchard/members/ash", None)]
#[case::kicked("DELETE", "/groups/orchard/members/ash", Some("app"))]
#[case::banned("POST", "/groups/orchard/bannedusers/ash", Some("app"))]
#[tokio::test]
async fn a_cleared_group_stays_cleared_for_who_leaves_and_joins_again(
    #[case] method: &str,
    #[case] path: &str,
    #[case] by: Option<&str>,
) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    birch.send_text_to_group("orchard", "secret").await;
    let tags = json!({ "tags": ["t"] });
    ash.put("/groups/orchard/conversation", tags).await.expect_data();
    ash.post("/groups/orchard/conversation/read", Value::Null).await.expect_data();
    ash.delete("/groups/orchard/conversation", json!({ "preserveOrder": true })).await.expect_data();
    birch.send_text_to_group("orchard", "later").await;
    assert_eq!(texts(&seen(&ash).await), ["later"]);

    let actor = if by.is_some() { api.app() } else { ash.clone() };
    actor.send(method, path, Vec::new()).await.expect_ok();
    ash.get("/groups/orchard/conversation").await;
    assert_eq!(ash.get("/conversations").await.expect_data(), json!([]), "it is no conversation of theirs");
    api.app().send("DELETE", "/groups/orchard/bannedusers/ash", Vec::new()).await;
    birch.send_text_to_group("orchard", "meanwhile").await;
    ash.post("/groups/orchard/members", Value::Null).await.expect_ok();

    assert_eq!(texts(&seen(&ash).await), ["later", "meanwhile"], "what was cleared stays so");
    let conversation = ash.get("/groups/orchard/conversation").await.expect_data();
    let kept = (&conversation["unreadMessageCount"], conversation.get("tags"), conversation.get("lastReadMessageId"));
    assert_eq!(kept, (&json!(0), None, None), "all else begins anew");
    birch.send_text_to_group("orchard", "news").await;
    let conversation = ash.get("/groups/orchard/conversation").await.expect_data();
    assert_eq!(conversation["unreadMessageCount"], 1);
    ash.post("/groups/orchard/conversation/read", Value::Null).await.expect_data();
}

#[tokio::test]
async fn who_never_cleared_a_group_sees_all_of_it_again() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    birch.send_text_to_group("orchard", "old").await;
    ash.send("DELETE", "/groups/orchard/members", Vec::new()).await.expect_ok();
    ash.post("/groups/orchard/members", Value::Null).await.expect_ok();
    assert_eq!(texts(&seen(&ash).await), ["old"]);
}
