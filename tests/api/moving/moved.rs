//! A whole app, moved from one service into others: by REST, and by the files of an export.

use serde_json::{Value, json};
use tests::media::{PNG, media_to_user};
use tests::{Actor, Api, text_to_group, text_to_user};

use super::crawl::{Depth, assert_alike, crawl};
use crate::platform::model;

/// How many random acts fill the first service; `HALLEY_STEPS` says otherwise.
fn n_steps() -> usize {
    std::env::var("HALLEY_STEPS").map_or(40, |steps| steps.parse().expect("HALLEY_STEPS is a number"))
}

/// A service in which there is nothing at all.
pub(super) async fn empty() -> Api {
    let api = Api::start().await;
    for row in api.table().await {
        if !row["pk"]["S"].as_str().unwrap().starts_with("KEY") {
            api.dynamodb("DeleteItem", &json!({ "TableName": "halley", "Key": { "pk": row["pk"], "sk": row["sk"] } }));
        }
    }
    api
}

/// Moves one service into another by REST, with these further arguments; what the program says of it.
pub(super) async fn moved_by_rest(from: &Api, api: &Api, state: &std::path::Path, more: &[&str]) -> String {
    let state = state.to_str().unwrap();
    let rest = ["import", "--from", from.base_url(), "--api-key", from.api_key(), "--state", state];
    api.admin(&[&rest[..], &["--requests-per-minute", "600000"], more].concat()).await.unwrap()
}

/// A service with everything in it that can move: by random acts, and by what they do not do.
async fn filled() -> Api {
    let api = empty().await;
    model::fill(&api, tests::seed(), n_steps()).await;
    let [alice, bob, carol, dave] = model::USERS.map(|uid| api.on_behalf_of(uid));
    // Whatever came before: what follows writes to these.
    for (who, other) in [
        (&alice, "bob"),
        (&alice, "dave"),
        (&bob, "alice"),
        (&bob, "carol"),
        (&carol, "bob"),
        (&carol, "dave"),
        (&dave, "alice"),
        (&dave, "carol"),
    ] {
        who.delete("/blockedusers", json!({ "blockedUids": [other] })).await.expect_ok();
    }
    for uid in model::USERS {
        api.app().delete(format!("/groups/lake/bannedusers/{uid}"), json!({})).await;
    }
    api.app().post("/groups/lake/members", json!({ "participants": model::USERS })).await.expect_ok();
    for n in 0..4 {
        alice.send_text(&bob, &format!("paged by {n}")).await;
    }
    let sent = bob.send_text(&alice, "to be marked").await["id"].as_u64().unwrap();
    let parent = alice.send_text_to_group("lake", "a thread").await["id"].as_u64().unwrap();
    let form = json!({ "elementType": "button", "elementId": "yes", "buttonText": "Yes", "action": {} });
    let form = json!({ "receiver": "lake", "receiverType": "group", "category": "interactive", "type": "form",
        "data": { "interactiveData": { "formFields": [form] } } });
    let form = bob.post("/messages", form).await.expect_data()["id"].as_u64().unwrap();
    let mention = json!({ "receiver": "lake", "receiverType": "group", "tags": ["x"],
        "data": { "text": "<@uid:alice>", "metadata": { "a": 1.5 } } });
    let app = api.app();
    let acts: Vec<(&Actor<'_>, String, Value)> = vec![
        (&app, "PUT /groups/lake".into(), json!({ "metadata": { "a": 1, "@private": { "b": 2 } }, "tags": ["deep"] })),
        (
            &app,
            "PUT /users/alice".into(),
            json!({ "metadata": { "c": 1, "@private": 2 }, "tags": ["t"], "link": "https://a.example/" }),
        ),
        (&app, "POST /roles".into(), json!({ "role": "picker", "name": "Picker", "metadata": { "d": 1 } })),
        (&app, "POST /users".into(), json!({ "uid": "elm", "name": "Elm", "role": "picker" })),
        (&app, "POST /users".into(), json!({ "uid": "robot", "name": "Robot" })),
        (&app, "POST /bots".into(), json!({ "uid": "robot", "webhookURL": "https://hooks.example/" })),
        (&app, "POST /users/alice/friends".into(), json!({ "accepted": ["bob", "carol"] })),
        (&app, "POST /groups".into(), json!({ "guid": "empty", "name": "Empty", "type": "private" })),
        (&app, "POST /groups/lake/members".into(), json!({ "moderators": ["elm"] })),
        (&app, "PUT /users".into(), json!({ "uidsToActivate": ["alice"] })),
        (&carol, "POST /messages".into(), mention),
        (&alice, format!("POST /messages/{sent}/pin"), Value::Null),
        (&alice, format!("POST /messages/{sent}/save"), Value::Null),
        (&alice, format!("POST /messages/{parent}/thread/subscription"), Value::Null),
        (&bob, format!("POST /messages/{parent}/thread"), json!({ "data": { "text": "in the thread" } })),
        (&alice, format!("PATCH /messages/{form}/interacted"), json!({ "interactions": ["yes"] })),
        (&alice, "PUT /users/bob/conversation".into(), json!({ "tags": ["work"] })),
        (&alice, "POST /users/bob/conversation/pin".into(), Value::Null),
        (
            &app,
            "PUT /conversations/pinned".into(),
            json!({ "pinnedConversations": [{ "guid": "lake" }, { "uid": "bob" }] }),
        ),
        (&dave, "POST /messages".into(), text_to_user("alice", "to be removed from a view")),
        (&dave, "POST /messages".into(), text_to_user("carol", "kept in its place")),
        (&alice, "POST /users/dave/conversation/delivered".into(), json!({})),
        (&carol, "POST /users/dave/conversation/read".into(), json!({})),
        (&alice, "DELETE /users/dave/conversation".into(), json!({})),
        (&carol, "DELETE /users/dave/conversation".into(), json!({ "preserveOrder": true })),
        (&app, "POST /groups/lake/bannedusers/elm".into(), json!({})),
        (&alice, "POST /groups/lake/conversation/read".into(), json!({})),
        (&bob, "POST /messages".into(), text_to_group("lake", "unread")),
        (&bob, "POST /users/alice/conversation/delivered".into(), json!({})),
    ];
    for (who, request, body) in acts {
        let answer = who.request(&request, &body).await;
        assert_eq!(answer.status, 200, "{request}: {}", answer.body);
    }
    // A reply that was deleted stays the last one of its thread.
    let parent = alice.send_text_to_group("lake", "a thread of one").await["id"].as_u64().unwrap();
    let reply =
        bob.post(format!("/messages/{parent}/thread"), json!({ "data": { "text": "gone" } })).await.expect_data();
    bob.delete(format!("/messages/{}", reply["id"]), Value::Null).await.expect_ok();
    let upload = alice.upload("photo.png", "image/png", PNG).await;
    alice.post("/messages", media_to_user("bob", "image", &[&upload.attachment])).await.expect_ok();
    brought_in(&api).await;
    edited_later(&bob, &carol).await;
    notified(&bob).await;
    api
}

