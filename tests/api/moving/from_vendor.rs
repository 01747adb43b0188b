//! `halley-admin import` from a server that behaves as the vendor's does.

use serde_json::{Value, json};
use tests::vendor::{Holdings, KEY, Vendor};
use tests::{Api, ids, texts};

/// When it all happened.
const THEN: u64 = 1_700_000_000;

fn user(uid: &str) -> Value {
    json!({ "uid": uid, "name": uid.to_uppercase(), "role": "default", "status": "offline", "createdAt": THEN,
        "metadata": { "of": uid }, "tags": ["imported"] })
}

fn group() -> Value {
    json!({ "guid": "orchard", "name": "Orchard", "type": "private", "owner": "ash", "membersCount": 2,
        "createdAt": THEN, "conversationId": "group_orchard" })
}

/// A message as the vendor answers it, between ash and birch or to the group.
fn message(id: u64, sender: &str, receiver: &str, extra: Value) -> Value {
    let receiver_type = if receiver == "orchard" { "group" } else { "user" };
    let entity = |name: &str| match name {
        "orchard" => json!({ "entity": group(), "entityType": "group" }),
        uid => json!({ "entity": user(uid), "entityType": "user" }),
    };
    let conversation = if receiver == "orchard" { "group_orchard" } else { "ash_user_birch" };
    let mut message = json!({
        "id": id.to_string(), "conversationId": conversation, "sender": sender, "receiver": receiver,
        "receiverType": receiver_type, "category": "message", "type": "text", "sentAt": THEN + id, "updatedAt": THEN + id,
        "data": { "text": format!("m{id}"), "entities": { "sender": entity(sender), "receiver": entity(receiver) } },
    });
    for (name, value) in extra.as_object().unwrap() {
        match (name.as_str(), value) {
            ("data", Value::Object(fields)) => message["data"].as_object_mut().unwrap().extend(fields.clone()),
            ("deletedAt", _) => {
                message["data"].as_object_mut().unwrap().remove("text");
                message[name] = value.clone();
            }
            _ => message[name] = value.clone(),
        }
    }
    message
}

fn holdings(url: &str) -> Holdings {
    let joined = json!({ "category": "action", "type": "groupMember", "data": { "action": "joined",
        "entities": { "by": { "entity": user("ash"), "entityType": "user" },
            "for": { "entity": group(), "entityType": "group" }, "on": { "entity": user("ash"), "entityType": "user" } } } });
    let read = json!({ "deliveredAt": THEN + 200, "readAt": THEN + 201 });
    let photo = json!({ "url": format!("{url}/files/photo"), "name": "photo.png", "mimeType": "image/png",
        "extension": "png", "size": 21 });
    let messages = vec![
        message(100, "ash", "orchard", joined),
        message(
            101,
            "ash",
            "birch",
            json!({ "deliveredAt": THEN + 200, "readAt": THEN + 201,
            "receiptsOf": { "birch": read }, "data": { "reactions": [{ "reaction": "🔥", "count": 3 }] }, "replyCount": 1 }),
        ),
        message(102, "birch", "ash", json!({ "parentId": "101", "muid": "old" })),
        message(103, "birch", "orchard", json!({ "category": "custom", "type": "vote", "tags": ["x"] })),
        message(
            104,
            "birch",
            "ash",
            json!({ "deletedAt": THEN + 300, "deletedBy": "birch", "data": { "text": null } }),
        ),
        message(105, "ash", "birch", json!({ "type": "image", "data": { "attachments": [photo] } })),
        message(106, "birch", "ash", json!({ "quotedMessageId": "101" })),
    ];
    let reaction = |(id, uid): (u64, &str)| {
        json!({ "id": id.to_string(), "messageId": "101", "reaction": "🔥", "uid": uid,
        "reactedAt": THEN + 150, "reactedBy": user(uid) })
    };
    let member = |uid: &str, scope: &str| json!({ "uid": uid, "name": uid, "scope": scope, "joinedAt": THEN + 1 });
    let with = |uid: &str| {
        json!({ "conversationId": "ash_user_birch", "conversationType": "user", "createdAt": THEN + 101,
        "updatedAt": THEN + 106, "conversationWith": { "uid": uid }, "unreadMessageCount": 2, "tags": ["work"] })
    };
    let mut deactivated = user("cedar");
    deactivated["deactivatedAt"] = json!(THEN + 9);
    let lists = vec![
        ("/groups/orchard/members", vec![member("ash", "admin"), member("birch", "participant")]),
        ("/groups/orchard/bannedusers", vec![json!({ "uid": "elm", "scope": "participant", "joinedAt": THEN + 1 })]),
        ("/groups/orchard/messages", vec![messages[0].clone()]),
        ("/users/ash/blockedusers", vec![json!({ "uid": "elm", "blockedByMeAt": THEN + 5 })]),
        ("/messages/101/reactions", [(201, "birch"), (202, "elm"), (203, "ash")].map(reaction).to_vec()),
        ("ash/conversations", vec![with("birch")]),
        ("birch/conversations", vec![with("ash")]),
        ("elm/conversations", vec![]),
        ("ash/groups", vec![json!({ "guid": "orchard", "joinedAt": THEN + 1 })]),
        ("birch/groups", vec![json!({ "guid": "orchard", "joinedAt": THEN + 1 })]),
        ("elm/groups", vec![]),
    ];
    Holdings {
        users: vec![user("ash"), user("birch"), deactivated, user("elm")],
        groups: vec![
            json!({ "guid": "orchard", "name": "Orchard", "type": "private", "owner": "ash", "membersCount": 2,
            "createdAt": THEN }),
        ],
        lists: lists.into_iter().map(|(path, items)| (path.to_owned(), items)).collect(),
        messages,
        instead: Vec::new(),
    }
}

