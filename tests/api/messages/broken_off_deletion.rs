//! A permanent deletion of a message that is broken off: it is told with the step that everybody sees, and a repeat ends it.

use local::{Data, Service};
use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;
use tests::faults::{Fault, Faults};
use tests::media::{PNG, media_to_user};

#[rstest]
#[case::by_its_author("birch")]
#[case::by_the_app("app_system")]
#[tokio::test]
async fn a_broken_off_permanent_deletion_is_told_once_shows_nothing_and_is_ended_by_a_repeat(#[case] again: &str) {
    let faults = Faults::default();
    let api = Api::start_wired(Data::Memory, faults.wiring()).await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.user("bob").await;
    let parent = ash.send_text(&birch, "parent").await["id"].clone();
    let thread = format!("/messages/{parent}/thread");
    let first = ash.post(&thread, json!({ "data": { "text": "first" } })).await.expect_data()["id"].clone();
    let upload = birch.upload("a.png", "image/png", PNG).await;
    let mut body = media_to_user("ash", "image", &[&upload.attachment]);
    body["data"]["text"] = json!("secret");
    let reply = birch.post(&thread, body).await.expect_data()["id"].clone();
    let path = format!("/messages/{reply}");
    let permanent = json!({ "permanent": true });

    faults.always_with(Service::S3, Fault::Broken);
    let (answer, events) = api.hear(birch.delete(&path, permanent.clone())).await;
    assert_eq!(answer.status, 500, "{}", answer.body);
    faults.end();

    let kinds: Vec<&Value> = events.iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, ["messagePermanentlyDeleted"], "{events:?}");
    assert_eq!([&events[0]["message"], &events[0]["actor"]], [&reply, &json!("birch")]);
    for reader in [&ash, &birch, &api.app()] {
        reader.get(&path).await.expect_error(404, "ERR_MSG_NOT_FOUND");
        for list in
            ["/messages?limit=100", "/users/birch/messages?limit=1", "/messages?onlyDeleted=true", &thread, "/threads"]
        {
            let listed = reader.get(list).await;
            assert!(!listed.body.to_string().contains(&format!("\"id\":{reply},\"conv")), "{list}: {}", listed.body);
            assert!(!listed.body.to_string().contains("secret"), "{list}: {}", listed.body);
        }
        assert_eq!(reader.get(format!("/messages/{parent}")).await.expect_data()["replyCount"], 1);
        let threads = reader.get("/threads").await.expect_data();
        assert_eq!(threads[0]["lastReply"]["id"], first, "{threads}");
    }
    ash.post("/users/birch/conversation/read", json!({ "messageId": reply })).await.expect_ok();
    birch.delete(&path, json!({})).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    ash.delete(&path, permanent.clone()).await.expect_error(403, "ERR_MESSAGE_NOT_A_SENDER");

    let (answer, events) = api.hear(api.on_behalf_of(again).delete(&path, permanent.clone())).await;

    let action = answer.expect_data();
    assert_eq!(events, Vec::<Value>::new(), "it was told before");
    assert_eq!([&action["category"], &action["data"]["action"], &action["sender"]], ["action", "deleted", "birch"]);
    assert_eq!(api.objects().iter().filter(|key| key.starts_with("media/")).count(), 0);
    let id16 = format!("{:0>16}", reply.to_string());
    let is_of_it = |row: &Value| {
        let keys = [&row["pk"]["S"], &row["sk"]["S"]].map(Value::to_string);
        keys.iter().any(|key| key.contains(&id16)) && !keys[1].starts_with("\"MARK#")
    };
    let left: Vec<Value> = api.table().await.into_iter().filter(is_of_it).collect();
    assert_eq!(left, Vec::<Value>::new());
    assert_eq!(ash.get(format!("/messages/{parent}")).await.expect_data()["replyCount"], 1);
    birch.delete(&path, permanent).await.expect_error(404, "ERR_MSG_NOT_FOUND");
}
