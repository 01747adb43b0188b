//! What becomes of a message's files after the send: in replies, in a bot's messages, by edits and by deletions.

use crate::given;
use local::Data;
use rstest::rstest;
use serde_json::{Value, json};
use tests::media::{PNG, download, media_to_user};
use tests::{Actor, Api};

const INVALID: &str = "ERR_INVALID_MEDIA_MESSAGE";

/// Sends an uploaded picture from `alice` to `bob`.
async fn picture(alice: &Actor<'_>) -> Value {
    let upload = alice.upload("a.png", "image/png", PNG).await;
    let mut body = media_to_user("bob", "image", &[&upload.attachment]);
    body["data"]["text"] = json!("The new sign");
    alice.post("/messages", body).await.expect_data()
}

/// Asserts that this `data` shows the picture.
async fn shows_picture(data: &Value) {
    assert_eq!(data["url"], data["attachments"][0]["url"]);
    assert_eq!(download(data["url"].as_str().unwrap()).await.bytes, PNG, "{data}");
}

/// A picture in a form, with its content type.
fn form() -> (&'static str, Vec<u8>) {
    let mut body = b"--x\r\nContent-Disposition: form-data; name=\"data[text]\"\r\n\r\nThe new sign\r\n\
        --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
        .to_vec();
    body.extend(PNG);
    body.extend(b"\r\n--x--\r\n");
    ("multipart/form-data; boundary=x", body)
}

#[tokio::test]
async fn a_reply_takes_uploads_and_forms() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let parent = alice.send_text(&bob, "Which sign?").await;
    let thread = format!("/messages/{}/thread", parent["id"]);

    let upload = alice.upload("a.png", "image/png", PNG).await;
    let reply = json!({ "type": "image", "data": { "attachments": [upload.attachment] } });
    shows_picture(&alice.post(&thread, reply.clone()).await.expect_data()["data"]).await;
    alice.post(&thread, reply).await.expect_error(400, INVALID);

    let (content_type, body) = form();
    let in_form = alice.clone().with("content-type", content_type).send("POST", &thread, body).await.expect_data();
    assert_eq!((&in_form["type"], &in_form["parentId"]), (&json!("image"), &parent["id"]));

    let replies = bob.get(&thread).await.expect_data();
    assert_eq!(replies.as_array().unwrap().len(), 2);
    for reply in replies.as_array().unwrap() {
        shows_picture(&reply["data"]).await;
    }
}

#[tokio::test]
async fn a_bot_takes_uploads_and_forms() {
    let api = Api::start().await;
    let (helper, ash) = (api.user("helper-bot").await, api.user("ash").await);
    given::bot(&api, "helper-bot").await;
    api.group("grove", &[&ash]).await;

    // Into a group that it is no member of.
    let announcement = json!({
        "receiver": "grove", "receiverType": "group",
        "files": { "f": { "name": "a.png", "mimeType": "image/png", "size": PNG.len() } },
    });
    let announced = helper.post("/files/upload-url", announcement).await.expect_data();
    let upload = reqwest::Client::new().put(announced["f"]["request"]["url"].as_str().unwrap());
    assert_eq!(upload.header("content-type", "image/png").body(PNG).send().await.unwrap().status(), 200);
    let body = json!({
        "receiver": "grove", "receiverType": "group", "type": "image",
        "data": { "attachments": [announced["f"]["attachment"]] },
    });
    let sent = api.app().post("/bots/helper-bot/messages", body).await.expect_data();
    assert_eq!(sent["sender"], "helper-bot");
    shows_picture(&sent["data"]).await;

    let (content_type, body) = form();
    let to_ash = b"--x\r\nContent-Disposition: form-data; name=\"receiver\"\r\n\r\nash\r\n\
        --x\r\nContent-Disposition: form-data; name=\"receiverType\"\r\n\r\nuser\r\n";
    let body = [to_ash.as_slice(), &body].concat();
    let app = api.app().with("content-type", content_type);
    shows_picture(&app.send("POST", "/bots/helper-bot/messages", body).await.expect_data()["data"]).await;
}

#[rstest]
#[case::only_the_text(|_: &Value| json!({ "text": "The old sign" }))]
#[case::all_that_was_answered(|sent: &Value| {
    let mut data = sent["data"].clone();
    data["text"] = json!("The old sign");
    data
})]
#[tokio::test]
async fn an_edit_keeps_the_files(#[case] edit: fn(&Value) -> Value) {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let sent = picture(&alice).await;
    let path = format!("/messages/{}", sent["id"]);
    let stored = api.message(sent["id"].as_u64().unwrap()).await;

    let edited = alice.put(&path, json!({ "data": edit(&sent) })).await.expect_data();
    shows_picture(&edited["data"]["entities"]["on"]["entity"]["data"]).await;

    let after = api.message(sent["id"].as_u64().unwrap()).await;
    assert_eq!(after.files, stored.files);
    assert_eq!(after.data["attachments"], stored.data["attachments"], "keys are stored, not URLs");
    let read = bob.get(&path).await.expect_data();
    assert_eq!(read["data"]["text"], "The old sign");
    shows_picture(&read["data"]).await;
}