#[tokio::test]
async fn an_app_of_the_vendor_moves_in_and_is_caught_up_with() {
    let vendor = Vendor::start(Holdings::default()).await;
    vendor.change(|held| *held = holdings(vendor.url.strip_suffix("/v3").unwrap()));
    let api = Api::start().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let fixed =
        ["import", "--from", &vendor.url, "--api-key", KEY, "--state", state.to_str().unwrap(), "--page-size", "2"];
    let files =
        ["--copy-files", api.local().bucket(), "--s3-endpoint-url", api.s3_url(), "--requests-per-minute", "60000"];
    let run = async |extra: &[&str]| api.admin(&[&fixed[..], &files[..], extra].concat()).await.unwrap();

    let estimated = run(&["--dry-run"]).await;
    assert!(estimated.contains("7  message\n") && estimated.contains("4  user\n"), "{estimated}");
    assert!(!state.exists());
    let said = run(&[]).await;
    assert_eq!(vendor.n_refusals(), 3);
    assert!(said.contains("not read: friends of users: ERR_API_NOT_FOUND (4)"), "{said}");
    assert!(said.contains("what deactivated users see") && !said.contains("not written"), "{said}");
    assert!(run(&[]).await.starts_with("All of it was brought in before"));

    let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    let shown = birch.get("/users/ash/messages?limit=100").await.expect_data();
    assert_eq!(ids(&shown), [101, 102, 104, 105, 106]);
    assert_eq!((&shown[0]["sentAt"], &shown[0]["readAt"]), (&json!(THEN + 101), &json!(THEN + 201)));
    assert_eq!(shown[0]["data"]["reactions"], json!([{ "reaction": "🔥", "count": 3, "reactedByMe": true }]));
    assert_eq!((&shown[1]["parentId"], &shown[1]["muid"]), (&json!(101), &json!("old")));
    assert_eq!((&shown[2]["deletedBy"], &shown[4]["quotedMessage"]["id"]), (&json!("birch"), &json!(101)));
    let url = shown[3]["data"]["attachments"][0]["url"].as_str().unwrap();
    assert_eq!(tests::media::download(url).await.bytes, b"the bytes of /files/photo");
    let conversation = ash.get("/users/birch/conversation").await.expect_data();
    assert_eq!((&conversation["unreadMessageCount"], &conversation["tags"]), (&json!(2), &json!(["work"])));
    assert_eq!(ids(&ash.get("/groups/orchard/messages?limit=9").await.expect_data()), [100, 103]);
    api.on_behalf_of("elm").post("/groups/orchard/members", json!({})).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    assert_eq!(ash.get("/blockedusers").await.expect_data()[0]["uid"], "elm");

    vendor.change(|held| {
        held.messages[2] = message(
            102,
            "birch",
            "ash",
            json!({ "parentId": "101", "muid": "old", "updatedAt": THEN + 900,
            "editedAt": THEN + 900, "editedBy": "birch", "data": { "text": "edited" } }),
        );
        held.messages.push(message(107, "ash", "birch", json!({})));
        // What no change of anything tells: it is not listed any more.
        held.messages[1]["data"]["reactions"][0]["count"] = json!(2);
        for (path, kept) in [
            ("/messages/101/reactions", 2),
            ("/groups/orchard/members", 1),
            ("/groups/orchard/bannedusers", 0),
            ("/users/ash/blockedusers", 0),
            ("birch/groups", 0),
        ] {
            held.lists.iter_mut().find(|(known, _)| known == path).unwrap().1.truncate(kept);
        }
    });
    let said = run(&["--since", &(THEN + 800).to_string()]).await;
    for ended in ["1  member,", "1  ban,", "1  block,"] {
        assert!(said.contains(ended), "{said}");
    }
    let shown = birch.get("/messages/101").await.expect_data();
    assert_eq!(shown["data"]["reactions"], json!([{ "reaction": "🔥", "count": 2, "reactedByMe": true }]));
    assert_eq!(api.app().get("/messages/101/reactions").await.expect_data().as_array().unwrap().len(), 2);
    let members = api.app().get("/groups/orchard/members").await.expect_data();
    assert_eq!((members.as_array().unwrap().len(), &members[0]["uid"]), (1, &json!("ash")));
    assert_eq!(api.app().get("/groups/orchard").await.expect_data()["membersCount"], 1);
    assert_eq!(api.app().get("/groups/orchard/bannedusers").await.expect_data(), json!([]));
    assert_eq!(ash.get("/blockedusers").await.expect_data(), json!([]));
    let shown = birch.get("/users/ash/messages?limit=100").await.expect_data();
    assert_eq!(texts(&shown), ["m101", "edited", "m105", "m106", "m107"]);
    assert_eq!(birch.get("/messages/101/thread").await.expect_data().as_array().unwrap().len(), 1);
}

