//! What each trigger tells (contract/webhooks.md, "Triggers" and "Payload shapes"), and when it does not fire.

use model::trigger::Trigger;
use serde_json::{Value, json};
use tests::receiver::Receiver;
use tests::{Actor, Api};

/// A service with a webhook that is told of everything but what is asked before.
struct Stage {
    api: Api,
    receiver: Receiver,
}

impl Stage {
    /// ash, birch, cedar and gorse; `orchard` is ash's, with birch in it.
    async fn new() -> Stage {
        let api = Api::start_telling().await;
        for (uid, name) in [("ash", "Ash"), ("birch", "Birch"), ("cedar", "Cedar"), ("gorse", "Gorse")] {
            api.app().post("/users", json!({ "uid": uid, "name": name })).await.expect_ok();
        }
        let members = json!({ "participants": ["birch"] });
        let group =
            json!({ "guid": "orchard", "name": "Orchard", "type": "public", "owner": "ash", "members": members });
        api.app().post("/groups", group).await.expect_ok();
        let receiver = Receiver::start().await;
        api.all_delivered().await;
        let triggers: Vec<&str> =
            Trigger::all().map(Trigger::as_str).filter(|name| *name != "before_message").collect();
        api.webhook("audit", &receiver.url, &triggers, json!({})).await;
        Stage { api, receiver }
    }

    fn by(&self, uid: &str) -> Actor<'_> {
        self.api.on_behalf_of(uid)
    }

    /// Everything that was told since, by trigger; each envelope is right.
    async fn told(&self) -> Vec<(String, Value)> {
        self.api.all_delivered().await;
        let mut told = Vec::new();
        for mut envelope in self.receiver.bodies() {
            assert_eq!((&envelope["appId"], &envelope["region"]), (&json!("halley"), &json!("local")));
            assert_eq!(envelope["webhook"], "audit");
            told.push((envelope["trigger"].as_str().unwrap().to_owned(), envelope["data"].take()));
        }
        told.sort_by(|(one, _), (other, _)| one.cmp(other));
        told
    }

    /// What was told since, which is this alone.
    async fn only(&self, trigger: &str) -> Value {
        let mut told = self.told().await;
        let names: Vec<&String> = told.iter().map(|(name, _)| name).collect();
        assert_eq!(names, [trigger], "{told:#?}");
        told.remove(0).1
    }

    /// What is told next, whenever that is: who comes and goes is told after their socket was answered.
    async fn next(&self) -> Value {
        tests::socket::patiently("the webhook", async {
            loop {
                if let Some((_, data)) = self.told().await.pop() {
                    return data;
                }
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        })
        .await
    }

    async fn names(&self) -> Vec<String> {
        self.told().await.into_iter().map(|(name, _)| name).collect()
    }

    async fn send(&self, from: &str, to: (&str, &str), text: &str) -> Value {
        let body = json!({ "receiverType": to.0, "receiver": to.1, "data": { "text": text } });
        self.by(from).post("/messages", body).await.expect_data()
    }
}

const BIRCH: (&str, &str) = ("user", "birch");
const ORCHARD: (&str, &str) = ("group", "orchard");

/// Whether a value has the shape: the same keys, with the values that are given; `"*"` is any text, 0 any number.
#[track_caller]
fn assert_shape(value: &Value, shape: &Value) {
    fn differs(path: &str, value: &Value, shape: &Value) -> Option<String> {
        match (value, shape) {
            (Value::String(_), Value::String(any)) if any == "*" => None,
            (Value::Number(_), Value::Number(any)) if any.as_u64() == Some(0) => None,
            (Value::Object(fields), Value::Object(expected)) => {
                if fields.keys().ne(expected.keys()) {
                    return Some(format!("{path}: {:?}, not {:?}", fields.keys(), expected.keys()));
                }
                fields.iter().find_map(|(name, value)| differs(&format!("{path}/{name}"), value, &expected[name]))
            }
            _ => (value != shape).then(|| format!("{path}: {value}, not {shape}")),
        }
    }
    if let Some(difference) = differs("", value, shape) {
        panic!("{difference}\n{value:#}");
    }
}

