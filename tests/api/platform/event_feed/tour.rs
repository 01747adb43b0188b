//! Every act once, in an order in which each does something.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::events::Act;

use super::Feed;
use super::acts::{form, text};

/// Who makes which request; `{name}` stands for the message of the step of this name.
struct Step(Option<&'static str>, &'static str, &'static str, Value);

/// A step.
fn step(who: &'static str, request: &'static str, body: Value) -> Step {
    Step(None, who, request, body)
}

/// A step without body.
fn bare(who: &'static str, request: &'static str) -> Step {
    step(who, request, Value::Null)
}

/// A step that makes a message, under a name.
fn sent(name: &'static str, who: &'static str, request: &'static str, body: Value) -> Step {
    Step(Some(name), who, request, body)
}

/// Takes all steps; none may be refused.
pub async fn take(feed: &mut Feed<'_>) {
    let mut ids: BTreeMap<&str, u64> = BTreeMap::new();
    let all = [messages(), marks(), receipts(), conversations(), members(), groups(), users(), ends()];
    for Step(name, who, request, body) in all.into_iter().flatten() {
        let (mut request, mut body) = (request.to_owned(), body.to_string());
        for (name, id) in &ids {
            body = body.replace(&format!("\"{{{name}}}\""), &id.to_string());
            request = request.replace(&format!("{{{name}}}"), &id.to_string());
        }
        let act = Act::new(who, request, serde_json::from_str(&body).unwrap());
        let answer = feed.act(&act, "the tour").await.expect_data();
        if let Some(name) = name {
            ids.insert(name, answer["id"].as_u64().unwrap());
        }
    }
}

fn messages() -> Vec<Step> {
    let quoting =
        json!({ "data": { "text": "that" }, "receiver": "ann", "receiverType": "user", "quotedMessageId": "{m}" });
    vec![
        sent("m", "ann", "POST /messages", text("/users/ben", "one")),
        sent("g", "ann", "POST /messages", text("/groups/lake", "all")),
        sent("a", "app_system", "POST /messages", text("/users/ann", "from the app")),
        step("ann", "PUT /messages/{m}", json!({ "data": { "text": "edited" } })),
        sent("r", "ben", "POST /messages/{m}/thread", json!({ "data": { "text": "reply" } })),
        sent("q", "ben", "POST /messages", quoting),
        step("ann", "PUT /messages/{m}", json!({ "data": { "text": "edited again" } })),
        step("ben", "DELETE /messages/{r}", json!({})),
        step("ben", "DELETE /messages/{r}", json!({ "permanent": true })),
        sent("r2", "ann", "POST /messages/{g}/thread", json!({ "data": { "text": "reply" } })),
        step("ann", "DELETE /messages/{r2}", json!({ "permanent": true })),
        step(
            "ben",
            "POST /messages",
            json!({ "multipleReceivers": { "uids": ["ann", "cat"] }, "data": { "text": "all" } }),
        ),
    ]
}

fn marks() -> Vec<Step> {
    vec![
        bare("ben", "POST /messages/{m}/reactions/x"),
        bare("ann", "POST /messages/{m}/reactions/x"),
        bare("ben", "DELETE /messages/{m}/reactions/x"),
        bare("ben", "POST /messages/{m}/pin"),
        bare("ann", "DELETE /messages/{m}/pin"),
        bare("app_system", "POST /messages/{g}/pin"),
        bare("ann", "DELETE /messages/{g}/pin"),
        bare("ben", "POST /messages/{m}/save"),
        bare("ben", "DELETE /messages/{m}/save"),
        bare("ben", "POST /messages/{g}/save"),
        step("ben", "POST /messages/{m}/flagged", json!({ "id": "spam" })),
        sent("f", "ann", "POST /messages", form("/groups/lake")),
        step("ben", "PATCH /messages/{f}/interacted", json!({ "interactions": ["yes"] })),
    ]
}

fn receipts() -> Vec<Step> {
    vec![
        bare("ben", "POST /users/ann/conversation/delivered"),
        step("ben", "POST /users/ann/conversation/read", json!({ "messageId": "{m}" })),
        bare("ben", "POST /users/ann/conversation/read"),
        step("ben", "DELETE /users/ann/conversation/read", json!({ "messageId": "{m}" })),
        bare("ben", "DELETE /users/ann/conversation/read"),
        bare("ben", "POST /groups/lake/conversation/delivered"),
        bare("ben", "POST /groups/lake/conversation/read"),
        bare("ben", "DELETE /groups/lake/conversation/read"),
        bare("ann", "POST /groups/lake/conversation/read"),
        bare("ben", "POST /groups/lake/conversation/read"),
    ]
}

fn conversations() -> Vec<Step> {
    let pins =
        |pinned: Value| step("app_system", "PUT /conversations/pinned", json!({ "pinnedConversations": pinned }));
    vec![
        bare("ben", "POST /users/ann/conversation/pin"),
        bare("ben", "POST /groups/lake/conversation/pin"),
        bare("ben", "DELETE /users/ann/conversation/pin"),
        pins(json!([{ "uid": "ann" }, { "guid": "lake" }])),
        pins(json!([{ "guid": "lake" }, { "uid": "ann" }])),
        pins(json!([{ "guid": "lake" }, { "uid": "ben" }])),
        bare("ben", "DELETE /users/ann/conversation"),
        step("ann", "DELETE /groups/lake/conversation", json!({ "preserveOrder": true })),
        sent("m", "ann", "POST /messages", text("/users/ben", "again")),
        bare("app_system", "DELETE /conversations/ann_user_ben"),
        sent("m", "ann", "POST /messages", text("/users/ben", "anew")),
    ]
}

fn members() -> Vec<Step> {
    let cat = |role: &str| json!({ role: ["cat"] });
    vec![
        bare("cat", "POST /groups/lake/members"),
        sent("g", "ben", "POST /messages", text("/groups/lake", "welcome")),
        bare("cat", "POST /groups/lake/conversation/read"),
        bare("ann", "POST /groups/lake/conversation/read"),
        bare("ann", "DELETE /groups/lake/members/cat"),
        step("app_system", "POST /groups/lake/members", cat("moderators")),
        bare("cat", "DELETE /groups/lake/members"),
        bare("ann", "POST /groups/lake/bannedusers/cat"),
        bare("ann", "DELETE /groups/lake/bannedusers/cat"),
        step("ann", "POST /groups/lake/members", cat("participants")),
        step("ann", "PUT /groups/lake/members/cat", json!({ "scope": "moderator" })),
        step("ann", "POST /groups/lake/members", cat("usersToBan")),
        bare("app_system", "DELETE /groups/lake/bannedusers/cat"),
        step("app_system", "PATCH /groups/lake/owner", json!({ "owner": "cat" })),
    ]
}

fn groups() -> Vec<Step> {
    let members = json!({ "participants": ["ben"], "usersToBan": ["cat"] });
    vec![
        step("ann", "POST /groups", json!({ "guid": "hill", "name": "Hill", "members": members })),
        step("ann", "PUT /groups/lake", json!({ "name": "Lake" })),
        step("app_system", "PUT /groups/lake", json!({ "name": "A lake", "owner": "ben" })),
        step("ann", "PUT /groups/hill", json!({ "description": "high" })),
        sent("h", "ben", "POST /messages", text("/groups/hill", "up here")),
        step("app_system", "PUT /conversations/pinned", json!({ "pinnedConversations": [{ "guid": "hill" }] })),
        bare("ann", "DELETE /groups/hill"),
        step("ben", "PATCH /groups/lake/owner", json!({ "owner": "cat" })),
    ]
}

fn users() -> Vec<Step> {
    let dan = |name: &str| json!({ "uid": "dan", "name": name });
    let blocked = |uid: &str| json!({ "blockedUids": [uid] });
    vec![
        step("app_system", "POST /users", json!({ "uid": "dan", "name": "Dan", "withAuthToken": true })),
        sent("d", "dan", "POST /messages", text("/users/ann", "hello")),
        step("app_system", "PUT /users/dan", dan("Daniel")),
        step("ann", "POST /groups/lake/members", json!({ "participants": ["dan"] })),
        step("app_system", "PUT /users/dan", dan("Danny")),
        step("app_system", "PUT /users/cat", json!({ "name": "Cat" })),
        bare("app_system", "POST /users/dan/auth_tokens"),
        bare("app_system", "DELETE /users/dan/auth_tokens"),
        step("ann", "POST /blockedusers", blocked("dan")),
        step("app_system", "PUT /users/dan", dan("Dan")),
        step("ann", "DELETE /blockedusers", blocked("dan")),
        step("app_system", "POST /users/ben/blockedusers", blocked("ann")),
        step("app_system", "DELETE /users/ben/blockedusers", blocked("ann")),
        step("app_system", "POST /users/dan/friends", json!({ "accepted": ["ann", "ben"] })),
        step("app_system", "PUT /users/dan", dan("Daniel")),
        step("ann", "POST /blockedusers", blocked("dan")),
        step("ann", "DELETE /blockedusers", blocked("dan")),
        step("app_system", "DELETE /users/ben/friends", json!({ "friends": ["dan"] })),
        step("app_system", "POST /bots", json!({ "uid": "dan", "webhookURL": "https://hooks.example" })),
        step("app_system", "POST /bots/dan/messages", text("/users/ann", "beep")),
        step("app_system", "PUT /bots/dan", json!({ "enabled": false })),
        bare("app_system", "DELETE /bots/dan"),
    ]
}

fn ends() -> Vec<Step> {
    vec![
        bare("app_system", "POST /users/dan/auth_tokens"),
        bare("app_system", "DELETE /users/dan"),
        step("app_system", "PUT /users", json!({ "uidsToActivate": ["dan"] })),
        bare("app_system", "POST /users/dan/auth_tokens"),
        bare("app_system", "DELETE /users/ben"),
        sent("g", "ann", "POST /messages", text("/groups/lake", "where is ben")),
        step("app_system", "PUT /users", json!({ "uidsToActivate": ["ben"] })),
        step("app_system", "DELETE /users", json!({ "uidsToDeactivate": ["ben", "dan"] })),
        step("app_system", "PUT /users", json!({ "uidsToActivate": ["ben"] })),
        step("app_system", "DELETE /users/dan", json!({ "permanent": true })),
        sent("c", "cat", "POST /messages/{g}/thread", json!({ "data": { "text": "here" } })),
        step("app_system", "DELETE /users/cat", json!({ "permanent": true })),
        step("app_system", "POST /users", json!({ "uid": "cat", "name": "Another cat" })),
    ]
}
