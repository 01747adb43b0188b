//! Messages with uploaded files (design, "Media").

use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use local::Data;
use rstest::rstest;
use serde_json::{Value, json};
use tests::media::{PNG, Upload, download, media_to_user};
use tests::{Actor, Api, ids};

const INVALID: &str = "ERR_INVALID_MEDIA_MESSAGE";

/// Asserts that a send was refused and left nothing behind: no message, no file beyond `objects`.
async fn refused(api: &Api, alice: &Actor<'_>, body: Value) {
    let before = api.objects();
    alice.post("/messages", body).await.expect_error(400, INVALID);
    assert_eq!(ids(&alice.get("/users/bob/messages").await.expect_data()), [0; 0]);
    assert_eq!(api.objects(), before);
}

#[tokio::test]
async fn an_uploaded_picture_is_sent_and_downloaded() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.upload("sign.png", "image/png", PNG).await;

    let mut body = media_to_user("bob", "image", &[&upload.attachment]);
    body["data"]["text"] = json!("The new sign");
    let sent = alice.post("/messages", body).await.expect_data();

    let attachment = &sent["data"]["attachments"][0];
    assert_eq!(
        (&attachment["name"], &attachment["mimeType"], &attachment["extension"], &attachment["size"]),
        (&json!("sign.png"), &json!("image/png"), &json!("png"), &json!(PNG.len()))
    );
    assert_eq!(sent["data"]["url"], attachment["url"]);
    let read = bob.get(format!("/messages/{}", sent["id"])).await.expect_data();
    let file = download(read["data"]["attachments"][0]["url"].as_str().unwrap()).await;
    assert_eq!((file.status, file.content_type.as_str(), file.bytes.as_slice()), (200, "image/png", PNG));
}

#[tokio::test]
async fn an_upload_is_attached_once() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.upload("a.png", "image/png", PNG).await;
    let body = media_to_user("bob", "image", &[&upload.attachment]);

    let answers = join_all((0..8).map(|_| alice.post("/messages", body.clone()))).await;
    let (stored, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(stored.len(), 1);
    for other in others {
        other.expect_error(400, INVALID);
    }
    alice.post("/messages", body.clone()).await.expect_error(400, INVALID);
    let mut with_muid = body;
    with_muid["muid"] = json!("m-2");
    alice.post("/messages", with_muid).await.expect_error(400, INVALID);
    assert_eq!(ids(&alice.get("/users/bob/messages").await.expect_data()).len(), 1);
    let attached = api.objects().into_iter().filter(|key| key.starts_with("media/"));
    assert_eq!(attached.count(), 1, "the copies of refused sends are gone");

    let twice = alice.upload("b.png", "image/png", PNG).await.attachment;
    alice.post("/messages", media_to_user("bob", "image", &[&twice, &twice])).await.expect_error(400, INVALID);
}

#[tokio::test]
async fn a_repeated_send_with_its_muid_is_the_same_message() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.upload("a.png", "image/png", PNG).await;
    let mut body = media_to_user("bob", "image", &[&upload.attachment]);
    body["muid"] = json!("m-1");

    let answers = join_all((0..8).map(|_| alice.post("/messages", body.clone()))).await;
    let sent: Vec<Value> = answers.into_iter().map(|answer| answer.expect_data()).collect();
    assert!(sent.iter().all(|message| message["id"] == sent[0]["id"]), "{sent:?}");
    for message in &sent {
        assert_eq!(download(message["data"]["url"].as_str().unwrap()).await.bytes, PNG);
    }
}

#[tokio::test]
async fn what_was_not_uploaded_cannot_be_attached() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);

    let never_finished = alice.announce("a.png", "image/png", PNG.len() as u64).await;
    assert_eq!(never_finished.put(&PNG[..7]).await, 403);
    refused(&api, &alice, media_to_user("bob", "image", &[&never_finished.attachment])).await;

    let of_bob = bob.upload("b.png", "image/png", PNG).await;
    refused(&api, &alice, media_to_user("bob", "image", &[&of_bob.attachment])).await;

    let mut unknown = of_bob.attachment.clone();
    unknown["url"] = json!(format!("{}/uploads/{}", api.bucket_url(), "0".repeat(32)));
    refused(&api, &alice, media_to_user("bob", "image", &[&unknown])).await;
    for path in ["", "uploads/../media/x", "media/x", "private"] {
        unknown["url"] = json!(format!("{}/{path}", api.bucket_url()));
        refused(&api, &alice, media_to_user("bob", "image", &[&unknown])).await;
    }
    unknown["url"] = json!("part:0");
    refused(&api, &alice, media_to_user("bob", "image", &[&unknown])).await;
}