/// Who read a message gives another receipt a second later, of the notice that it was edited, which no list shows.
async fn edited_later(bob: &Actor<'_>, carol: &Actor<'_>) {
    let sent = [bob.send_text(carol, "to be edited").await, bob.send_text_to_group("lake", "to be edited").await];
    let read = async || {
        for with in ["users/bob", "groups/lake"] {
            carol.post(format!("/{with}/conversation/read"), json!({})).await.expect_ok();
        }
    };
    read().await;
    tests::next_second().await;
    for sent in sent {
        let edit = json!({ "data": { "text": "edited" } });
        bob.put(format!("/messages/{}", sent["id"]), edit).await.expect_ok();
    }
    read().await;
}

/// What notifications need to know of a user.
async fn notified(bob: &Actor<'_>) {
    const LATE: u64 = 4_102_444_800_000;
    bob.post(
        "/notifications/push/v1/tokens",
        json!({ "platform": "fcm_web", "fcmToken": "t", "timezone": "Europe/Berlin" }),
    )
    .await
    .expect_ok();
    let preferences = json!({ "groupPreferences": { "groupMessages": 3 } });
    bob.send("PATCH", "/notifications/v1/preferences", preferences.to_string().into_bytes()).await.expect_ok();
    let muted = json!({ "conversations": [{ "id": "lake", "type": "group", "until": LATE }] });
    bob.put("/notifications/v1/preferences/mute", muted).await.expect_ok();
}

