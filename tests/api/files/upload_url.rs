//! `POST /files/upload-url` and the uploads that it allows (contract/clients.md, "presigned upload").

use rstest::rstest;
use serde_json::{Value, json};
use tests::media::{PNG, Upload, download, media_to_user, png_of};
use tests::{Actor, Api};

const HUNDRED_MB: u64 = 104_857_600;

fn files(files: Value) -> Value {
    json!({ "receiver": "bob", "receiverType": "user", "files": files })
}

fn file(name: &str, mime_type: &str, size: u64) -> Value {
    json!({ "fileId": "f", "name": name, "size": size, "mimeType": mime_type })
}

#[tokio::test]
async fn an_announced_file_is_answered_with_request_and_attachment() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);

    let body = files(json!({ "one": file("sign.PNG", "image/png", 70), "two": file("a.txt", "text/plain", 3) }));
    let mut answer = alice.post("/files/upload-url", body).await.expect_data();

    assert_eq!(answer.as_object().unwrap().keys().collect::<Vec<_>>(), ["one", "two"]);
    let one = answer["one"].take();
    assert_eq!(one["request"]["method"], "PUT");
    assert_eq!(one["request"]["headers"], json!({ "Content-Type": "image/png" }));
    let url = one["request"]["url"].as_str().unwrap();
    assert!(url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost"), "{url}");
    assert!(url.contains("X-Amz-Expires=900"), "{url}");
    let attachment = &one["attachment"];
    assert_eq!(
        (&attachment["name"], &attachment["mimeType"], &attachment["extension"], &attachment["size"]),
        (&json!("sign.PNG"), &json!("image/png"), &json!("png"), &json!(70))
    );
    let place = |url: &str| url.split('?').next().unwrap().to_owned();
    assert_eq!(place(url), place(attachment["url"].as_str().unwrap()), "{attachment}");
    let lasts = one["expiresAt"].as_u64().unwrap() - shared::clock::system().seconds().get();
    assert!((895..=900).contains(&lasts), "{lasts}");
}

#[tokio::test]
async fn a_hundred_megabytes_are_taken_and_one_byte_more_is_refused() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let announce = async |body| alice.post("/files/upload-url", body).await;

    announce(files(json!({ "f": file("a.mp4", "video/mp4", HUNDRED_MB) }))).await.expect_data();
    let refused = announce(files(json!({ "f": file("a.mp4", "video/mp4", HUNDRED_MB + 1) }))).await;
    assert_eq!(
        refused.expect_invalid("files.f.size"),
        ["The files.f.size field must be a whole number of bytes from 1 to 104857600."]
    );
    let two = json!({ "a": file("a.mp4", "video/mp4", HUNDRED_MB), "b": file("b.mp4", "video/mp4", 1) });
    announce(files(two)).await.expect_invalid("files");
}

#[rstest]
#[case::empty_file(json!({ "f": file("a.txt", "text/plain", 0) }), "files.f.size")]
#[case::no_size(json!({ "f": { "name": "a.txt", "mimeType": "text/plain" } }), "files.f.size")]
#[case::size_in_words(json!({ "f": { "name": "a.txt", "mimeType": "text/plain", "size": "unknown" } }), "files.f.size")]
#[case::no_name(json!({ "f": { "size": 1, "mimeType": "text/plain" } }), "files.f.name")]
#[case::only_a_folder(json!({ "f": file("..", "text/plain", 1) }), "files.f.name")]
#[case::no_type(json!({ "f": file("a.txt", "unknown", 1) }), "files.f.mimeType")]
#[case::line_break_in_the_type(json!({ "f": file("a.txt", "text/plain;\r\nx-amz-acl: public", 1) }), "files.f.mimeType")]
#[case::no_file(json!({}), "files")]
#[case::a_list(json!([]), "files")]
#[case::not_a_file(json!({ "f": 7 }), "files.f")]
#[tokio::test]
async fn what_is_no_file_is_refused(#[case] given: Value, #[case] field: &str) {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    alice.post("/files/upload-url", files(given)).await.expect_invalid(field);
}

