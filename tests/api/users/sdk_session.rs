//! The calls that the vendor's JavaScript SDK makes, in the order recorded, with its headers and bodies (contract/
//! clients.md): log in, read, write, react, edit, mark, log out. Nothing that the SDK reads may be missing.

use serde_json::{Value, json};
use tests::{Actor, Api, ids, segment};

/// The headers that the SDK sends with every call.
fn sdk<'a>(actor: Actor<'a>) -> Actor<'a> {
    actor.with("appId", "halley-app").with("resource", "WEB-4_2_0-n8fj2").with("sdk", "javascript@4.2.0")
}

/// The fields that the SDK reads of every message.
fn check_message(message: &Value) {
    for field in ["conversationId", "sender", "receiver", "receiverType", "category", "type"] {
        assert!(message[field].is_string(), "{field}: {message}");
    }
    for field in ["id", "sentAt", "updatedAt"] {
        assert!(message[field].is_u64(), "{field}: {message}");
    }
    if message["category"] != "action" {
        for role in ["sender", "receiver"] {
            let party = &message["data"]["entities"][role];
            assert!(party["entity"].is_object() && party["entityType"].is_string(), "{role}: {message}");
        }
    }
}

/// Every page of a list as the SDK walks it: by `meta.cursor` and `total_pages`.
async fn fetch_previous(actor: &Actor<'_>, path: &str) -> Vec<u64> {
    const MOST_PAGES: usize = 20;
    let (mut all, mut cursor) = (Vec::new(), String::new());
    for _ in 0..MOST_PAGES {
        let query = "per_page=2&affix=prepend&unread=0&hideDeleted=0&withTags=0&hideReplies=1";
        let page = actor.get(format!("/v3.0{path}?{query}{cursor}")).await.expect_ok();
        page["data"].as_array().unwrap().iter().for_each(check_message);
        all.splice(..0, ids(&page["data"]));
        let meta = &page["meta"];
        assert!(meta["cursor"].is_object(), "{meta}");
        if page["data"] == json!([]) || meta["pagination"]["total_pages"] == 1 {
            return all;
        }
        cursor = format!("&id={}&sentAt={}", meta["cursor"]["id"], page["data"][0]["sentAt"]);
    }
    panic!("the pages never end");
}

async fn logged_in<'a>(api: &'a Api, uid: &str) -> Actor<'a> {
    let key = sdk(api.nobody()).with("apiKey", api.api_key());
    let body = json!({ "platform": "web", "deviceId": "d-1", "appInfo": { "version": "4.2.0" } });
    let made = key.post(format!("/v3.0/users/{uid}/auth_tokens"), body).await.expect_data();
    assert_eq!(made["uid"], uid);
    let token = made["authToken"].as_str().unwrap();
    let client = sdk(api.nobody()).with("authToken", token);
    let me = client.put("/v3.0/me", json!({ "platform": "web", "deviceId": "d-1" })).await.expect_data();
    assert_eq!((&me["uid"], &me["authToken"], me["name"].is_string()), (&json!(uid), &made["authToken"], true));
    assert_eq!(me["jwt"], made["authToken"]);
    let session = client.post("/v3.0/user_sessions", json!({ "sessionId": "s-1", "platform": "web" })).await;
    assert_eq!(session.expect_data()["sessionId"], "s-1");
    let settings = client.get("/v3.0/settings").await.expect_data();
    assert_eq!(me["settings"], settings, "the client takes either");
    for name in ["CLIENT_API_HOST", "ADMIN_API_HOST", "CHAT_API_VERSION", "CHAT_HOST_OVERRIDE", "CHAT_WSS_PORT"] {
        assert!(settings[name].is_string(), "{name}");
    }
    client
}

fn text(receiver: &str, receiver_type: &str, text: &str, muid: &str) -> Value {
    // The SDK repeats text and metadata at the top.
    json!({
        "type": "text", "receiverType": receiver_type, "category": "message", "receiver": receiver, "muid": muid,
        "data": { "text": text, "metadata": {} }, "text": text, "metadata": {}, "tags": ["sdk"],
    })
}

