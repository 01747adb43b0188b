//! Acts at random: some that do something, and some that are refused.

use fastrand::Rng;
use serde_json::{Value, json};
use tests::events::Act;

use super::{Feed, GROUP, USERS};

/// A text to a user or a group, who are named by their path.
pub fn text(to: &str, text: impl ToString) -> Value {
    sent_to(to, json!({ "data": { "text": text.to_string() } }))
}

/// An interactive message with the button `yes`.
pub fn form(to: &str) -> Value {
    let button = json!({ "elementType": "button", "elementId": "yes", "buttonText": "Yes", "action": {} });
    let data = json!({ "interactiveData": { "formFields": [button] } });
    sent_to(to, json!({ "category": "interactive", "type": "form", "data": data }))
}

fn sent_to(to: &str, mut body: Value) -> Value {
    let (kind, id) = to.trim_start_matches('/').split_once("s/").unwrap();
    body["receiver"] = json!(id);
    body["receiverType"] = json!(kind);
    body
}

/// What an act may be about.
struct Draw<'d> {
    rng: &'d mut Rng,
    feed: &'d Feed<'d>,
    /// Who acts, and another.
    one: &'static str,
    other: &'static str,
    /// The path of the other, or of the group.
    to: String,
}

/// One of each act, of one user on another.
pub fn any(rng: &mut Rng, feed: &Feed<'_>) -> Vec<Act> {
    let at = rng.usize(..USERS.len());
    let (one, other) = (USERS[at], USERS[(at + 1 + rng.usize(..USERS.len() - 1)) % USERS.len()]);
    let to = if rng.bool() { format!("/users/{other}") } else { format!("/groups/{GROUP}") };
    let mut draw = Draw { rng, feed, one, other, to };
    [draw.messages(), draw.marks(), draw.conversations(), draw.members(), draw.groups(), draw.users()].concat()
}

