//! The event that each change of what users leave on messages carries, on a row that it writes anyway.

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;
use tests::events::DEVICE;

/// Who hears of it.
#[derive(Clone, Copy)]
enum Heard {
    Conversation,
    Birch,
}

/// A request, its body, and the event that it leaves.
type Act = (&'static str, Value, Option<(Heard, Value)>);

/// What birch does, in this order, and the kind and references of the event that it carries; none for what changes
/// nothing. `m` is a message of ash to birch, `form` an interactive one.
fn acts() -> Vec<Act> {
    let (conversation, birch) = (Heard::Conversation, Heard::Birch);
    let none = Value::Null;
    let used = |elements: &[&str]| json!({ "interactions": elements });
    let interacted = |elements: &[&str]| Some((conversation, json!({ "kind": "interacted", "elements": elements })));
    let told = |heard: Heard, kind: &str| Some((heard, json!({ "kind": kind })));
    vec![
        ("POST /messages/{m}/pin", none.clone(), told(conversation, "messagePinned")),
        ("POST /messages/{m}/pin", none.clone(), None),
        ("DELETE /messages/{m}/pin", none.clone(), told(conversation, "messageUnpinned")),
        ("DELETE /messages/{m}/pin", none.clone(), None),
        ("POST /messages/{m}/pin", none.clone(), told(conversation, "messagePinned")),
        ("DELETE /messages/{m}/save", none.clone(), None),
        ("POST /messages/{m}/save", none.clone(), told(birch, "messageSaved")),
        ("POST /messages/{m}/save", none.clone(), None),
        ("DELETE /messages/{m}/save", none.clone(), told(birch, "messageUnsaved")),
        ("DELETE /messages/{m}/save", none.clone(), None),
        ("POST /messages/{m}/save", none.clone(), told(birch, "messageSaved")),
        ("POST /messages/{m}/flagged", json!({ "id": "spam" }), told(birch, "messageReported")),
        ("POST /messages/{m}/flagged", json!({ "id": "fraud" }), told(birch, "messageReported")),
        ("POST /messages/{m}/flagged", json!({ "id": 7 }), None),
        ("PATCH /messages/{form}/interacted", used(&["yes"]), interacted(&["yes"])),
        ("PATCH /messages/{form}/interacted", used(&["yes"]), None),
        ("PATCH /messages/{form}/interacted", used(&["no", "yes"]), interacted(&["no", "yes"])),
        ("PATCH /messages/{form}/interacted", used(&["perhaps"]), None),
        ("PATCH /messages/{m}/interacted", used(&["yes"]), None),
        ("POST /messages/{m}/thread/subscription", none.clone(), None),
        ("DELETE /messages/{m}/thread/subscription", none.clone(), None),
        ("GET /messages/{m}", none.clone(), None),
        ("GET /users/ash/messages", none.clone(), None),
    ]
}

#[tokio::test]
async fn what_a_user_leaves_on_a_message_is_told_to_whom_it_concerns() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await.on_device());
    let message = ash.send_text(&birch, "hello").await;
    let form = json!({
        "receiver": "birch", "receiverType": "user", "category": "interactive", "type": "form",
        "data": { "interactiveData": { "formFields": [{ "elementId": "yes" }, { "elementId": "no" }] } },
    });
    let form = ash.post("/messages", form).await.expect_data();

    for (request, body, expected) in acts() {
        let id = if request.contains("{form}") { &form["id"] } else { &message["id"] };
        let sent = request.replace("{m}", &id.to_string()).replace("{form}", &id.to_string());
        let (_, events) = api.hear(birch.request(&sent, &body)).await;
        let expected = expected.map(|(heard, mut event)| {
            event["actor"] = json!("birch");
            event["device"] = json!(DEVICE);
            event["message"] = id.clone();
            event["audience"] = match heard {
                Heard::Conversation => json!({ "conversation": "user#ash#birch" }),
                Heard::Birch => json!({ "user": "birch" }),
            };
            event
        });
        assert_eq!(events, Vec::from_iter(expected), "{request}");
    }
}

/// The request of birch on their own message, the event's kind, and whether it has an action message.
#[rstest]
#[case::edit("PUT", json!({ "data": { "text": "bye" } }), "messageEdited")]
#[case::soft_deletion("DELETE", json!({}), "messageDeleted")]
#[case::permanent_deletion("DELETE", json!({ "permanent": true }), "messagePermanentlyDeleted")]
#[tokio::test]
async fn a_change_of_a_message_is_told_with_its_action_message(
    #[case] method: &str,
    #[case] body: Value,
    #[case] kind: &str,
) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await.on_device());
    let message = birch.send_text(&ash, "hello").await;
    let path = format!("/messages/{}", message["id"]);
    let (answer, events) = api.hear(birch.send(method, &path, body.to_string().into_bytes())).await;
    let expected = json!({
        "actor": "birch", "device": DEVICE, "audience": { "conversation": "user#ash#birch" }, "kind": kind,
        "message": message["id"], "action": answer.expect_data()["id"],
    });
    assert_eq!(events, [expected]);
}