/// A user in `members`, `users` and `by`.
fn user(uid: &str) -> Value {
    let mut name: String = uid.to_owned();
    name[..1].make_ascii_uppercase();
    json!({ "uid": uid, "name": name, "role": "default", "status": "offline", "createdAt": 0 })
}

/// The same beside ash, who acts.
fn beside_ash(uid: &str) -> Value {
    let mut user = user(uid);
    user["conversationId"] = json!(format!("ash_user_{uid}"));
    user
}

fn app() -> Value {
    let view = model::user::UserView::of(&model::user::User::app_system());
    let mut app = json!(view);
    if app.get("createdAt").is_some() {
        app["createdAt"] = json!(0);
    }
    app
}

/// The group as webhooks show it.
fn orchard(members: u64) -> Value {
    json!({ "guid": "orchard", "name": "Orchard", "type": "public", "owner": "ash", "membersCount": members,
        "conversationId": "group_orchard", "createdAt": 0, "onlineMembersCount": 0 })
}

/// A text of ash to birch.
fn message(text: &str) -> Value {
    let mut receiver = beside_ash("birch");
    receiver["status"] = json!("offline");
    json!({
        "id": "*", "conversationId": "ash_user_birch", "sender": "ash", "receiverType": "user", "receiver": "birch",
        "category": "message", "type": "text", "sentAt": 0, "updatedAt": 0,
        "data": { "text": text, "entities": {
            "sender": { "entity": user("ash"), "entityType": "user" },
            "receiver": { "entity": receiver, "entityType": "user" } } },
    })
}

#[tokio::test]
async fn message_sent() {
    let stage = Stage::new().await;
    let sent = stage.send("ash", BIRCH, "Gate opens at six").await;
    let data = stage.only("message_sent").await;
    assert_shape(&data, &json!({ "message": message("Gate opens at six") }));
    assert_eq!(data["message"]["id"], sent["id"].to_string());
    // A reply names its parent, by text.
    let path = format!("/messages/{}/thread", sent["id"]);
    stage.by("birch").post(&path, json!({ "data": { "text": "r" } })).await.expect_ok();
    let reply = stage.only("message_sent").await;
    assert_eq!(reply["message"]["parentId"], sent["id"].to_string());
    // Action messages of members are none.
    stage.by("cedar").post("/groups/orchard/members", json!({})).await.expect_ok();
    assert_eq!(stage.names().await, ["group_member_joined"]);
    let refused = json!({ "receiverType": "user", "receiver": "nobody", "data": { "text": "a" } });
    stage.by("ash").post("/messages", refused).await.expect_error(404, "ERR_UID_NOT_FOUND");
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn message_sent_fires_for_each_of_several_receivers_and_for_bots() {
    let stage = Stage::new().await;
    let receivers = json!({ "uids": ["birch", "cedar"] });
    let body = json!({ "multipleReceivers": receivers, "data": { "text": "a" } });
    stage.by("ash").post("/messages", body).await.expect_ok();
    assert_eq!(stage.names().await, ["message_sent", "message_sent"]);
    stage.api.app().post("/bots", json!({ "uid": "gorse", "webhookURL": "https://localhost/" })).await.expect_ok();
    let body = json!({ "receiverType": "user", "receiver": "ash", "data": { "text": "beep" } });
    stage.api.app().post("/bots/gorse/messages", body).await.expect_ok();
    assert_eq!(stage.only("message_sent").await["message"]["sender"], "gorse");
}

#[tokio::test]
async fn user_mentioned() {
    let stage = Stage::new().await;
    stage.send("ash", ORCHARD, "<@uid:birch> and <@uid:ash>").await;
    let told = stage.told().await;
    let names: Vec<&String> = told.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["message_sent", "user_mentioned"]);
    assert_eq!(told[0].1, told[1].1);
    let mentions = told[1].1["message"]["data"]["mentions"].as_object().unwrap();
    assert_eq!(mentions.keys().collect::<Vec<_>>(), ["ash", "birch"]);
    // Of nobody whom there is.
    stage.send("ash", ORCHARD, "<@uid:nobody>").await;
    assert_eq!(stage.names().await, ["message_sent"]);
}

