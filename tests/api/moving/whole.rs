//! An export is read whole or not at all, and what is wrong with files is said in a sentence of its own.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::Api;
use tests::media::{PNG, media_to_user};

/// An export of two users, their messages and a file.
async fn exported(to: &Path) -> Api {
    let api = Api::start().await;
    let (ash, bob) = (api.user("ash").await, api.user("bob").await);
    for text in ["one", "two", "three"] {
        ash.send_text(&bob, text).await;
    }
    let upload = ash.upload("photo.png", "image/png", PNG).await;
    ash.post("/messages", media_to_user("bob", "image", &[&upload.attachment])).await.expect_ok();
    let files = ["--files", api.local().bucket(), "--s3-endpoint-url", api.s3_url()];
    api.admin(&[&["export", "--to", to.to_str().unwrap()], &files[..]].concat()).await.unwrap();
    api
}

/// What is done to an export, how, and what is said of it.
type Damage = (&'static str, fn(&Path), &'static str);

fn damages() -> Vec<Damage> {
    fn change(path: &Path, change: impl Fn(Vec<u8>) -> Vec<u8>) {
        fs::write(path, change(fs::read(path).unwrap())).unwrap();
    }
    fn media(folder: &Path) -> std::path::PathBuf {
        let text = fs::read_to_string(folder.join("file.jsonl")).unwrap();
        let file: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        folder.join(file["key"].as_str().unwrap())
    }
    vec![
        ("a file is gone", |folder| fs::remove_file(folder.join("user.jsonl")).unwrap(), "user.jsonl belongs to"),
        (
            "the manifest is gone",
            |folder| fs::remove_file(folder.join("manifest.json")).unwrap(),
            "has no manifest.json",
        ),
        ("the manifest is none", |folder| fs::write(folder.join("manifest.json"), "{}").unwrap(), "does not say what"),
        (
            "a part is left",
            |folder| fs::write(folder.join("role.jsonl.part"), "").unwrap(),
            "role.jsonl.part is not whole",
        ),
        (
            "a file is too much",
            |folder| fs::write(folder.join("other.jsonl"), "").unwrap(),
            "other.jsonl does not belong",
        ),
        (
            "a file is named that nobody knows",
            |folder| {
                change(&folder.join("manifest.json"), |bytes| {
                    String::from_utf8(bytes)
                        .unwrap()
                        .replace("user.jsonl\"", "poll.jsonl\": 7, \"user.jsonl\"")
                        .into_bytes()
                });
            },
            "poll.jsonl does not belong",
        ),
        (
            "a file is cut at the end of a line",
            |folder| {
                change(&folder.join("message.jsonl"), |bytes| {
                    let end = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
                    bytes[..=end].to_vec()
                });
            },
            "message.jsonl is not as it was exported",
        ),
        (
            "a file is cut in a line",
            |folder| change(&folder.join("message.jsonl"), |bytes| bytes[..bytes.len() - 9].to_vec()),
            "message.jsonl is not as it was exported",
        ),
        ("a file of a message is gone", |folder| fs::remove_file(media(folder)).unwrap(), "is not there"),
        (
            "a file of a message is cut",
            |folder| fs::write(media(folder), "x").unwrap(),
            "is not the one that was exported",
        ),
    ]
}