/// What ends a run, which goes on once the server is well again, and what does not.
#[tokio::test]
async fn a_server_that_answers_strangely_loses_nothing() {
    let vendor = Vendor::start(Holdings::default()).await;
    vendor.change(|held| {
        *held = holdings("http://127.0.0.1:9");
        held.users.push(json!({ "uid": "no uid", "name": "N" }));
        held.groups.push(json!({ "guid": 7, "name": "N" }));
    });
    let answer_instead = |path, n_times, status, body: Value| {
        vendor.change(|held| held.instead = vec![(path, n_times, status, body.to_string())]);
    };
    let api = Api::start().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let fixed = ["import", "--from", &vendor.url, "--api-key", KEY, "--state", state.to_str().unwrap()];
    let fast = ["--page-size", "2", "--requests-per-minute", "600000"];
    let run = async || api.admin(&[&fixed[..], &fast[..]].concat()).await;
    let back = json!({ "data": [group()], "meta": { "next": { "page": 1 } } });
    let refused = json!({ "error": { "code": "AUTH_ERR_APIKEY_NOT_FOUND", "message": "No." } });
    for (path, status, body, expected) in [
        ("/users", 200, json!({ "data": [user("ash"), user("birch")], "meta": { "pagination": {} } }), "never end"),
        // Not as if nobody were blocked.
        ("/users/birch/blockedusers", 401, refused, "AUTH_ERR"),
        ("/groups", 200, back, "never end"),
        ("/messages", 200, json!({ "data": [message(101, "ash", "birch", json!({}))] }), "never end"),
    ] {
        answer_instead(path, usize::MAX, status, body);
        let said = run().await.unwrap_err().to_string();
        assert!(said.contains(expected) && said.contains("goes on where it was"), "{path}: {said}");
    }
    let [later, earlier] = [message(102, "birch", "ash", json!({})), message(101, "ash", "birch", json!({}))];
    answer_instead("/messages", 1, 200, json!({ "data": [later, earlier, {}] }));
    vendor.change(|held| held.instead.push(("/groups/orchard/members", 1, 200, "{\"data\":[{".to_owned())));
    let said = run().await.unwrap();
    assert!(said.contains("not read: messages: it has no id (1)"), "{said}");
    for strange in ["users", "groups"] {
        assert!(said.contains(&format!("not read: {strange}: they are not as the contract says (1)")), "{said}");
    }
    let shown = api.on_behalf_of("birch").get("/users/ash/messages?limit=100").await.expect_data();
    assert_eq!(ids(&shown), [101, 102, 104, 105, 106]);
    let members = api.app().get("/groups/orchard/members").await.expect_data();
    assert_eq!(members.as_array().unwrap().len(), 2);
}

