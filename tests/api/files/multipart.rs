//! `POST /messages` as `multipart/form-data` (contract/messages.md, "Media by upload").

use rstest::rstest;
use serde_json::json;
use tests::media::{PNG, download};
use tests::{Actor, Answer, Api, ids};

const BOUNDARY: &str = "----halley";

/// A form being written.
#[derive(Default)]
struct Form(Vec<u8>);

impl Form {
    fn to_bob() -> Form {
        Form::default().text("receiver", "bob").text("receiverType", "user")
    }

    fn part(mut self, head: &str, bytes: &[u8]) -> Form {
        self.0.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes());
        self.0.extend(bytes);
        self.0.extend(b"\r\n");
        self
    }

    fn text(self, name: &str, text: &str) -> Form {
        self.part(&format!("name=\"{name}\""), text.as_bytes())
    }

    fn file(self, field: &str, name: &str, mime_type: &str, bytes: &[u8]) -> Form {
        self.part(&format!("name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: {mime_type}"), bytes)
    }

    async fn send(mut self, actor: &Actor<'_>) -> Answer {
        self.0.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
        send_raw(actor, self.0).await
    }
}

async fn send_raw(actor: &Actor<'_>, body: Vec<u8>) -> Answer {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    actor.clone().with("content-type", &content_type).send("POST", "/messages", body).await
}

#[rstest]
#[case("file")]
#[case("files")]
#[case("files[]")]
#[tokio::test]
async fn a_file_in_a_form_is_sent(#[case] field: &str) {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let form = Form::to_bob()
        .text("category", "message")
        .text("type", "image")
        .text("data", r#"{"text":"The new sign","metadata":{"a":1}}"#)
        .text("tags[]", "gate")
        .file(field, "🌳 sign.png", "image/png", PNG);
    let sent = form.send(&alice).await.expect_data();

    assert_eq!(sent["type"], "image");
    assert_eq!(sent["tags"], json!(["gate"]));
    assert_eq!((&sent["data"]["text"], &sent["data"]["metadata"]), (&json!("The new sign"), &json!({ "a": 1 })));
    let attachment = &sent["data"]["attachments"][0];
    assert_eq!(
        (&attachment["name"], &attachment["mimeType"], &attachment["extension"], &attachment["size"]),
        (&json!("🌳 sign.png"), &json!("image/png"), &json!("png"), &json!(PNG.len()))
    );
    let read = bob.get(format!("/messages/{}", sent["id"])).await.expect_data();
    let file = download(read["data"]["url"].as_str().unwrap()).await;
    assert_eq!((file.status, file.bytes.as_slice()), (200, PNG));
}

#[tokio::test]
async fn several_files_and_brackets_are_read() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let large: Vec<u8> = (0..1_500_000_u32).map(|at| at.to_le_bytes()[0] ^ at.to_le_bytes()[1]).collect();
    let form = Form::to_bob()
        .text("data[text]", "two of them")
        .file("files[]", "a.bin", "application/octet-stream", &large)
        .file("files[]", "../b.txt", "text/plain", b"hello");
    let sent = form.send(&alice).await.expect_data();

    assert_eq!((&sent["type"], &sent["data"]["text"]), (&json!("file"), &json!("two of them")));
    let attachments = sent["data"]["attachments"].as_array().unwrap();
    assert_eq!(attachments[1]["name"], "b.txt");
    for (attachment, bytes) in attachments.iter().zip([large.as_slice(), b"hello"]) {
        let file = download(attachment["url"].as_str().unwrap()).await;
        assert!(file.bytes == bytes, "{attachment}");
        assert!(file.disposition.starts_with("attachment;"), "{}", file.disposition);
    }
}

#[tokio::test]
async fn a_form_without_file_is_a_send_like_any_other() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let sent = Form::to_bob().text("data[text]", "hello").send(&alice).await.expect_data();
    assert_eq!((&sent["type"], &sent["data"]["text"]), (&json!("text"), &json!("hello")));

    let nothing_chosen = Form::to_bob().text("type", "image").text("data", "{}");
    let nothing_chosen = nothing_chosen.file("file", "", "application/octet-stream", b"");
    nothing_chosen.send(&alice).await.expect_error(400, "ERR_EMPTY_MESSAGE_FILE");
}

