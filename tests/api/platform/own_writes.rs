//! Whoever writes reads it at once, by every route: each write, and after it each route that shows what was written, however late
//! reads are that may be late.

use local::{Data, TIME_LIMIT};
use serde_json::{Value, json};
use shared::config::DEFAULT_MEMBER_LIMIT;
use tests::faults::Faults;
use tests::{Actor, Api, text_to_user};

/// Something that birch does to a message, and how it shows.
struct Write {
    name: &'static str,
    /// Whether the message is birch's own.
    is_own: bool,
    method: &'static str,
    /// Behind the message's own path, or of the conversation with `{place}`.
    path: &'static str,
    body: Option<Value>,
    shows: fn(&Value) -> bool,
    /// Whether lists of conversations show it: they leave out what has to be looked up for the viewer.
    in_previews: bool,
    /// Whether the message is there still.
    is_there: bool,
}

const WRITE: Write = Write {
    name: "",
    is_own: false,
    method: "POST",
    path: "",
    body: None,
    shows: |_| true,
    in_previews: true,
    is_there: true,
};

/// In this order, on one message of each author.
fn writes() -> Vec<Write> {
    let reacted = |message: &Value| message["data"]["reactions"][0]["count"] == 1;
    let edited = |message: &Value| message["data"]["text"] == "better";
    let text = Some(json!({ "data": { "text": "better" } }));
    vec![
        Write { name: "send", is_own: true, method: "", ..WRITE },
        Write {
            name: "delivered",
            path: "{place}/conversation/delivered",
            shows: |m| m["myReceipt"]["deliveredAt"].is_u64(),
            ..WRITE
        },
        Write {
            name: "read",
            path: "{place}/conversation/read",
            shows: |m| m["myReceipt"]["readAt"].is_u64(),
            ..WRITE
        },
        Write {
            name: "unread",
            method: "DELETE",
            path: "{place}/conversation/read",
            shows: |m| m["myReceipt"]["readAt"].is_null(),
            ..WRITE
        },
        Write { name: "react", path: "/reactions/x", shows: reacted, ..WRITE },
        Write {
            name: "take back",
            method: "DELETE",
            path: "/reactions/x",
            shows: |m| m["data"]["reactions"].is_null(),
            ..WRITE
        },
        Write { name: "pin", path: "/pin", shows: |m| m["pinnedBy"] == "birch", ..WRITE },
        Write { name: "unpin", method: "DELETE", path: "/pin", shows: |m| m["pinnedBy"].is_null(), ..WRITE },
        Write { name: "save", path: "/save", shows: |m| m["savedAt"].is_u64(), in_previews: false, ..WRITE },
        Write { name: "forget", method: "DELETE", path: "/save", shows: |m| m["savedAt"].is_null(), ..WRITE },
        Write { name: "edit", is_own: true, method: "PUT", body: text.clone(), shows: edited, ..WRITE },
        Write {
            name: "reply",
            path: "/thread",
            body: text,
            shows: |m| m["replyCount"] == 1,
            in_previews: false,
            ..WRITE
        },
        Write {
            name: "follow no more",
            method: "DELETE",
            path: "/thread/subscription",
            shows: |m| m["threadSubscribed"] == false,
            in_previews: false,
            ..WRITE
        },
        Write {
            name: "delete",
            is_own: true,
            method: "DELETE",
            shows: |m| m["deletedAt"].is_u64(),
            is_there: false,
            ..WRITE
        },
        Write {
            name: "remove the conversation",
            method: "DELETE",
            path: "{place}/conversation",
            is_there: false,
            shows: |_| false,
            ..WRITE
        },
    ]
}

/// The routes that show a message of this id, and whether as the last one of its conversation.
fn reads(place: &str, id: &Value) -> Vec<(String, bool)> {
    let flags = "withThreadSubscribed=true";
    [
        (format!("/messages/{id}?{flags}"), false),
        (format!("{place}/messages?limit=9&{flags}"), false),
        (format!("{place}/messages?limit=9&affix=append&id=1&{flags}"), false),
        (format!("/messages?limit=9&{flags}"), false),
        (format!("/messages/{id}/thread?withParent=true&{flags}"), false),
        (format!("{place}/conversation"), true),
        ("/conversations".to_owned(), true),
    ]
    .into()
}

/// All copies of the message in an answer.
fn found<'a>(answer: &'a Value, id: &Value) -> Vec<&'a Value> {
    let mut all: Vec<&Value> = match answer {
        Value::Array(items) => items.iter().flat_map(|item| found(item, id)).collect(),
        Value::Object(fields) => fields.values().flat_map(|item| found(item, id)).collect(),
        _ => Vec::new(),
    };
    all.extend(Some(answer).filter(|answer| answer["id"] == *id && answer["category"].is_string()));
    all
}

