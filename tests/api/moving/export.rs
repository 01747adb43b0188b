//! `halley-admin export`: what is in its files, and what of one user.

use std::collections::BTreeMap;
use std::path::Path;

use model::archive::{Header, Kind, Record};
use serde_json::json;
use tests::media::{PNG, media_to_user};
use tests::{Actor, Api, text_to_group};

/// The records in a folder, by their kinds; each file begins with a header.
fn records(folder: &Path) -> BTreeMap<Kind, Vec<Record>> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut lines = text.lines().map(|line| Record::parse(line).unwrap());
            let Some(Record::Header(header)) = lines.next() else { panic!("{} has no header", path.display()) };
            assert!(header.is_readable() && header.format == Header::FORMAT);
            let records: Vec<Record> = lines.collect();
            let kind = records[0].kind();
            assert_eq!(path.file_stem().unwrap().to_str(), Some(kind.to_string().as_str()));
            assert!(records.iter().all(|record| record.kind() == kind));
            (kind, records)
        })
        .collect()
}

/// What each of `records` is about, in short.
fn texts(records: &BTreeMap<Kind, Vec<Record>>) -> Vec<&str> {
    let messages = records.get(&Kind::Message).map(Vec::as_slice).unwrap_or_default();
    let texts = messages.iter().filter_map(|record| match record {
        Record::Message(message) => message.data.get("text").and_then(|text| text.as_str()),
        _ => None,
    });
    let mut texts: Vec<&str> = texts.collect();
    texts.sort_unstable();
    texts
}

/// ash, birch and cedar, who leave a bit of everything.
async fn orchard(api: &Api) -> (u64, Vec<u8>) {
    let users = [api.user("ash").await, api.user("bob").await, api.user("cedar").await];
    let [ash, bob, cedar] = &users;
    let guid = api.group("orchard", &[ash, bob, cedar]).await;
    let asked = ash.send_text(bob, "asked").await["id"].as_u64().unwrap();
    bob.post(format!("/messages/{asked}/thread"), json!({ "data": { "text": "answered" } })).await.expect_ok();
    for (who, request, body) in [
        (bob, format!("POST /messages/{asked}/reactions/%F0%9F%94%A5"), json!(null)),
        (bob, format!("POST /messages/{asked}/pin"), json!(null)),
        (bob, format!("POST /messages/{asked}/save"), json!(null)),
        (bob, format!("POST /messages/{asked}/flagged"), json!({ "id": "spam", "remark": "no" })),
        (bob, format!("POST /messages/{asked}/thread/subscription"), json!(null)),
        (bob, "POST /users/ash/conversation/read".to_owned(), json!({})),
        (bob, "POST /users/ash/conversation/pin".to_owned(), json!({})),
        (cedar, "POST /messages".to_owned(), text_to_group(&guid, "for all")),
        (cedar, "POST /messages".to_owned(), text_to_group(&guid, "for <@uid:bob>")),
        (bob, "POST /messages".to_owned(), text_to_group(&guid, "by bob")),
        (cedar, "POST /blockedusers".to_owned(), json!({ "blockedUids": ["ash"] })),
    ] {
        who.request(&request, &body).await.expect_ok();
    }
    api.befriend("bob", "ash").await;
    let upload = ash.upload("photo.png", "image/png", PNG).await;
    ash.post("/messages", media_to_user("bob", "image", &[&upload.attachment])).await.expect_ok();
    gone(api, cedar).await;
    (asked, PNG.to_vec())
}

/// What is not there any more: a user, and somebody who left.
async fn gone(api: &Api, cedar: &Actor<'_>) {
    let elm = api.user("elm").await;
    elm.send_text(cedar, "of elm").await;
    api.app().delete("/users/elm", json!({ "permanent": true })).await.expect_ok();
    cedar.delete("/groups/orchard/members/cedar", json!({})).await.expect_ok();
    api.jobs_done().await;
}

#[tokio::test]
async fn an_export_has_everything_that_is_there_and_nothing_that_is_not() {
    let api = Api::start().await;
    let (_, picture) = orchard(&api).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("all");
    let files = ["--files", api.local().bucket(), "--s3-endpoint-url", api.s3_url()];
    api.admin(&[&["export", "--to", to.to_str().unwrap()], &files[..]].concat()).await.unwrap();
    let records = records(&to);
    let counts: BTreeMap<String, usize> =
        records.iter().map(|(kind, records)| (kind.to_string(), records.len())).collect();
    for (kind, expected) in [
        ("pin", 1),
        ("save", 1),
        ("reaction", 1),
        ("flag", 1),
        ("subscription", 1),
        ("conversationPins", 1),
        ("file", 1),
        ("friend", 1),
        ("block", 1),
        ("formerUser", 1),
    ] {
        assert_eq!(counts.get(kind), Some(&expected), "{kind} of {counts:?}");
    }
    assert_eq!(texts(&records), ["answered", "asked", "by bob", "for <@uid:bob>", "for all"]);
    let rows = api.table().await;
    for (kind, sk) in [("message", "MSG#"), ("receipt", "MARK#"), ("member", "MEMBER#")] {
        let n_rows = rows.iter().filter(|row| row["sk"]["S"].as_str().unwrap().starts_with(sk)).count();
        assert_eq!(counts[kind], n_rows, "{kind}");
    }
    let Record::File(file) = &records[&Kind::File][0] else { panic!("no file") };
    assert_eq!(std::fs::read(to.join(file.key.as_str())).unwrap(), picture);
    let again = api.admin(&["export", "--to", to.to_str().unwrap()]).await.unwrap_err();
    assert!(again.to_string().contains("is not empty"), "{again}");
}

#[tokio::test]
async fn an_export_of_a_user_has_what_is_theirs_and_not_what_others_told_others() {
    let api = Api::start().await;
    let (asked, _) = orchard(&api).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    api.admin(&["export", "--user", "bob", "--to", to]).await.unwrap();
    let records = records(folder.path());
    assert_eq!(texts(&records), ["answered", "asked", "by bob", "for <@uid:bob>"]);
    let users: Vec<&Record> = records[&Kind::User].iter().collect();
    assert!(matches!(users[..], [Record::User(user)] if user.uid.as_str() == "bob"));
    let left = [Kind::Reaction, Kind::Save, Kind::Flag, Kind::Subscription];
    for kind in left {
        let line: serde_json::Value = serde_json::from_str(&records[&kind][0].line().unwrap()).unwrap();
        assert_eq!((&line["uid"], &line["messageId"]), (&json!("bob"), &json!(asked)), "{kind}");
    }
    let kinds = [Kind::Friend, Kind::Member, Kind::Conversation, Kind::Receipt, Kind::ConversationPins];
    assert!(kinds.iter().all(|kind| records.contains_key(kind)), "{:?}", records.keys());
    let unknown = folder.path().join("nobody");
    let refused = api.admin(&["export", "--user", "nobody", "--to", unknown.to_str().unwrap()]).await.unwrap_err();
    assert_eq!(refused.to_string(), "There is no user nobody.");
}