/// A list that leads back to where it was, after however many pages, ends the run with a sentence; one without pages is whole,
/// however many are asked for at once.
#[tokio::test]
async fn a_list_that_goes_round_is_noticed_and_one_without_pages_is_whole() {
    let vendor = Vendor::start(holdings("http://127.0.0.1:9")).await;
    let api = Api::start().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let fixed = ["import", "--from", &vendor.url, "--api-key", KEY, "--state", state.to_str().unwrap()];
    let fast = ["--page-size", "2", "--requests-per-minute", "600000"];
    let run = async || api.admin(&[&fixed[..], &fast[..]].concat()).await;
    let bans = |n: usize| [0, 1].map(|m| json!({ "uid": format!("uid-{n}-{m}"), "scope": "participant" }));
    let page = |items: usize, next: usize| {
        let body = json!({ "data": bans(items), "meta": { "next": { "affix": "append", "id": next } } });
        ("/groups/orchard/bannedusers", 1, 200, body.to_string())
    };
    // The same two cursors in turn, whatever they show; the same three pages, whatever the cursors.
    for round in [(0..30).map(|n| page(n, n % 2)).collect(), (0..30).map(|n| page(n % 3, n)).collect::<Vec<_>>()] {
        vendor.change(|held| held.instead = round);
        let said = run().await.unwrap_err().to_string();
        let expected = format!("{}: /groups/orchard/bannedusers was answered by what was there before", vendor.url);
        assert!(said.contains(&expected), "{said}");
    }
    let pinned = ["birch", "elm"].map(|uid| {
        json!({ "conversationId": "x", "conversationType": "user", "conversationWith": user(uid), "pinnedAt": THEN })
    });
    let body = json!({ "data": pinned }).to_string();
    vendor.change(|held| held.instead = vec![("/conversations/pinned", usize::MAX, 200, body)]);
    run().await.unwrap();
    assert_eq!(api.app().get("/conversations/pinned").await.expect_data().as_array().unwrap().len(), 2);
}