/// What birch does not read of their own write.
async fn unread(birch: &Actor<'_>, write: &Write, place: &str, id: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, is_preview) in reads(place, id) {
        let answer = birch.get(&path).await;
        let found = found(&answer.body, id);
        // Its action message tells of what is on it.
        let is_missing = write.is_there && !is_preview && found.is_empty();
        let is_stale = (write.in_previews || !is_preview) && !found.iter().all(|message| (write.shows)(message));
        if is_missing || is_stale {
            let n_found = found.len();
            wrong.push(format!("{} in {place}, then {path}: {n_found} found, missing {is_missing}", write.name));
        }
    }
    wrong
}

/// Reads that may be late are of what others write, so here they see for ever what they once saw.
#[tokio::test(flavor = "multi_thread")]
async fn who_writes_reads_it_at_once_by_every_route() {
    let faults = Faults::default();
    let api = Api::start_limited(Data::Memory, Some(DEFAULT_MEMBER_LIMIT), faults.wiring(), TIME_LIMIT).await;
    faults.be_late();
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let moderator = json!({ "scope": "moderator" });
    api.app().put("/groups/orchard/members/birch", moderator).await.expect_ok();
    let mut wrong = Vec::new();
    for (place, kind, receiver) in [("/users/ash", "user", "birch"), ("/groups/orchard", "group", "orchard")] {
        let text = |receiver: &str| {
            json!({ "receiver": receiver, "receiverType": kind, "category": "message",
            "type": "text", "data": { "text": "well" } })
        };
        let own = birch.post("/messages", text(if kind == "user" { "ash" } else { receiver })).await.expect_data();
        let theirs = ash.post("/messages", text(receiver)).await.expect_data();
        for write in writes() {
            let id = if write.is_own { &own["id"] } else { &theirs["id"] };
            let path = match write.path.strip_prefix("{place}") {
                Some(rest) => format!("{place}{rest}"),
                None => format!("/messages/{id}{}", write.path),
            };
            let body = write.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default();
            if !write.method.is_empty() {
                birch.send(write.method, &path, body).await.expect_ok();
            }
            wrong.extend(unread(&birch, &write, place, id).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A token is read late, so the row of its user tells of revocations; and who is not found late is looked for again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_or_made_is_so_at_once() {
    let faults = Faults::default();
    let api = Api::start_limited(Data::Memory, Some(DEFAULT_MEMBER_LIMIT), faults.wiring(), TIME_LIMIT).await;
    faults.be_late();
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let message = ash.send_text(&birch, "well").await;
    let another = api.app().post("/users/birch/auth_tokens", json!({})).await.expect_data();
    let another = api.nobody().with("authToken", another["authToken"].as_str().unwrap());
    let requests = [
        ("GET", format!("/messages/{}", message["id"])),
        ("GET", "/users/ash/messages".to_owned()),
        ("GET", "/messages".to_owned()),
        ("GET", "/conversations".to_owned()),
        ("POST", "/users/ash/conversation/read".to_owned()),
        ("POST", format!("/messages/{}/reactions/x", message["id"])),
        ("DELETE", format!("/messages/{}/reactions/x", message["id"])),
        ("POST", "/messages".to_owned()),
    ];
    let text = text_to_user("ash", "well").to_string();
    let body = |path: &str| if path == "/messages" { text.clone().into_bytes() } else { Vec::new() };
    for (method, path) in &requests {
        birch.send(method, path, body(path)).await.expect_ok();
    }
    birch.delete("/me", Value::Null).await.expect_ok();
    for (method, path) in &requests {
        let refused = birch.send(method, path, body(path)).await;
        refused.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
        another.send(method, path, body(path)).await.expect_ok();
    }
    let to_cedar = text_to_user("cedar", "well");
    another.get("/users/cedar/messages").await.expect_error(404, "ERR_UID_NOT_FOUND");
    another.post("/messages", to_cedar.clone()).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.user("cedar").await;
    another.get("/users/cedar/messages").await.expect_ok();
    another.post("/messages", to_cedar).await.expect_ok();
}

/// What birch's list of conversations shows of that with this user.
async fn last_message(birch: &Actor<'_>, other: &str) -> Value {
    let listed = birch.get("/conversations").await.expect_data();
    let of_other =
        listed.as_array().unwrap().iter().find(|conversation| conversation["conversationWith"]["uid"] == other);
    of_other.map(|conversation| conversation["lastMessage"].clone()).unwrap_or_default()
}

/// Lists of conversations read late what their user did nothing about for a while; so that is what each write finds here.
#[tokio::test(flavor = "multi_thread")]
async fn who_writes_after_a_while_finds_it_in_their_list_of_conversations() {
    let faults = Faults::default();
    let api = Api::start_limited(Data::Memory, Some(DEFAULT_MEMBER_LIMIT), faults.wiring(), TIME_LIMIT).await;
    faults.be_late();
    let birch = api.token_user("birch").await;
    // Receipts apart, because they tell by themselves that a state is behind.
    for (is_own, of_place, other) in [(true, false, "ash"), (false, false, "cedar"), (false, true, "gorse")] {
        let ash = api.token_user(other).await;
        birch.send_text(&ash, "first").await;
        api.let_time_pass_since_writes().await;
        // From here on that is all that late reads see.
        assert_eq!(last_message(&birch, other).await["data"]["text"], "first");
        let (from, to) = if is_own { (&birch, &ash) } else { (&ash, &birch) };
        let last = from.send_text(to, "well").await;
        if is_own {
            assert_eq!(last_message(&birch, other).await["id"], last["id"]);
        }
        let is_of = |write: &Write| write.is_own == is_own && write.path.starts_with("{place}") == of_place;
        for write in writes().into_iter().filter(|write| is_of(write) && !write.method.is_empty()) {
            api.let_time_pass_since_writes().await;
            let path = match write.path.strip_prefix("{place}") {
                Some(rest) => format!("/users/{other}{rest}"),
                None => format!("/messages/{}{}", last["id"], write.path),
            };
            let body = write.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default();
            birch.send(write.method, &path, body).await.expect_ok();
            let shown = last_message(&birch, other).await;
            let is_right = match write.name {
                "reply" => shown["data"]["text"] == "better" && shown["id"] != last["id"],
                "delete" | "remove the conversation" => shown.is_null(),
                // These are of the list's user alone, who may not see what they are about yet.
                "save" | "forget" | "follow no more" => true,
                _ => shown["id"] == last["id"] && (write.shows)(&shown),
            };
            assert!(is_right, "{} shows {shown}", write.name);
        }
    }
}

/// How far the members of a group have come is read late for the author of a message, but not who they are.
#[tokio::test(flavor = "multi_thread")]
async fn who_removes_a_member_does_not_find_them_among_the_recipients() {
    let faults = Faults::default();
    let api = Api::start_limited(Data::Memory, Some(DEFAULT_MEMBER_LIMIT), faults.wiring(), TIME_LIMIT).await;
    faults.be_late();
    let (ash, birch, cedar) =
        (api.token_user("ash").await, api.token_user("birch").await, api.token_user("cedar").await);
    api.group("orchard", &[&ash, &birch, &cedar]).await;
    let moderator = json!({ "scope": "moderator" });
    api.app().put("/groups/orchard/members/ash", moderator).await.expect_ok();
    let message = ash.send_text_to_group("orchard", "well").await;
    for reader in [&birch, &cedar] {
        reader.post("/groups/orchard/conversation/read", Value::Null).await.expect_ok();
    }
    let recipients = async || {
        let shown = ash.get(format!("/messages/{}", message["id"])).await.expect_data();
        let list = shown["receipts"]["data"].as_array().cloned().unwrap_or_default();
        list.iter().map(|receipt| receipt["recipient"]["uid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(recipients().await, ["birch", "cedar"]);
    ash.delete("/groups/orchard/members/birch", Value::Null).await.expect_ok();
    assert_eq!(recipients().await, ["cedar"]);
    ash.post("/groups/orchard/bannedusers/cedar", Value::Null).await.expect_ok();
    assert!(recipients().await.is_empty());
}

/// A member who was removed and is back has received nothing since, whatever late reads say of their former membership.
#[tokio::test(flavor = "multi_thread")]
async fn who_brings_a_member_back_does_not_find_their_former_receipts() {
    let faults = Faults::default();
    let api = Api::start_limited(Data::Memory, Some(DEFAULT_MEMBER_LIMIT), faults.wiring(), TIME_LIMIT).await;
    faults.be_late();
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    api.app().put("/groups/orchard/members/ash", json!({ "scope": "admin" })).await.expect_ok();
    let message = ash.send_text_to_group("orchard", "well").await;
    birch.post("/groups/orchard/conversation/read", Value::Null).await.expect_ok();
    let receipts = async || ash.get(format!("/messages/{}", message["id"])).await.expect_data()["receipts"].take();
    assert_eq!(receipts().await["data"][0]["recipient"]["uid"], "birch");
    ash.delete("/groups/orchard/members/birch", Value::Null).await.expect_ok();
    ash.post("/groups/orchard/members", json!({ "participants": ["birch"] })).await.expect_ok();
    assert_eq!(receipts().await, Value::Null);
}

/// Of whom late reads know nothing yet.
#[tokio::test(flavor = "multi_thread")]
async fn who_writes_to_somebody_new_finds_that_in_their_list_of_conversations() {
    let faults = Faults::default();
    let api = Api::start_limited(Data::Memory, Some(DEFAULT_MEMBER_LIMIT), faults.wiring(), TIME_LIMIT).await;
    faults.be_late();
    let birch = api.token_user("birch").await;
    birch.get("/users/cedar/messages").await.expect_error(404, "ERR_UID_NOT_FOUND");
    let cedar = api.token_user("cedar").await;
    let sent = birch.send_text(&cedar, "welcome").await;
    assert_eq!(last_message(&birch, "cedar").await["id"], sent["id"]);
    for query in ["unread=1", "searchKey=ce", "withBlockedInfo=1&includeBlockedUsers=1"] {
        let listed = birch.get(format!("/conversations?{query}")).await.expect_data();
        assert_eq!(listed.as_array().unwrap().len(), usize::from(query != "unread=1"), "{query}");
    }
}
