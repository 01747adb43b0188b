//! `quotedMessageId` of a send (contract/messages.md, operation 1; contract/extras.md, "Quoted messages").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, text_to_group, text_to_user};

fn quoting(mut body: Value, id: &Value) -> Value {
    body["quotedMessageId"] = id.clone();
    body
}

#[rstest]
#[case::integer(|id: &Value| id.clone())]
#[case::digits(|id: &Value| json!(id.to_string()))]
#[tokio::test]
async fn a_quoting_message_is_answered_with_the_message_it_quotes(#[case] spelling: fn(&Value) -> Value) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let quoted = ash.send_text(&birch, "Gate opens at six").await;

    let body = quoting(text_to_user("ash", "Seven!"), &spelling(&quoted["id"]));
    let sent = birch.post("/messages", body).await.expect_data();

    assert_eq!(sent["quotedMessageId"], quoted["id"]);
    assert_eq!((&sent["quotedMessage"]["id"], &sent["quotedMessage"]["data"]), (&quoted["id"], &quoted["data"]));
    let read = ash.get(format!("/messages/{}", sent["id"])).await.expect_data();
    assert_eq!(read["quotedMessageId"], quoted["id"]);
}

#[tokio::test]
async fn a_message_that_does_not_exist_cannot_be_quoted() {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let body = quoting(text_to_user("birch", "hello"), &json!(12345));
    ash.post("/messages", body).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    assert_eq!(ash.get("/users/birch/messages").await.expect_data(), json!([]));
}

#[tokio::test]
async fn a_message_of_another_conversation_cannot_be_quoted() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    api.group("orchard", &[&ash, &cedar]).await;
    let secret = ash.send_text(&birch, "secret").await;
    for body in [text_to_user("ash", "what?"), text_to_group("orchard", "what?")] {
        cedar.post("/messages", quoting(body, &secret["id"])).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    }
}

#[tokio::test]
async fn what_nobody_wrote_cannot_be_quoted() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    let edit =
        ash.put(format!("/messages/{}", sent["id"]), json!({ "data": { "text": "edited" } })).await.expect_data();

    let body = quoting(text_to_user("birch", "see?"), &edit["id"]);
    ash.post("/messages", body).await.expect_invalid("quotedMessageId");
}
