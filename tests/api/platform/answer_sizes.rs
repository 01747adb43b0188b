//! No answer is larger than Lambda's 6 MB, whatever people wrote: lists are cut where the next entry would not fit and
//! lead on from there (ARCHITECTURE.md, "Limits that the platform sets").

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tests::{Actor, Api, ids};

/// Lambda's limit of an answer.
const LIMIT: usize = 6 * 1024 * 1024;
/// How many users, groups, messages and so on there are.
const CROWD: usize = 220;
/// More than one of their entries takes.
const LARGEST: usize = 400 * 1024;

/// The largest profile: about 17 KB of JSON, in an answer twice that, because all of it is escaped.
fn profile(uid: &str) -> Value {
    let url = format!("http://x/{}", "\"".repeat(2_900));
    json!({ "uid": uid, "name": uid, "avatar": url, "link": url, "metadata": { "a": "\"".repeat(2_500) } })
}

fn names() -> Vec<String> {
    (0..CROWD).map(|n| format!("h{n:03}")).collect()
}

/// Does something for each name, a few at once.
async fn each<F: Future<Output = ()>>(act: impl Fn(String) -> F) {
    stream::iter(names().into_iter().map(act)).buffer_unordered(8).collect::<Vec<()>>().await;
}

async fn heavy_user<'a>(api: &'a Api, uid: &str) -> Actor<'a> {
    api.app().post("/users", profile(uid)).await.expect_ok();
    api.on_behalf_of(uid)
}

async fn heavy_users(api: &Api) {
    each(|uid| async move { drop(heavy_user(api, &uid).await) }).await;
}

/// Ash and birch, whose profiles make every message between them large.
async fn pair(api: &Api) -> [Actor<'_>; 2] {
    [heavy_user(api, "ash").await, heavy_user(api, "birch").await]
}

/// As an entry of an answer: the answer is a string in JSON.
fn answered_bytes(page: &Value) -> usize {
    Value::String(page.to_string()).to_string().len()
}

/// What a page that leads on must be: below the limit, but not by more than an entry.
#[track_caller]
fn check_cut(page: &Value, path: &str) {
    let bytes = answered_bytes(page);
    assert!(bytes <= LIMIT && LIMIT < bytes + LARGEST, "{path}: {bytes} bytes");
}

fn keys(page: &Value, key: &str) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|entry| entry[key].to_string()).collect()
}

/// Reads a list by number: nothing is lost by following `meta.next`, and its page says that there is more.
async fn check_numbered(actor: &Actor<'_>, path: &str, key: &str, total: usize) {
    let and = if path.contains('?') { '&' } else { '?' };
    let mut seen = Vec::new();
    let mut page = actor.get(format!("{path}{and}perPage=1000")).await.expect_ok();
    check_cut(&page, path);
    loop {
        seen.extend(keys(&page, key));
        assert_eq!(page["meta"]["pagination"]["count"], page["data"].as_array().unwrap().len());
        let Some(offset) = page["meta"]["next"]["offset"].as_u64() else { break };
        assert!(
            page["meta"]["pagination"]["current_page"].as_u64() < page["meta"]["pagination"]["total_pages"].as_u64()
        );
        check_cut(&page, path);
        page = actor.get(format!("{path}{and}perPage=1000&offset={offset}")).await.expect_ok();
    }
    check_distinct(seen, path, total);
}

#[track_caller]
fn check_distinct(mut seen: Vec<String>, path: &str, total: usize) {
    // The users and the group that every service starts with.
    seen.retain(|key| !key.contains("cometchat"));
    let n_seen = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((n_seen, seen.len()), (total, total), "{path}");
}

/// Reads a list by cursor, both ways.
async fn check_by_id(actor: &Actor<'_>, path: &str, total: usize) {
    for affix in ["append", "prepend"] {
        let pages = actor.walk(path, "", affix, 1000, None).await;
        assert!(1 < pages.len(), "{path} is not cut");
        check_distinct(pages.concat().iter().map(u64::to_string).collect(), path, total);
    }
}