/// What another service's importer brought in, the later part first, around what is live and unread.
async fn brought_in(api: &Api) {
    const THEN: u64 = 1_730_000_000;
    let import = async |entities: &str, given: Value| {
        let slots = api.app().post(format!("/data_import/{entities}"), json!({ entities: given })).await.expect_data();
        assert!(slots.as_object().unwrap().values().all(|slot| slot["success"] == true), "{slots}");
    };
    let message = |muid: &str, sender: &str, receiver: [&str; 2], at: u64| {
        json!({ muid: { "muid": muid, "sender": sender, "receiverType": receiver[0], "receiver": receiver[1], "sentAt": at,
            "data": { "text": muid } } })
    };
    let user = |uid: &str| json!({ "uid": uid, "name": uid, "createdAt": THEN });
    import("users", json!({ "fir": user("fir"), "gorse": user("gorse") })).await;
    let group = json!({ "guid": "heath", "name": "Heath", "type": "public", "owner": "fir", "createdAt": THEN });
    import("groups", json!({ "heath": group })).await;
    let member = json!({ "memberId": "heath_member_gorse", "guid": "heath", "uid": "gorse", "joinedAt": THEN + 1 });
    import("members", json!({ "heath_member_gorse": member })).await;
    import("messages", message("later", "gorse", ["user", "fir"], THEN + 500)).await;
    import("messages", message("not received", "fir", ["user", "gorse"], THEN + 50)).await;
    let mut read = message("read", "fir", ["user", "gorse"], THEN + 100);
    read["read"]["readAt"] = json!(THEN + 600);
    import("messages", read).await;
    let mut received = message("received", "fir", ["user", "gorse"], THEN + 200);
    received["received"]["deliveredAt"] = json!(THEN + 601);
    import("messages", received).await;
    import("messages", message("not read by all", "fir", ["group", "heath"], THEN + 50)).await;
    let mut for_all = message("for all", "fir", ["group", "heath"], THEN + 100);
    for_all["for all"]["readAt"] = json!(THEN + 600);
    import("messages", for_all).await;
    let (fir, gorse) = (api.on_behalf_of("fir"), api.on_behalf_of("gorse"));
    fir.send_text(&gorse, "live").await;
    let holly = api.user("holly").await;
    fir.send_text(&holly, "read by who is deactivated then").await;
    holly.post("/users/fir/conversation/read", json!({})).await.expect_ok();
    fir.send_text(&holly, "not read by them").await;
    let ivy = api.user("ivy").await;
    for other in ["fir", "ivy"] {
        api.app().post(format!("/users/{other}/friends"), json!({ "accepted": ["holly"] })).await.expect_ok();
    }
    fir.post("/blockedusers", json!({ "blockedUids": ["ivy"] })).await.expect_ok();
    ivy.post("/blockedusers", json!({ "blockedUids": ["gorse"] })).await.expect_ok();
    api.app().delete("/users", json!({ "uidsToDeactivate": ["holly", "ivy"] })).await.expect_ok();
    fir.send_text_to_group("heath", "live for all").await;
    let hazel = api.user("hazel").await;
    // Who comes to what others have not read has nothing to read of it, and receives it.
    let member = json!({ "memberId": "heath_member_hazel", "guid": "heath", "uid": "hazel", "joinedAt": THEN + 2 });
    import("members", json!({ "heath_member_hazel": member })).await;
    hazel.post("/groups/heath/conversation/delivered", json!({})).await.expect_ok();
    let now = shared::clock::system().seconds().get();
    import("messages", message("now", "fir", ["user", "gorse"], now)).await;
    import("messages", message("now for all", "fir", ["group", "heath"], now)).await;
    // Behind what somebody has read, and before what they have not.
    fir.send_text(&hazel, "read").await;
    hazel.post("/users/fir/conversation/read", json!({})).await.expect_ok();
    import("messages", message("behind it", "fir", ["user", "hazel"], now)).await;
    fir.send_text(&hazel, "not read").await;
    // What was deleted permanently was the last of its conversation, or all of it.
    import("messages", message("left", "hazel", ["user", "gorse"], THEN + 50)).await;
    for other in [&gorse, &api.on_behalf_of("elm")] {
        let gone = hazel.send_text(other, "gone").await["id"].clone();
        hazel.delete(format!("/messages/{gone}"), json!({ "permanent": true })).await.expect_ok();
    }
    for receiver in [["user", "gorse"], ["group", "heath"]] {
        let muid = format!("read now by {}", receiver[1]);
        let mut read = message(&muid, "fir", receiver, now);
        read[&muid]["readAt"] = json!(now);
        import("messages", read).await;
    }
}

#[tokio::test]
async fn an_app_that_moved_answers_everybody_as_before() {
    let first = filled().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (archive, state, other_state) = (path("archive"), path("files.json"), path("rest.json"));

    let by_files = empty().await;
    let files = ["--files", first.local().bucket(), "--s3-endpoint-url", first.s3_url()];
    first.admin(&[&["export", "--to", &archive], &files[..]].concat()).await.unwrap();
    let into = ["--copy-files", by_files.local().bucket(), "--s3-endpoint-url", by_files.s3_url()];
    by_files.admin(&[&["import", "--from", &archive, "--state", &state], &into[..]].concat()).await.unwrap();

    let by_rest = empty().await;
    let from = ["import", "--from", first.base_url(), "--api-key", first.api_key(), "--state", &other_state];
    let fast = ["--requests-per-minute", "600000"];
    let into = ["--copy-files", by_rest.local().bucket(), "--s3-endpoint-url", by_rest.s3_url()];
    let said = by_rest.admin(&[&from[..], &into[..], &fast[..]].concat()).await.unwrap();
    assert!(!said.contains("not written"), "{said}");

    let before = crawl(&first).await;
    assert_alike(&before, &crawl(&by_files).await, Depth::All, "by files");
    assert_alike(&before, &crawl(&by_rest).await, Depth::Told, "by REST");
    cursors_hold(&first, &by_files).await;
    cursors_hold(&first, &by_rest).await;
    let back = [unread_again(&first).await, unread_again(&by_files).await, unread_again(&by_rest).await];
    assert!(back[0].len() == 2 && back.iter().all(|ids| *ids == back[0]), "{back:?}");
}

