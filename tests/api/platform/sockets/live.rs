//! What users are told over their sockets (contract/socket.md, "Server to client").

use rstest::rstest;
use serde_json::{Value, json};
use tests::live::{Live, auth, welcome};
use tests::socket::Socket;
use tests::{Actor, Api};

/// `ann` and `ben` on a device each, online, and `cat`, who has nothing to do with what they write each other.
struct Scene {
    api: Api,
    ann: Live,
    ben: Live,
    cat: Live,
}

const ANN: &str = "WEB-ann";
const BEN: &str = "WEB-ben";
const CAT: &str = "WEB-cat";

impl Scene {
    async fn start() -> Scene {
        let api = Api::start().await;
        for uid in ["ann", "ben", "cat"] {
            api.user(uid).await;
        }
        let [ann, ben, cat] = [api.live("ann", ANN).await, api.live("ben", BEN).await, api.live("cat", CAT).await];
        Scene { api, ann, ben, cat }
    }

    /// The same, and the two in the group `lake`, of which nothing was told yet.
    async fn in_a_group() -> Scene {
        let mut scene = Scene::start().await;
        let body = json!({ "guid": "lake", "name": "Lake", "type": "public", "members": { "admins": ["ann"], "participants": ["ben"] } });
        scene.api.app().post("/groups", body).await.expect_ok();
        scene.forget().await;
        scene
    }

