//! Conversations, deleted for everybody by a mark and a job.

use local::Data;
use serde_json::{Value, json};
use tests::media::{PNG, media_to_user};
use tests::{Api, text_to_user, texts};

use super::{cut_off_everywhere, left_of, stored_files, stored_messages};

const CONVERSATION: &str = "/conversations/ash_user_birch";

async fn prepare(api: &Api) {
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    // Uploads are announced to him.
    api.user("bob").await;
    let first = ash.send_text(&birch, "former 1").await["id"].clone();
    birch.post(format!("/messages/{first}/reactions/x"), json!({})).await.expect_ok();
    birch.post(format!("/messages/{first}/save"), json!({})).await.expect_ok();
    ash.post(format!("/messages/{first}/pin"), json!({})).await.expect_ok();
    birch.post(format!("/messages/{first}/thread"), json!({ "data": { "text": "former reply" } })).await.expect_ok();
    birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    let upload = ash.upload("a.png", "image/png", PNG).await;
    ash.post("/messages", media_to_user("birch", "image", &[&upload.attachment])).await.expect_ok();
    assert_eq!(stored_files(api), 1);
}

async fn delete(api: &Api) {
    api.app().delete(CONVERSATION, json!({})).await.expect_ok();
}

/// What was written is there for nobody.
async fn assert_unknown(api: &Api) {
    let ids = stored_messages(api, "CONV#user#ash#birch").await;
    let [ash, birch] = ["ash", "birch"].map(|uid| api.on_behalf_of(uid));
    for (actor, other) in [(&api.app(), "birch"), (&ash, "birch"), (&birch, "ash")] {
        for id in &ids {
            actor.get(format!("/messages/{id}")).await.expect_error(404, "ERR_MSG_NOT_FOUND");
            let body = json!({ "data": { "text": "edited" } });
            actor.put(format!("/messages/{id}"), body).await.expect_error(404, "ERR_MSG_NOT_FOUND");
        }
        for path in ["/conversations", "/messages", "/threads", &format!("/users/{other}/messages")] {
            let listed = actor.get(path).await.expect_data();
            assert!(!listed.to_string().contains("birch"), "{path}: {listed}");
        }
    }
    ash.get("/users/birch/conversation").await.expect_error(403, "ERR_CONVERSATION_NOT_ACCESSIBLE");
    birch.get("/messages?unread=true&count=true").await.expect_ok();
}

async fn assert_gone(api: &Api) {
    let left = left_of(api, "CONV#user#ash#birch").await;
    let left = left.iter().filter(|item| !item["pk"]["S"].as_str().unwrap().starts_with("USER#"));
    assert_eq!(left.collect::<Vec<_>>(), Vec::<&Value>::new());
    assert_eq!(left_of(api, "former").await, Vec::<Value>::new());
    let pointers = api.table().await.into_iter().filter(|item| item["pk"]["S"].as_str().unwrap().starts_with("ID#"));
    assert!(!pointers.collect::<Vec<_>>().iter().any(|pointer| pointer.to_string().contains("ash")));
    assert_eq!(stored_files(api), 0);
    api.app().delete(CONVERSATION, json!({})).await.expect_error(404, "ERR_CONVERSATION_NOT_FOUND");
}

#[tokio::test]
async fn a_conversation_is_gone_at_once_and_altogether_at_last_wherever_that_is_cut_off() {
    cut_off_everywhere(prepare, delete, assert_unknown, assert_gone).await;
}

#[tokio::test]
async fn people_write_on_while_their_former_conversation_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().to_owned());
    let api = Api::start_idle(data()).await;
    prepare(&api).await;
    delete(&api).await;
    let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    let now = ash.send_text(&birch, "now 1").await["id"].clone();
    birch.post(format!("/messages/{now}/pin"), json!({})).await.expect_ok();
    birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    ash.send_text(&birch, "now 2").await;
    let check = async |api: &Api| {
        let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
        for (actor, other) in [(&ash, "birch"), (&birch, "ash")] {
            let listed = actor.get(format!("/users/{other}/messages")).await.expect_data();
            assert_eq!(texts(&listed), ["now 1", "now 2"]);
        }
        assert_eq!(birch.get("/users/ash/conversation").await.expect_data()["unreadMessageCount"], 1);
        assert!(ash.get(format!("/messages/{now}")).await.expect_data()["readAt"].is_u64());
        assert!(ash.get(format!("/messages/{now}")).await.expect_data()["pinnedAt"].is_u64());
    };
    check(&api).await;
    api.stop().await;
    let api = Api::start_on(data()).await;
    api.jobs_done().await;
    check(&api).await;
    assert_eq!(left_of(&api, "former").await, Vec::<Value>::new());
    api.stop().await;

    // Deleted again before the job had come to its end, what came meanwhile goes too.
    let api = Api::start_idle(data()).await;
    delete(&api).await;
    let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    ash.post("/messages", text_to_user("birch", "former 3")).await.expect_ok();
    delete(&api).await;
    assert_eq!(birch.get("/users/ash/messages").await.expect_data(), json!([]));
    api.stop().await;
    let api = Api::start_on(data()).await;
    api.jobs_done().await;
    assert_eq!(left_of(&api, "former").await, Vec::<Value>::new());
}
