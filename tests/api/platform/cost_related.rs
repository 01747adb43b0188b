//! What every other operation costs: the table in ARCHITECTURE.md, "Everything else", held to real requests. Exact calls
//! and units for items below 1 KB, with the API key known to the process.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::routes::Endpoint;
use tests::Api;

const ARCHITECTURE: &str = include_str!("../../../ARCHITECTURE.md");
/// The section that holds the table.
const HEADING: &str = "### Everything else";

/// Calls, read units and write units.
type Cost = (u32, f64, f64);

/// The rows of the table by their operation, `POST /path`.
fn stated() -> BTreeMap<String, Cost> {
    let section = ARCHITECTURE.split(HEADING).nth(1).unwrap().split("\n#").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap_or_else(|_| panic!("no number in {line}"));
        (cells[0].trim_matches('`').to_owned(), (number(1) as u32, number(2), number(3)))
    };
    rows.map(row).collect()
}

/// Endpoints whose costs stand in the other tables, or that cost nothing.
fn is_priced_elsewhere(endpoint: Endpoint) -> bool {
    use Endpoint as E;
    matches!(
        endpoint,
        E::SendMessage
            | E::ListMessages
            | E::ListUserMessages
            | E::ListGroupMessages
            | E::GetMessage
            | E::UpdateMessage
            | E::DeleteMessage
            | E::SendThreadMessage
            | E::ListThreadMessages
            | E::SendBotMessage
            | E::AddReaction
            | E::RemoveReaction
            | E::ListReactions
            | E::ListEmojiReactions
            | E::CreateUploadUrls
            | E::GetSettings
            | E::NotFound
    )
}

struct Stage {
    api: Api,
    /// A token of birch, and one of cedar.
    tokens: [String; 2],
    message: String,
    form: String,
}

/// ash and gorse are friends; there is a role `picker`; ash and birch have written to each other; ash is admin and birch participant of `orchard`, from which gorse is banned;
/// `helper` is a bot; `barn` is empty. The form and the reply are newest.
async fn stage() -> Stage {
    let api = Api::start().await;
    let mut tokens = Vec::new();
    for uid in ["ash", "birch", "cedar", "gorse", "helper"] {
        let body = json!({ "uid": uid, "name": uid, "withAuthToken": true });
        let user = api.app().post("/users", body).await.expect_data();
        tokens.push(user["authToken"].as_str().unwrap().to_owned());
    }
    api.app().post("/bots", json!({ "uid": "helper", "webhookURL": "https://hooks.example" })).await.expect_ok();
    let hook =
        json!({ "id": "audit", "name": "A", "webhookURL": "https://hooks.example", "triggers": ["message_sent"] });
    api.app().post("/webhooks", hook).await.expect_ok();
    api.app().post("/roles", json!({ "role": "picker", "name": "Picker" })).await.expect_ok();
    api.befriend("ash", "gorse").await;
    let members = json!({ "admins": ["ash"], "participants": ["birch"], "usersToBan": ["gorse"] });
    api.app().post("/groups", json!({ "guid": "orchard", "name": "Orchard", "members": members })).await.expect_ok();
    api.app().post("/groups", json!({ "guid": "barn", "name": "Barn" })).await.expect_ok();
    let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    birch.send_text(&ash, "one").await;
    let message = ash.send_text(&birch, "two").await["id"].to_string();
    ash.send_text_to_group("orchard", "all").await;
    let form = json!({
        "receiver": "birch", "receiverType": "user", "category": "interactive", "type": "form",
        "data": { "interactiveData": { "submitElement": { "elementId": "submit" } } },
    });
    let form = ash.post("/messages", form).await.expect_data()["id"].to_string();
    Stage { tokens: [tokens[1].clone(), tokens[2].clone()], api, message, form }
}