#[tokio::test]
async fn an_export_that_is_not_whole_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let api = exported(&whole).await;
    let manifest: Value = serde_json::from_str(&fs::read_to_string(whole.join("manifest.json")).unwrap()).unwrap();
    let n_messages = manifest["files"]["message.jsonl"].as_u64().unwrap();
    assert!(4 <= n_messages && manifest["header"]["version"] == 1, "{manifest}");
    let cut = format!("it holds {} whole records, and manifest.json says {n_messages}", n_messages - 1);
    let into = Api::start().await;
    let before = into.table().await.len();
    let state = folder.path().join("state.json");
    let import = async |from: &Path, more: &[&str]| {
        let fixed = ["import", "--from", from.to_str().unwrap(), "--state", state.to_str().unwrap()];
        let files = ["--copy-files", into.local().bucket(), "--s3-endpoint-url", into.s3_url()];
        into.admin(&[&fixed[..], &files[..], more].concat()).await
    };
    for (n, (what, damage, expected)) in damages().into_iter().enumerate() {
        let from = folder.path().join(n.to_string());
        let files = ["--files", api.local().bucket(), "--s3-endpoint-url", api.s3_url()];
        api.admin(&[&["export", "--to", from.to_str().unwrap()], &files[..]].concat()).await.unwrap();
        damage(&from);
        let said = import(&from, &[]).await.unwrap_err().to_string();
        assert!(said.contains(expected), "{what}: {said}");
        assert!(!said.contains("message.jsonl") || said.contains(&cut), "{what}: {said}");
    }
    let said = import(&whole, &["--since", "1"]).await.unwrap_err().to_string();
    assert!(said.contains("--since is for the API of a server"), "{said}");
    assert_eq!(into.table().await.len(), before);
    assert!(!state.exists());
    import(&whole, &[]).await.unwrap();
    assert_eq!(into.on_behalf_of("bob").get("/users/ash/messages").await.expect_data().as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_said_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let api = exported(&whole).await;
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (from, unwritable) = (path("whole"), path("nowhere/state.json"));
    let import = async |state: &str, more: &[&str]| {
        let fixed = ["import", "--from", &from, "--state", state];
        api.admin(&[&fixed[..], more].concat()).await.unwrap_err().to_string()
    };
    let said = import(&unwritable, &[]).await;
    assert!(said.starts_with(&unwritable) && said.contains("cannot be read or written"), "{said}");
    let said = import(folder.path().to_str().unwrap(), &[]).await;
    assert!(said.contains("cannot be read or written"), "{said}");

    let users = whole.join("user.jsonl");
    let text = fs::read_to_string(&users).unwrap();
    let (head, line) = text.trim_end().rsplit_once('\n').unwrap();
    let bytes = [head.as_bytes(), b"\n", line.replace("ash", "as").as_bytes(), b"\xff\n"].concat();
    fs::write(&users, bytes).unwrap();
    let said = import(&path("state.json"), &[]).await;
    assert!(said.contains("user.jsonl, line") && said.contains("not UTF-8 text"), "{said}");

    fs::write(&users, [head.as_bytes(), b"\n", &vec![b' '; 9 << 20], b"\n"].concat()).unwrap();
    let said = import(&path("state.json"), &[]).await;
    assert!(said.contains("user.jsonl, line") && said.contains("longer than that of any record"), "{said}");

    let other = fs::File::open(path("state.json.lock")).unwrap();
    other.lock().unwrap();
    let said = import(&path("state.json"), &[]).await;
    assert!(said.contains("is of an import that is running"), "{said}");
}

/// Another export of the same folder is read from its beginning, or not at all.
#[tokio::test]
async fn an_export_is_not_gone_on_with_where_another_one_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (from, state) = (path("whole"), path("state.json"));
    exported(Path::new(&from)).await;
    let into = Api::start().await;
    let import = async |state: &str| into.admin(&["import", "--from", &from, "--state", state]).await;
    import(&state).await.unwrap();
    let manifest = Path::new(&from).join("manifest.json");
    let mut later: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    later["header"]["createdAt"] = json!(later["header"]["createdAt"].as_u64().unwrap() + 1);
    fs::write(&manifest, later.to_string()).unwrap();
    let said = import(&state).await.unwrap_err().to_string();
    assert!(said.contains("is of an import from") && said.contains(&from), "{said}");
    import(&path("other.json")).await.unwrap();
}

/// What was begun as one run is not ended as another: what only that one reads would be missing.
#[tokio::test]
async fn a_run_is_ended_as_it_was_begun() {
    let api = Api::start().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let from = "http://127.0.0.1:9/v3";
    let import = async |more: &[&str]| {
        let fixed = ["import", "--from", from, "--api-key", "k", "--state", state.to_str().unwrap()];
        api.admin(&[&fixed[..], more].concat()).await.unwrap_err().to_string()
    };
    for (since, more, expected) in
        [(json!(null), &["--since", "7"][..], "without --since"), (json!(7), &[], "with --since 7")]
    {
        let begun = json!({ "from": from, "step": "messages", "place": "9", "isDone": false, "since": since });
        fs::write(&state, begun.to_string()).unwrap();
        let said = import(more).await;
        assert!(said.contains(expected) && said.contains("has not ended"), "{said}");
    }
}

/// Which key is meant, and how it is sent: who moves has keys of two apps at hand, and of several kinds.
#[test]
fn the_help_says_which_key_an_import_needs() {
    use clap::Parser;
    let help = admin::Arguments::try_parse_from(["halley-admin", "import", "--help"]).err().unwrap().to_string();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in
        ["The REST API key of the app that it is read from", "header `apikey`", "keys create --scope fullAccess"]
    {
        assert!(help.contains(said), "{said}: {help}");
    }
}