#[rstest]
#[case::empty(Some(json!("")), "a.PDF", "application/pdf")]
#[case::null(Some(Value::Null), "a.png", "image/png")]
#[case::absent(None, "a.mp4", "video/mp4")]
#[case::no_extension(Some(json!("")), "README", "application/octet-stream")]
#[case::given(Some(json!("text/csv")), "a.png", "text/csv")]
#[tokio::test]
async fn a_file_of_which_the_client_does_not_know_the_type_is_told_by_its_name(
    #[case] given: Option<Value>,
    #[case] name: &str,
    #[case] expected: &str,
) {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let mut file = json!({ "name": name, "size": 3 });
    if let (Some(given), Some(fields)) = (given, file.as_object_mut()) {
        fields.insert("mimeType".to_owned(), given);
    }
    let answer = alice.post("/files/upload-url", files(json!({ "f": file }))).await.expect_data();
    assert_eq!(answer["f"]["attachment"]["mimeType"], expected);
    assert_eq!(answer["f"]["request"]["headers"]["Content-Type"], expected);
}

#[tokio::test]
async fn the_attachment_of_an_announcement_shows_the_file_to_its_uploader() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.announce("a.png", "image/png", PNG.len() as u64).await;
    let url = upload.attachment["url"].as_str().unwrap();
    assert_ne!(download(url).await.status, 200, "nothing is there yet");
    assert_eq!(upload.put(PNG).await, 200);
    let shown = download(url).await;
    assert_eq!((shown.status, shown.bytes.as_slice(), shown.content_type.as_str()), (200, PNG, "image/png"));
    // Ten of them, each with its signature, are no larger than `data` may be.
    let mut uploads = vec![upload];
    for _ in 1..10 {
        uploads.push(alice.upload("a.png", "image/png", PNG).await);
    }
    let attachments: Vec<Value> = uploads
        .iter()
        .map(|upload| {
            let mut attachment = upload.attachment.clone();
            let padded = format!("{}&X-Amz-Security-Token={}", attachment["url"].as_str().unwrap(), "x".repeat(1_500));
            attachment["url"] = json!(padded);
            attachment
        })
        .collect();
    let sent = alice.post("/messages", media_to_user("bob", "image", &attachments.iter().collect::<Vec<_>>())).await;
    assert_eq!(download(sent.expect_data()["data"]["url"].as_str().unwrap()).await.bytes, PNG);
}

#[tokio::test]
async fn ten_files_are_taken_and_eleven_are_not() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let many = |n: usize| (0..n).map(|at| (format!("f{at}"), file("a.txt", "text/plain", 1))).collect::<Value>();
    alice.post("/files/upload-url", files(many(10))).await.expect_data();
    alice.post("/files/upload-url", files(many(11))).await.expect_invalid("files");
}

#[tokio::test]
async fn who_may_not_send_may_not_upload() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let one = json!({ "f": file("a.txt", "text/plain", 1) });
    let to = |receiver: &str, receiver_type: &str| json!({ "receiver": receiver, "receiverType": receiver_type, "files": one.clone() });
    api.group("orchard", &[]).await;

    let ask = async |actor: &Actor<'_>, body: Value| actor.post("/files/upload-url", body).await;
    ask(&api.nobody(), to("bob", "user")).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
    ask(&api.on_behalf_of("ghost"), to("bob", "user")).await.expect_error(404, "ERR_UID_NOT_FOUND");
    ask(&alice, to("ghost", "user")).await.expect_error(404, "ERR_UID_NOT_FOUND");
    ask(&alice, to("ghost", "group")).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    ask(&alice, to("orchard", "group")).await.expect_error(401, "ERR_GROUP_NOT_JOINED");
    ask(&alice, to("bob", "team")).await.expect_error(400, "ERR_INVALID_RECEIVER_TYPE");
    ask(&alice, json!({ "files": one.clone() })).await.expect_invalid("receiver");
}

