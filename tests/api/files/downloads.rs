//! Download URLs in answers (design, "Media").

use shared::store::send::{Standing, Stored};
use shared::store::upload::UploadClaim;
use std::time::Duration;
use tests::arrange::sent_event;

use model::file::{File, FileName, MimeType, ObjectKey, UploadId};
use rstest::rstest;
use serde_json::json;
use tests::media::{PNG, Upload, download, media_to_user};
use tests::{Actor, Api};

/// Sends an uploaded picture from `alice` to `bob` and returns its message.
async fn send_picture(alice: &Actor<'_>, name: &str) -> serde_json::Value {
    let upload = alice.upload(name, "image/png", PNG).await;
    alice.post("/messages", media_to_user("bob", "image", &[&upload.attachment])).await.expect_data()
}

#[rstest]
#[case::plain("sign.png", "sign.png", "sign.png")]
#[case::emoji("🌳 Bäume.png", "🌳 Bäume.png", "%F0%9F%8C%B3%20B%C3%A4ume.png")]
#[case::folders("a/b/../c.png", "c.png", "c.png")]
#[case::climbing("../../../etc/passwd", "passwd", "passwd")]
#[case::quotes("a\";b\r\nx.png", "a\";bx.png", "a%22%3Bbx.png")]
#[tokio::test]
async fn a_file_is_downloaded_under_its_name(#[case] given: &str, #[case] name: &str, #[case] encoded: &str) {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let sent = send_picture(&alice, given).await;

    assert_eq!(sent["data"]["attachments"][0]["name"], name);
    let file = download(sent["data"]["url"].as_str().unwrap()).await;
    assert_eq!(file.status, 200);
    assert!(file.disposition.starts_with("inline; filename=\""), "{}", file.disposition);
    assert!(file.disposition.ends_with(&format!("; filename*=UTF-8''{encoded}")), "{}", file.disposition);
    assert!(api.objects().iter().all(|key| !key.contains("passwd") && !key.contains(name)), "{:?}", api.objects());
}

/// In place a browser would run what they hold.
#[rstest]
#[case::drawing("a.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")]
#[case::page("a.html", "text/html", b"<script>alert(1)</script>")]
#[case::page_as_xml("a.xhtml", "application/xhtml+xml", b"<html xmlns='http://www.w3.org/1999/xhtml'/>")]
#[tokio::test]
async fn what_may_hold_a_script_is_saved_and_never_shown_in_place(
    #[case] name: &str,
    #[case] mime_type: &str,
    #[case] bytes: &[u8],
) {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.upload(name, mime_type, bytes).await;
    let sent = alice.post("/messages", media_to_user("bob", "file", &[&upload.attachment])).await.expect_data();
    let file = download(sent["data"]["attachments"][0]["url"].as_str().unwrap()).await;
    assert!(file.disposition.starts_with("attachment; "), "{}", file.disposition);
}

#[tokio::test]
async fn every_answer_that_shows_a_message_has_working_urls() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    api.group("orchard", &[&alice, &bob]).await;
    let sent = send_picture(&alice, "a.png").await;
    let upload = alice.upload("b.png", "image/png", PNG).await;
    let mut body = media_to_user("orchard", "image", &[&upload.attachment]);
    body["receiverType"] = json!("group");
    let in_group = alice.post("/messages", body).await.expect_data();
    let quote = json!({
        "receiver": "alice", "receiverType": "user", "quotedMessageId": sent["id"], "data": { "text": "nice" },
    });
    let quoting = bob.post("/messages", quote).await.expect_data();

    let one = bob.get(format!("/messages/{}", sent["id"])).await.expect_data();
    let of_user = bob.get("/users/alice/messages").await.expect_data();
    let of_group = bob.get("/groups/orchard/messages").await.expect_data();
    let shown = of_group.as_array().unwrap().iter().find(|message| message["id"] == in_group["id"]).unwrap();
    for data in [&sent["data"], &one["data"], &of_user[0]["data"], &shown["data"], &quoting["quotedMessage"]["data"]] {
        assert_eq!(data["url"], data["attachments"][0]["url"]);
        assert_eq!(download(data["url"].as_str().unwrap()).await.bytes, PNG, "{data}");
    }
}

#[tokio::test]
async fn an_altered_or_expired_download_is_refused() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let sent = send_picture(&alice, "a.png").await;
    let url = sent["data"]["url"].as_str().unwrap();

    for (from, to) in [
        ("X-Amz-Expires=3600", "X-Amz-Expires=36000"),
        ("inline", "attachment"),
        ("image%2Fpng", "text%2Fhtml"),
        ("/media/", "/uploads/"),
    ] {
        let altered = Upload::at(url.to_owned(), "").altered(from, to);
        assert_eq!(altered.get_url().await.0, 403, "{from}");
    }
    assert_eq!(download(url.split('?').next().unwrap()).await.status, 403, "unsigned");
    assert_eq!(Upload::at(url.to_owned(), "image/png").put(PNG).await, 403, "written");

    let file = api.message(sent["id"].as_u64().unwrap()).await.files.remove(0);
    // A signature says whole seconds, so one that lasts for one may be over at once.
    let signer = api.signer().await;
    let [lasting, brief] = [60, 1].map(|seconds| signer.download_url(&file, seconds).unwrap());
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(download(&lasting).await.status, 200);
    assert_eq!(download(&brief).await.status, 403, "expired");
}

#[tokio::test]
async fn a_page_of_a_hundred_files_is_signed_without_asking_anybody() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let sent = send_picture(&alice, "a.png").await;
    let template = api.message(sent["id"].as_u64().unwrap()).await;
    for _ in 0..99 {
        let mut message = template.clone();
        message.id = api.next_id();
        let file = File {
            key: ObjectKey::attached(&UploadId::new(1), 2),
            name: FileName::parse("b.png").unwrap(),
            mime_type: MimeType::parse("image/png").unwrap(),
        };
        message.data["attachments"][0]["url"] = json!(file.key);
        message.files = vec![file];
        let claim = UploadClaim::default();
        let stored =
            api.store().store_message(&message, None, Standing::OPEN, &claim, &sent_event(&message)).await.unwrap();
        assert_eq!(stored, Stored::Done);
    }

    let before = api.s3_requests();
    let page = bob.get("/users/alice/messages?limit=100").await.expect_data();
    assert_eq!(api.s3_requests(), before);
    // Who reads, the partner and both states in one batch; the page.
    assert_eq!(api.last_line().calls, 2, "{:?}", api.last_line());
    let signed = page
        .as_array()
        .unwrap()
        .iter()
        .filter(|message| message["data"]["url"].as_str().unwrap().contains("X-Amz-Signature="));
    assert_eq!(signed.count(), 100);
}