#[tokio::test]
async fn users_and_who_is_blocked_or_in_a_group_are_cut() {
    let api = Api::start().await;
    heavy_users(&api).await;
    let ash = api.user("ash").await;
    for guid in ["orchard", "barn"] {
        api.group(guid, &[]).await;
    }
    for uids in names().chunks(25) {
        ash.post("/users/ash/blockedusers", json!({ "blockedUids": uids })).await.expect_ok();
        api.app().post("/groups/orchard/members", json!({ "participants": uids })).await.expect_ok();
        api.app().post("/groups/barn/members", json!({ "usersToBan": uids })).await.expect_ok();
    }
    let lists = [
        ("/users", CROWD + 1),
        ("/users?count=true", CROWD + 1),
        ("/users?searchKey=h", CROWD),
        ("/users/ash/blockedusers", CROWD),
        ("/groups/orchard/members", CROWD),
        ("/groups/barn/bannedusers", CROWD),
    ];
    for (path, total) in lists {
        check_numbered(&api.app(), path, "uid", total).await;
    }
}

#[tokio::test]
async fn groups_are_cut() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let icon = format!("http://x/{}", "\"".repeat(2_900));
    let group = |guid: String| {
        json!({ "guid": guid, "name": guid, "type": "public", "icon": icon, "description": "\"".repeat(255),
            "metadata": { "a": "\"".repeat(2_500) }, "members": { "participants": ["ash"] } })
    };
    const GROUPS: usize = 2 * CROWD;
    each(|guid| {
        let (one, other) = (group(format!("{guid}a")), group(format!("{guid}b")));
        let app = api.app();
        async move {
            for body in [one, other] {
                app.post("/groups", body).await.expect_ok();
            }
        }
    })
    .await;
    check_numbered(&api.app(), "/groups", "guid", GROUPS).await;
    check_numbered(&ash, "/groups", "guid", GROUPS).await;
    check_numbered(&ash, "/groups?hasJoined=true", "guid", GROUPS).await;
    check_numbered(&ash, "/groups?sortBy=name&sortOrder=desc", "guid", GROUPS).await;
}

#[tokio::test]
async fn conversations_are_cut() {
    let api = Api::start().await;
    heavy_users(&api).await;
    let ash = heavy_user(&api, "ash").await;
    for uids in names().chunks(25) {
        let body = json!({ "multipleReceivers": { "uids": uids }, "data": { "text": "hi" } });
        ash.post("/messages", body).await.expect_ok();
    }
    for path in ["/conversations", "/conversations?searchKey=h"] {
        check_numbered(&ash, path, "conversationId", CROWD).await;
    }
    check_numbered(&api.app(), "/conversations?unique=true", "conversationId", CROWD).await;
    check_by_id(&ash, "/messages", CROWD).await;
}

#[tokio::test]
async fn messages_threads_and_the_messages_that_edits_tell_of_are_cut() {
    let api = Api::start().await;
    let [ash, birch] = pair(&api).await;
    let parent = &ash.send_text(&birch, "parent").await;
    let (thread, edited) = (&format!("/messages/{}/thread", parent["id"]), ash.send_text(&birch, "edited").await);
    for n in 0..CROWD / 2 {
        let edit = json!({ "data": { "text": format!("edit {n}") } });
        ash.put(format!("/messages/{}", edited["id"]), edit).await.expect_ok();
    }
    each(|_| async { drop(birch.post(thread, json!({ "data": { "text": "reply" } })).await.expect_ok()) }).await;
    check_by_id(&ash, thread, CROWD).await;
    check_by_id(&ash, "/users/birch/messages", CROWD + 2 + CROWD / 2).await;
    check_by_id(&api.app(), "/messages", CROWD + 2 + CROWD / 2).await;
}