/// Who asks, the operation as the table names it, and the body.
fn operations() -> Vec<(&'static str, &'static str, Value)> {
    let none = Value::Null;
    let profile = json!({ "name": "N" });
    let blocked = json!({ "blockedUids": ["cedar"] });
    vec![
        ("birch", "GET /conversations", none.clone()),
        ("birch", "GET /users/ash/conversation", none.clone()),
        ("birch", "GET /groups/orchard/conversation", none.clone()),
        ("birch", "GET /conversations/ash_user_birch", none.clone()),
        ("birch", "PUT /users/ash/conversation", json!({ "tags": ["t"] })),
        ("birch", "PUT /groups/orchard/conversation", json!({ "tags": ["t"] })),
        ("birch", "DELETE /users/ash/conversation", none.clone()),
        ("birch", "DELETE /groups/orchard/conversation", none.clone()),
        ("app", "DELETE /conversations/ash_user_birch", none.clone()),
        ("birch", "POST /users/ash/conversation/delivered", none.clone()),
        ("birch", "POST /users/ash/conversation/read", none.clone()),
        ("birch", "DELETE /users/ash/conversation/read", none.clone()),
        ("birch", "POST /groups/orchard/conversation/delivered", none.clone()),
        ("birch", "POST /groups/orchard/conversation/read", none.clone()),
        ("birch", "DELETE /groups/orchard/conversation/read", none.clone()),
        ("birch", "POST /users/ash/conversation/pin", none.clone()),
        ("birch", "DELETE /users/ash/conversation/pin", none.clone()),
        ("birch", "POST /groups/orchard/conversation/pin", none.clone()),
        ("birch", "DELETE /groups/orchard/conversation/pin", none.clone()),
        ("app", "GET /conversations/pinned", none.clone()),
        ("app", "PUT /conversations/pinned", json!({ "pinnedConversations": [{ "uid": "ash" }] })),
        ("birch", "POST /messages/{id}/pin", none.clone()),
        ("birch", "DELETE /messages/{id}/pin", none.clone()),
        ("birch", "POST /messages/{id}/save", none.clone()),
        ("birch", "DELETE /messages/{id}/save", none.clone()),
        ("birch", "POST /messages/{id}/flagged", none.clone()),
        ("birch", "PATCH /messages/{form}/interacted", json!({ "interactions": ["submit"] })),
        ("birch", "POST /messages/{id}/thread/subscription", none.clone()),
        ("birch", "DELETE /messages/{id}/thread/subscription", none.clone()),
        ("birch", "GET /threads", none.clone()),
        ("birch", "GET /users/ash/threads", none.clone()),
        ("birch", "GET /groups/orchard/threads", none.clone()),
        ("app", "POST /users", json!({ "uid": "elm", "name": "Elm" })),
        ("birch", "GET /users", none.clone()),
        ("birch", "GET /users/ash", none.clone()),
        ("app", "PUT /users/ash", profile.clone()),
        ("app", "DELETE /users/cedar", none.clone()),
        ("app", "DELETE /users", json!({ "uidsToDeactivate": ["cedar"] })),
        ("app", "PUT /users", json!({ "uidsToActivate": ["cedar"] })),
        ("app", "POST /users/ash/auth_tokens", json!({ "force": true })),
        ("app", "GET /users/birch/auth_tokens", none.clone()),
        ("app", "DELETE /users/birch/auth_tokens", none.clone()),
        ("app", "GET /users/birch/auth_tokens/{token}", none.clone()),
        ("app", "PUT /users/birch/auth_tokens/{token}", json!({ "platform": "web" })),
        ("app", "DELETE /users/birch/auth_tokens/{token}", none.clone()),
        ("token", "GET /me", none.clone()),
        ("token", "POST /me/jwt", none.clone()),
        ("token", "PUT /me", profile.clone()),
        ("token", "DELETE /me", none.clone()),
        ("token", "POST /user_sessions", json!({ "sessionId": "s" })),
        ("app", "POST /users/ash/blockedusers", blocked.clone()),
        ("app", "DELETE /users/ash/blockedusers", blocked),
        ("app", "GET /users/ash/blockedusers", none.clone()),
        ("token", "POST /blockedusers", json!({ "blockedUids": ["birch"] })),
        ("token", "DELETE /blockedusers", json!({ "blockedUids": ["birch"] })),
        ("token", "GET /blockedusers?direction=both", none.clone()),
        ("ash", "POST /groups", json!({ "guid": "g", "name": "G" })),
        ("birch", "GET /groups", none.clone()),
        ("birch", "GET /groups/orchard", none.clone()),
        ("ash", "PUT /groups/orchard", profile.clone()),
        ("app", "DELETE /groups/barn", none.clone()),
        ("ash", "POST /groups/orchard/members", json!({ "participants": ["cedar"] })),
        ("ash", "PUT /groups/orchard/members", json!({ "participants": ["cedar"] })),
        ("birch", "DELETE /groups/orchard/members", none.clone()),
        ("app", "PATCH /groups/orchard/owner", json!({ "owner": "birch" })),
        ("birch", "GET /groups/orchard/members", none.clone()),
        ("ash", "PUT /groups/orchard/members/birch", json!({ "scope": "moderator" })),
        ("ash", "DELETE /groups/orchard/members/birch", none.clone()),
        ("ash", "POST /groups/orchard/bannedusers/cedar", none.clone()),
        ("ash", "DELETE /groups/orchard/bannedusers/gorse", none.clone()),
        ("ash", "GET /groups/orchard/bannedusers", none.clone()),
        ("app", "POST /bots", json!({ "uid": "cedar", "webhookURL": "https://hooks.example" })),
        ("app", "GET /bots", none.clone()),
        ("app", "GET /bots/helper", none.clone()),
        ("app", "PUT /bots/helper", json!({ "enabled": true })),
        ("app", "DELETE /bots/helper", none.clone()),
        ("app", "POST /moderation/reasons", json!({ "name": "Rotten" })),
        ("app", "GET /moderation/reasons", none.clone()),
        ("app", "GET /moderation/reasons/spam", none.clone()),
        ("app", "PUT /moderation/reasons/spam", json!({ "name": "Junk" })),
        ("app", "DELETE /moderation/reasons/spam", none.clone()),
        ("app", "GET /moderation/flagged-messages", none.clone()),
        ("app", "POST /apikeys", json!({ "name": "Back end" })),
        ("app", "GET /apikeys", none.clone()),
        ("app", "GET /apikeys/{key}", none.clone()),
        ("app", "PUT /apikeys/{key}", json!({ "name": "Night shift" })),
        ("app", "DELETE /apikeys/{key}", none.clone()),
        ("ash", "GET /users?friendsOnly=true&hideBlockedUsers=true", none.clone()),
        ("app", "GET /users?uids=ash,birch", none.clone()),
        ("app", "POST /users/ash/friends", json!({ "accepted": ["cedar"] })),
        ("app", "GET /users/ash/friends", none.clone()),
        ("app", "DELETE /users/ash/friends", json!({ "friends": ["gorse"] })),
        ("app", "POST /roles", json!({ "role": "r", "name": "R" })),
        ("app", "GET /roles", none.clone()),
        ("app", "GET /roles/picker", none.clone()),
        ("app", "PUT /roles/picker", profile.clone()),
        ("app", "DELETE /roles/picker", none.clone()),
        ("token", "POST /notifications/push/v1/tokens", json!({ "platform": "fcm_web", "fcmToken": "t" })),
        ("token", "GET /notifications/push/v1/tokens", none.clone()),
        ("token", "DELETE /notifications/push/v1/tokens", none.clone()),
        ("ash", "GET /notifications/v1/preferences", none.clone()),
        ("ash", "PATCH /notifications/v1/preferences", json!({ "usePrivacyTemplate": true })),
        ("ash", "DELETE /notifications/v1/preferences", none.clone()),
        ("ash", "GET /notifications/v1/preferences/mute", none.clone()),
        (
            "ash",
            "PUT /notifications/v1/preferences/mute",
            json!({ "conversations": [{ "id": "birch", "type": "oneOnOne", "until": 4_102_444_800_000_u64 }] }),
        ),
        (
            "ash",
            "DELETE /notifications/v1/preferences/mute",
            json!({ "conversations": [{ "id": "birch", "type": "oneOnOne", "until": 4_102_444_800_000_u64 }] }),
        ),
        ("ash", "GET /notifications/v1/preferences/timezone", none.clone()),
        ("ash", "PATCH /notifications/v1/preferences/timezone", json!({ "timezone": "Europe/Berlin" })),
        ("app", "POST /webhooks", json!({ "id": "w", "name": "W", "webhookURL": "https://hooks.example" })),
        ("app", "GET /webhooks", none.clone()),
        ("app", "GET /webhooks/audit", none.clone()),
        ("app", "PUT /webhooks/audit", json!({ "enabled": true })),
        ("app", "POST /webhooks/audit/triggers", json!({ "triggerIds": ["message_edited"] })),
        ("app", "GET /webhooks/audit/triggers", none.clone()),
        ("app", "DELETE /webhooks/audit/triggers", json!({ "triggerIds": ["message_sent"] })),
        ("app", "DELETE /webhooks/audit", none),
        ("app", "POST /data_import/users", json!({ "users": { "fir": { "uid": "fir", "name": "F" } } })),
        (
            "app",
            "POST /data_import/groups",
            json!({ "groups": { "shed": { "guid": "shed", "name": "S", "type": "public", "owner": "ash" } } }),
        ),
        ("app", "POST /data_import/members", imported_member()),
        ("app", "POST /data_import/messages", imported_message()),
    ]
}