#[tokio::test]
async fn a_bot_whose_user_is_deactivated_is_nobody() {
    let api = Api::start().await;
    api.users(&["bob", "rob"].map(str::to_owned)).await;
    let bot = json!({ "uid": "rob", "webhookURL": "https://bots.example/b" });
    api.app().post("/bots", bot).await.expect_ok();
    let rob = api.on_behalf_of("rob");
    let body = files(json!({ "one": file("sign.png", "image/png", 70) }));
    rob.post("/files/upload-url", body.clone()).await.expect_ok();
    let gone = json!({ "uidsToDeactivate": ["rob"] }).to_string().into_bytes();
    api.app().send("DELETE", "/users", gone).await.expect_ok();
    rob.post("/files/upload-url", body).await.expect_error(404, "ERR_UID_NOT_FOUND");
}

#[tokio::test]
async fn a_signed_upload_takes_the_announced_file_and_nothing_else() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.announce("a.png", "image/png", PNG.len() as u64).await;

    assert_eq!(upload.put(&[PNG, b"x"].concat()).await, 403, "longer");
    assert_eq!(upload.put(&PNG[..PNG.len() - 1]).await, 403, "shorter");
    assert_eq!(upload.put_as("text/html", PNG).await, 403, "differently typed");
    assert_eq!(upload.altered("X-Amz-Expires=900", "X-Amz-Expires=90000").put(PNG).await, 403, "longer-lived");
    assert_eq!(upload.altered("uploads/", "media/").put(PNG).await, 403, "elsewhere");
    assert_eq!(upload.get_url().await.0, 403, "read");
    assert_eq!(api.objects(), Vec::<String>::new(), "nothing is stored");
    assert_eq!(upload.put(PNG).await, 200);
}

#[tokio::test]
async fn an_expired_upload_is_refused() {
    let api = Api::start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let id = model::file::UploadId::new(7);
    let (size, mime_type) = (png_of(70).1, model::file::MimeType::parse("image/png").unwrap());
    let url = api.signer().await.upload_url(&id.key(), size, &mime_type, 1).unwrap();
    drop(alice);

    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    assert_eq!(Upload::at(url, "image/png").put(&png_of(70).0).await, 403);
    assert_eq!(api.objects(), Vec::<String>::new());
}

/// As the vendor's JavaScript SDK does it: a form with the fields of `request.body`, then `file`.
#[tokio::test]
async fn an_sdk_uploads_by_form() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let body = files(json!({ "f": file("a.png", "image/png", PNG.len() as u64) }));
    let sdk = alice.clone().with("sdk", "javascript@4.2.0");
    let announced = sdk.post("/files/upload-url", body).await.expect_data()["f"].take();
    assert_eq!(announced["request"]["method"], "POST");

    for (bytes, changed) in [
        ([PNG, b"x"].concat(), None),
        (PNG[1..].to_vec(), None),
        (PNG.to_vec(), Some(("Content-Type", "text/html"))),
        (PNG.to_vec(), Some(("key", "media/x"))),
    ] {
        let status = post_form(&announced["request"], &bytes, changed).await;
        assert!((400..500).contains(&status), "{status} {changed:?}");
    }
    assert_eq!(api.objects(), Vec::<String>::new());
    assert!((200..300).contains(&post_form(&announced["request"], PNG, None).await));

    alice.post("/messages", media_to_user("bob", "image", &[&announced["attachment"]])).await.expect_data();
    let listed = bob.get("/users/alice/messages").await.expect_data();
    assert_eq!(download(listed[0]["data"]["url"].as_str().unwrap()).await.bytes, PNG);
}

/// Sends the form of `request` with `bytes` as its file and one of its fields changed, and returns the status.
async fn post_form(request: &Value, bytes: &[u8], changed: Option<(&str, &str)>) -> u16 {
    let mut form = Vec::new();
    for (name, value) in request["body"].as_object().unwrap() {
        let value = changed.filter(|(key, _)| key == name).map_or(value.as_str().unwrap(), |(_, value)| value);
        form.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    form.extend(b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n");
    form.extend(bytes);
    form.extend(b"\r\n--b--\r\n");
    let post = reqwest::Client::new().post(request["url"].as_str().unwrap()).body(form);
    post.header("content-type", "multipart/form-data; boundary=b").send().await.unwrap().status().as_u16()
}