#[tokio::test]
async fn one_bad_file_among_good_ones_leaves_nothing_behind() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let good = alice.upload("a.png", "image/png", PNG).await;
    let bad = alice.announce("b.png", "image/png", 70).await;
    refused(&api, &alice, media_to_user("bob", "image", &[&good.attachment, &bad.attachment])).await;

    // The good one is still free.
    alice.post("/messages", media_to_user("bob", "image", &[&good.attachment])).await.expect_data();
}

#[rstest]
#[case::page_as_picture("image/png", b"<html><script>alert(1)</script>", "image")]
#[case::other_picture("image/png", b"\xff\xd8\xff\xe0\0\x10JFIF", "image")]
#[case::picture_as_film("video/mp4", PNG, "video")]
#[case::picture_as_sound("audio/mpeg", PNG, "audio")]
#[case::document_in_a_picture_message("application/pdf", b"%PDF-1.7", "image")]
#[case::picture_in_a_film_message("image/png", PNG, "video")]
#[tokio::test]
async fn a_file_must_be_what_message_and_mime_type_say(
    #[case] mime_type: &str,
    #[case] bytes: &[u8],
    #[case] message_type: &str,
) {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.upload("a.bin", mime_type, bytes).await;
    refused(&api, &alice, media_to_user("bob", message_type, &[&upload.attachment])).await;
}

#[tokio::test]
async fn uploading_again_after_the_send_changes_nothing() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.upload("a.png", "image/png", PNG).await;
    let sent = alice.post("/messages", media_to_user("bob", "image", &[&upload.attachment])).await.expect_data();

    let mut other = PNG.to_vec();
    other.reverse();
    assert_eq!(upload.put(&other).await, 200);
    let read = alice.get(format!("/messages/{}", sent["id"])).await.expect_data();
    assert_eq!(download(read["data"]["url"].as_str().unwrap()).await.bytes, PNG);
}

#[tokio::test]
async fn nobody_opens_a_file_by_writing_its_key() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.upload("a.png", "image/png", PNG).await;
    alice.post("/messages", media_to_user("bob", "image", &[&upload.attachment])).await.expect_data();
    let key = api.objects().into_iter().find(|key| key.starts_with("media/")).unwrap();

    for url in [key.clone(), format!("{}/{key}", api.bucket_url())] {
        let body = media_to_user("alice", "image", &[&json!({ "url": url, "mimeType": "image/png" })]);
        bob.post("/messages", body).await.expect_error(400, INVALID);
    }
    let mut text = json!({ "text": "look", "attachments": [{ "url": key }], "files": [{ "key": key }] });
    text["url"] = json!(key);
    let body = json!({ "receiver": "alice", "receiverType": "user", "data": text });
    let sent = bob.post("/messages", body).await.expect_data();
    assert_eq!(sent["data"]["attachments"][0]["url"], json!(key), "not signed");
    assert_eq!(download(&format!("{}/{key}", api.bucket_url())).await.status, 403, "not public");
}

#[tokio::test]
async fn a_file_at_a_foreign_url_is_stored_as_given() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let foreign = json!({ "url": "https://files.example/a.png", "name": "a.png", "size": "unknown", "x": 1 });
    let sent = alice.post("/messages", media_to_user("bob", "image", &[&foreign])).await.expect_data();
    assert_eq!(sent["data"]["attachments"], json!([foreign]));
    assert_eq!(sent["data"]["url"], foreign["url"]);
    assert_eq!(api.s3_requests(), 0, "nothing is fetched");

    let film = json!({ "url": "https://files.example/a.mp4", "mimeType": "video/mp4" });
    alice.post("/messages", media_to_user("bob", "image", &[&film])).await.expect_error(400, INVALID);
}