/// A member of a group that is made for them.
fn imported_member() -> Value {
    let id = "shed_member_cedar";
    let group = json!({ "guid": "shed", "name": "S", "type": "public", "createdAt": 1_730_000_000 });
    let member =
        json!({ "memberId": id, "guid": "shed", "uid": "cedar", "joinedAt": 1_730_000_001, "groupDetails": group });
    json!({ "members": { id: member } })
}

fn imported_message() -> Value {
    let message = json!({ "muid": "old", "sender": "ash", "receiver": "birch", "receiverType": "user",
        "sentAt": 1_730_000_000, "readAt": 1_730_000_001, "data": { "text": "old" } });
    json!({ "messages": { "old": message } })
}

/// What some operations must find, beside the stage, so that they change something.
async fn prepare(api: &Api, operation: &str) {
    match operation {
        "DELETE /users/ash/blockedusers" => api.block("ash", "cedar").await,
        "DELETE /blockedusers" => api.block("cedar", "birch").await,
        _ => {}
    }
}

#[tokio::test]
async fn every_operation_costs_what_the_table_says() {
    let stated = stated();
    let (mut measured, mut functions) = (BTreeMap::new(), Vec::new());
    for (who, operation, body) in operations() {
        let Stage { api, tokens, message, form } = stage().await;
        let (method, path) = operation.split_once(' ').unwrap();
        let path = path.replace("{id}", &message).replace("{form}", &form).replace("{token}", &tokens[0]);
        let path = match path.contains("{key}") {
            // No key changes itself.
            true => {
                let other = api.app().post("/apikeys", json!({ "name": "Other" })).await.expect_data();
                path.replace("{key}", other["apiKey"].as_str().unwrap())
            }
            false => path,
        };
        let actor = match who {
            "token" => api.nobody().with("authToken", &tokens[1]),
            who => crate::given::who(&api, who),
        };
        prepare(&api, operation).await;
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        if operation == "DELETE /messages/{id}/save" {
            // Forgetting what was not saved writes nothing.
            actor.post(&path, Value::Null).await.expect_ok();
        }
        actor.send(method, &path, body).await.expect_ok();
        let line = api.last_line();
        functions.push(line.function);
        measured.insert(operation.to_owned(), (line.calls, line.read_units, line.write_units));
    }
    let table: Vec<String> = measured
        .iter()
        .filter(|(operation, cost)| stated.get(*operation) != Some(cost))
        .map(|(operation, (calls, read, written))| format!("| `{operation}` | {calls} | {read} | {written} |"))
        .collect();
    assert!(table.is_empty(), "the table should say:\n{}", table.join("\n"));
    let unknown: Vec<_> = stated.keys().filter(|operation| !measured.contains_key(*operation)).collect();
    assert!(unknown.is_empty(), "nothing measures {unknown:?}");
    let unpriced: Vec<_> = Endpoint::ALL
        .iter()
        .filter(|endpoint| !is_priced_elsewhere(**endpoint) && !functions.contains(&endpoint.function()))
        .collect();
    assert!(unpriced.is_empty(), "no price for {unpriced:?}");
}
