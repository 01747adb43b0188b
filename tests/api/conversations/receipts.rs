//! Receipts (contract/related.md, "Receipts"): what is delivered and read, by whom, since when, and unread again.

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

async fn message(actor: &Actor<'_>, id: &Value) -> Value {
    actor.get(format!("/messages/{id}")).await.expect_data()
}

/// `deliveredAt`, `readAt`, and both of `myReceipt`: whether they are there.
fn receipts(message: &Value) -> [bool; 4] {
    let mine = &message["myReceipt"];
    [&message["deliveredAt"], &message["readAt"], &mine["deliveredAt"], &mine["readAt"]].map(Value::is_u64)
}

const NONE: [bool; 4] = [false; 4];

#[tokio::test]
async fn receiver_and_sender_see_when_a_message_was_delivered_and_read() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    assert_eq!(receipts(&sent), NONE);
    for actor in [&ash, &birch] {
        assert_eq!(receipts(&message(actor, &sent["id"]).await), NONE);
    }

    let outcome = birch.post("/users/ash/conversation/delivered", json!({})).await.expect_data();
    assert_eq!(outcome["success"], true);
    assert_eq!(receipts(&message(&ash, &sent["id"]).await), [true, false, false, false]);
    assert_eq!(receipts(&message(&birch, &sent["id"]).await), [true, false, true, false]);

    tokio::time::sleep(Duration::from_millis(1_100)).await;
    birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    let seen = message(&birch, &sent["id"]).await;
    assert_eq!(receipts(&seen), [true; 4]);
    assert!(seen["deliveredAt"].as_u64() < seen["readAt"].as_u64(), "each has its own time: {seen}");
    assert_eq!(
        (&seen["deliveredAt"], &seen["readAt"]),
        (&seen["myReceipt"]["deliveredAt"], &seen["myReceipt"]["readAt"])
    );

    // The first receipt counts, and lists say the same as single messages.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    ash.send_text(&birch, "more").await;
    for path in ["delivered", "read"] {
        birch.post(format!("/users/ash/conversation/{path}"), json!({})).await.expect_ok();
    }
    assert_eq!(message(&birch, &sent["id"]).await, seen);
    let listed = birch.get("/users/ash/messages?affix=append").await.expect_data();
    assert_eq!(listed[0], seen);
    assert!(seen["readAt"].as_u64() < listed[1]["readAt"].as_u64());
    let for_app = message(&api.app(), &sent["id"]).await;
    assert_eq!(receipts(&for_app), [true, true, false, false]);
}

#[tokio::test]
async fn reading_is_receiving_too() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    birch.post("/users/ash/conversation/read", json!({ "messageId": sent["id"] })).await.expect_ok();
    assert_eq!(receipts(&message(&birch, &sent["id"]).await), [true; 4]);
}

#[rstest]
#[case::as_a_number(|id: &Value| id.clone())]
#[case::as_digits(|id: &Value| json!(id.to_string()))]
#[tokio::test]
async fn a_receipt_reaches_up_to_and_including_its_message(#[case] given: fn(&Value) -> Value) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let mut sent = Vec::new();
    for text in ["one", "two", "three"] {
        sent.push(ash.send_text(&birch, text).await);
    }
    let own = birch.send_text(&ash, "mine").await;
    birch.post("/users/ash/conversation/read", json!({ "messageId": given(&sent[1]["id"]) })).await.expect_ok();
    let mut read = Vec::new();
    for message_sent in &sent {
        read.push(message(&ash, &message_sent["id"]).await["readAt"].is_u64());
    }
    assert_eq!(read, [true, true, false]);
    assert_eq!(receipts(&message(&birch, &own["id"]).await), NONE, "nobody gives receipts of their own messages");
    // An older receipt that comes late takes nothing back.
    birch.post("/users/ash/conversation/read", json!({ "messageId": sent[0]["id"] })).await.expect_ok();
    assert!(message(&ash, &sent[1]["id"]).await["readAt"].is_u64());
}

