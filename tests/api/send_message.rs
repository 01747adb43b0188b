//! `POST /messages` (contract/messages.md, operation 1).

use serde_json::json;
use tests::{Api, text_to_user};

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