#[tokio::test]
async fn an_edit_attaches_nothing() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let (one, other) = (picture(&alice).await, picture(&alice).await);
    let upload = alice.upload("b.png", "image/png", PNG).await;
    let path = format!("/messages/{}", one["id"]);

    for attachment in [&other["data"]["attachments"][0], &upload.attachment, &json!({ "url": "part:0" })] {
        let data = json!({ "attachments": [one["data"]["attachments"][0], attachment] });
        alice.put(&path, json!({ "data": data })).await.expect_error(400, INVALID);
    }
    let foreign = json!({ "url": "https://files.example/b.png" });
    let data = json!({ "attachments": [one["data"]["attachments"][0], foreign] });
    alice.put(&path, json!({ "data": data })).await.expect_data();
    let read = alice.get(&path).await.expect_data();
    assert_eq!(read["data"]["attachments"][1], foreign);
    shows_picture(&read["data"]).await;
}

#[tokio::test]
async fn ten_signed_urls_sent_back_do_not_make_an_edit_too_large() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let mut attachments = Vec::new();
    for _ in 0..10 {
        attachments.push(alice.upload("a.png", "image/png", PNG).await.attachment);
    }
    let body = media_to_user("bob", "image", &attachments.iter().collect::<Vec<_>>());
    let mut sent = alice.post("/messages", body).await.expect_data();
    for attachment in sent["data"]["attachments"].as_array_mut().unwrap() {
        // As long as a function's session token makes it.
        let url = format!("{}&X-Amz-Security-Token={}", attachment["url"].as_str().unwrap(), "x".repeat(1_500));
        attachment["url"] = json!(url);
    }
    sent["data"]["text"] = json!("ten signs");
    alice.put(format!("/messages/{}", sent["id"]), json!({ "data": sent["data"] })).await.expect_data();
}

#[tokio::test]
async fn every_change_and_every_list_shows_working_urls() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let sent = picture(&alice).await;
    let path = format!("/messages/{}", sent["id"]);
    let quote = json!({
        "receiver": "alice", "receiverType": "user", "quotedMessageId": sent["id"], "data": { "text": "nice" },
    });
    bob.post("/messages", quote).await.expect_data();

    let reacted = bob.post(format!("{path}/reactions/x"), json!({})).await.expect_data();
    shows_picture(&reacted["data"]).await;
    let unreacted = bob.delete(format!("{path}/reactions/x"), json!({})).await.expect_data();
    shows_picture(&unreacted["data"]).await;
    alice.put(&path, json!({ "tags": ["gate"] })).await.expect_data();
    for list in ["/messages", "/users/alice/messages"] {
        let listed = bob.get(list).await.expect_data();
        let listed = listed.as_array().unwrap();
        shows_picture(&listed[0]["data"]).await;
        shows_picture(&listed[1]["quotedMessage"]["data"]).await;
        shows_picture(&listed[2]["data"]["entities"]["on"]["entity"]["data"]).await;
    }
}

#[rstest]
#[case::at_once(false)]
#[case::after_a_soft_deletion(true)]
#[tokio::test]
async fn a_deletion_for_good_takes_the_files_and_a_soft_one_keeps_them(#[case] softly_before: bool) {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let sent = picture(&alice).await;
    let path = format!("/messages/{}", sent["id"]);
    let kept = api.objects();
    if softly_before {
        alice.delete(&path, json!({})).await.expect_data();
        assert_eq!(api.objects(), kept);
        let shown = bob.get(&path).await.expect_data();
        assert!(shown["data"].get("attachments").is_none() && shown["data"].get("url").is_none(), "{shown}");
    }

    alice.delete(&path, json!({ "permanent": true })).await.expect_data();
    assert_eq!(api.objects(), Vec::<String>::new());
    assert_eq!(download(sent["data"]["url"].as_str().unwrap()).await.status, 404);
}

#[tokio::test]
async fn a_deletion_that_s3_broke_off_is_finished_by_repeating_it() {
    let folder = tempfile::tempdir().unwrap();
    let api = Api::start_on(Data::Folder(folder.path().to_owned())).await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let sent = picture(&alice).await;
    let path = format!("/messages/{}", sent["id"]);
    let key = api.objects().into_iter().find(|key| key.starts_with("media/")).unwrap();
    let file = folder.path().join("s3/halley").join(key);
    // A folder in its place cannot be removed.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();

    alice.delete(&path, json!({ "permanent": true })).await.expect_error(500, "ERR_OPERATION_FAILED");
    // From the first step on it is there for nobody.
    bob.get(&path).await.expect_error(404, "ERR_MSG_NOT_FOUND");

    std::fs::remove_dir(&file).unwrap();
    std::fs::write(&file, PNG).unwrap();
    alice.delete(&path, json!({ "permanent": true })).await.expect_data();
    assert_eq!(api.objects(), Vec::<String>::new());
    bob.get(&path).await.expect_error(404, "ERR_MSG_NOT_FOUND");
}