#[tokio::test]
async fn a_message_and_what_comes_after_it_is_unread_again() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ids.push(ash.send_text(&birch, text).await["id"].clone());
        birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    }
    birch.delete("/users/ash/conversation/read", json!({ "messageId": ids[1] })).await.expect_ok();
    let mut read = Vec::new();
    for id in &ids {
        let seen = message(&birch, id).await;
        read.push((seen["readAt"].is_u64(), seen["deliveredAt"].is_u64()));
    }
    assert_eq!(read, [(true, true), (false, true), (false, true)]);
    let counters = birch.get("/users/ash/messages?unread=1&count=1").await.expect_data();
    assert_eq!(counters, json!([{ "entityType": "user", "entityId": "ash", "count": 2 }]));
    let conversation = birch.get("/users/ash/conversation").await.expect_data();
    assert_eq!(conversation["unreadMessageCount"], 2);

    birch.delete("/users/ash/conversation/read", json!({})).await.expect_ok();
    assert_eq!(birch.get("/users/ash/conversation").await.expect_data()["unreadMessageCount"], 3);
    assert_eq!(message(&birch, &ids[0]).await.get("readAt"), None);
    birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    assert_eq!(birch.get("/users/ash/conversation").await.expect_data()["unreadMessageCount"], 0);
    assert!(message(&birch, &ids[2]).await["readAt"].is_u64());
}

#[tokio::test]
async fn a_message_between_two_marks_keeps_its_time_when_later_ones_are_unread_again() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let first = ash.send_text(&birch, "one").await;
    let second = ash.send_text(&birch, "two").await;
    birch.post("/users/ash/conversation/read", json!({ "messageId": second["id"] })).await.expect_ok();
    let before = message(&birch, &first["id"]).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    birch.delete("/users/ash/conversation/read", json!({ "messageId": second["id"] })).await.expect_ok();
    assert_eq!(message(&birch, &first["id"]).await, before);
    assert_eq!(message(&birch, &second["id"]).await.get("readAt"), None);
}

#[tokio::test]
async fn a_group_has_read_a_message_when_all_its_other_members_have() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let guid = api.group("orchard", &[&ash, &birch, &cedar]).await;
    let by_ash = ash.send_text_to_group(&guid, "one").await;
    let by_birch = birch.send_text_to_group(&guid, "two").await;

    birch.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    assert_eq!(receipts(&message(&birch, &by_ash["id"]).await), [false, false, true, true]);
    assert_eq!(receipts(&message(&ash, &by_ash["id"]).await), NONE);

    cedar.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    api.all_told().await;
    assert_eq!(receipts(&message(&ash, &by_ash["id"]).await), [true, true, false, false]);
    let listed = cedar.get("/groups/orchard/messages?categories=message").await.expect_data();
    assert_eq!(receipts(&listed[0]), [true; 4]);
    assert_eq!(receipts(&listed[1]), [false, false, true, true], "ash has not read what birch wrote");

    ash.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
    api.all_told().await;
    assert_eq!(receipts(&message(&birch, &by_birch["id"]).await), [true, false, false, false]);
    ash.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    api.all_told().await;
    assert_eq!(receipts(&message(&api.app(), &by_birch["id"]).await), [true, true, false, false]);

    cedar.delete("/groups/orchard/conversation/read", json!({ "messageId": by_birch["id"] })).await.expect_ok();
    assert_eq!(receipts(&message(&ash, &by_ash["id"]).await), [true, true, false, false]);
    assert_eq!(receipts(&message(&birch, &by_birch["id"]).await), [true, false, false, false]);
}

#[tokio::test]
async fn a_deactivated_member_holds_up_nobody() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let guid = api.group("orchard", &[&ash, &birch, &cedar]).await;
    let before = ash.send_text_to_group(&guid, "before").await;
    birch.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    api.all_told().await;
    assert_eq!(receipts(&message(&ash, &before["id"]).await), NONE, "cedar has not read it");
    api.app().delete("/users", json!({ "uidsToDeactivate": ["cedar"] })).await.expect_ok();
    let after = ash.send_text_to_group(&guid, "after").await;
    birch.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    api.all_told().await;
    for sent in [&before, &after] {
        assert_eq!(receipts(&message(&ash, &sent["id"]).await), [true, true, false, false], "{sent}");
    }
    api.app().put("/users", json!({ "uidsToActivate": ["cedar"] })).await.expect_ok();
    let again = ash.send_text_to_group(&guid, "again").await;
    birch.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    api.all_told().await;
    assert_eq!(receipts(&message(&ash, &again["id"]).await), NONE, "somebody is waited for again");
    drop(cedar);
}