#[tokio::test]
async fn bad_forms_are_refused_and_store_nothing() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let image = || Form::to_bob().text("type", "image");

    let empty = image().file("file", "a.png", "image/png", b"").send(&alice).await;
    empty.expect_error(400, "ERR_EMPTY_MESSAGE_FILE");
    let page = image().file("file", "a.png", "image/png", b"<html>").send(&alice).await;
    page.expect_error(400, "ERR_INVALID_MEDIA_MESSAGE");
    let film = image().file("file", "a.mp4", "video/mp4", b"film").send(&alice).await;
    film.expect_error(400, "ERR_INVALID_MEDIA_MESSAGE");
    image().file("file", "..", "image/png", PNG).send(&alice).await.expect_invalid("files");
    let eleven = (0..11).fold(image(), |form, _| form.file("files[]", "a.png", "image/png", PNG));
    eleven.send(&alice).await.expect_invalid("files");
    let no_json = Form::to_bob().text("data", "no json").file("file", "a.txt", "text/plain", b"x");
    no_json.send(&alice).await.expect_error(400, "ERR_INVALID_MESSAGE_DATA");
    Form::default().file("file", "a.png", "image/png", PNG).send(&alice).await.expect_invalid("receiver");
    Form::to_bob().text("data[text]", &"x".repeat(70_000)).send(&alice).await.expect_invalid("body");
    send_raw(&alice, b"no form at all".to_vec()).await.expect_invalid("body");
    let cut = Form::to_bob().file("file", "a.png", "image/png", PNG).0;
    send_raw(&alice, cut[..cut.len() - 20].to_vec()).await.expect_invalid("body");
    let ghost = Form::default().text("receiver", "ghost").text("receiverType", "user");
    ghost.file("file", "a.png", "image/png", PNG).send(&alice).await.expect_error(404, "ERR_UID_NOT_FOUND");

    assert_eq!(ids(&alice.get("/users/bob/messages").await.expect_data()), [0; 0]);
    assert_eq!(api.objects(), Vec::<String>::new());
}

#[tokio::test]
async fn a_repeated_form_with_its_muid_is_the_same_message() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let form = |bytes: &[u8]| Form::to_bob().text("muid", "m-1").file("file", "a.txt", "text/plain", bytes);
    let first = form(b"one").send(&alice).await.expect_data();
    assert_eq!(form(b"one").send(&alice).await.expect_data()["id"], first["id"]);
    assert_ne!(form(b"two").send(&alice).await.expect_data()["id"], first["id"]);
    assert_eq!(api.objects().len(), 2);
}

#[tokio::test]
async fn a_form_above_the_platforms_limit_is_told_where_to_upload() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    // Base64 makes 4.4 MB of 3.3; the event takes 6 MB, API Gateway 10.
    Form::to_bob().file("file", "a.bin", "x/y", &vec![7; 4_400_000]).send(&alice).await.expect_data();
    for bytes in [5_000_000, 11_000_000] {
        let refused = Form::to_bob().file("file", "a.bin", "x/y", &vec![7; bytes]).send(&alice).await;
        let error = refused.expect_error(413, "ERR_BAD_REQUEST");
        assert!(error["message"].as_str().unwrap().contains("POST /files/upload-url"), "{error}");
    }
}

#[rstest]
#[case::extended(r#"filename*=UTF-8''F%C3%BC%C3%9Fe%20%22a%22.txt"#, "Füße \"a\".txt")]
#[case::extended_wins(r#"filename="F__e.txt"; filename*=UTF-8''F%C3%BC%C3%9Fe.txt"#, "Füße.txt")]
#[case::encoded_word(r#"filename="=?UTF-8?B?RsO8w59lLnR4dA==?=""#, "Füße.txt")]
#[case::quoted_word(r#"filename="=?utf-8?Q?F=C3=BC=C3=9Fe_1.txt?=""#, "Füße 1.txt")]
#[case::browsers_quote(r#"filename="say %22hi%22.txt""#, "say \"hi\".txt")]
#[tokio::test]
async fn a_file_keeps_its_name_however_a_client_writes_it(#[case] head: &str, #[case] expected: &str) {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let form = Form::to_bob().part(&format!("name=\"file\"; {head}"), b"hello");
    let sent = form.send(&alice).await.expect_data();
    let attachment = &sent["data"]["attachments"][0];
    assert_eq!((&attachment["name"], &attachment["mimeType"]), (&json!(expected), &json!("text/plain")));
}

#[rstest]
#[case("photo")]
#[case("data")]
#[case("file1")]
#[case("attachments[0]")]
#[case("")]
#[tokio::test]
async fn a_file_under_any_field_name_is_attached(#[case] field: &str) {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let form = Form::to_bob().text("data[text]", "see").file(field, "a.png", "image/png", PNG);
    let sent = form.send(&alice).await.expect_data();
    assert_eq!((&sent["type"], &sent["data"]["text"]), (&json!("image"), &json!("see")));
    let read = bob.get(format!("/messages/{}", sent["id"])).await.expect_data();
    assert_eq!(download(read["data"]["url"].as_str().unwrap()).await.bytes, PNG);
}
