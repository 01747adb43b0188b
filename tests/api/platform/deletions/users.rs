//! Users, deleted permanently by a mark and a job.

use serde_json::{Value, json};
use tests::media::{PNG, media_to_user};
use tests::{Actor, Api, text_to_group, text_to_user};

use super::{cut_off_everywhere, left_of, stored_files, stored_messages};

const TOKEN: &str = "ash_00000000000000000000000000000000";

/// Whatever is told of ash holds one of these.
const SECRETS: [&str; 2] = ["Secret Name", "former"];

async fn prepare(api: &Api) {
    for uid in ["birch", "bob"] {
        api.user(uid).await;
    }
    let body = json!({ "uid": "ash", "name": "Secret Name", "metadata": { "note": "former" } });
    api.app().post("/users", body).await.expect_ok();
    let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    api.app().post("/users/ash/auth_tokens", json!({})).await.expect_ok();
    between_two(&ash, &birch).await;
    in_groups(api, &ash, &birch).await;
    for (one, other) in [(&ash, "bob"), (&api.on_behalf_of("bob"), "ash")] {
        one.post("/blockedusers", json!({ "blockedUids": [other] })).await.expect_ok();
    }
    let pinned = json!({ "pinnedConversations": [{ "uid": "ash" }] });
    api.app().put("/conversations/pinned", pinned).await.expect_ok();
    assert_eq!(stored_files(api), 2);
}

async fn between_two(ash: &Actor<'_>, birch: &Actor<'_>) {
    let first = ash.send_text(birch, "former 1").await["id"].clone();
    birch.post(format!("/messages/{first}/reactions/x"), json!({})).await.expect_ok();
    birch.post(format!("/messages/{first}/save"), json!({})).await.expect_ok();
    birch.send_text(ash, "former 2").await;
    birch.post("/users/ash/conversation/pin", json!({})).await.expect_ok();
    let upload = ash.upload("a.png", "image/png", PNG).await;
    ash.post("/messages", media_to_user("birch", "image", &[&upload.attachment])).await.expect_ok();
}

async fn in_groups(api: &Api, ash: &Actor<'_>, birch: &Actor<'_>) {
    let members = json!({ "participants": ["birch"], "admins": ["ash"] });
    for guid in ["orchard", "grove"] {
        let body = json!({ "guid": guid, "name": guid, "members": members });
        api.app().post("/groups", body).await.expect_ok();
    }
    api.app().post("/groups", json!({ "guid": "lake", "name": "lake" })).await.expect_ok();
    api.app().post("/groups", json!({ "guid": "meadow", "name": "meadow" })).await.expect_ok();
    api.app().post("/groups/lake/bannedusers/ash", json!({})).await.expect_ok();
    let heard = birch.send_text_to_group("orchard", "to <@uid:ash>").await["id"].clone();
    for path in ["/reactions/x", "/pin", "/save", "/flagged", "/thread/subscription"] {
        ash.post(format!("/messages/{heard}{path}"), json!({})).await.expect_ok();
    }
    birch.post(format!("/messages/{heard}/reactions/x"), json!({})).await.expect_ok();
    let reply = json!({ "data": { "text": "kept reply" } });
    birch.post(format!("/messages/{heard}/thread"), reply).await.expect_ok();
    let reply = json!({ "data": { "text": "former reply" } });
    ash.post(format!("/messages/{heard}/thread"), reply).await.expect_ok();
    let upload = ash.upload("a.png", "image/png", PNG).await;
    let body = json!({ "receiver": "orchard", "receiverType": "group", "type": "image",
        "data": { "attachments": [upload.attachment], "text": "former" } });
    ash.post("/messages", body).await.expect_ok();
    ash.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    // Left, and never entered.
    ash.send_text_to_group("grove", "former in the grove").await;
    ash.delete("/groups/grove/members/ash", json!({})).await.expect_ok();
    api.app().post("/bots", json!({ "uid": "ash", "webhookURL": "https://bots.example/b" })).await.expect_ok();
    api.app().post("/bots/ash/messages", text_to_group("meadow", "former bot")).await.expect_ok();
}

async fn delete(api: &Api) {
    api.app().delete("/users/ash", json!({ "permanent": true })).await.expect_ok();
}