/// What is unread once somebody steps back behind what was brought in.
async fn unread_again(api: &Api) -> Vec<u64> {
    let hazel = api.on_behalf_of("hazel");
    let shown = hazel.get("/users/fir/messages?searchKey=read&limit=100").await.expect_data();
    let first = shown.as_array().unwrap().iter().find(|message| message["data"]["text"] == "read").unwrap();
    hazel.delete("/users/fir/conversation/read", json!({ "messageId": first["id"] })).await.expect_ok();
    tests::ids(&hazel.get("/users/fir/messages?unread=1").await.expect_data())
}

/// What a client held before the move it uses after it.
async fn cursors_hold(before: &Api, after: &Api) {
    let path = "/users/bob/messages?limit=3&affix=append&sentAt=1";
    let page = before.on_behalf_of("alice").get(path).await.expect_ok();
    let next = page["meta"]["next"]["id"].as_u64().unwrap();
    let path = format!("/users/bob/messages?limit=3&affix=append&id={next}");
    let pages = [before, after].map(|api| api.on_behalf_of("alice"));
    let [one, other] = [pages[0].get(&path).await.expect_data(), pages[1].get(&path).await.expect_data()];
    assert_eq!(tests::ids(&one), tests::ids(&other));
    let conversation = page["data"][0]["conversationId"].as_str().unwrap();
    let held = "/users/bob/messages?limit=1&category=message&hideDeleted=true";
    let held = before.on_behalf_of("alice").get(held).await.expect_data();
    let id = held[0]["id"].as_u64().unwrap();
    let alice = after.on_behalf_of("alice");
    alice.get(format!("/conversations/{conversation}")).await.expect_ok();
    let quoted =
        json!({ "receiver": "bob", "receiverType": "user", "data": { "text": "that" }, "quotedMessageId": id });
    let sent = alice.post("/messages", quoted).await.expect_data();
    assert_eq!(sent["quotedMessage"]["id"], id);
    let newest = after.app().get("/messages?limit=1").await.expect_data();
    assert_eq!(newest[0]["id"], sent["id"], "what is sent comes after what was moved");
}

/// How fast messages come in and leave here, and how many units they take: docs/moving.md, "At scale".
#[tokio::test]
#[ignore = "a measurement"]
async fn what_a_move_costs() {
    const MESSAGES: u64 = 5_000;
    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(path("in")).unwrap();
    let snapshot = |uid: u64| json!({ "entity": { "uid": format!("u{uid}"), "name": format!("Name {uid}") }, "entityType": "user" });
    let message = |n: u64| {
        let (one, other) = (n % 100, 100 + n % 100);
        json!({ "kind": "message", "id": n, "conversation": format!("user#u{other}#u{one}"), "sender": format!("u{one}"),
            "receiver": format!("user#u{other}"), "category": "message", "type": "text", "data": { "text": "t".repeat(1_100) },
            "entities": { "sender": snapshot(one), "receiver": snapshot(other) }, "sentAt": n, "updatedAt": n })
        .to_string()
    };
    let header = json!({ "kind": "header", "format": "halley-archive", "version": 1, "app": "a", "createdAt": 1 });
    let lines = std::iter::once(header.to_string()).chain((1..=MESSAGES).map(message));
    std::fs::write(path("in/message.jsonl"), lines.map(|line| line + "\n").collect::<String>()).unwrap();
    let header = json!({ "format": "halley-archive", "version": 1, "app": "a", "createdAt": 1 });
    let manifest = json!({ "header": header, "files": { "message.jsonl": MESSAGES } });
    std::fs::write(path("in/manifest.json"), manifest.to_string()).unwrap();
    let (from, state, out) = (path("in"), path("state.json"), path("out"));
    let begun = std::time::Instant::now();
    let said = api.admin(&["import", "--from", &from, "--state", &state]).await.unwrap();
    println!("in: {:.0} messages a second\n{said}", MESSAGES as f64 / begun.elapsed().as_secs_f64());
    let begun = std::time::Instant::now();
    let said = api.admin(&["export", "--to", &out]).await.unwrap();
    println!("out: {:.0} messages a second\n{said}", MESSAGES as f64 / begun.elapsed().as_secs_f64());
}