#[tokio::test]
async fn a_session_of_the_official_sdk_misses_nothing() {
    let api = Api::start().await;
    let (first, second) = ("cometchat-uid-1", "cometchat-uid-2");
    let (alice, bob) = (logged_in(&api, first).await, logged_in(&api, second).await);

    // Who is there.
    alice.get("/v3.0/users?per_page=30&page=1").await.expect_ok();
    assert_eq!(alice.get(format!("/v3.0/users/{second}")).await.expect_data()["uid"], second);
    alice.get("/v3.0/groups?per_page=30&page=1&hasJoined=1").await.expect_ok();
    alice.get("/v3.0/groups/cometchat-guid-1").await.expect_ok();
    alice.get("/v3.0/groups/cometchat-guid-1/members?per_page=30&page=1").await.expect_ok();
    let joined = alice.post("/v3.0/groups/cometchat-guid-1/members", json!({})).await;
    joined.expect_error(417, "ERR_ALREADY_JOINED");

    // Writing: text, custom, media by URL, media by upload, a reply.
    let sent = alice.post("/v3.0/messages", text(second, "user", "hello", "m-1")).await.expect_data();
    check_message(&sent);
    assert_eq!(sent["muid"], "m-1");
    let grouped = text("cometchat-guid-1", "group", "hello all", "m-2");
    check_message(&alice.post("/v3.0/messages", grouped).await.expect_data());
    let custom = json!({
        "type": "location", "receiverType": "user", "category": "custom", "receiver": second, "muid": "m-3",
        "data": { "customData": { "lat": 50.6 }, "subType": "pin", "updateConversation": true },
    });
    check_message(&alice.post("/v3.0/messages", custom).await.expect_data());
    let attachment = json!({ "extension": "png", "mimeType": "image/png", "name": "a.png",
        "url": "https://files.example/a.png", "size": "unknown" });
    let media = json!({
        "type": "image", "receiverType": "user", "category": "message", "receiver": second, "muid": "m-4",
        "data": { "attachments": [attachment], "url": "https://files.example/a.png", "text": "caption" },
    });
    check_message(&alice.post("/v3.0/messages", media).await.expect_data());
    let announced = json!({
        "files": { "f-1": { "fileId": "f-1", "name": "b.png", "size": 70, "mimeType": "image/png" } },
        "receiver": second, "receiverType": "user",
    });
    let upload = alice.post("/v3.0/files/upload-url", announced).await.expect_data();
    assert!(upload["f-1"]["request"]["url"].is_string() && upload["f-1"]["attachment"].is_object(), "{upload}");
    let mut answer = text(second, "user", "a reply", "m-5");
    answer["parentMessageId"] = sent["id"].clone();
    let replied = alice.post(format!("/v3.0/messages/{}/thread", sent["id"]), answer).await.expect_data();
    assert_eq!(replied["parentId"], sent["id"]);

    // Reading: counters, pages, one message, the thread.
    let counters =
        bob.get(format!("/v3.0/users/{first}/messages?unread=1&count=1&receiverType=user&uid={first}")).await;
    let counters = counters.expect_data();
    assert_eq!((&counters[0]["entityType"], &counters[0]["entityId"]), (&json!("user"), &json!(first)));
    assert_eq!(counters[0]["count"], 4);
    let seen = fetch_previous(&bob, &format!("/users/{first}/messages")).await;
    assert_eq!(seen.len(), 3, "replies are hidden");
    assert!(!fetch_previous(&bob, "/groups/cometchat-guid-1/messages").await.is_empty());
    check_message(&bob.get(format!("/v3.0/messages/{}", sent["id"])).await.expect_data());
    let thread = bob.get(format!("/v3.0/messages/{}/thread?per_page=30&affix=prepend", sent["id"])).await.expect_data();
    assert_eq!(ids(&thread), [replied["id"].as_u64().unwrap()]);
    let missed = bob.get(format!("/v3.0/messages?affix=append&id={}&per_page=100", sent["id"])).await.expect_data();
    assert!(!ids(&missed).contains(&sent["id"].as_u64().unwrap()), "the cursor is exclusive");

    // Conversations and receipts.
    let conversations = bob.get("/v3.0/conversations?per_page=30&page=1").await.expect_ok();
    assert!(conversations["meta"]["pagination"].is_object());
    let with_alice =
        conversations["data"].as_array().unwrap().iter().find(|row| row["conversationWith"]["uid"] == first);
    let with_alice = with_alice.unwrap();
    check_message(&with_alice["lastMessage"]);
    assert_eq!(with_alice["unreadMessageCount"], 4);
    for path in ["delivered", "read"] {
        let path = format!("/v3.0/users/{first}/conversation/{path}");
        bob.post(path, json!({ "messageId": replied["id"] })).await.expect_ok();
    }
    let unread = bob.delete(format!("/v3.0/users/{first}/conversation/read"), json!({ "messageId": sent["id"] })).await;
    unread.expect_ok();
    assert_eq!(bob.get(format!("/v3.0/users/{first}/conversation")).await.expect_data()["unreadMessageCount"], 4);

    // Reactions; the next query is the last one's `meta.next`.
    let fire = segment("🔥");
    let reacted = bob.send("POST", &format!("/v3.0/messages/{}/reactions/{fire}", sent["id"]), Vec::new()).await;
    let reacted = reacted.expect_data();
    assert_eq!(reacted["data"]["reactions"], json!([{ "reaction": "🔥", "count": 1, "reactedByMe": true }]));
    let path = format!("/v3.0/messages/{}/reactions", sent["id"]);
    let listed = alice.get(format!("{path}?limit=1&affix=append")).await.expect_ok();
    let next = &listed["meta"]["next"];
    assert_eq!((&listed["data"][0]["reaction"], next["affix"].as_str()), (&json!("🔥"), Some("append")));
    let rest = alice.get(format!("{path}/{fire}?limit=1&affix=append&id={}", next["id"])).await.expect_data();
    assert_eq!(rest, json!([]));
    bob.send("DELETE", &format!("{path}/{fire}"), Vec::new()).await.expect_ok();

    // Edit and delete answer action messages about the whole message.
    let mut edited = sent.clone();
    edited["data"]["text"] = json!("hello again");
    edited["receiverId"] = json!(second);
    let told = alice.put(format!("/v3.0/messages/{}", sent["id"]), edited).await.expect_data();
    assert_eq!(
        (&told["category"], &told["type"], &told["data"]["action"]),
        (&json!("action"), &json!("message"), &json!("edited"))
    );
    let on = &told["data"]["entities"]["on"];
    assert_eq!((&on["entityType"], &on["entity"]["data"]["text"]), (&json!("message"), &json!("hello again")));
    assert!(on["entity"]["editedAt"].is_u64() && on["entity"]["editedBy"] == first);
    assert_eq!(told["data"]["entities"]["by"]["entity"]["uid"], first);
    assert_eq!(told["data"]["entities"]["for"]["entity"]["uid"], second);
    for path in ["pin", "save", "flagged"] {
        bob.post(format!("/v3.0/messages/{}/{path}", sent["id"]), json!({ "id": "spam" })).await.expect_ok();
    }
    let body = json!({ "id": sent["id"].to_string() });
    let told = alice.delete(format!("/v3.0/messages/{}", sent["id"]), body).await.expect_data();
    let gone = &told["data"]["entities"]["on"]["entity"];
    assert!(gone["deletedAt"].is_u64() && gone["data"].is_object() && told["data"]["action"] == "deleted", "{told}");

    // The end.
    bob.delete(format!("/v3.0/users/{first}/conversation"), json!({})).await.expect_ok();
    assert!(alice.delete("/v3.0/me", json!({})).await.expect_data().is_object());
    alice.get("/v3.0/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
}