#[tokio::test]
async fn message_edited() {
    let stage = Stage::new().await;
    let sent = stage.send("ash", BIRCH, "six").await;
    stage.told().await;
    let path = format!("/messages/{}", sent["id"]);
    stage.by("ash").put(&path, json!({ "data": { "text": "seven" } })).await.expect_ok();
    let data = stage.only("message_edited").await;
    let mut expected = message("seven");
    expected["editedAt"] = json!(0);
    expected["editedBy"] = json!("ash");
    assert_shape(&data, &json!({ "message": expected }));
    assert_eq!(data["message"]["id"], sent["id"].to_string());
    stage
        .by("birch")
        .put(&path, json!({ "data": { "text": "eight" } }))
        .await
        .expect_error(403, "ERR_MESSAGE_NOT_A_SENDER");
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn message_deleted() {
    let stage = Stage::new().await;
    let sent = stage.send("ash", BIRCH, "six").await;
    stage.told().await;
    let path = format!("/messages/{}", sent["id"]);
    stage.by("ash").delete(&path, json!({})).await.expect_ok();
    let data = stage.only("message_deleted").await;
    let mut expected = message("six");
    expected["data"].as_object_mut().unwrap().remove("text");
    expected["deletedAt"] = json!(0);
    expected["deletedBy"] = json!("ash");
    assert_shape(&data, &json!({ "message": expected }));
    assert_eq!(data["message"]["id"], sent["id"].to_string());
    stage.by("ash").delete(&path, json!({})).await;
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn message_deleted_permanently() {
    let stage = Stage::new().await;
    let sent = stage.send("ash", BIRCH, "six").await;
    stage.told().await;
    stage.by("ash").delete(format!("/messages/{}", sent["id"]), json!({ "permanent": true })).await.expect_ok();
    let data = stage.only("message_deleted").await;
    assert_eq!(data["message"]["id"], sent["id"].to_string());
    assert_eq!((&data["message"]["deletedBy"], &data["message"]["data"]), (&json!("ash"), &json!({})));
}

#[tokio::test]
async fn message_reaction_added_and_removed() {
    let stage = Stage::new().await;
    let sent = stage.send("ash", BIRCH, "six").await;
    stage.told().await;
    let path = format!("/messages/{}/reactions/🌳", sent["id"]);
    stage.by("birch").post(&path, Value::Null).await.expect_ok();
    let added = stage.only("message_reaction_added").await;
    let item = json!({ "id": "*", "messageId": sent["id"].to_string(), "reaction": "🌳", "uid": "birch",
        "reactedAt": 0, "reactedBy": user("birch") });
    assert_shape(&added, &json!({ "reaction": item }));
    // Again changes nothing.
    stage.by("birch").post(&path, Value::Null).await;
    assert_eq!(stage.names().await, Vec::<String>::new());
    stage.by("birch").delete(&path, Value::Null).await.expect_ok();
    let removed = stage.only("message_reaction_removed").await;
    assert_shape(&removed, &json!({ "reaction": item }));
    assert_eq!(removed["reaction"]["reactedAt"], added["reaction"]["reactedAt"]);
    stage.by("birch").delete(&path, Value::Null).await;
    assert_eq!(stage.names().await, Vec::<String>::new());
}

fn receipt(action: &str, id: &Value) -> Value {
    let mut user = user("birch");
    user["status"] = json!("online");
    json!({ "receiver": "ash", "receiverType": "user", "type": "receipts", "sender": "birch", "messageSender": "ash",
        "body": { "action": action, "messageId": id.to_string(), "user": user, "timestamp": 0 } })
}

#[tokio::test]
async fn message_receipts_between_two() {
    let stage = Stage::new().await;
    let sent = stage.send("ash", BIRCH, "six").await;
    stage.told().await;
    stage.by("birch").post("/users/ash/conversation/delivered", Value::Null).await.expect_ok();
    assert_shape(&stage.only("message_delivery_receipt").await, &receipt("delivered", &sent["id"]));
    stage.by("birch").post("/users/ash/conversation/read", Value::Null).await.expect_ok();
    // Never of all, since there are two.
    assert_shape(&stage.only("message_read_receipt").await, &receipt("read", &sent["id"]));
    stage.by("birch").post("/users/ash/conversation/read", Value::Null).await.expect_ok();
    stage.by("birch").delete("/users/ash/conversation/read", Value::Null).await.expect_ok();
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn message_receipts_in_a_group() {
    let stage = Stage::new().await;
    stage.by("cedar").post("/groups/orchard/members", json!({})).await.expect_ok();
    let sent = stage.send("ash", ORCHARD, "six").await;
    stage.told().await;
    stage.by("birch").post("/groups/orchard/conversation/delivered", Value::Null).await.expect_ok();
    let mut expected = receipt("delivered", &sent["id"]);
    (expected["receiver"], expected["receiverType"]) = (json!("orchard"), json!("group"));
    let mut told = stage.told().await;
    let id = sent["id"].to_string();
    // Not of all as long as one has not; what came before cedar did, all of them have.
    told.retain(|(name, data)| name != "message_delivered_to_all" || data["body"]["messageId"].as_str() == Some(&id));
    let [(name, data)] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(name, "message_delivery_receipt");
    assert_shape(data, &expected);
    stage.by("cedar").post("/groups/orchard/conversation/delivered", Value::Null).await.expect_ok();
    let told = stage.told().await;
    let is_last = |data: &Value| data["body"]["messageId"].as_str() == Some(&id);
    let of_all = told.iter().find(|(name, data)| name == "message_delivered_to_all" && is_last(data)).unwrap();
    let expected = json!({ "receiver": "orchard", "receiverType": "group", "type": "receipts", "sender": "app_system",
        "messageSender": "ash",
        "body": { "action": "deliveredToAll", "messageId": sent["id"].to_string(), "timestamp": 0 } });
    assert_shape(&of_all.1, &expected);
    stage.by("birch").post("/groups/orchard/conversation/read", Value::Null).await.expect_ok();
    let mut told = stage.told().await;
    assert!(!told.iter().any(|(name, data)| name == "message_read_by_all" && is_last(data)), "{told:#?}");
    stage.by("cedar").post("/groups/orchard/conversation/read", Value::Null).await.expect_ok();
    told.extend(stage.told().await);
    let of_all = told.iter().find(|(name, data)| name == "message_read_by_all" && is_last(data)).unwrap();
    let mut read = expected;
    read["body"]["action"] = json!("readByAll");
    assert_shape(&of_all.1, &read);
    assert_eq!(told.iter().filter(|(name, _)| name == "message_read_receipt").count(), 2);
}

#[tokio::test]
async fn message_pinned_and_unpinned() {
    let stage = Stage::new().await;
    let sent = stage.send("ash", BIRCH, "six").await;
    stage.told().await;
    let path = format!("/messages/{}/pin", sent["id"]);
    stage.by("ash").post(&path, Value::Null).await.expect_ok();
    let data = stage.only("message_pinned").await;
    let mut pinned = message("six");
    (pinned["pinnedAt"], pinned["pinnedBy"]) = (json!(0), json!("ash"));
    assert_shape(&data, &json!({ "message": pinned }));
    assert_eq!(data["message"]["id"], sent["id"].to_string());
    // Whoever pins it again changes nothing.
    stage.by("birch").post(&path, Value::Null).await.expect_ok();
    assert_eq!(stage.names().await, Vec::<String>::new());
    stage.by("ash").delete(&path, Value::Null).await.expect_ok();
    assert_shape(&stage.only("message_unpinned").await, &json!({ "message": message("six") }));
    stage.by("ash").delete(&path, Value::Null).await;
    stage.by("ash").post(format!("/messages/{}/save", sent["id"]), Value::Null).await.expect_ok();
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn user_blocked_and_unblocked() {
    let stage = Stage::new().await;
    let body = json!({ "blockedUids": ["gorse"] });
    let expected = json!({ "users": { "gorse": beside_ash("gorse") }, "by": user("ash") });
    stage.by("ash").post("/blockedusers", body.clone()).await.expect_ok();
    assert_shape(&stage.only("user_blocked").await, &expected);
    stage.by("ash").post("/blockedusers", body.clone()).await.expect_ok();
    assert_eq!(stage.names().await, Vec::<String>::new());
    stage.by("ash").delete("/blockedusers", body.clone()).await.expect_ok();
    assert_shape(&stage.only("user_unblocked").await, &expected);
    stage.by("ash").delete("/blockedusers", body).await.expect_ok();
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn group_created() {
    let stage = Stage::new().await;
    let body = json!({ "guid": "barn", "name": "Barn", "type": "public" });
    stage.by("ash").post("/groups", body.clone()).await.expect_ok();
    let group = json!({ "guid": "barn", "name": "Barn", "type": "public", "scope": "admin", "membersCount": 1,
        "joinedAt": 0, "conversationId": "group_barn", "hasJoined": true, "createdAt": 0, "owner": "ash" });
    let expected = json!({ "group": group, "members": { "ash": user("ash") } });
    assert_shape(&stage.only("group_created").await, &expected);
    stage.by("ash").post("/groups", body).await.expect_error(400, "ERR_GUID_ALREADY_EXISTS");
    assert_eq!(stage.names().await, Vec::<String>::new());
    // The app owns a group without being in it.
    stage.api.app().post("/groups", json!({ "guid": "shed", "name": "Shed", "type": "public" })).await.expect_ok();
    assert_eq!(stage.only("group_created").await["members"], json!({}));
}

#[tokio::test]
async fn group_updated() {
    let stage = Stage::new().await;
    stage.by("ash").put("/groups/orchard", json!({ "name": "Wood" })).await.expect_ok();
    let mut group = orchard(2);
    (group["name"], group["updatedAt"], group["updatedBy"]) = (json!("Wood"), json!(0), json!("ash"));
    assert_shape(&stage.only("group_updated").await, &json!({ "group": group }));
    stage.by("birch").put("/groups/orchard", json!({ "name": "Mine" })).await;
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn group_deleted_shows_its_last_state() {
    let stage = Stage::new().await;
    stage.by("ash").delete("/groups/orchard", json!({})).await.expect_ok();
    let mut group = orchard(2);
    (group["updatedAt"], group["updatedBy"]) = (json!(0), json!("ash"));
    assert_shape(&stage.only("group_deleted").await, &json!({ "group": group }));
    // The rows that go tell nothing further, nor does a group that is not there.
    stage.api.jobs_done().await;
    stage.by("ash").delete("/groups/orchard", json!({})).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn group_owner_transferred_instead_of_group_updated() {
    let stage = Stage::new().await;
    let admin = json!({ "scope": "admin" });
    stage.by("ash").put("/groups/orchard/members/birch", admin).await.expect_ok();
    stage.told().await;
    stage.by("ash").request_owner("birch").await;
    let told = stage.told().await;
    let names: Vec<&String> = told.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["group_owner_transferred"]);
    let mut group = orchard(2);
    (group["owner"], group["oldOwner"], group["updatedAt"], group["updatedBy"]) =
        (json!("birch"), json!("ash"), json!(0), json!("ash"));
    assert_shape(&told[0].1, &json!({ "group": group }));
    // By who owns it no more, and to who owns it already.
    let owner = json!({ "owner": "ash" }).to_string().into_bytes();
    stage.by("ash").send("PATCH", "/groups/orchard/owner", owner).await.expect_error(403, "ERR_GROUP_NO_CLEARANCE");
    assert_eq!(stage.names().await, Vec::<String>::new());
    stage.by("birch").put("/groups/orchard", json!({ "owner": "birch", "name": "Wood" })).await.expect_ok();
    stage.only("group_updated").await;
}

trait Owners {
    async fn request_owner(&self, uid: &str);
}

impl Owners for Actor<'_> {
    async fn request_owner(&self, uid: &str) {
        let body = json!({ "owner": uid }).to_string().into_bytes();
        self.send("PATCH", "/groups/orchard/owner", body).await.expect_ok();
    }
}

#[tokio::test]
async fn group_member_added() {
    let stage = Stage::new().await;
    stage.by("ash").post("/groups/orchard/members", json!({ "participants": ["cedar"] })).await.expect_ok();
    let expected = json!({ "group": orchard(3), "members": { "cedar": beside_ash("cedar") }, "by": user("ash") });
    assert_shape(&stage.only("group_member_added").await, &expected);
    stage.by("ash").post("/groups/orchard/members", json!({ "participants": ["cedar"] })).await;
    assert_eq!(stage.names().await, Vec::<String>::new());
    // By the app: nobody has a conversation with it.
    stage.api.app().post("/groups/orchard/members", json!({ "participants": ["gorse"] })).await.expect_ok();
    let told = stage.only("group_member_added").await;
    assert_shape(&told["by"], &app());
    assert_eq!(told["members"]["gorse"].get("conversationId"), None);
}

#[tokio::test]
async fn group_member_joined_and_left() {
    let stage = Stage::new().await;
    stage.by("cedar").post("/groups/orchard/members", json!({})).await.expect_ok();
    let joined = json!({ "group": orchard(3), "members": { "cedar": user("cedar") } });
    assert_shape(&stage.only("group_member_joined").await, &joined);
    stage.by("cedar").post("/groups/orchard/members", json!({})).await.expect_error(417, "ERR_ALREADY_JOINED");
    assert_eq!(stage.names().await, Vec::<String>::new());
    stage.by("cedar").delete("/groups/orchard/members", json!({})).await.expect_ok();
    // Who leaves may complete the receipts of those who stay.
    let mut told = stage.told().await;
    told.retain(|(name, _)| !name.ends_with("_all"));
    assert_eq!(told.len(), 1, "{told:#?}");
    let left = json!({ "group": orchard(2), "members": { "cedar": user("cedar") } });
    assert_eq!(told[0].0, "group_member_left");
    assert_shape(&told[0].1, &left);
    stage.by("cedar").delete("/groups/orchard/members", json!({})).await.expect_error(404, "ERR_NOT_A_MEMBER");
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn group_member_kicked_banned_and_unbanned() {
    let stage = Stage::new().await;
    let expected =
        |members| json!({ "group": orchard(members), "members": { "birch": beside_ash("birch") }, "by": user("ash") });
    stage.by("ash").delete("/groups/orchard/members/birch", json!({})).await.expect_ok();
    assert_shape(&stage.only("group_member_kicked").await, &expected(1));
    let again = stage.by("ash").delete("/groups/orchard/members/birch", json!({})).await;
    again.expect_error(404, "ERR_NOT_A_MEMBER");
    assert_eq!(stage.names().await, Vec::<String>::new());
    stage.by("birch").post("/groups/orchard/members", json!({})).await.expect_ok();
    stage.told().await;
    // It names who is banned, not who bans.
    stage.by("ash").post("/groups/orchard/bannedusers/birch", json!({})).await.expect_ok();
    assert_shape(&stage.only("group_member_banned").await, &expected(1));
    stage.by("ash").post("/groups/orchard/bannedusers/birch", json!({})).await;
    assert_eq!(stage.names().await, Vec::<String>::new());
    stage.by("ash").delete("/groups/orchard/bannedusers/birch", json!({})).await.expect_ok();
    assert_shape(&stage.only("group_member_unbanned").await, &expected(1));
    stage.by("ash").delete("/groups/orchard/bannedusers/birch", json!({})).await;
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn group_member_scope_changed() {
    let stage = Stage::new().await;
    let moderator = json!({ "scope": "moderator" });
    stage.by("ash").put("/groups/orchard/members/birch", moderator.clone()).await.expect_ok();
    let mut birch = beside_ash("birch");
    (birch["scope"], birch["oldScope"]) = (json!("moderator"), json!("participant"));
    let expected = json!({ "group": orchard(2), "members": { "birch": birch }, "by": user("ash") });
    assert_shape(&stage.only("group_member_scope_changed").await, &expected);
    stage.by("ash").put("/groups/orchard/members/birch", moderator).await;
    assert_eq!(stage.names().await, Vec::<String>::new());
}

/// What happens to users, tokens, bots and lists fires nothing, by the contract.
#[tokio::test]
async fn what_the_contract_has_no_trigger_for_is_told_to_nobody() {
    let stage = Stage::new().await;
    let sent = stage.send("ash", BIRCH, "six").await;
    stage.told().await;
    let app = stage.api.app();
    app.post("/users", json!({ "uid": "heath", "name": "Heath" })).await.expect_ok();
    app.put("/users/heath", json!({ "name": "H" })).await.expect_ok();
    app.post("/users/heath/auth_tokens", json!({})).await.expect_ok();
    app.delete("/users/heath", json!({})).await.expect_ok();
    stage.by("birch").post(format!("/messages/{}/flagged", sent["id"]), json!({})).await.expect_ok();
    stage.by("birch").post(format!("/messages/{}/thread/subscription", sent["id"]), json!({})).await.expect_ok();
    stage.by("birch").post("/users/ash/conversation/pin", Value::Null).await.expect_ok();
    stage.by("birch").put("/users/ash/conversation", json!({ "tags": ["t"] })).await.expect_ok();
    stage.by("birch").delete("/users/ash/conversation", json!({})).await.expect_ok();
    assert_eq!(stage.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn user_connection_status_changed() {
    let stage = Stage::new().await;
    let first = stage.api.live("ash", "WEB-4_2_0-first").await;
    let told = stage.next().await;
    let mut ash = user("ash");
    ash["status"] = json!("available");
    ash["lastActiveAt"] = json!(0);
    let current = json!({ "action": "connected", "platform": "javascript", "connectedAt": 0 });
    let mut expected = json!({ "timestamp": 0, "user": ash, "status": "online", "currentConnection": current,
        "userPresenceChanged": true });
    if told["user"].get("lastActiveAt").is_none() {
        expected["user"].as_object_mut().unwrap().remove("lastActiveAt");
    }
    assert_shape(&told, &expected);
    // Milliseconds, unlike elsewhere.
    assert!(1_700_000_000_000 < told["timestamp"].as_u64().unwrap());
    assert!(1_700_000_000_000 < told["currentConnection"]["connectedAt"].as_u64().unwrap());
    // Neither a second device nor its end.
    let second = stage.api.live("ash", "WEB-4_2_0-second").await;
    drop(second);
    stage.api.all_delivered().await;
    assert_eq!(stage.names().await, Vec::<String>::new());
    drop(first);
    tests::socket::patiently("ash to be gone", async {
        while stage.api.app().get("/users/ash").await.expect_data()["status"] == "available" {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let told = stage.next().await;
    assert_eq!((&told["status"], &told["user"]["status"]), (&json!("offline"), &json!("offline")));
    assert_eq!(told["currentConnection"]["action"], "disconnected");
}
