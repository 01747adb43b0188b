//! Groups, deleted by a mark and a job.

use local::Data;
use serde_json::{Value, json};
use tests::media::PNG;
use tests::{Api, Runner, text_to_group};

use super::{cut_off_everywhere, left_of, stored_files, stored_messages};

async fn prepare(api: &Api) {
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.user("cedar").await;
    // Uploads are announced to him.
    api.user("bob").await;
    let body = json!({ "guid": "orchard", "name": "O", "owner": "ash", "members": { "participants": ["birch"] } });
    api.app().post("/groups", body).await.expect_ok();
    api.app().post("/groups/orchard/bannedusers/cedar", json!({})).await.expect_ok();
    // Who has left stands in no list of it any more.
    let dogwood = api.user("dogwood").await;
    api.app().post("/groups/orchard/members", json!({ "participants": ["dogwood"] })).await.expect_ok();
    dogwood.delete("/groups/orchard/members/dogwood", json!({})).await.expect_ok();
    let first = ash.send_text_to_group("orchard", "first").await["id"].clone();
    birch.post(format!("/messages/{first}/reactions/x"), json!({})).await.expect_ok();
    birch.post(format!("/messages/{first}/save"), json!({})).await.expect_ok();
    birch.post(format!("/messages/{first}/flagged"), json!({})).await.expect_ok();
    ash.post(format!("/messages/{first}/pin"), json!({})).await.expect_ok();
    birch.post(format!("/messages/{first}/thread"), json!({ "data": { "text": "reply" } })).await.expect_ok();
    let upload = ash.upload("a.png", "image/png", PNG).await;
    let body = json!({ "receiver": "orchard", "receiverType": "group", "type": "image", "muid": "m",
        "data": { "attachments": [upload.attachment] } });
    ash.post("/messages", body).await.expect_ok();
    birch.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    assert_eq!(stored_files(api), 1);
}

async fn delete(api: &Api) {
    api.app().delete("/groups/orchard", json!({})).await.expect_ok();
}

/// Nothing of the group is there for anybody.
async fn assert_unknown(api: &Api) {
    let ids = stored_messages(api, "CONV#group#orchard").await;
    let [ash, birch] = ["ash", "birch"].map(|uid| api.on_behalf_of(uid));
    for actor in [&api.app(), &ash, &birch] {
        for path in ["", "/members", "/bannedusers", "/messages"] {
            actor.get(format!("/groups/orchard{path}")).await.expect_error(404, "ERR_GUID_NOT_FOUND");
        }
        for id in &ids {
            for path in ["", "/thread", "/reactions"] {
                let answer = actor.get(format!("/messages/{id}{path}")).await;
                answer.expect_error(404, "ERR_MSG_NOT_FOUND");
            }
        }
        for path in ["/groups", "/conversations", "/messages", "/threads"] {
            let listed = actor.get(path).await.expect_data();
            assert!(!listed.to_string().contains("orchard"), "{path}: {listed}");
        }
        let edit = ids.first().map(|id| format!("/messages/{id}"));
        if let Some(path) = edit {
            let body = json!({ "data": { "text": "edited" } });
            actor.put(&path, body).await.expect_error(404, "ERR_MSG_NOT_FOUND");
            actor.delete(&path, json!({ "permanent": true })).await.expect_error(404, "ERR_MSG_NOT_FOUND");
        }
    }
    let unknown = "ERR_GUID_NOT_FOUND";
    for actor in [&ash, &api.on_behalf_of("cedar")] {
        actor.post("/groups/orchard/members", json!({})).await.expect_error(404, unknown);
        actor.post("/messages", text_to_group("orchard", "late")).await.expect_error(404, unknown);
        actor.get("/groups/orchard/conversation").await.expect_error(404, unknown);
        actor.post("/groups/orchard/conversation/read", json!({})).await.expect_error(404, unknown);
        actor.delete("/groups/orchard", json!({})).await.expect_error(404, unknown);
    }
    api.app().put("/groups/orchard", json!({ "name": "N" })).await.expect_error(404, unknown);
    let members = json!({ "participants": ["cedar"] });
    api.app().post("/groups/orchard/members", members).await.expect_error(404, unknown);
    api.app().post("/groups/orchard/bannedusers/ash", json!({})).await.expect_error(404, unknown);
    api.app().delete("/groups/orchard/bannedusers/cedar", json!({})).await.expect_error(404, unknown);
}

