//! No answer is larger than Lambda's 6 MB, whatever people wrote: lists are cut where the next entry would not fit and
//! lead on from there (ARCHITECTURE.md, "Limits that the platform sets").
//!
//! The rows are made larger than any route lets anybody make them, so that few are enough.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tests::{Actor, Api, check_meta, ids};

/// Lambda's limit of an answer.
const LIMIT: usize = 6 * 1024 * 1024;
/// What each entry of a list holds at least, as the answer counts it.
const ENTRY: usize = 250 * 1024;
/// More than an entry with all that is shown beside.
const LARGEST: usize = ENTRY + 20 * 1024;
/// How many users, groups, messages and so on there are: together they do not fit.
const CROWD: usize = 27;
/// The most members, bans or blocks of one request.
const AT_ONCE: usize = 25;
/// The users and the group that every service starts with.
const SEEDS: [&str; 2] = ["cometchat-", "halley-bot"];

/// A text of `ENTRY` bytes in an answer, a few quotes among it: in JSON in JSON each takes four.
fn large() -> String {
    const QUOTES: usize = 2_500;
    format!("{}{}", "\"".repeat(QUOTES), "x".repeat(ENTRY - 4 * QUOTES))
}

fn names() -> Vec<String> {
    (0..CROWD).map(|n| format!("h{n:02}")).collect()
}

/// Does something for each name, a few at once.
async fn each<F: Future<Output = ()>>(act: impl Fn(String) -> F) {
    stream::iter(names().into_iter().map(act)).buffer_unordered(8).collect::<Vec<()>>().await;
}

/// Writes `text` into an attribute of these rows.
async fn enlarge(api: &Api, attribute: &str, text: &Value, which: impl Fn(&Value) -> bool) {
    let rows: Vec<Value> = api.table().await.into_iter().filter(which).collect();
    assert!(!rows.is_empty(), "no such row");
    for row in rows {
        api.overwrite(&row, attribute, &text.to_string()).await;
    }
}

/// Makes the metadata of the crowd's users or groups large.
async fn enlarge_metadata(api: &Api, kind: &str) {
    let begins = format!("{kind}#h");
    let is_of_crowd = |row: &Value| row["pk"]["S"].as_str().unwrap().starts_with(&begins) && row["sk"]["S"] == kind;
    enlarge(api, "metadata", &json!({ "a": large() }), is_of_crowd).await;
}

/// Makes messages large that somebody wrote. All of them are quotes: a page stops to read where the stored texts would
/// fill it, and these are half as long there.
async fn enlarge_messages(api: &Api, which: impl Fn(&Value) -> bool) {
    let is_message = |row: &Value| is_usual_message(row) && which(row);
    enlarge(api, "data", &json!({ "text": "\"".repeat(ENTRY / 4) }), is_message).await;
    // Of so large a message there is no copy.
    for state in api.table().await.into_iter().filter(|row| row["preview"].is_object()) {
        api.overwrite_with(&state, "preview", json!({ "M": {} })).await;
    }
}

/// A row of a message that does not say what it is, as what people write does not.
fn is_usual_message(row: &Value) -> bool {
    let begins = |name: &str, prefix| row[name]["S"].as_str().unwrap().starts_with(prefix);
    begins("pk", "CONV#") && begins("sk", "MSG#") && row["category"].is_null()
}