/// There is no such user on any route, and nothing of their conversations.
async fn assert_unknown(api: &Api) {
    let (app, ash, birch) = (api.app(), api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    let unknown = "ERR_UID_NOT_FOUND";
    for path in ["", "/auth_tokens", "/blockedusers", "/messages"] {
        app.get(format!("/users/ash{path}")).await.expect_error(404, unknown);
    }
    for path in ["/conversations", "/messages", "/groups/orchard/messages", "/users/birch/messages"] {
        ash.get(path).await.expect_error(404, unknown);
    }
    ash.post("/messages", text_to_user("birch", "late")).await.expect_error(404, unknown);
    birch.post("/messages", text_to_user("ash", "late")).await.expect_error(404, unknown);
    birch.get("/users/ash/messages").await.expect_error(404, unknown);
    birch.get("/users/ash/conversation").await.expect_error(404, unknown);
    app.post("/groups/meadow/members", json!({ "participants": ["ash"] })).await.expect_ok();
    app.post("/users/ash/auth_tokens", json!({})).await.expect_error(404, unknown);
    app.post("/users", json!({ "uid": "ash", "name": "again" })).await.expect_error(400, "ERR_UID_ALREADY_EXISTS");
    app.put("/users", json!({ "uidsToActivate": ["ash"] })).await.expect_ok();
    let token = api.nobody().with("authToken", TOKEN);
    assert_eq!(token.get("/me").await.status, 401);
    for id in stored_messages(api, "CONV#user#ash#birch").await {
        for actor in [&app, &birch] {
            actor.get(format!("/messages/{id}")).await.expect_error(404, "ERR_MSG_NOT_FOUND");
            let edit = json!({ "data": { "text": "edited" } });
            actor.put(format!("/messages/{id}"), edit).await.expect_error(404, "ERR_MSG_NOT_FOUND");
        }
    }
    for actor in [&app, &birch] {
        for path in ["/users", "/users?withDeactivated=true", "/bots", "/conversations", "/messages?limit=1000"] {
            let listed = actor.get(path).await.expect_data();
            let pairs = listed.as_array().unwrap().iter().filter(|entry| entry["receiverType"] != "group");
            let pairs: Vec<&Value> = pairs.filter(|entry| entry["conversationType"] != "group").collect();
            assert!(!json!(pairs).to_string().contains("Secret"), "{path}: {pairs:?}");
        }
    }
}

async fn assert_gone(api: &Api) {
    for secret in SECRETS {
        assert_eq!(left_of(api, secret).await, Vec::<Value>::new());
    }
    let keys = api.table().await.into_iter().filter(|item| item["expiresAt"].is_null());
    let keys = keys.map(|item| format!("{} {}", item["pk"]["S"], item["sk"]["S"]).replace('"', ""));
    let left: Vec<String> = keys.filter(|key| key.split(['#', ' ', '*']).any(|part| part == "ash")).collect();
    assert_eq!(left, ["USER#ash USER"], "only that the UID was somebody's");
    assert_eq!(stored_files(api), 0);
    let birch = api.on_behalf_of("birch");
    assert_eq!(api.app().get("/groups/orchard").await.expect_data()["membersCount"], 1);
    let listed = birch.get("/groups/orchard/messages?limit=100").await.expect_data();
    let heard = listed.as_array().unwrap().iter().find(|message| message["data"]["text"] == "to <@uid:ash>").unwrap();
    assert_eq!(heard["replyCount"], 1);
    assert_eq!(heard["pinnedAt"], Value::Null);
    assert_eq!(heard["data"]["reactions"], json!([{ "reaction": "x", "count": 1, "reactedByMe": true }]));
    assert_eq!(heard["data"]["mentions"]["ash"]["name"], "Deleted User");
    let thread = birch.get(format!("/messages/{}/thread", heard["id"])).await.expect_data();
    assert_eq!(thread.as_array().unwrap().len(), 1);
    api.app().delete("/users/ash", json!({ "permanent": true })).await.expect_error(404, "ERR_UID_NOT_FOUND");

    // The UID is free, and its next owner begins with nothing.
    let ash = api.user("ash").await;
    for path in ["/conversations", "/messages", "/users/ash/blockedusers", "/blockedusers?direction=both"] {
        assert_eq!(ash.get(path).await.expect_data(), json!([]), "{path}");
    }
    ash.send_text(&birch, "hello").await;
    let conversation = birch.get("/users/ash/conversation").await.expect_data();
    assert_eq!((&conversation["unreadMessageCount"], &conversation["pinnedAt"]), (&json!(1), &Value::Null));
    ash.post("/messages", text_to_user("bob", "hello")).await.expect_ok();
    assert_eq!(api.app().get("/conversations/pinned").await.expect_data(), json!([]));
}

#[tokio::test]
async fn a_user_is_unknown_while_they_are_deleted_and_gone_at_last_wherever_that_is_cut_off() {
    cut_off_everywhere(prepare, delete, assert_unknown, assert_gone).await;
}

#[tokio::test]
async fn reactions_and_pins_of_who_is_deleted_are_told_one_by_one_as_they_go() {
    let api = Api::start().await;
    prepare(&api).await;
    let work = async {
        delete(&api).await;
        api.jobs_done().await;
    };
    let ((), events) = api.hear(work).await;
    let of_orchard = events.iter().filter(|event| event["audience"].to_string().contains("orchard"));
    let kinds: Vec<&str> = of_orchard.filter_map(|event| event["kind"].as_str()).collect();
    for kind in ["reactionRemoved", "messageUnpinned"] {
        assert_eq!(kinds.iter().filter(|told| **told == kind).count(), 1, "{kind}: {events:#?}");
    }
}
