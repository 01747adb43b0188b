//! Who is notified on their devices, of what, and who is not (contract/webhooks.md, "Other outgoing hooks").

use rstest::rstest;
use serde_json::{Value, json};
use tests::receiver::Receiver;
use tests::{Actor, Api};

const LATE: u64 = 4_102_444_800_000;

/// A service with a webhook that hears of notifications only.
struct Stage {
    api: Api,
    receiver: Receiver,
}

impl Stage {
    /// ash, birch and cedar, who have a phone each; `orchard` is ash's, with birch and cedar in it.
    async fn new() -> Stage {
        let api = Api::start_telling().await;
        for (uid, name) in [("ash", "Ash"), ("birch", "Birch"), ("cedar", "Cedar")] {
            api.app().post("/users", json!({ "uid": uid, "name": name })).await.expect_ok();
            let token =
                json!({ "platform": "fcm_android", "fcmToken": format!("phone-of-{uid}"), "providerId": "fcm" });
            api.on_behalf_of(uid).post("/notifications/push/v1/tokens", token).await.expect_ok();
        }
        let members = json!({ "participants": ["birch", "cedar"] });
        let group =
            json!({ "guid": "orchard", "name": "Orchard", "type": "public", "owner": "ash", "members": members });
        api.app().post("/groups", group).await.expect_ok();
        let receiver = Receiver::start().await;
        api.all_delivered().await;
        api.webhook("pusher", &receiver.url, &["push-notification-payload-generated"], json!({})).await;
        Stage { api, receiver }
    }

    fn by(&self, uid: &str) -> Actor<'_> {
        self.api.on_behalf_of(uid)
    }

    async fn send(&self, from: &str, to: (&str, &str), rest: Value) -> Value {
        let mut body = json!({ "receiverType": to.0, "receiver": to.1 });
        body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        self.by(from).post("/messages", body).await.expect_data()
    }

    /// What was told since, by who is notified.
    async fn told(&self) -> Vec<(String, Value)> {
        self.api.all_delivered().await;
        let envelopes = self.receiver.bodies().into_iter();
        let mut told: Vec<(String, Value)> = envelopes
            .map(|mut envelope| {
                assert_eq!(envelope["trigger"], "push-notification-payload-generated");
                assert_eq!(envelope["webhook"], "pusher");
                (envelope["data"]["to"]["uid"].as_str().unwrap().to_owned(), envelope["data"].take())
            })
            .collect();
        told.sort_by(|(one, _), (other, _)| one.cmp(other));
        told
    }

    async fn notified(&self) -> Vec<String> {
        self.told().await.into_iter().map(|(uid, _)| uid).collect()
    }

    async fn prefer(&self, uid: &str, body: Value) {
        let body = body.to_string().into_bytes();
        self.by(uid).send("PATCH", "/notifications/v1/preferences", body).await.expect_ok();
    }

    async fn mute(&self, uid: &str, id: &str, kind: &str) {
        let body = json!({ "conversations": [{ "id": id, "type": kind, "until": LATE }] });
        self.by(uid).put("/notifications/v1/preferences/mute", body).await.expect_ok();
    }
}

const BIRCH: (&str, &str) = ("user", "birch");
const ORCHARD: (&str, &str) = ("group", "orchard");

fn text(text: &str) -> Value {
    json!({ "data": { "text": text } })
}