async fn pair(api: &Api) -> [Actor<'_>; 2] {
    [api.user("ash").await, api.user("birch").await]
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
async fn check_numbered(actor: &Actor<'_>, path: &str, key: &str) {
    let and = if path.contains('?') { '&' } else { '?' };
    let (mut seen, mut at) = (Vec::new(), String::new());
    loop {
        let page = actor.get(format!("{path}{and}perPage=1000{at}")).await.expect_ok();
        if seen.is_empty() {
            check_cut(&page, path);
        }
        seen.extend(keys(&page, key));
        let pagination = &page["meta"]["pagination"];
        assert_eq!(pagination["count"], page["data"].as_array().unwrap().len());
        let Some(offset) = page["meta"]["next"]["offset"].as_u64() else { break };
        assert!(pagination["current_page"].as_u64() < pagination["total_pages"].as_u64(), "{path}: {pagination}");
        at = format!("&offset={offset}");
    }
    check_all(seen, path, CROWD);
}

/// That a list was read to its end, each entry once; the seeds do not count.
#[track_caller]
fn check_all(mut seen: Vec<String>, path: &str, total: usize) {
    seen.retain(|key| !SEEDS.iter().any(|seed| key.contains(seed)));
    let n_seen = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((n_seen, seen.len()), (total, total), "{path}");
}

/// Reads a list by cursor, both ways; `read` checks a page and tells where it leads.
async fn check_both_ways(actor: &Actor<'_>, path: &str, total: usize, read: fn(&Value, &str) -> Option<u64>) {
    for affix in ["append", "prepend"] {
        let (mut seen, mut from) = (Vec::new(), String::new());
        loop {
            let page = actor.get(format!("{path}?limit=1000&affix={affix}{from}")).await.expect_ok();
            if seen.is_empty() {
                check_cut(&page, path);
            }
            let next = read(&page, affix);
            seen.extend(keys(&page, "id"));
            let Some(next) = next else { break };
            from = format!("&id={next}");
        }
        check_all(seen, path, total);
    }
}

fn messages(page: &Value, affix: &str) -> Option<u64> {
    check_meta(page, affix, 1000);
    page["meta"]["cursor"]["id"].as_u64()
}

fn reactions(page: &Value, _: &str) -> Option<u64> {
    page["meta"]["cursor"]["id"].as_u64()
}

fn threads(page: &Value, _: &str) -> Option<u64> {
    page["meta"]["next"]["id"].as_u64()
}

#[tokio::test]
async fn users_are_cut() {
    let api = Api::start().await;
    api.users(&names()).await;
    enlarge_metadata(&api, "USER").await;
    for path in ["/users", "/users?count=true", "/users?searchKey=h"] {
        check_numbered(&api.app(), path, "uid").await;
    }
}

#[tokio::test]
async fn who_is_blocked_or_in_a_group_is_cut() {
    let api = Api::start().await;
    api.users(&names()).await;
    let ash = api.user("ash").await;
    for guid in ["orchard", "barn"] {
        api.group(guid, &[]).await;
    }
    for uids in names().chunks(AT_ONCE) {
        ash.post("/blockedusers", json!({ "blockedUids": uids })).await.expect_ok();
        api.app().post("/groups/orchard/members", json!({ "participants": uids })).await.expect_ok();
        api.app().post("/groups/barn/members", json!({ "usersToBan": uids })).await.expect_ok();
    }
    enlarge_metadata(&api, "USER").await;
    for path in ["/users/ash/blockedusers", "/groups/orchard/members", "/groups/barn/bannedusers"] {
        check_numbered(&api.app(), path, "uid").await;
    }
    check_numbered(&ash, "/blockedusers", "uid").await;
}

#[tokio::test]
async fn tokens_are_cut() {
    let api = Api::start().await;
    api.user("ash").await;
    each(|_| async { drop(api.app().post("/users/ash/auth_tokens", json!({})).await.expect_ok()) }).await;
    enlarge(&api, "appInfo", &json!({ "a": large() }), |row| row["authToken"].is_object()).await;
    check_numbered(&api.app(), "/users/ash/auth_tokens", "authToken").await;
}

#[tokio::test]
async fn groups_are_cut() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    each(|guid| {
        let body = json!({ "guid": guid, "name": guid, "type": "public", "members": { "participants": ["ash"] } });
        let app = api.app();
        async move { drop(app.post("/groups", body).await.expect_ok()) }
    })
    .await;
    enlarge_metadata(&api, "GROUP").await;
    check_numbered(&api.app(), "/groups", "guid").await;
    for path in ["/groups?hasJoined=true", "/groups?sortBy=name&sortOrder=desc"] {
        check_numbered(&ash, path, "guid").await;
    }
}

#[tokio::test]
async fn conversations_are_cut() {
    let api = Api::start().await;
    api.users(&names()).await;
    let ash = api.user("ash").await;
    for uids in names().chunks(AT_ONCE) {
        let body = json!({ "multipleReceivers": { "uids": uids }, "data": { "text": "hi" } });
        ash.post("/messages", body).await.expect_ok();
    }
    enlarge_messages(&api, |_| true).await;
    for path in ["/conversations", "/conversations?searchKey=h"] {
        check_numbered(&ash, path, "conversationId").await;
    }
    check_numbered(&api.app(), "/conversations?unique=true", "conversationId").await;
    check_both_ways(&ash, "/messages", CROWD, messages).await;
}

#[tokio::test]
async fn messages_and_threads_are_cut() {
    let api = Api::start().await;
    let [ash, birch] = pair(&api).await;
    let n_seeded = ids(&api.app().get("/messages?limit=1000").await.expect_data()).len();
    each(|text| {
        let (ash, birch) = (&ash, &birch);
        async move {
            let parent = ash.send_text(birch, &text).await;
            let reply = json!({ "data": { "text": "reply" } });
            birch.post(format!("/messages/{}/thread", parent["id"]), reply).await.expect_ok();
        }
    })
    .await;
    enlarge_messages(&api, |item| item["parentId"].is_null()).await;
    check_both_ways(&ash, "/threads", CROWD, threads).await;
    check_both_ways(&api.app(), "/messages", n_seeded + 2 * CROWD, messages).await;
}

