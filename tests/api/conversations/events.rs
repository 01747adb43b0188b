//! What changes of conversations tell: each act over HTTP leaves its event, and only its event, in the table.

use model::message::Receiver;
use model::uid::Uid;
use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;
use tests::events::Act;

use crate::given::{store, text_at};

/// ash and birch have written to each other, and ash in `orchard`, where cedar is too: the first in it, so that all wait for
/// cedar. The ids of ash's messages: to birch, and to the group.
async fn stage() -> (Api, [Value; 2]) {
    let api = Api::start().await;
    let ids = write(&api).await;
    (api, ids)
}

async fn write(api: &Api) -> [Value; 2] {
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    api.group("orchard", &[&cedar, &ash, &birch]).await;
    birch.send_text(&ash, "one").await;
    let to_birch = ash.send_text(&birch, "two").await["id"].clone();
    let to_group = ash.send_text_to_group("orchard", "all").await["id"].clone();
    [to_birch, to_group]
}

fn act(who: &str, request: &str) -> Act {
    Act::new(who, request, json!({}))
}

fn app_pins(pinned: Value) -> Act {
    Act::new("app_system", "PUT /conversations/pinned", json!({ "pinnedConversations": pinned }))
}

const OF_TWO: &str = "user#ash#birch";

#[rstest]
#[case::delivered(
    vec![],
    act("birch", "POST /users/ash/conversation/delivered"),
    json!({ "kind": "delivered", "audience": { "conversation": OF_TWO }, "upTo": "TO_BIRCH" })
)]
#[case::read_and_so_delivered(
    vec![],
    act("birch", "POST /users/ash/conversation/read"),
    json!({ "kind": "read", "audience": { "conversation": OF_TWO }, "upTo": "TO_BIRCH" })
)]
#[case::read_after_delivered(
    vec![act("birch", "POST /users/ash/conversation/delivered")],
    act("birch", "POST /users/ash/conversation/read"),
    json!({ "kind": "read", "audience": { "conversation": OF_TWO }, "upTo": "TO_BIRCH" })
)]
#[case::read_in_a_group(
    vec![],
    act("birch", "POST /groups/orchard/conversation/read"),
    json!({ "kind": "read", "audience": { "conversation": "group#orchard" }, "upTo": "TO_GROUP" })
)]
#[case::unread(
    vec![act("birch", "POST /users/ash/conversation/read")],
    act("birch", "DELETE /users/ash/conversation/read"),
    json!({ "kind": "markedUnread", "audience": { "conversation": OF_TWO } })
)]
#[case::unread_in_a_group(
    vec![act("birch", "POST /groups/orchard/conversation/read")],
    act("birch", "DELETE /groups/orchard/conversation/read"),
    json!({ "kind": "markedUnread", "audience": { "conversation": "group#orchard" } })
)]
#[case::pinned(
    vec![],
    act("birch", "POST /users/ash/conversation/pin"),
    json!({ "kind": "conversationsPinned", "audience": { "user": "birch" }, "pinned": ["user#ash"], "unpinned": [] })
)]
#[case::unpinned(
    vec![act("birch", "POST /groups/orchard/conversation/pin")],
    act("birch", "DELETE /groups/orchard/conversation/pin"),
    json!({ "kind": "conversationsPinned", "audience": { "user": "birch" }, "pinned": [], "unpinned": ["group#orchard"] })
)]
#[case::pinned_by_the_app(
    vec![app_pins(json!([{ "uid": "ash" }, { "uid": "birch" }]))],
    app_pins(json!([{ "uid": "birch" }, { "guid": "orchard" }])),
    json!({
        "kind": "conversationsPinned", "audience": "everybody", "pinned": ["group#orchard"], "unpinned": ["user#ash"],
    })
)]
#[case::another_order(
    vec![app_pins(json!([{ "uid": "ash" }, { "uid": "birch" }]))],
    app_pins(json!([{ "uid": "birch" }, { "uid": "ash" }])),
    json!({ "kind": "conversationsPinned", "audience": "everybody", "pinned": [], "unpinned": [] })
)]
#[case::cleared(
    vec![],
    act("birch", "DELETE /users/ash/conversation"),
    json!({ "kind": "conversationCleared", "audience": { "user": "birch" }, "conversation": OF_TWO, "upTo": "TO_BIRCH" })
)]
#[case::deleted_for_everybody(
    vec![],
    act("app_system", "DELETE /conversations/ash_user_birch"),
    json!({ "kind": "conversationDeleted", "audience": { "conversation": OF_TWO } })
)]
#[tokio::test]
async fn an_act_tells_one_event(#[case] earlier: Vec<Act>, #[case] last: Act, #[case] expected: Value) {
    let (api, [to_birch, to_group]) = stage().await;
    for act in &earlier {
        api.told(act).await;
    }
    let expected = expected.to_string().replace("\"TO_BIRCH\"", &to_birch.to_string());
    let expected: Value = serde_json::from_str(&expected.replace("\"TO_GROUP\"", &to_group.to_string())).unwrap();
    assert_eq!(api.told(&last).await, [expected]);
}