impl Draw<'_> {
    /// What the one who acts does.
    fn act(&self, request: impl Into<String>, body: Value) -> Act {
        Act::new(self.one, request, body)
    }

    /// What the app does.
    fn app(&self, request: impl Into<String>, body: Value) -> Act {
        Act::new("app_system", request, body)
    }

    /// A message that the one who acts sees, rather one that `fits`.
    fn message(&mut self, fits: impl Fn(&Value) -> bool) -> u64 {
        let seen: Vec<(u64, &Value)> = self.feed.client(self.one).messages().collect();
        let seen: Vec<(u64, &Value)> =
            seen.into_iter().filter(|(_, message)| message["category"] != "action").collect();
        let fitting: Vec<u64> = seen.iter().filter(|(_, message)| fits(message)).map(|(id, _)| *id).collect();
        let all: Vec<u64> = seen.iter().map(|(id, _)| *id).collect();
        let ids = if fitting.is_empty() || self.rng.u8(..4) == 0 { all } else { fitting };
        if ids.is_empty() { 1 } else { ids[self.rng.usize(..ids.len())] }
    }

    fn messages(&mut self) -> Vec<Act> {
        let (one, to, n) = (self.one, self.to.clone(), self.rng.u32(..));
        let any = self.message(|_| true);
        let mine = self.message(|message| message["sender"] == one);
        let mut quoting = text(&to, "quoting");
        quoting["quotedMessageId"] = json!(any);
        let send = self.act("POST /messages", text(&to, n));
        vec![
            send.clone(),
            send.clone(),
            send,
            self.act("POST /messages", form(&to)),
            self.act("POST /messages", quoting),
            self.act(format!("POST /messages/{any}/thread"), json!({ "data": { "text": "reply" } })),
            self.act(format!("PUT /messages/{mine}"), json!({ "data": { "text": format!("edited {n}") } })),
            self.act(format!("DELETE /messages/{mine}"), json!({})),
            self.act(format!("DELETE /messages/{mine}"), json!({ "permanent": true })),
            self.app(format!("DELETE /messages/{any}"), json!({ "permanent": true })),
        ]
    }

    fn marks(&mut self) -> Vec<Act> {
        let any = self.message(|_| true);
        let reacted = self.message(|message| message["data"].to_string().contains("reactedByMe"));
        let pinned = self.message(|message| message["pinnedAt"].is_u64());
        let saved = self.message(|message| message["savedAt"].is_u64());
        let form = self.message(|message| message["category"] == "interactive");
        vec![
            self.act(format!("POST /messages/{any}/reactions/x"), Value::Null),
            self.act(format!("POST /messages/{any}/reactions/y"), Value::Null),
            self.act(format!("DELETE /messages/{reacted}/reactions/x"), Value::Null),
            self.act(format!("POST /messages/{any}/pin"), Value::Null),
            self.app(format!("POST /messages/{any}/pin"), Value::Null),
            self.act(format!("DELETE /messages/{pinned}/pin"), Value::Null),
            self.act(format!("POST /messages/{any}/save"), Value::Null),
            self.act(format!("DELETE /messages/{saved}/save"), Value::Null),
            self.act(format!("POST /messages/{any}/flagged"), json!({ "id": "spam" })),
            self.act(format!("PATCH /messages/{form}/interacted"), json!({ "interactions": ["yes"] })),
        ]
    }

    fn conversations(&mut self) -> Vec<Act> {
        let Draw { one, other, .. } = *self;
        let (to, up_to) = (self.to.clone(), self.message(|_| true));
        let pairs = if one < other { [one, other] } else { [other, one] };
        let conversation = format!("{to}/conversation");
        let mut pinned = vec![json!({ "uid": one }), json!({ "guid": GROUP }), json!({ "uid": other })];
        self.rng.shuffle(&mut pinned);
        pinned.truncate(self.rng.usize(..=2));
        let is_kept = self.rng.bool();
        vec![
            self.act(format!("POST {conversation}/delivered"), json!({})),
            self.act(format!("POST {conversation}/read"), json!({})),
            self.act(format!("POST {conversation}/read"), json!({ "messageId": up_to })),
            self.act(format!("DELETE {conversation}/read"), json!({})),
            self.act(format!("DELETE {conversation}/read"), json!({ "messageId": up_to })),
            self.act(format!("POST {conversation}/pin"), json!({})),
            self.act(format!("DELETE {conversation}/pin"), json!({})),
            self.act(format!("DELETE {conversation}"), json!({ "preserveOrder": is_kept })),
            self.app("PUT /conversations/pinned", json!({ "pinnedConversations": pinned })),
            self.app(format!("DELETE /conversations/{}_user_{}", pairs[0], pairs[1]), json!({})),
        ]
    }

    fn members(&mut self) -> Vec<Act> {
        let Draw { one, other, .. } = *self;
        let scope = ["admin", "moderator", "participant"][self.rng.usize(..3)];
        let members = format!("/groups/{GROUP}/members");
        let bans = format!("/groups/{GROUP}/bannedusers");
        vec![
            self.act(format!("POST {members}"), json!({})),
            self.act(format!("DELETE {members}"), json!({})),
            self.act(format!("DELETE {members}/{other}"), json!({})),
            self.app(format!("DELETE {members}/{one}"), json!({})),
            self.app(format!("POST {members}"), json!({ "participants": [one], "usersToBan": [other] })),
            self.app(format!("POST {members}"), json!({ "participants": USERS })),
            self.act(format!("POST {bans}/{other}"), json!({})),
            self.app(format!("DELETE {bans}/{one}"), json!({})),
            self.app(format!("DELETE {bans}/{other}"), json!({})),
            self.app(format!("PUT {members}/{one}"), json!({ "scope": scope })),
            self.app(format!("PATCH /groups/{GROUP}/owner"), json!({ "owner": one })),
            self.act(format!("PATCH /groups/{GROUP}/owner"), json!({ "owner": other })),
        ]
    }

    /// The group `hill` comes and goes.
    fn groups(&mut self) -> Vec<Act> {
        let Draw { one, other, .. } = *self;
        let n = self.rng.u32(..);
        let hill = json!({ "guid": "hill", "name": "hill", "members": { "participants": [one, other] } });
        vec![
            self.app(format!("PUT /groups/{GROUP}"), json!({ "name": format!("lake {n}") })),
            self.app(format!("PUT /groups/{GROUP}"), json!({ "name": format!("lake {n}"), "owner": other })),
            self.act("POST /groups", hill),
            self.act("POST /messages", text("/groups/hill", n)),
            self.act("PUT /groups/hill", json!({ "name": format!("hill {n}") })),
            self.app("DELETE /groups/hill", json!({})),
        ]
    }

    /// `dan` comes and goes.
    fn users(&mut self) -> Vec<Act> {
        let Draw { one, other, .. } = *self;
        let n = self.rng.u32(..);
        let blocked = json!({ "blockedUids": [other, "dan"] });
        let all = json!({ "uidsToActivate": [USERS[0], USERS[1], USERS[2], "dan"] });
        vec![
            self.app("POST /users", json!({ "uid": "dan", "name": "dan", "withAuthToken": true })),
            self.app(format!("PUT /users/{one}"), json!({ "name": format!("{one} {n}") })),
            Act::new("dan", "POST /messages", text(&self.to, n)),
            self.app(format!("DELETE /users/{one}"), json!({})),
            self.app("PUT /users", all.clone()),
            self.app("DELETE /users", json!({ "uidsToDeactivate": [other, "dan"] })),
            self.app("PUT /users", all),
            self.app("DELETE /users/dan", json!({ "permanent": true })),
            self.act("POST /blockedusers", blocked.clone()),
            self.act("DELETE /blockedusers", blocked),
            self.app(format!("POST /users/{one}/friends"), json!({ "accepted": [other, "dan"] })),
            self.act(format!("DELETE /users/{one}/friends"), json!({ "friends": [other] })),
            self.app(format!("POST /users/{one}/auth_tokens"), json!({})),
            self.app(format!("DELETE /users/{one}/auth_tokens"), json!({})),
            self.app("POST /bots", json!({ "uid": other, "webhookURL": "https://hooks.example" })),
            self.app(format!("POST /bots/{other}/messages"), text(&format!("/users/{one}"), "beep")),
            self.app(format!("DELETE /bots/{other}"), json!({})),
        ]
    }
}
