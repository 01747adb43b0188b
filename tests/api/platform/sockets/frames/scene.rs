//! Who listens, and steps that say who hears what.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::Api;
use tests::live::Live;

/// Whose clients listen, each on the device `WEB-<name>`; `ann-2` is the second device of `ann`.
const LISTENERS: [&str; 9] = ["ann", "ann-2", "ben", "ivy", "cat", "dan", "eve", "fay", "hal"];

/// Who does what, and what is told then: to whom, and what.
pub struct Step {
    name: Option<&'static str>,
    who: &'static str,
    request: &'static str,
    body: Value,
    status: u16,
    told: &'static [(&'static str, &'static str)],
}

/// A step that succeeds; the message that it answers goes by this name.
pub fn step(
    name: &'static str,
    who: &'static str,
    request: &'static str,
    body: Value,
    told: &'static [(&'static str, &'static str)],
) -> Step {
    Step { name: (!name.is_empty()).then_some(name), who, request, body, status: 200, told }
}

/// A step that is refused, of which nobody hears.
pub fn refused(who: &'static str, request: &'static str, body: Value) -> Step {
    Step { name: None, who, request, body, status: 400, told: &[] }
}

pub fn to(kind: &str, id: &str, mut body: Value) -> Value {
    body["receiver"] = json!(id);
    body["receiverType"] = json!(kind);
    body
}

pub fn text(text: &str) -> Value {
    json!({ "data": { "text": text } })
}

pub fn form() -> Value {
    let button = json!({ "elementType": "button", "elementId": "yes", "buttonText": "Yes", "action": {} });
    json!({ "category": "interactive", "type": "form", "data": { "interactiveData": { "formFields": [button] } } })
}

pub struct Scene {
    pub api: Api,
    pub clients: BTreeMap<&'static str, Live>,
    ids: BTreeMap<&'static str, Value>,
}

impl Scene {
    /// The group `lake` of ann, ben and ivy, from which dan is banned and which eve left; `hill` of hal and ann; fay, who
    /// wrote with ann and is blocked by her; cat, who has nothing to do with anybody.
    pub async fn start() -> Scene {
        let api = Api::start().await;
        for uid in ["ann", "ben", "ivy", "cat", "dan", "eve", "fay", "hal"] {
            api.user(uid).await;
        }
        api.app().post("/bots", json!({ "uid": "cat", "webhookURL": "https://hooks.example" })).await;
        let members = json!({ "admins": ["ann"], "participants": ["ben", "ivy", "eve", "dan"] });
        let lake = json!({ "guid": "lake", "name": "Lake", "type": "public", "members": members });
        api.app().post("/groups", lake).await.expect_ok();
        let hill = json!({ "guid": "hill", "name": "Hill", "members": { "participants": ["ann", "hal"] } });
        api.app().post("/groups", hill).await.expect_ok();
        let mut clients = BTreeMap::new();
        for name in LISTENERS {
            clients.insert(name, api.live(name.trim_end_matches("-2"), &format!("WEB-{name}")).await);
        }
        // These end what they were while they listen.
        api.on_behalf_of("ann").post("/groups/lake/bannedusers/dan", Value::Null).await.expect_ok();
        api.on_behalf_of("eve").delete("/groups/lake/members", Value::Null).await.expect_ok();
        api.on_behalf_of("fay").post("/messages", to("user", "ann", text("spam"))).await.expect_ok();
        api.on_behalf_of("ann").post("/blockedusers", json!({ "blockedUids": ["fay"] })).await.expect_ok();
        // All are known to have read what came before they joined.
        for uid in ["ann", "ben", "ivy"] {
            api.on_behalf_of(uid).post("/groups/lake/conversation/read", json!({})).await.expect_ok();
        }
        for client in clients.values_mut() {
            client.heard(&api).await;
        }
        Scene { api, clients, ids: BTreeMap::new() }
    }

    pub async fn take(&mut self, steps: impl IntoIterator<Item = Step>) {
        for step in steps {
            self.take_one(step).await;
        }
    }

    async fn take_one(&mut self, Step { name, who, request, body, status, told }: Step) {
        let (mut path, mut body) = (request.to_owned(), body.to_string());
        for (name, id) in &self.ids {
            path = path.replace(&format!("{{{name}}}"), &id.to_string());
            body = body.replace(&format!("\"{{{name}}}\""), &id.to_string());
        }
        let body: Value = serde_json::from_str(&body).unwrap();
        let (actor, device) = match who {
            "app" => (self.api.app(), None),
            who => (self.api.on_behalf_of(who).on(&format!("WEB-{who}")), Some(format!("WEB-{who}"))),
        };
        let answer = actor.request(&path, &body).await;
        // Which refusal it is, others hold.
        assert_eq!(answer.status - answer.status % 100, status, "{who} {path}: {}", answer.body);
        if let Some(name) = name {
            self.ids.insert(name, answer.body["data"]["id"].clone());
        }
        for (listener, client) in &mut self.clients {
            let heard = client.heard(&self.api).await;
            let of_listener = told.iter().filter(|(hearing, _)| hearing.split(' ').any(|name| name == *listener));
            let expected: Vec<_> = of_listener.map(|(_, said)| (*said).to_owned()).collect();
            assert_eq!(heard.iter().map(said).collect::<Vec<_>>(), expected, "{listener} of {who} {path}: {heard:#?}");
            for frame in &heard {
                assert_eq!(frame["deviceId"].as_str(), device.as_deref(), "{who} {path}: {frame:#}");
                is_for_nobody(frame);
            }
        }
    }
}

/// What a frame says, shortly.
fn said(frame: &Value) -> String {
    let [kind, action] = [&frame["type"], &frame["body"]["action"]].map(|value| value.as_str().unwrap_or_default());
    let body = &frame["body"];
    let [category, of_category] = ["category", "type"].map(|name| body[name].as_str().unwrap_or_default());
    match (kind, category) {
        ("message", "action") => format!("action {}", body["data"]["action"].as_str().unwrap()),
        ("message", _) if body["parentId"].is_u64() => format!("{category} {of_category} reply"),
        ("message", _) => format!("{category} {of_category}"),
        ("reaction" | "receipts", _) => format!("{kind} {action}"),
        _ => kind.to_owned(),
    }
}

/// A body goes to many, so it says nothing of who hears it. A conversation is shown to the own devices of who pins it.
fn is_for_nobody(frame: &Value) {
    if frame["body"]["conversation"].is_object() {
        return;
    }
    let text = frame.to_string();
    for mine in
        ["reactedByMe", "savedAt", "hasJoined", "\"receipts\":[", "blockedByMe", "unreadMessageCount", "@private"]
    {
        assert!(!text.contains(mine), "{mine}: {frame:#}");
    }
}