#[tokio::test]
async fn replies_are_cut() {
    let api = Api::start().await;
    let [ash, birch] = pair(&api).await;
    let thread = &format!("/messages/{}/thread", ash.send_text(&birch, "parent").await["id"]);
    each(|_| async { drop(birch.post(thread, json!({ "data": { "text": "reply" } })).await.expect_ok()) }).await;
    enlarge_messages(&api, |item| !item["parentId"].is_null()).await;
    check_both_ways(&ash, thread, CROWD, messages).await;
}

#[tokio::test]
async fn what_messages_refer_to_is_counted() {
    let api = Api::start().await;
    let [ash, birch] = pair(&api).await;
    let edited = &ash.send_text(&birch, "edited").await["id"];
    let quoted = &ash.send_text(&birch, "quoted").await["id"];
    for n in 0..CROWD {
        let edit = json!({ "data": { "text": format!("edit {n}") } });
        ash.put(format!("/messages/{edited}"), edit).await.expect_ok();
    }
    let quote = &json!({ "receiver": "birch", "receiverType": "user", "quotedMessageId": quoted,
        "data": { "text": "so it is" } });
    each(|_| async { drop(ash.post("/messages", quote.clone()).await.expect_ok()) }).await;
    let shown = [edited, quoted].map(Value::to_string);
    enlarge_messages(&api, |row| shown.iter().any(|id| row["sk"]["S"] == format!("MSG#{id:0>16}"))).await;
    check_both_ways(&ash, "/users/birch/messages", 2 + 2 * CROWD, messages).await;
}

#[tokio::test]
async fn reactions_are_cut() {
    let api = Api::start().await;
    api.users(&names()).await;
    let ash = api.user("ash").await;
    api.group("orchard", &[&ash]).await;
    for uids in names().chunks(AT_ONCE) {
        api.app().post("/groups/orchard/members", json!({ "participants": uids })).await.expect_ok();
    }
    let path = &format!("/messages/{}/reactions", ash.send_text_to_group("orchard", "hi").await["id"]);
    let kind = &format!("{path}/🌳");
    for uid in names() {
        api.on_behalf_of(&uid).post(kind, json!({})).await.expect_ok();
    }
    let user = json!({ "uid": "h00", "name": "h00", "role": "default", "status": "offline", "createdAt": 1,
        "metadata": { "a": large() } });
    enlarge(&api, "reactedBy", &user, |row| row["reactedBy"].is_object()).await;
    check_both_ways(&ash, path, CROWD, reactions).await;
    check_both_ways(&ash, kind, CROWD, reactions).await;
}

/// The largest profile that a route takes: about 17 KB of JSON, in an answer twice that, because all of it is escaped.
fn profile(uid: &str) -> Value {
    let url = format!("http://x/{}", "\"".repeat(2_900));
    json!({ "uid": uid, "name": uid, "avatar": url, "link": url, "metadata": { "a": "\"".repeat(2_500) } })
}

#[tokio::test]
async fn a_send_to_many_is_answered_once_and_whole() {
    let api = Api::start().await;
    let uids = &names()[..AT_ONCE];
    api.users_of(uids.iter().map(|uid| profile(uid))).await;
    api.app().post("/users", profile("ash")).await.expect_ok();
    let ash = api.on_behalf_of("ash");
    // Ten mentions of the largest profiles do not fit 25 times.
    let mentions: String = uids.iter().take(10).map(|uid| format!("<@uid:{uid}>")).collect();
    for text in ["hi", &mentions] {
        let body = json!({ "multipleReceivers": { "uids": uids }, "data": { "text": text } });
        let answer = ash.post("/messages", body).await.expect_ok();
        assert!(answered_bytes(&answer) <= LIMIT);
        for uid in uids {
            let slot = &answer["data"]["uids"][uid];
            assert_eq!((&slot["success"], &slot["data"]["data"]["text"]), (&json!(true), &json!(text)), "{uid}");
        }
        let id = &answer["data"]["uids"][&uids[0]]["data"]["id"];
        let stored = ash.get(format!("/users/{}/messages?limit=1", uids[0])).await.expect_data();
        assert_eq!((&stored[0]["id"], &stored[0]["data"]["text"]), (id, &json!(text)));
    }
}