#[tokio::test]
async fn a_newcomer_does_not_hold_up_what_was_read_before() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let guid = api.group("orchard", &[&ash, &birch]).await;
    let sent = ash.send_text_to_group(&guid, "before").await;
    api.app().post("/groups/orchard/members", json!({ "participants": ["cedar"] })).await.expect_ok();
    birch.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    api.all_told().await;
    assert!(message(&ash, &sent["id"]).await["readAt"].is_u64());
    let seen = cedar.get("/groups/orchard/conversation").await.expect_data();
    assert_eq!(seen["unreadMessageCount"], 0, "what was there before joining is no news");
}

#[tokio::test]
async fn groups_above_300_members_keep_receipts_of_all_as_long_as_few_are_online() {
    const MEMBERS: usize = 301;
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let uids: Vec<String> = (0..MEMBERS - 2).map(|n| format!("m-{n:03}")).collect();
    api.users(&uids).await;
    let guid = api.group("forest", &[&ash, &birch]).await;
    for some in uids.chunks(25) {
        api.app().post("/groups/forest/members", json!({ "participants": some })).await.expect_ok();
    }
    let sent = ash.send_text_to_group(&guid, "hello").await;
    assert_eq!(sent["data"]["entities"]["receiver"]["entity"]["membersCount"], MEMBERS);
    for (n, uid) in uids.iter().map(String::as_str).chain(["birch"]).enumerate() {
        api.on_behalf_of(uid).post("/groups/forest/conversation/read", json!({})).await.expect_ok();
        if n % 50 == 49 {
            api.all_told().await;
        }
    }
    api.all_told().await;
    assert_eq!(receipts(&message(&birch, &sent["id"]).await), [true; 4]);
    assert_eq!(receipts(&message(&ash, &sent["id"]).await), [true, true, false, false]);
}

#[rstest]
#[case::as_many_as_are_looked_at(1_000, [true, true, false, false])]
#[case::one_more(1_001, NONE)]
#[tokio::test]
async fn groups_of_more_members_than_are_looked_at_keep_receipts_of_each_alone(
    #[case] members: usize,
    #[case] expected: [bool; 4],
) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let guid = api.group("forest", &[&ash, &birch]).await;
    let group = api.table().await.into_iter().find(|item| item["sk"]["S"] == "GROUP" && item["guid"]["S"] == "forest");
    api.overwrite_with(&group.unwrap(), "membersCount", json!({ "N": members.to_string() })).await;
    let sent = ash.send_text_to_group(&guid, "hello").await;
    birch.post("/groups/forest/conversation/read", json!({})).await.expect_ok();
    api.all_told().await;
    assert_eq!(receipts(&message(&ash, &sent["id"]).await), expected);
}