#[rstest]
#[case::delivered_again(
    vec![act("birch", "POST /users/ash/conversation/delivered")],
    act("birch", "POST /users/ash/conversation/delivered")
)]
#[case::read_again(
    vec![act("birch", "POST /groups/orchard/conversation/read")],
    act("birch", "POST /groups/orchard/conversation/read")
)]
#[case::delivered_after_read(
    vec![act("birch", "POST /users/ash/conversation/read")],
    act("birch", "POST /users/ash/conversation/delivered")
)]
#[case::unread_what_was_not_read(vec![], act("birch", "DELETE /users/ash/conversation/read"))]
#[case::pinned_again(
    vec![act("birch", "POST /users/ash/conversation/pin")],
    act("birch", "POST /users/ash/conversation/pin")
)]
#[case::unpinned_what_was_not_pinned(vec![], act("birch", "DELETE /users/ash/conversation/pin"))]
#[case::pinned_by_the_app_again(vec![app_pins(json!([{ "uid": "ash" }]))], app_pins(json!([{ "uid": "ash" }])))]
#[case::cleared_again_and_kept(
    vec![Act::new("birch", "DELETE /users/ash/conversation", json!({ "preserveOrder": true }))],
    Act::new("birch", "DELETE /users/ash/conversation", json!({ "preserveOrder": true }))
)]
#[case::tagged(vec![], Act::new("birch", "PUT /users/ash/conversation", json!({ "tags": ["t"] })))]
#[tokio::test]
async fn what_changes_nothing_tells_nothing(#[case] earlier: Vec<Act>, #[case] last: Act) {
    let (api, _) = stage().await;
    for act in &earlier {
        assert_eq!(api.told(act).await.len(), 1, "{}", act.request);
    }
    assert_eq!(api.told(&last).await, Vec::<Value>::new());
}

#[tokio::test]
async fn the_last_reader_of_a_group_tells_that_all_have_read() {
    let (api, [_, to_group]) = stage().await;
    api.told_at_last(&act("birch", "POST /groups/orchard/conversation/read")).await;
    let audience = json!({ "conversation": "group#orchard" });
    let read = json!({ "kind": "read", "audience": audience, "upTo": to_group });
    let all = |kind| json!({ "kind": kind, "audience": audience, "upTo": to_group, "sender": "ash" });
    let last = act("cedar", "POST /groups/orchard/conversation/read");
    let mut events = api.told_at_last(&last).await;
    // The others are of the action messages before.
    events.retain(|event| event["upTo"] == to_group);
    assert_eq!(events, [read, all("deliveredToAll"), all("readByAll")]);
    assert_eq!(api.told_at_last(&last).await, Vec::<Value>::new());
}

#[tokio::test]
async fn who_leaves_a_group_tells_that_all_others_have_read() {
    let (api, [_, to_group]) = stage().await;
    api.told_at_last(&act("birch", "POST /groups/orchard/conversation/read")).await;
    let told = api.told_at_last(&act("cedar", "DELETE /groups/orchard/members")).await;
    let all: Vec<&Value> = told.iter().filter(|event| event["sender"] == "ash").collect();
    let kinds: Vec<&Value> = all.iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["deliveredToAll", "readByAll"]);
    assert!(all.iter().all(|event| event["upTo"] == to_group), "{all:?}");
}

#[tokio::test]
async fn who_marks_later_messages_as_unread_tells_what_is_read_still() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let first = ash.send_text(&birch, "one").await["id"].clone();
    let second = ash.send_text(&birch, "two").await["id"].clone();
    api.told(&act("birch", "POST /users/ash/conversation/read")).await;
    let unread = Act::new("birch", "DELETE /users/ash/conversation/read", json!({ "messageId": second }));
    let expected = json!({ "kind": "markedUnread", "audience": { "conversation": OF_TWO }, "after": first });
    assert_eq!(api.told(&unread).await, [expected]);
    assert_eq!(api.told(&unread).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_conversation_that_was_deleted_begins_anew() {
    let (api, _) = stage().await;
    let deletion = act("app_system", "DELETE /conversations/ash_user_birch");
    api.told(&deletion).await;
    let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    api.jobs_done().await;
    api.app().delete("/conversations/ash_user_birch", json!({})).await.expect_error(404, "ERR_CONVERSATION_NOT_FOUND");
    let sent = ash.send_text(&birch, "again").await;
    let found = birch.get("/users/ash/conversation").await.expect_data();
    assert_eq!((&found["lastMessage"]["id"], &found["unreadMessageCount"]), (&sent["id"], &json!(1)));
    assert_eq!(found["createdAt"], sent["sentAt"]);
    assert_eq!(api.told(&deletion).await.len(), 1);
}

/// DynamoDB ends a page after 1 MB: a deletion that took this for the end would tell of itself and forget the rest.
#[tokio::test]
async fn a_conversation_of_large_messages_is_told_as_deleted_when_nothing_of_it_is_left() {
    let api = Api::start().await;
    for uid in ["ash", "birch"] {
        api.user(uid).await;
    }
    let birch = Receiver::User(Uid::parse("birch").unwrap());
    for second in 0..40 {
        store(&api, &text_at(second, "ash", &birch, &"x".repeat(40_000))).await;
    }
    api.app().delete("/conversations/ash_user_birch", json!({})).await.expect_ok();
    let records = api.stream_records().await;
    let is_told = |record: &Value| {
        let event = record["dynamodb"]["NewImage"]["event"]["S"].as_str();
        event.is_some_and(|event| event.contains("conversationDeleted"))
    };
    let told = records.iter().position(is_told).expect("the deletion is told");
    let is_message = |record: &&Value| record["dynamodb"]["Keys"]["sk"]["S"].as_str().unwrap().starts_with("MSG#");
    let later: Vec<&Value> = records[told..].iter().filter(is_message).collect();
    assert!(later.is_empty(), "{} messages are deleted after that", later.len());
}