async fn assert_gone(api: &Api) {
    assert_eq!(left_of(api, "orchard").await, Vec::<Value>::new());
    assert_eq!(stored_files(api), 0);
    api.app().delete("/groups/orchard", json!({})).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    // The GUID is free, and the next group of it begins with nothing.
    let ash = api.on_behalf_of("ash");
    ash.post("/groups", json!({ "guid": "orchard", "name": "next" })).await.expect_ok();
    assert_eq!(ash.get("/groups/orchard/messages").await.expect_data(), json!([]));
    ash.send_text_to_group("orchard", "first of the next").await;
    assert_eq!(ash.get("/groups/orchard/messages").await.expect_data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_group_is_unknown_while_it_is_deleted_and_gone_at_last_wherever_that_is_cut_off() {
    let between = async |api: &Api| {
        assert_unknown(api).await;
        let again = api.app().post("/groups", json!({ "guid": "orchard", "name": "again" })).await;
        if api.has_jobs() {
            again.expect_error(400, "ERR_GUID_ALREADY_EXISTS");
        }
    };
    cut_off_everywhere(prepare, delete, between, assert_gone).await;
}

#[tokio::test]
async fn who_deletes_a_group_is_answered_the_same_while_that_goes_on() {
    let api = Api::start_idle(Data::Memory).await;
    prepare(&api).await;
    let ash = api.on_behalf_of("ash");
    let first = ash.delete("/groups/orchard", json!({})).await.expect_ok();
    for actor in [&ash, &api.app()] {
        assert_eq!(actor.delete("/groups/orchard", json!({})).await.expect_ok(), first);
    }
    for uid in ["birch", "cedar"] {
        let answer = api.on_behalf_of(uid).delete("/groups/orchard", json!({})).await;
        answer.expect_error(404, "ERR_GUID_NOT_FOUND");
    }
}

/// Longer than one slice, and the process is killed in the middle.
#[tokio::test]
async fn kill_nine_in_the_middle_of_a_groups_deletion_ends_with_everything_gone() {
    const GROUP: &str = "orchard";
    const UID: &str = "cometchat-uid-1";
    let folder = tempfile::tempdir().unwrap();
    let runner = Runner::start(folder.path()).await;
    let body = json!({ "guid": GROUP, "name": "O", "members": { "participants": ["cometchat-uid-2"] } });
    runner.post(UID, "/groups", &body).await.unwrap();
    for n in 0..150 {
        let sent = runner.post(UID, "/messages", &text_to_group(GROUP, &n.to_string())).await.unwrap();
        for reaction in ["x", "y"] {
            let path = format!("/messages/{}/reactions/{reaction}", sent["id"]);
            runner.post("cometchat-uid-2", &path, &json!({})).await.unwrap();
        }
    }
    runner.delete(UID, &format!("/groups/{GROUP}")).await.unwrap();
    runner.kill().await;
    for _ in 0..3 {
        let runner = Runner::start(folder.path()).await;
        assert_eq!(runner.get(UID, &format!("/groups/{GROUP}")).await, None);
        assert_eq!(runner.get(UID, &format!("/groups/{GROUP}/messages")).await, None);
        runner.kill().await;
    }
    let api = Api::start_on(Data::Folder(folder.path().to_owned())).await;
    api.jobs_done().await;
    assert_eq!(left_of(&api, GROUP).await, Vec::<Value>::new());
    let reactions = api.table().await.into_iter().filter(|item| item.to_string().contains("REACT"));
    assert_eq!(reactions.collect::<Vec<_>>(), Vec::<Value>::new());
}
