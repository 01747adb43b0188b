//! What clients need to jump to the first unread message (contract/uikit.md, rows 8 and 9), and receipts of what is gone.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

async fn conversation(actor: &Actor<'_>, with: &str) -> Value {
    actor.get(format!("{with}/conversation")).await.expect_data()
}

#[rstest]
#[case::user("/users/ash")]
#[case::group("/groups/orchard")]
#[tokio::test]
async fn a_message_that_is_marked_unread_is_unread_itself(#[case] with: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        let sent = match with {
            "/users/ash" => ash.send_text(&birch, text).await,
            _ => ash.send_text_to_group("orchard", text).await,
        };
        ids.push(sent["id"].clone());
    }
    birch.post(format!("{with}/conversation/read"), Value::Null).await.expect_ok();
    let read = conversation(&birch, with).await;
    assert_eq!((&read["lastReadMessageId"], &read["latestMessageId"]), (&ids[2], &ids[2]));

    let path = format!("{with}/conversation/read");
    let answer = birch.delete(&path, json!({ "messageId": ids[1] })).await.expect_data();
    let shown = &answer["conversation"];
    assert_eq!((&shown["unreadMessageCount"], &shown["lastReadMessageId"]), (&json!(2), &ids[0]));
    assert_eq!(*shown, conversation(&birch, with).await);
    let answer = birch.delete(&path, json!({ "messageId": ids[0] })).await.expect_data();
    let shown = &answer["conversation"];
    assert_eq!((&shown["unreadMessageCount"], &shown["latestMessageId"]), (&json!(3), &ids[2]));
}

#[tokio::test]
async fn unread_messages_that_mention_the_user_are_counted() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.user("cedar").await;
    api.group("orchard", &[&ash, &birch]).await;
    let mut last = Value::Null;
    for text in ["hi <@uid:birch>", "<@uid:cedar>", "plain", "<@uid:birch> and <@uid:cedar>"] {
        last = ash.send_text_to_group("orchard", text).await;
    }
    birch.send_text_to_group("orchard", "I, <@uid:birch>").await;
    let counters = async || {
        let listed = birch.get("/conversations").await.expect_data();
        assert_eq!(
            listed[0]["unreadMentionsCount"],
            conversation(&birch, "/groups/orchard").await["unreadMentionsCount"]
        );
        (listed[0]["unreadMessageCount"].clone(), listed[0]["unreadMentionsCount"].clone())
    };
    assert_eq!(counters().await, (json!(4), json!(2)));
    ash.put(format!("/messages/{}", last["id"]), json!({ "data": { "text": "nobody" } })).await.expect_ok();
    assert_eq!(counters().await, (json!(4), json!(1)));
    birch.post("/groups/orchard/conversation/read", Value::Null).await.expect_ok();
    assert_eq!(counters().await, (json!(0), json!(0)));
}

#[rstest]
#[case::read("read")]
#[case::delivered("delivered")]
#[tokio::test]
async fn a_receipt_up_to_a_message_that_is_gone_counts_up_to_it(#[case] receipt: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let one = ash.send_text(&birch, "one").await;
    let gone = ash.send_text(&birch, "gone").await;
    ash.send_text(&birch, "three").await;
    let elsewhere = ash.send_text_to_group("orchard", "elsewhere").await;
    let last = ash.send_text(&birch, "last").await;
    for message in [&gone, &last] {
        ash.delete(format!("/messages/{}", message["id"]), json!({ "permanent": true })).await.expect_ok();
    }
    let path = format!("/users/ash/conversation/{receipt}");
    birch.post(&path, json!({ "messageId": gone["id"] })).await.expect_ok();
    let filter = if receipt == "read" { "unread" } else { "undelivered" };
    let left = birch.get(format!("/users/ash/messages?{filter}=1&categories=message")).await.expect_data();
    assert_eq!(tests::texts(&left), ["three"], "{one}");
    birch.post(&path, json!({ "messageId": elsewhere["id"] })).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    let beyond = last["id"].as_u64().unwrap() + (1 << 40);
    birch.post(&path, json!({ "messageId": beyond })).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    birch.post(&path, json!({ "messageId": last["id"] })).await.expect_ok();
    assert_eq!(birch.get(format!("/users/ash/messages?{filter}=1&categories=message")).await.expect_data(), json!([]));
}