/// Many users, groups and messages, each of which takes requests of its own.
fn many() -> Holdings {
    const N: u64 = 40;
    let uids: Vec<String> = (0..N).map(|n| format!("user-{n:02}")).collect();
    let guids: Vec<String> = (0..N / 2).map(|n| format!("group-{n:02}")).collect();
    let extra = json!({ "conversationId": "user-00_user_user-01",
        "data": { "reactions": [{ "reaction": "🔥", "count": 1 }] } });
    let messages: Vec<Value> = (0..N).map(|n| message(100 + n, "user-00", "user-01", extra.clone())).collect();
    let mut lists: Vec<(String, Vec<Value>)> = Vec::new();
    for uid in &uids {
        lists.extend(["conversations", "groups"].map(|list| (format!("{uid}/{list}"), Vec::new())));
        lists.extend(["friends", "blockedusers"].map(|list| (format!("/users/{uid}/{list}"), Vec::new())));
    }
    for guid in &guids {
        let owner = json!({ "uid": "user-00", "scope": "admin", "joinedAt": THEN });
        lists.push((format!("/groups/{guid}/members"), vec![owner]));
        lists.extend(["bannedusers", "messages"].map(|list| (format!("/groups/{guid}/{list}"), Vec::new())));
    }
    lists.extend((100..100 + N).map(|id| {
        let reaction = json!({ "id": (1_000 + id).to_string(), "messageId": id.to_string(), "reaction": "🔥",
            "uid": "user-01", "reactedAt": THEN + 900 });
        (format!("/messages/{id}/reactions"), vec![reaction])
    }));
    let group =
        |guid: &String| json!({ "guid": guid, "name": "G", "type": "public", "owner": "user-00", "createdAt": THEN });
    let (users, groups) = (uids.iter().map(|uid| user(uid)).collect(), guids.iter().map(group).collect());
    Holdings { users, groups, lists, messages, instead: Vec::new() }
}

/// What is done of a page, or of a part of the users, is kept: a run that comes to an end again and again long before the next one
/// is still one step further each time.
#[tokio::test]
async fn runs_that_are_cut_off_early_come_to_the_end_together() {
    const REQUESTS_A_RUN: usize = 30;
    let vendor = Vendor::start(many()).await;
    let api = Api::start().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let fixed = ["import", "--from", &vendor.url, "--api-key", KEY, "--state", state.to_str().unwrap()];
    let run = async |more: &[&str]| {
        vendor.answer_only(Some(REQUESTS_A_RUN));
        api.admin(&[&fixed[..], &["--requests-per-minute", "600000"], more].concat()).await
    };
    let to_the_end = async |more: &[&str]| {
        for n_runs in 1..=60 {
            match run(more).await {
                Ok(said) => return (n_runs, said),
                Err(error) => assert!(error.to_string().contains("goes on where it was"), "{error}"),
            }
        }
        panic!("it does not end: {}", std::fs::read_to_string(&state).unwrap());
    };
    let (n_runs, _) = to_the_end(&[]).await;
    assert!(10 < n_runs, "{n_runs}");
    let shown = api.on_behalf_of("user-01").get("/users/user-00/messages?limit=100").await.expect_data();
    assert_eq!(ids(&shown), (100..140).collect::<Vec<_>>());
    let reacted = json!([{ "reaction": "🔥", "count": 1, "reactedByMe": true }]);
    assert!(shown.as_array().unwrap().iter().all(|message| message["data"]["reactions"] == reacted), "{shown}");
    let users = api.app().get("/users?perPage=100&searchKey=user-").await.expect_data();
    let groups = api.app().get("/groups?perPage=100&searchKey=group-").await.expect_data();
    assert_eq!([&users, &groups].map(|listed| listed.as_array().unwrap().len()), [40, 20]);

    vendor.change(|held| {
        for message in &mut held.messages {
            (message["updatedAt"], message["data"]["text"]) = (json!(THEN + 2_000), json!("edited"));
            (message["editedAt"], message["editedBy"]) = (json!(THEN + 2_000), json!("user-00"));
        }
    });
    let (n_runs, _) = to_the_end(&["--since", &(THEN + 1_500).to_string()]).await;
    assert!(10 < n_runs, "{n_runs}");
    let shown = api.on_behalf_of("user-01").get("/users/user-00/messages?limit=100").await.expect_data();
    assert!(texts(&shown).iter().all(|text| *text == "edited"), "{shown}");
}