#[tokio::test]
async fn a_send_is_told_from_its_device_by_key_by_token_to_several_and_as_a_bot() {
    let api = Api::start().await;
    let (ash, elm) = (api.user("ash").await, api.token_user("elm").await.on_device());
    let birch = api.user("birch").await.on_device();
    let told = |actor: &str, audience: &str, id: &Value| {
        json!({
            "actor": actor, "device": DEVICE, "audience": { "conversation": audience }, "kind": "messageSent", "message": id,
        })
    };
    for (sender, audience) in [(&birch, "user#ash#birch"), (&elm, "user#ash#elm")] {
        let (answer, events) = api.hear(sender.send_text(&ash, "hello")).await;
        assert_eq!(events, [told(&sender.uid, audience, &answer["id"])]);
    }
    let to_two = json!({ "multipleReceivers": { "uids": ["ash", "elm"] }, "data": { "text": "all" } });
    let (_, events) = api.hear(birch.post("/messages", to_two)).await;
    assert!(events.len() == 2 && events.iter().all(|event| event["device"] == DEVICE), "{events:?}");
    let text = tests::text_to_user("ash", "beep");
    let app = api.app().on_device();
    let (answer, events) = api.hear(app.post("/bots/halley-bot/messages", text)).await;
    let id = answer.expect_data()["id"].clone();
    assert_eq!(events, [told("halley-bot", "user#ash#halley-bot", &id)]);
}

#[tokio::test]
async fn a_refused_change_is_told_to_nobody() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let message = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}", message["id"]);
    ash.delete(&path, json!({})).await.expect_ok();
    for actor in [&birch, &cedar] {
        for what in ["pin", "save"] {
            let (answer, events) = api.hear(actor.post(format!("{path}/{what}"), Value::Null)).await;
            assert_eq!((answer.status, events), (403, Vec::new()), "{what}");
        }
    }
}

#[tokio::test]
async fn the_app_acts_without_a_device_and_a_group_hears_of_it() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let guid = api.group("orchard", &[&ash]).await;
    let message = ash.send_text_to_group(&guid, "hello").await;
    let path = format!("/messages/{}/pin", message["id"]);
    for (method, kind) in [("POST", "messagePinned"), ("DELETE", "messageUnpinned")] {
        let (_, events) = api.hear(api.app().send(method, &path, Vec::new())).await;
        let audience = json!({ "conversation": "group#orchard" });
        let expected = json!({ "actor": "app_system", "audience": audience, "kind": kind, "message": message["id"] });
        assert_eq!(events, [expected]);
    }
}

#[tokio::test]
async fn a_reply_is_a_message_that_is_sent() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await.on_device());
    let parent = ash.send_text(&birch, "hello").await;
    let thread = format!("/messages/{}/thread", parent["id"]);
    let (reply, events) = api.hear(birch.post(&thread, json!({ "data": { "text": "on my way" } }))).await;
    let audience = json!({ "conversation": "user#ash#birch" });
    let expected = json!({
        "actor": "birch", "device": DEVICE, "audience": audience, "kind": "messageSent",
        "message": reply.expect_data()["id"],
    });
    assert_eq!(events, [expected]);
}

#[tokio::test]
async fn the_row_that_tells_of_a_forgotten_save_stays_for_a_day_and_nobody_sees_it() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let message = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}/save", message["id"]);
    birch.post(&path, Value::Null).await.expect_ok();
    birch.delete(&path, Value::Null).await.expect_ok();
    let row =
        async |sk: &str| api.table().await.into_iter().find(|row| row["sk"]["S"].as_str().unwrap().starts_with(sk));
    let tombstone = row("SAVER#birch").await.unwrap();
    let second = |name: &str| tombstone[name]["N"].as_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(second("expiresAt") - second("goneAt"), 24 * 60 * 60);
    assert_eq!(row("SAVED#").await, None);

    birch.post(&path, Value::Null).await.expect_ok();
    assert_eq!(row("SAVER#birch").await.unwrap().get("goneAt"), None);
    ash.delete(format!("/messages/{}", message["id"]), json!({ "permanent": true })).await.expect_ok();
    assert_eq!((row("SAVER#").await, row("SAVED#").await), (None, None));
}