#[tokio::test]
async fn a_message_to_a_user_notifies_them_alone() {
    let stage = Stage::new().await;
    let message = stage.send("ash", BIRCH, text("Gate opens at six")).await;
    let told = stage.told().await;
    let [(uid, data)] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(uid, "birch");
    let token = &data["to"]["pushTokens"][0];
    assert_eq!((&data["to"]["name"], &token["pushToken"]), (&json!("Birch"), &json!("phone-of-birch")));
    assert_eq!((&token["platform"], &token["providerId"]), (&json!("fcm_android"), &json!("fcm")));
    let details = &data["notificationDetails"];
    let id = message["id"].to_string();
    let sent_at: u64 = details["sentAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(sent_at / 1_000, message["sentAt"].as_u64().unwrap());
    assert_eq!(details["message"]["data"]["text"], "Gate opens at six");
    assert_eq!(details["message"]["id"], id.as_str());
    let mut rest = details.clone();
    for name in ["message", "sentAt"] {
        rest.as_object_mut().unwrap().remove(name);
    }
    let expected = json!({ "title": "Ash", "body": "Gate opens at six", "type": "chat", "sender": "ash", "senderName": "Ash",
        "receiver": "birch", "receiverName": "Birch", "receiverType": "user", "conversationId": "ash_user_birch", "tag": id });
    assert_eq!(rest, expected);
}

#[tokio::test]
async fn a_message_to_a_group_notifies_each_other_member() {
    let stage = Stage::new().await;
    stage.send("birch", ORCHARD, text("Ladders are back")).await;
    let told = stage.told().await;
    assert_eq!(told.iter().map(|(uid, _)| uid.as_str()).collect::<Vec<_>>(), ["ash", "cedar"]);
    for (_, data) in told {
        let details = &data["notificationDetails"];
        assert_eq!((&details["title"], &details["body"]), (&json!("Orchard"), &json!("Birch: Ladders are back")));
        assert_eq!((&details["receiver"], &details["receiverType"]), (&json!("orchard"), &json!("group")));
    }
}

#[tokio::test]
async fn nobody_is_notified_who_does_not_want_it() {
    let stage = Stage::new().await;
    // Without a device.
    stage.by("birch").delete("/notifications/push/v1/tokens", json!({})).await.expect_ok();
    stage.send("ash", BIRCH, text("no device")).await;
    assert!(stage.notified().await.is_empty());
    // Muted, with whom or in which group.
    stage.mute("cedar", "orchard", "group").await;
    stage.mute("ash", "cedar", "oneOnOne").await;
    stage.send("birch", ORCHARD, text("muted")).await;
    stage.send("cedar", ("user", "ash"), text("muted")).await;
    assert_eq!(stage.notified().await, ["ash"]);
    let body = json!({ "conversations": [{ "id": "orchard", "type": "group" }] });
    stage.by("cedar").delete("/notifications/v1/preferences/mute", body).await.expect_ok();
    // Blocked.
    stage.by("cedar").post("/blockedusers", json!({ "blockedUids": ["birch"] })).await.expect_ok();
    stage.send("birch", ORCHARD, text("blocked")).await;
    assert_eq!(stage.notified().await, ["ash"]);
    // Not to be disturbed.
    stage.prefer("ash", json!({ "mutePreferences": { "dnd": 2 } })).await;
    stage.send("birch", ORCHARD, text("do not disturb")).await;
    assert!(stage.notified().await.is_empty());
    // Who left is notified no more.
    stage.by("cedar").delete("/blockedusers", json!({ "blockedUids": ["birch"] })).await.expect_ok();
    stage.by("cedar").delete("/groups/orchard/members", json!({})).await.expect_ok();
    stage.send("birch", ORCHARD, text("left")).await;
    assert!(stage.notified().await.is_empty());
    // A message of the app's own type that says so.
    let silent = json!({ "category": "custom", "type": "t", "data": { "customData": {}, "sendNotification": false } });
    stage.send("birch", ("user", "cedar"), silent).await;
    assert!(stage.notified().await.is_empty());
}

#[tokio::test]
async fn a_schedule_closes_every_day() {
    let stage = Stage::new().await;
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let schedule: serde_json::Map<_, _> =
        days.map(|day| (day.to_owned(), json!({ "dnd": true }))).into_iter().collect();
    stage.prefer("birch", json!({ "mutePreferences": { "schedule": schedule } })).await;
    stage.send("ash", BIRCH, text("closed")).await;
    assert!(stage.notified().await.is_empty());
}

#[rstest]
#[case::off(json!({ "groupMessages": 1 }), "hello", false)]
#[case::mentions(json!({ "groupMessages": 3 }), "hello <@uid:cedar>", true)]
#[case::no_mention(json!({ "groupMessages": 3 }), "hello", false)]
#[tokio::test]
async fn preferences_of_messages_decide(#[case] chosen: Value, #[case] said: &str, #[case] expected: bool) {
    let stage = Stage::new().await;
    stage.prefer("cedar", json!({ "groupPreferences": chosen })).await;
    stage.send("birch", ORCHARD, text(said)).await;
    assert_eq!(stage.notified().await.contains(&"cedar".to_owned()), expected);
}

#[tokio::test]
async fn replies_reactions_and_members_go_by_their_own_preferences() {
    let stage = Stage::new().await;
    let id = stage.send("birch", ORCHARD, text("parent")).await["id"].to_string();
    assert_eq!(stage.notified().await, ["ash", "cedar"]);
    stage.prefer("ash", json!({ "groupPreferences": { "groupReplies": 1, "groupMemberLeft": 2 } })).await;
    stage.by("cedar").post(format!("/messages/{id}/thread"), text("reply")).await.expect_ok();
    assert_eq!(stage.notified().await, ["birch"]);
    // Of a reaction who wrote the message is notified, if they want no more.
    stage.by("cedar").post(format!("/messages/{id}/reactions/x"), Value::Null).await.expect_ok();
    let told = stage.told().await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].0.as_str(), &told[0].1["notificationDetails"]["tag"]), ("birch", &json!(id)));
    stage.by("cedar").delete("/groups/orchard/members", json!({})).await.expect_ok();
    let told = stage.told().await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].0.as_str(), &told[0].1["notificationDetails"]["body"]), ("ash", &json!("Cedar left")));
}

#[tokio::test]
async fn edits_and_deletions_take_the_place_of_the_message() {
    let stage = Stage::new().await;
    let id = stage.send("ash", BIRCH, text("six")).await["id"].to_string();
    stage.told().await;
    stage.by("ash").put(format!("/messages/{id}"), text("seven")).await.expect_ok();
    let told = stage.told().await;
    assert_eq!((&told[0].1["notificationDetails"]["body"], told.len()), (&json!("seven"), 1));
    stage.by("ash").delete(format!("/messages/{id}"), json!({})).await.expect_ok();
    let told = stage.told().await;
    let details = &told[0].1["notificationDetails"];
    assert_eq!((&details["tag"], told.len()), (&json!(id), 1));
    assert!(!details.to_string().contains("seven"), "{details:#}");
}

#[tokio::test]
async fn who_hides_the_content_sends_none_of_it_on() {
    let stage = Stage::new().await;
    stage.prefer("birch", json!({ "usePrivacyTemplate": true })).await;
    stage.send("ash", BIRCH, text("the secret gate")).await;
    let told = stage.told().await;
    assert_eq!(told.len(), 1);
    assert!(!told[0].1.to_string().contains("secret"), "{told:#?}");
    assert_eq!(told[0].1["notificationDetails"]["body"], "New message");
}