#[tokio::test]
async fn own_and_foreign_files_stand_in_one_message() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let own = alice.upload("a.png", "image/png", PNG).await;
    let foreign = json!({ "url": "https://files.example/b.png" });
    let body = media_to_user("bob", "image", &[&foreign, &own.attachment]);
    let sent = alice.post("/messages", body).await.expect_data();
    assert_eq!(sent["data"]["url"], foreign["url"]);
    assert_eq!(download(sent["data"]["attachments"][1]["url"].as_str().unwrap()).await.bytes, PNG);
}

#[tokio::test]
async fn each_of_several_receivers_gets_a_file_of_their_own() {
    let api = Api::start().await;
    let (alice, _, _) = (api.user("alice").await, api.user("bob").await, api.user("carol").await);
    let upload = alice.upload("a.png", "image/png", PNG).await;
    let mut body = media_to_user("bob", "image", &[&upload.attachment]);
    body["multipleReceivers"] = json!({ "uids": ["bob", "carol", "ghost"] });

    let sent = alice.post("/messages", body.clone()).await.expect_data();
    for uid in ["bob", "carol"] {
        let url = sent["uids"][uid]["data"]["data"]["url"].as_str().unwrap();
        assert_eq!(download(url).await.bytes, PNG);
    }
    assert_eq!(sent["uids"]["ghost"]["success"], false);
    assert_eq!(api.objects().into_iter().filter(|key| key.starts_with("media/")).count(), 2);

    let again = alice.post("/messages", body).await.expect_data();
    assert_eq!(again["uids"]["bob"]["error"]["code"], INVALID);
}

#[tokio::test]
async fn files_of_a_message_are_deleted_for_good_and_again() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.upload("a.png", "image/png", PNG).await;
    let sent = alice.post("/messages", media_to_user("bob", "image", &[&upload.attachment])).await.expect_data();
    let message = api.message(sent["id"].as_u64().unwrap()).await;

    for _ in 0..2 {
        api.media().delete_objects(&message.files).await.unwrap();
        assert_eq!(api.objects(), Vec::<String>::new());
    }
    assert_eq!(download(sent["data"]["url"].as_str().unwrap()).await.status, 404);
}

#[tokio::test]
async fn a_send_with_a_file_costs_what_it_says() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    alice.send_text(&api.on_behalf_of("bob"), "opens the conversation").await;
    let upload = alice.upload("a.png", "image/png", PNG).await;
    let before = api.s3_requests();
    alice.post("/messages", media_to_user("bob", "image", &[&upload.attachment])).await.expect_data();

    let line = api.last_line();
    assert_eq!(line.calls, 3, "{line:?}");
    assert!(line.write_units <= 11.0, "{line:?}");
    assert_eq!(api.s3_requests() - before, 2);
}

#[tokio::test]
async fn what_is_never_attached_disappears_after_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let api = Api::start_on(Data::Folder(folder.path().to_owned())).await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let (old, new) = (alice.upload("a.png", "image/png", PNG).await, alice.upload("b.png", "image/png", PNG).await);
    let sent = alice.upload("c.png", "image/png", PNG).await;
    alice.post("/messages", media_to_user("bob", "image", &[&sent.attachment])).await.expect_data();
    let attached: Vec<String> = api.objects().into_iter().filter(|key| key.starts_with("media/")).collect();
    api.stop().await;

    let bucket = folder.path().join("s3/halley");
    let file_of = |upload: &Upload| {
        let url = upload.attachment["url"].as_str().unwrap().to_owned();
        bucket.join("uploads").join(url.split('?').next().unwrap().rsplit('/').next().unwrap())
    };
    let two_days_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
    for path in [file_of(&old), bucket.join(&attached[0])] {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(two_days_ago).unwrap();
    }

    let api = Api::start_on(Data::Folder(folder.path().to_owned())).await;
    tests::socket::patiently("the end of the old upload", async {
        while file_of(&old).exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert!(file_of(&new).exists());
    assert!(api.objects().contains(&attached[0]), "what was attached stays");
}