    fn by(&self, uid: &'static str) -> Actor<'_> {
        let device = match uid {
            "ann" => ANN,
            "ben" => BEN,
            _ => CAT,
        };
        self.api.on_behalf_of(uid).on(device)
    }

    async fn send(&self, uid: &'static str, to: &str, text: &str) -> Value {
        let kind = if to == "lake" { "group" } else { "user" };
        let body = json!({ "receiver": to, "receiverType": kind, "data": { "text": text } });
        self.by(uid).post("/messages", body).await.expect_ok()["data"].take()
    }

    /// Lets everybody hear what there is.
    async fn forget(&mut self) {
        for live in [&mut self.ann, &mut self.ben, &mut self.cat] {
            live.heard(&self.api).await;
        }
    }

    /// Both heard one frame, `cat` none; the frame, which is the same for both.
    async fn told_to_both(&mut self) -> Value {
        let mut frames = self.ann.heard(&self.api).await;
        assert_eq!(self.ben.heard(&self.api).await, frames);
        self.cat.hears_nothing(&self.api).await;
        assert_eq!(frames.len(), 1, "{frames:#?}");
        frames.remove(0)
    }
}

#[rstest]
#[case::between_two("ben")]
#[case::in_a_group("lake")]
#[tokio::test]
async fn a_message_is_told_as_it_is_answered(#[case] to: &str) {
    let mut scene = Scene::in_a_group().await;
    let sent = scene.send("ann", to, "Apples").await;
    let expected = json!({ "type": "message", "deviceId": ANN, "body": sent });
    assert_eq!(scene.told_to_both().await, expected);
}

#[tokio::test]
async fn messages_are_told_in_their_order_and_once() {
    let mut scene = Scene::start().await;
    let mut ids = Vec::new();
    for n in 0..20 {
        ids.push(scene.send("ann", "ben", &format!("{n}")).await["id"].clone());
    }
    let heard = scene.ben.heard(&scene.api).await;
    assert_eq!(heard.iter().map(|frame| frame["body"]["id"].clone()).collect::<Vec<_>>(), ids);
}

#[tokio::test]
async fn who_shows_no_valid_token_is_told_so_and_hears_nothing() {
    let mut scene = Scene::start().await;
    let mut socket = Socket::open(&scene.api.local().socket_url).await;
    socket.send_json(&auth("ben_17", "WEB-1", json!({}))).await;
    let refused = json!({ "type": "auth", "body": { "code": "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", "status": "FAILED" } });
    assert_eq!(socket.json().await, refused);
    scene.send("ann", "ben", "Apples").await;
    assert_eq!(scene.ben.heard(&scene.api).await.len(), 1);
    socket.expect_silence().await;
    // The same socket may try again.
    socket.send_json(&auth(&scene.api.token_of("ben").await, "WEB-1", json!({}))).await;
    assert_eq!(socket.json().await, welcome());
}

#[rstest]
#[case::edit("PUT", "", json!({ "data": { "text": "Pears" } }), "edited", json!("Pears"))]
#[case::deletion("DELETE", "", Value::Null, "deleted", Value::Null)]
#[case::permanent_deletion("DELETE", "", json!({ "permanent": true }), "deleted", Value::Null)]
#[tokio::test]
async fn changes_of_a_message_are_told_by_their_action_message(
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: Value,
    #[case] action: &str,
    #[case] text: Value,
) {
    let mut scene = Scene::start().await;
    let id = scene.send("ann", "ben", "Apples").await["id"].clone();
    scene.forget().await;
    scene.by("ann").request(&format!("{method} /messages/{id}{path}"), &body).await.expect_ok();
    let frame = scene.told_to_both().await;
    let (body, on) = (&frame["body"], &frame["body"]["data"]["entities"]["on"]["entity"]);
    assert_eq!((&frame["type"], &frame["deviceId"]), (&json!("message"), &json!(ANN)));
    assert_eq!((&body["category"], &body["data"]["action"]), (&json!("action"), &json!(action)));
    assert_eq!((&on["id"], &on["data"]["text"]), (&id, &text), "{frame:#}");
}

#[tokio::test]
async fn a_reaction_is_told_by_whom_and_to_what() {
    let mut scene = Scene::in_a_group().await;
    let id = scene.send("ann", "lake", "Apples").await["id"].clone();
    scene.forget().await;
    for (method, action) in [("POST", "message_reaction_added"), ("DELETE", "message_reaction_removed")] {
        let request = format!("{method} /messages/{id}/reactions/%F0%9F%8D%8F");
        scene.by("ben").request(&request, &Value::Null).await.expect_ok();
        let frame = scene.told_to_both().await;
        let body = &frame["body"];
        assert_eq!(
            (&frame["type"], &frame["receiver"], &frame["receiverType"]),
            (&json!("reaction"), &json!("lake"), &json!("group"))
        );
        assert_eq!((&body["action"], &body["messageId"], &body["reaction"]), (&json!(action), &id, &json!("🍏")));
        assert_eq!((&body["uid"], &body["reactedBy"]["uid"]), (&json!("ben"), &json!("ben")));
        assert_eq!(body["conversationId"], "group_lake");
    }
}

#[rstest]
#[case::delivered("delivered")]
#[case::read("read")]
#[tokio::test]
async fn a_receipt_over_the_socket_is_that_of_the_api(#[case] action: &str) {
    let mut scene = Scene::start().await;
    let id = scene.send("ann", "ben", "Apples").await["id"].clone();
    scene.forget().await;
    // Who it is for is known from the socket, whatever the frame says.
    let body = json!({ "action": action, "messageId": id.to_string(), "user": { "uid": "cat" } });
    scene.ben.says(json!({ "type": "receipts", "receiver": "ann", "receiverType": "user", "messageSender": "ann", "body": body })).await;
    let frame = scene.ann.hears().await;
    let body = &frame["body"];
    assert_eq!((&frame["type"], &frame["deviceId"]), (&json!("receipts"), &json!(BEN)));
    assert_eq!((&frame["receiver"], &frame["receiverType"]), (&json!("ann"), &json!("user")));
    assert_eq!(
        (&body["action"], &body["messageId"], &body["user"]["uid"]),
        (&json!(action), &json!(id.to_string()), &json!("ben"))
    );
    let shown = scene.by("ann").get(format!("/messages/{id}")).await.expect_ok();
    assert_eq!(shown["data"][format!("{action}At")], body["timestamp"]);
}

#[tokio::test]
async fn marking_a_conversation_as_read_is_told_to_the_other_side() {
    let mut scene = Scene::start().await;
    let id = scene.send("ann", "ben", "Apples").await["id"].clone();
    scene.forget().await;
    scene.by("ben").post("/users/ann/conversation/read", json!({})).await.expect_ok();
    let frame = scene.told_to_both().await;
    assert_eq!((&frame["body"]["action"], &frame["body"]["messageId"]), (&json!("read"), &json!(id.to_string())));
}

#[tokio::test]
async fn a_group_is_told_when_all_have_read() {
    let mut scene = Scene::in_a_group().await;
    let id = scene.send("ann", "lake", "Apples").await["id"].clone();
    scene.forget().await;
    scene.by("ben").post("/groups/lake/conversation/read", json!({})).await.expect_ok();
    let heard = scene.ann.heard(&scene.api).await;
    let actions: Vec<_> = heard.iter().map(|frame| frame["body"]["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["deliveredToAll", "readByAll"], "{heard:#?}");
    for frame in &heard {
        assert_eq!((&frame["receiver"], &frame["body"]["messageId"]), (&json!("lake"), &json!(id.to_string())));
    }
    scene.cat.hears_nothing(&scene.api).await;
}

/// A group of three where receipts of all are told to one who is online, and to no more.
#[tokio::test]
async fn receipts_of_all_go_by_how_many_are_online_and_not_by_how_many_belong() {
    let api = Api::start_with_receipt_limit(1).await;
    for uid in ["ann", "ben", "cat"] {
        api.user(uid).await;
    }
    let members = json!({ "admins": ["ann"], "participants": ["ben", "cat"] });
    api.app().post("/groups", json!({ "guid": "lake", "name": "Lake", "members": members })).await.expect_ok();
    let mut ann = api.live("ann", ANN).await;
    let all_read = async |text: &str| {
        let id = api.on_behalf_of("ann").send_text_to_group("lake", text).await["id"].clone();
        for uid in ["ben", "cat"] {
            api.on_behalf_of(uid).post("/groups/lake/conversation/read", json!({})).await.expect_ok();
        }
        api.all_told().await;
        id
    };
    let of_all = |frames: Vec<Value>| frames.iter().filter(|frame| frame["type"] == "receipts").count();
    let shows = async |id: &Value| {
        let message = api.on_behalf_of("ann").get(format!("/messages/{id}")).await.expect_ok();
        message["data"]["readAt"].is_u64()
    };
    let first = all_read("Apples").await;
    assert_eq!((of_all(ann.heard(&api).await), shows(&first).await), (2, true));
    let _ben = api.live("ben", BEN).await;
    let second = all_read("Pears").await;
    assert_eq!((of_all(ann.heard(&api).await), shows(&second).await), (0, false));
}

#[tokio::test]
async fn what_all_have_read_is_a_message_and_not_what_tells_of_members() {
    let mut scene = Scene::in_a_group().await;
    let read = async |scene: &Scene, uid: &'static str| {
        scene.by(uid).post("/groups/lake/conversation/read", json!({})).await.expect_ok();
    };
    let of_all = |frames: Vec<Value>| -> Vec<[Value; 2]> {
        let bodies = frames.into_iter().map(|mut frame| frame["body"].take());
        let said = bodies.map(|body| [body["action"].clone(), body["messageId"].clone()]);
        said.filter(|[action, _]| action.as_str().is_some_and(|action| action.ends_with("All"))).collect()
    };
    for uid in ["ann", "ben"] {
        read(&scene, uid).await;
    }
    for live in [&mut scene.ann, &mut scene.ben] {
        assert_eq!(of_all(live.heard(&scene.api).await), Vec::<[Value; 2]>::new());
    }
    let id = scene.send("ann", "lake", "Apples").await["id"].clone();
    // The notice of it comes behind the message, and is what is read last.
    scene.by("ann").put(format!("/messages/{id}"), json!({ "data": { "text": "Pears" } })).await.expect_ok();
    read(&scene, "ben").await;
    let expected = ["deliveredToAll", "readByAll"].map(|action| [json!(action), json!(id.to_string())]);
    assert_eq!(of_all(scene.ann.heard(&scene.api).await), expected);
    assert_eq!(of_all(scene.ben.heard(&scene.api).await), Vec::<[Value; 2]>::new());
}

#[rstest]
#[case::to_a_user("ben", "user")]
#[case::by_a_plain_object("ben", "chat")]
#[case::to_a_group("lake", "group")]
#[tokio::test]
async fn typing_and_transient_messages_reach_the_other_side_only(#[case] to: &str, #[case] kind: &str) {
    let mut scene = Scene::in_a_group().await;
    let user = json!({ "uid": "cat", "name": "Forged" });
    let body = json!({ "action": "started", "user": user, "metadata": { "n": 1 } });
    scene.ann.says(json!({ "type": "typing_indicator", "receiver": to, "receiverType": kind, "body": body })).await;
    let frame = scene.ben.hears().await;
    assert_eq!((&frame["type"], &frame["receiver"]), (&json!("typing_indicator"), &json!(to)));
    let body = &frame["body"];
    assert_eq!(
        (&body["action"], &body["user"]["uid"], &body["metadata"]),
        (&json!("started"), &json!("ann"), &json!({ "n": 1 }))
    );

    let body = json!({ "user": user, "data": { "wave": true } });
    scene.ann.says(json!({ "type": "transient_message", "receiver": to, "receiverType": kind, "body": body })).await;
    let frame = scene.ben.hears().await;
    assert_eq!((&frame["body"]["user"]["uid"], &frame["body"]["data"]), (&json!("ann"), &json!({ "wave": true })));
    scene.ann.hears_nothing(&scene.api).await;
    scene.cat.hears_nothing(&scene.api).await;
}

#[tokio::test]
async fn what_may_not_be_said_is_told_to_nobody() {
    let mut scene = Scene::in_a_group().await;
    let typing = |to: &str, kind: &str| json!({ "type": "typing_indicator", "receiver": to, "receiverType": kind, "body": { "action": "started" } });
    // Who is no member, who is blocked, who names nobody.
    scene.by("ben").post("/blockedusers", json!({ "blockedUids": ["cat"] })).await.expect_ok();
    scene.cat.says(typing("lake", "group")).await;
    scene.cat.says(typing("ben", "user")).await;
    scene.cat.says(typing("nobody", "user")).await;
    scene.ben.says(typing("cat", "user")).await;
    scene.cat.socket.send("no JSON").await;
    scene.cat.says(typing("ann", "user")).await;
    // Frames of a client are not told in order, but this one was said last.
    assert_eq!(scene.ann.hears().await["body"]["user"]["uid"], "cat");
    for live in [&mut scene.ann, &mut scene.ben, &mut scene.cat] {
        live.hears_nothing(&scene.api).await;
    }
}

#[tokio::test]
async fn who_is_kicked_is_told_and_hears_nothing_further() {
    let mut scene = Scene::in_a_group().await;
    scene.by("ann").delete("/groups/lake/members/ben", Value::Null).await.expect_ok();
    let frame = scene.told_to_both().await;
    assert_eq!(frame["body"]["data"]["action"], "kicked");
    scene.send("ann", "lake", "Pears").await;
    assert_eq!(scene.ann.heard(&scene.api).await.len(), 1);
    scene.ben.hears_nothing(&scene.api).await;
    // Who comes back hears the group again.
    scene.by("ben").post("/groups/lake/members", json!({ "participants": ["ben"] })).await;
    scene.api.app().post("/groups/lake/members", json!({ "participants": ["ben", "cat"] })).await.expect_ok();
    scene.forget().await;
    scene.send("ann", "lake", "Plums").await;
    for live in [&mut scene.ann, &mut scene.ben, &mut scene.cat] {
        assert_eq!(live.heard(&scene.api).await.len(), 1);
    }
}

#[rstest]
#[case::a_token_is_revoked("DELETE /users/ben/auth_tokens")]
#[case::the_user_is_deactivated("DELETE /users?uidsToDeactivate=ben")]
#[case::the_user_is_deleted("DELETE /users/ben")]
#[tokio::test]
async fn whose_token_ends_hears_nothing_more(#[case] request: &str) {
    let mut scene = Scene::start().await;
    let body = match request {
        "DELETE /users/ben" => json!({ "permanent": true }),
        "DELETE /users?uidsToDeactivate=ben" => json!({ "uidsToDeactivate": ["ben"] }),
        _ => Value::Null,
    };
    scene.api.app().request(request.split('?').next().unwrap(), &body).await.expect_ok();
    scene.api.all_told().await;
    let told = scene.ben.socket.told().await;
    assert!(!matches!(told, tests::socket::Told::Text(_)), "{told:?}");
}