#[tokio::test]
async fn threads_are_cut() {
    let api = Api::start().await;
    let [ash, birch] = pair(&api).await;
    each(|uid| {
        let (ash, birch) = (&ash, &birch);
        async move {
            let parent = ash.send_text(birch, &uid).await;
            let reply = json!({ "data": { "text": "reply" } });
            birch.post(format!("/messages/{}/thread", parent["id"]), reply).await.expect_ok();
        }
    })
    .await;
    for affix in ["append", "prepend"] {
        let (mut seen, mut from) = (Vec::new(), String::new());
        loop {
            let page = ash.get(format!("/threads?limit=1000&affix={affix}{from}")).await.expect_ok();
            seen.extend(ids(&page["data"]).iter().map(u64::to_string));
            let Some(next) = page["meta"]["next"]["id"].as_u64() else { break };
            check_cut(&page, "/threads");
            from = format!("&id={next}");
        }
        check_distinct(seen, "/threads", CROWD);
    }
}

#[tokio::test]
async fn reactions_are_cut() {
    let api = Api::start().await;
    heavy_users(&api).await;
    let ash = api.user("ash").await;
    api.group("orchard", &[&ash]).await;
    for uids in names().chunks(25) {
        api.app().post("/groups/orchard/members", json!({ "participants": uids })).await.expect_ok();
    }
    let sent = ash.send_text_to_group("orchard", "hi").await;
    let path = &format!("/messages/{}/reactions", sent["id"]);
    let kind = &format!("{path}/🌳");
    for uid in names() {
        api.on_behalf_of(&uid).post(kind, json!({})).await.expect_ok();
    }
    check_by_id_alone(&ash, path).await;
    check_by_id_alone(&ash, kind).await;
}

/// [`check_by_id`] for a list that is led on by ids without times.
async fn check_by_id_alone(actor: &Actor<'_>, path: &str) {
    for affix in ["append", "prepend"] {
        let (mut seen, mut from) = (Vec::new(), String::new());
        loop {
            let page = actor.get(format!("{path}?limit=1000&affix={affix}{from}")).await.expect_ok();
            assert!(
                !seen.is_empty() || {
                    check_cut(&page, path);
                    true
                }
            );
            seen.extend(keys(&page, "id"));
            let Some(last) = page["meta"]["cursor"]["id"].as_u64() else { break };
            from = format!("&id={last}");
        }
        check_distinct(seen, path, CROWD);
    }
}

/// A text that mentions ten of the largest profiles.
fn mentions() -> String {
    names().iter().take(10).map(|uid| format!("<@uid:{uid}>")).collect()
}

#[tokio::test]
async fn a_send_to_many_is_answered_once_and_whole() {
    let api = Api::start().await;
    heavy_users(&api).await;
    let ash = heavy_user(&api, "ash").await;
    let uids = &names()[..25].to_vec();
    for text in ["hi".to_owned(), mentions()] {
        let body = json!({ "multipleReceivers": { "uids": uids }, "data": { "text": text } });
        let answer = ash.post("/messages", body).await.expect_ok();
        assert!(answered_bytes(&answer) <= LIMIT);
        for uid in uids {
            let slot = &answer["data"]["uids"][uid];
            assert_eq!((&slot["success"], &slot["data"]["data"]["text"]), (&json!(true), &json!(text)));
            let stored = ash.get(format!("/messages/{}", slot["data"]["id"])).await.expect_data();
            assert_eq!(stored["data"]["text"], json!(text));
            assert_eq!(
                ash.get(format!("/users/{uid}/messages")).await.expect_data().as_array().unwrap().last().unwrap()["id"],
                slot["data"]["id"]
            );
        }
    }
}

#[tokio::test]
async fn quotes_are_counted() {
    let api = Api::start().await;
    let [ash, birch] = pair(&api).await;
    for uid in names().iter().take(10) {
        heavy_user(&api, uid).await;
    }
    let quoted = ash.send_text(&birch, &mentions()).await;
    let quote = &json!({ "receiver": "birch", "receiverType": "user", "quotedMessageId": quoted["id"],
        "data": { "text": "so it is" } });
    each(|_| async { drop(ash.post("/messages", quote.clone()).await.expect_ok()) }).await;
    check_by_id(&ash, "/users/birch/messages", CROWD + 1).await;
}