#[rstest]
#[case::nobody_acts("app", "/users/ash", json!({}), 400, "ERR_BAD_REQUEST")]
#[case::unknown_actor("nobody", "/users/ash", json!({}), 404, "ERR_UID_NOT_FOUND")]
#[case::unknown_user("birch", "/users/nobody", json!({}), 404, "ERR_UID_NOT_FOUND")]
#[case::nobody_wrote("birch", "/users/cedar", json!({}), 403, "ERR_CONVERSATION_NOT_ACCESSIBLE")]
#[case::unknown_group("birch", "/groups/nowhere", json!({}), 404, "ERR_GUID_NOT_FOUND")]
#[case::stranger_to_the_group("cedar", "/groups/orchard", json!({}), 401, "ERR_GROUP_NOT_JOINED")]
#[case::banned("gorse", "/groups/orchard", json!({}), 403, "ERR_BANNED_GROUPMEMBER")]
#[case::message_of_elsewhere("birch", "/users/ash", json!({ "messageId": "elsewhere" }), 404, "ERR_MSG_NOT_FOUND")]
#[case::unknown_message("birch", "/users/ash", json!({ "messageId": 7 }), 404, "ERR_MSG_NOT_FOUND")]
#[case::no_id("birch", "/users/ash", json!({ "messageId": "seven" }), 400, "ERR_BAD_REQUEST")]
#[case::negative_id("birch", "/users/ash", json!({ "messageId": -1 }), 400, "ERR_BAD_REQUEST")]
#[case::no_object("birch", "/users/ash", json!([1]), 400, "ERR_BAD_REQUEST")]
#[tokio::test]
async fn a_receipt_is_refused(
    #[case] actor: &str,
    #[case] with: &str,
    #[case] mut body: Value,
    #[case] status: u16,
    #[case] code: &str,
) {
    let api = Api::start().await;
    for uid in ["birch", "cedar", "gorse"] {
        api.user(uid).await;
    }
    let ash = api.user("ash").await;
    ash.send_text(&api.on_behalf_of("birch"), "hello").await;
    let members = json!({ "participants": ["ash", "birch"], "usersToBan": ["gorse"] });
    api.app().post("/groups", json!({ "guid": "orchard", "name": "Orchard", "members": members })).await.expect_ok();
    if body["messageId"] == "elsewhere" {
        body["messageId"] = ash.send_text_to_group("orchard", "there").await["id"].clone();
    }
    let actor = crate::given::who(&api, actor);
    for (method, path) in [("POST", "delivered"), ("POST", "read"), ("DELETE", "read")] {
        let path = format!("{with}/conversation/{path}");
        actor.send(method, &path, body.to_string().into_bytes()).await.expect_error(status, code);
    }
}

#[tokio::test]
async fn receipts_make_no_messages_and_move_no_conversation() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    ash.send_text(&birch, "hello").await;
    let before = ash.get("/users/birch/conversation").await.expect_data()["updatedAt"].clone();
    birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    let listed = api.app().get("/users/birch/messages").await.expect_data();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(ash.get("/users/birch/conversation").await.expect_data()["updatedAt"], before);
}

#[tokio::test]
async fn nobody_waits_for_receipts_of_action_messages() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let group = json!({ "guid": "orchard", "name": "Orchard", "type": "public" });
    ash.post("/groups", group).await.expect_ok();
    birch.post("/groups/orchard/members", json!({})).await.expect_ok();
    ash.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    let last = ash.get("/groups/orchard/conversation").await.expect_data()["lastMessage"].clone();
    assert_eq!((last["category"].as_str(), receipts(&last)), (Some("action"), NONE), "{last}");
}

/// Who receives the notice of an edit has received the message before: the conversation says when, as the message does.
#[tokio::test]
async fn a_last_message_was_received_when_its_own_watermark_says() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let id = ash.send_text(&birch, "one").await["id"].as_u64().unwrap();
    for _ in 0..2 {
        birch.post("/users/ash/conversation/delivered", json!({})).await.expect_ok();
        ash.put(format!("/messages/{id}"), json!({ "data": { "text": "edited" } })).await.expect_ok();
    }
    // As if the second had come later.
    let rows = api.table().await;
    let of_birch = rows
        .iter()
        .find(|row| row["recentDelivered"].is_object() && row["pk"]["S"].as_str().unwrap().contains("birch"));
    let (key, later) = (of_birch.unwrap(), json!({ ":later": { "N": "4102444800" } }));
    let key = json!({ "pk": key["pk"], "sk": key["sk"] });
    let update = json!({ "TableName": "halley", "Key": key, "UpdateExpression": "SET deliveredAt = :later",
        "ExpressionAttributeValues": later });
    api.local().dynamodb("UpdateItem", &update).unwrap();
    let shown = birch.get("/users/ash/messages?category=message").await.expect_data()[0].take();
    let last = birch.get("/users/ash/conversation").await.expect_data()["lastMessage"].take();
    assert_eq!((&last["id"], &last["myReceipt"]["deliveredAt"]), (&shown["id"], &shown["myReceipt"]["deliveredAt"]));
    assert!(shown["myReceipt"]["deliveredAt"].as_u64().unwrap() < 4_102_444_800);
}
