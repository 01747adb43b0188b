//! Requests to every endpoint, in which each does everything that it can do in AWS. Each comes with an API key of its
//! own, because a process remembers keys and functions are processes of their own.

use std::cell::RefCell;

use model::api_key::{ApiKey, KeyScope};
use model::auth_token::IssuedToken;
use model::trigger::Trigger;
use serde_json::{Value, json};
use shared::identity::hex_sha256;
use shared::store::limited::{Creation, Removal};
use tests::live::auth;
use tests::media::{PNG, Upload};
use tests::privileges::{ByFunction, Need, of_signed_url};
use tests::socket::{Socket, Told};
use tests::{Actor, Api};

/// A service, and what its functions used in it.
struct Scenario {
    api: Api,
    used: RefCell<ByFunction>,
}

/// Asks every endpoint of a service for everything and says what each needed.
pub async fn everything(api: Api) -> ByFunction {
    let scenario = Scenario { api, used: RefCell::default() };
    scenario.people().await;
    scenario.sessions().await;
    scenario.groups().await;
    scenario.messages().await;
    scenario.sockets().await;
    scenario.endings().await;
    let mut used = scenario.used.into_inner();
    for (function, needs) in scenario.api.used() {
        used.entry(function).or_default().extend(needs);
    }
    used
}

impl Scenario {
    /// A request as the app or a user, and its `data`; `null` if it was refused with `400`.
    async fn ask(&self, who: &str, request: &str, body: Value) -> Value {
        let value = fastrand::u64(..).to_string();
        let digest = hex_sha256(value.as_bytes());
        let key = ApiKey {
            name: "one".to_owned(),
            scope: KeyScope::FullAccess,
            created_at: shared::clock::system().seconds(),
        };
        assert_eq!(self.api.store().put_api_key(&digest, &key).await.unwrap(), Creation::Done);
        let actor = self.api.nobody().with("apikey", &value);
        let actor = if who == "app" { actor } else { actor.with("onBehalfOf", who) };
        let answered = self.ask_as(&actor, request, body).await;
        // There are only so many at a time.
        assert_eq!(self.api.store().delete_api_key(&digest).await.unwrap(), Removal::Done);
        answered
    }

    async fn ask_as(&self, actor: &Actor<'_>, request: &str, body: Value) -> Value {
        let (method, path) = request.split_once(' ').unwrap();
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        let mut answer = actor.send(method, path, body).await;
        assert!([200, 400, 404].contains(&answer.status), "{request}: {}", answer.body);
        let function = self.api.last_line().function.to_owned();
        let mut signed = Vec::new();
        signed_urls(&answer.body, &format!("{}/halley/", self.api.s3_url()), &mut signed);
        self.used.borrow_mut().entry(function).or_default().extend(signed);
        answer.body["data"].take()
    }

    /// Announces a file and uploads it, if it is to be complete; returns its attachment.
    async fn upload(&self, who: &str, is_complete: bool) -> Value {
        let file = json!({ "name": "dot.png", "mimeType": "image/png", "size": PNG.len() });
        let body = json!({ "receiver": "birch", "receiverType": "user", "files": { "f": file } });
        let announced = self.ask(who, "POST /files/upload-url", body).await;
        let url = announced["f"]["request"]["url"].as_str().unwrap().to_owned();
        if is_complete {
            assert_eq!(Upload::at(url, "image/png").put(PNG).await, 200);
        }
        announced["f"]["attachment"].clone()
    }

    /// Sends a message with a file by this route, as a part of a form too, and tries one of whose files one is missing.
    async fn send_files(&self, who: &str, uploader: &str, request: &str, body: Value) -> Value {
        let with = |attachments: Vec<Value>| {
            let mut body = body.clone();
            body["type"] = json!("image");
            body["data"] = json!({ "attachments": attachments });
            body
        };
        let (whole, missing) = (self.upload(uploader, true).await, self.upload(uploader, false).await);
        let refused = self.ask(who, request, with(vec![whole, missing])).await;
        assert!(refused.is_null(), "{refused}");
        self.ask(who, request, with(vec![self.upload(uploader, true).await])).await
    }
}

/// What the URLs in an answer need to work.
fn signed_urls(value: &Value, bucket_url: &str, found: &mut Vec<tests::privileges::Need>) {
    match value {
        Value::String(text) => found.extend(of_signed_url(text, bucket_url)),
        Value::Array(items) => items.iter().for_each(|item| signed_urls(item, bucket_url, found)),
        Value::Object(fields) => fields.values().for_each(|field| signed_urls(field, bucket_url, found)),
        _ => {}
    }
}

impl Scenario {
    async fn people(&self) {
        for uid in ["ash", "birch", "cedar", "dogwood", "elm", "fir", "helper"] {
            self.ask("app", "POST /users", json!({ "uid": uid, "name": uid })).await;
        }
        for request in ["GET /nowhere", "GET /settings", "GET /users"] {
            self.ask("app", request, json!({})).await;
        }
        // Who has blocked whom of so many is looked up among all blocks.
        for n in 0..25 {
            self.ask("app", "POST /users", json!({ "uid": format!("weed-{n}"), "name": "Weed" })).await;
        }
        self.ask("ash", "GET /users", json!({})).await;
        self.ask("ash", "GET /users/birch", json!({})).await;
        self.ask("app", "GET /users/birch", json!({})).await;
        self.ask("app", "PUT /users/birch", json!({ "name": "Birch" })).await;
        self.counts().await;
        for method in ["POST", "DELETE"] {
            self.ask("ash", &format!("{method} /users/ash/blockedusers"), json!({ "blockedUids": ["elm"] })).await;
            self.ask("ash", "GET /users/ash/blockedusers", json!({})).await;
            self.ask("ash", &format!("{method} /blockedusers"), json!({ "blockedUids": ["elm"] })).await;
            self.ask("ash", "GET /blockedusers?direction=both", json!({})).await;
        }
        for uid in ["helper", "elm"] {
            self.ask("app", "POST /bots", json!({ "uid": uid, "webhookURL": "https://bots.example/b" })).await;
        }
        self.ask("app", "GET /bots", json!({})).await;
        self.ask("app", "GET /bots/helper", json!({})).await;
        self.ask("app", "PUT /bots/helper", json!({ "webhookURL": "https://bots.example/c" })).await;
        self.ask("app", "DELETE /bots/elm", json!({})).await;
        self.friends_and_roles().await;
        self.webhooks().await;
        self.notifications().await;
        self.api_keys().await;
        self.moderation().await;
    }

    async fn moderation(&self) {
        let reason = json!({ "id": "rotten", "name": "Rotten" });
        self.ask("app", "POST /moderation/reasons", reason).await;
        self.ask("app", "GET /moderation/reasons", json!({})).await;
        self.ask("app", "GET /moderation/reasons/rotten", json!({})).await;
        self.ask("app", "PUT /moderation/reasons/rotten", json!({ "name": "Bad" })).await;
        self.ask("app", "DELETE /moderation/reasons/rotten", json!({})).await;
    }

    async fn api_keys(&self) {
        let made = self.ask("app", "POST /apikeys", json!({ "name": "Other" })).await;
        let path = format!("/apikeys/{}", made["apiKey"].as_str().unwrap());
        self.ask("app", "GET /apikeys", json!({})).await;
        self.ask("app", &format!("GET {path}"), json!({})).await;
        self.ask("app", &format!("PUT {path}"), json!({ "scope": "fullAccess" })).await;
        self.ask("app", &format!("DELETE {path}"), json!({})).await;
    }

    async fn friends_and_roles(&self) {
        self.ask("app", "POST /users/ash/friends", json!({ "accepted": ["birch", "elm"] })).await;
        self.ask("app", "GET /users/ash/friends", json!({})).await;
        self.ask("app", "DELETE /users/ash/friends", json!({ "friends": ["elm"] })).await;
        for role in ["picker", "driver"] {
            self.ask("app", "POST /roles", json!({ "role": role, "name": role })).await;
        }
        self.ask("app", "GET /roles", json!({})).await;
        self.ask("app", "GET /roles/picker", json!({})).await;
        self.ask("app", "PUT /roles/picker", json!({ "name": "Picker" })).await;
        self.ask("app", "DELETE /roles/driver", json!({})).await;
    }

    /// A device that changes hands, and one that goes; nobody calls who is told of notifications.
    async fn notifications(&self) {
        let tokens = "/notifications/push/v1/tokens";
        for (actor, token) in [("ash", "t"), ("birch", "t"), ("ash", "u")] {
            self.ask(actor, &format!("POST {tokens}"), json!({ "platform": "fcm_web", "fcmToken": token })).await;
        }
        self.ask("ash", &format!("GET {tokens}"), json!({})).await;
        self.ask("ash", &format!("DELETE {tokens}/u"), json!({})).await;
        let muted = json!({ "conversations": [{ "id": "elm", "type": "oneOnOne", "until": 4_102_444_800_000_u64 }] });
        for method in ["PUT", "GET", "DELETE"] {
            self.ask("ash", &format!("{method} /notifications/v1/preferences/mute"), muted.clone()).await;
        }
        for method in ["PATCH", "GET", "DELETE"] {
            self.ask("ash", &format!("{method} /notifications/v1/preferences"), json!({})).await;
        }
        for method in ["PATCH", "GET"] {
            let zone = json!({ "timezone": "Europe/Berlin" });
            self.ask("ash", &format!("{method} /notifications/v1/preferences/timezone"), zone).await;
        }
    }

    /// They lead to this machine, which nobody calls; what they would be told is looked up.
    async fn webhooks(&self) {
        for id in ["audit", "other"] {
            let hook = json!({ "id": id, "name": "A", "webhookURL": "https://localhost/a", "enabled": true });
            self.ask("app", "POST /webhooks", hook).await;
        }
        let all: Vec<&str> = Trigger::all().map(Trigger::as_str).collect();
        for triggers in [json!(all), json!(["no_such"])] {
            self.ask("app", "POST /webhooks/audit/triggers", json!({ "triggerIds": triggers })).await;
        }
        for request in ["GET /webhooks", "GET /webhooks/audit", "GET /webhooks/audit/triggers"] {
            self.ask("app", request, json!({})).await;
        }
        self.ask("app", "PUT /webhooks/audit", json!({ "name": "B" })).await;
        self.ask("app", "DELETE /webhooks/audit/triggers", json!({ "triggerIds": ["message_edited"] })).await;
        self.ask("app", "DELETE /webhooks/other", json!({})).await;
        self.ask("app", "PUT /bots/helper", json!({ "webhookURL": "https://localhost/b", "enabled": true })).await;
    }

    /// Who is in more groups than a request counts, is counted by the job.
    async fn counts(&self) {
        for n in 0..=shared::jobs::COUNTED_AT_ONCE {
            let members = json!({ "participants": ["fir"] });
            let body = json!({ "guid": format!("wood-{n}"), "name": "Wood", "members": members });
            self.ask("app", "POST /groups", body).await;
        }
        // Those of who is in none are all counted by the request.
        for uid in ["fir", "dogwood"] {
            let one = format!("DELETE /users/{uid}");
            for (request, body) in [("DELETE /users", json!({ "uidsToDeactivate": [uid] })), (&one, json!({}))] {
                self.ask("app", request, body).await;
                self.api.jobs_done().await;
                self.ask("app", "PUT /users", json!({ "uidsToActivate": [uid] })).await;
                self.api.jobs_done().await;
            }
        }
    }

    /// With tokens, which some endpoints take only.
    async fn sessions(&self) {
        let mut tokens = Vec::new();
        for _ in 0..3 {
            let made = self.ask("app", "POST /users/ash/auth_tokens", json!({})).await;
            tokens.push(made["authToken"].as_str().unwrap().to_owned());
        }
        let me = self.api.nobody().with("authToken", &tokens[0]);
        for path in ["push/v1/tokens", "v1/preferences", "v1/preferences/mute", "v1/preferences/timezone"] {
            self.ask_as(&me, &format!("GET /notifications/{path}"), json!({})).await;
        }
        self.ask_as(&me, "POST /me/jwt", json!({})).await;
        for request in ["GET /me", "PUT /me", "GET /settings"] {
            // What the process remembers of the reasons is of before.
            self.ask("app", "PUT /moderation/reasons/spam", json!({ "name": "Spam" })).await;
            self.ask_as(&me, request, json!({ "name": "Ash" })).await;
        }
        self.ask_as(&me, "POST /user_sessions", json!({})).await;
        self.ask_as(&me, "DELETE /users/ash/friends", json!({ "friends": ["birch"] })).await;
        self.ask_as(&me, "DELETE /me", json!({})).await;
        for _ in 0..IssuedToken::MAX {
            self.ask("app", "POST /users/birch/auth_tokens", json!({})).await;
        }
        // One more than there can be makes the oldest go, and one after a deactivation all of before.
        self.ask("app", "POST /users/birch/auth_tokens", json!({})).await;
        self.ask("app", "DELETE /users/birch", json!({})).await;
        self.ask("app", "PUT /users", json!({ "uidsToActivate": ["birch"] })).await;
        self.ask("app", "POST /users/birch/auth_tokens", json!({})).await;
        self.ask("app", "GET /users/ash/auth_tokens", json!({})).await;
        let token = format!("/users/ash/auth_tokens/{}", tokens[1]);
        self.ask("app", &format!("GET {token}"), json!({})).await;
        self.ask("app", &format!("PUT {token}"), json!({ "platform": "web" })).await;
        self.ask("app", &format!("DELETE {token}"), json!({})).await;
        self.ask("app", "DELETE /users/ash/auth_tokens", json!({})).await;
    }

    async fn groups(&self) {
        let members = json!({ "participants": ["birch", "cedar", "dogwood"], "usersToBan": ["elm"] });
        let body = json!({ "guid": "orchard", "name": "O", "type": "public", "members": members });
        self.ask("ash", "POST /groups", body).await;
        self.ask("ash", "GET /groups", json!({})).await;
        // One that is not there may be one whose deletion goes on.
        self.ask("app", "DELETE /groups/nowhere", json!({})).await;
        self.ask("ash", "GET /groups?hasJoined=true", json!({})).await;
        self.ask("ash", "GET /groups/orchard", json!({})).await;
        self.ask("app", "PUT /groups/orchard", json!({ "name": "Orchard", "owner": "fir" })).await;
        self.ask("ash", "GET /groups/orchard/members", json!({})).await;
        let change = json!({ "participants": ["helper"], "usersToBan": ["dogwood"] });
        self.ask("ash", "POST /groups/orchard/members", change).await;
        self.ask("ash", "PUT /groups/orchard/members/birch", json!({ "scope": "moderator" })).await;
        self.ask("ash", "DELETE /groups/orchard/members/helper", json!({})).await;
        self.ask("ash", "PUT /groups/orchard/members", json!({ "participants": ["helper"] })).await;
        self.ask("helper", "DELETE /groups/orchard/members", json!({})).await;
        self.ask("fir", "PATCH /groups/orchard/owner", json!({ "owner": "ash" })).await;
        self.ask("app", "PATCH /groups/orchard/owner", json!({ "owner": "fir" })).await;
        self.ask("ash", "POST /groups/orchard/bannedusers/cedar", json!({})).await;
        self.ask("ash", "GET /groups/orchard/bannedusers", json!({})).await;
        self.ask("ash", "DELETE /groups/orchard/bannedusers/cedar", json!({})).await;
        // No member any more, which is looked at.
        self.ask("ash", "POST /groups/orchard/bannedusers/helper", json!({})).await;
        self.ask("ash", "DELETE /groups/orchard/bannedusers/helper", json!({})).await;
    }

    /// Every message that is looked at shows a file.
    async fn messages(&self) {
        let to_user = json!({ "receiver": "birch", "receiverType": "user" });
        let message = self.send_files("ash", "ash", "POST /messages", to_user.clone()).await;
        let id = &message["id"];
        let to_group = json!({ "receiver": "orchard", "receiverType": "group" });
        let grouped = self.send_files("ash", "ash", "POST /messages", to_group).await;
        let to_several = json!({ "multipleReceivers": { "uids": ["birch"] }, "data": { "text": "s" } });
        self.ask("ash", "POST /messages", to_several).await;
        let reply = json!({ "data": { "text": "r" } });
        self.ask("birch", &format!("POST /messages/{}/thread", grouped["id"]), reply).await;
        self.send_files("app", "helper", "POST /bots/helper/messages", to_user).await;
        let beep = json!({ "receiver": "orchard", "receiverType": "group", "data": { "text": "beep" } });
        self.ask("app", "POST /bots/helper/messages", beep).await;
        let reply = self.send_files("ash", "ash", &format!("POST /messages/{id}/thread"), json!({})).await;
        // Saves are looked for with what anybody saved.
        for id in [id, &reply["id"]] {
            self.ask("ash", &format!("POST /messages/{id}/save"), json!({})).await;
        }
        self.ask("ash", &format!("POST /messages/{id}/reactions/x"), json!({})).await;
        self.ask("ash", &format!("POST /messages/{id}/reactions/y"), json!({})).await;
        self.ask("ash", &format!("DELETE /messages/{id}/reactions/y"), json!({})).await;
        for path in
            ["/messages/{id}/reactions", "/messages/{id}/reactions/x", "/messages/{id}", "/messages/{id}/thread"]
        {
            self.ask("ash", &format!("GET {}", path.replace("{id}", &id.to_string())), json!({})).await;
        }
        for path in ["/messages", "/users/birch/messages", "/groups/orchard/messages"] {
            self.ask("ash", &format!("GET {path}"), json!({})).await;
        }
        self.ask("ash", &format!("PUT /messages/{id}"), json!({ "tags": ["t"] })).await;
        self.repeats().await;
        self.keepsakes(&id.to_string()).await;
        let reply = self.ask("ash", &format!("POST /messages/{id}/thread"), json!({ "data": { "text": "r" } })).await;
        self.ask("ash", &format!("DELETE /messages/{}", reply["id"]), json!({ "permanent": true })).await;
        self.ask("ash", &format!("DELETE /messages/{id}"), json!({ "permanent": true })).await;
        self.conversations().await;
        self.imports().await;
    }

    /// What another service held: new, and there already.
    async fn imports(&self) {
        let member = |uid: &str, is_banned: bool| {
            let id = format!("shed_member_{uid}");
            let member = json!({ "memberId": id, "guid": "shed", "uid": uid, "joinedAt": 1_730_000_001,
                "isBanned": is_banned });
            (id, member)
        };
        let members: Value = [member("birch", false), member("elm", true)].into_iter().collect();
        let message = json!({ "muid": "old", "sender": "ash", "receiver": "birch", "receiverType": "user",
            "sentAt": 1_730_000_000, "readAt": 1_730_000_001, "data": { "text": "old" } });
        let group =
            json!({ "guid": "shed", "name": "S", "type": "public", "owner": "ash", "createdAt": 1_730_000_000 });
        let given = [
            ("users", json!({ "elm": { "uid": "elm", "name": "E" } })),
            ("groups", json!({ "shed": group })),
            ("members", members),
            ("messages", json!({ "old": message })),
        ];
        for (entities, entity) in given.iter().chain(&given) {
            self.ask("app", &format!("POST /data_import/{entities}"), json!({ *entities: entity })).await;
        }
    }

    /// Sends whose answer is the message as it is by now: with a thread and a reaction, and saved.
    async fn repeats(&self) {
        let body = json!({ "receiver": "birch", "receiverType": "user", "muid": "m", "data": { "text": "again" } });
        for (who, request) in [("ash", "POST /messages"), ("app", "POST /bots/helper/messages")] {
            let sent = self.ask(who, request, body.clone()).await;
            let reply = json!({ "muid": "r", "data": { "text": "reply" } });
            let thread = format!("POST /messages/{}/thread", sent["id"]);
            let replied = self.ask("birch", &thread, reply.clone()).await;
            for id in [&sent["id"], &replied["id"]] {
                self.ask("birch", &format!("POST /messages/{id}/reactions/x"), json!({})).await;
                self.ask("birch", &format!("POST /messages/{id}/save"), json!({})).await;
            }
            assert_eq!(self.ask("birch", &thread, reply).await["id"], replied["id"]);
            assert_eq!(self.ask(who, request, body.clone()).await["id"], sent["id"]);
        }
    }

    /// What people leave on a message with a file, a thread and a reaction.
    async fn keepsakes(&self, id: &str) {
        for (method, path) in [("POST", "pin"), ("POST", "save"), ("DELETE", "pin"), ("DELETE", "save")] {
            self.ask("ash", &format!("{method} /messages/{id}/{path}"), json!({})).await;
        }
        // A save is looked for only where no further one is allowed.
        let mut kept = Vec::new();
        for n in 0..100 {
            let body = json!({ "receiver": "fir", "receiverType": "user", "data": { "text": format!("{n}") } });
            kept.push(self.ask("birch", "POST /messages", body).await["id"].to_string());
        }
        for id in &kept {
            self.ask("birch", &format!("POST /messages/{id}/save"), json!({})).await;
        }
        self.ask("birch", &format!("POST /messages/{}/save", kept[0]), json!({})).await;
        self.ask("ash", &format!("POST /messages/{id}/flagged"), json!({})).await;
        self.ask("app", "GET /moderation/flagged-messages", json!({})).await;
        for method in ["POST", "DELETE"] {
            self.ask("ash", &format!("{method} /messages/{id}/thread/subscription"), json!({})).await;
        }
        let form = json!({
            "receiver": "birch", "receiverType": "user", "category": "interactive", "type": "form",
            "data": { "interactiveData": { "elementId": "e" } },
        });
        let form = self.ask("ash", "POST /messages", form).await;
        let interactions = json!({ "interactions": ["e"] });
        self.ask("birch", &format!("PATCH /messages/{}/interacted", form["id"]), interactions).await;
        self.ask("ash", "GET /threads?withUnreadReplyCount=1", json!({})).await;
        self.ask("app", "GET /threads", json!({})).await;
        for path in ["/users/birch/threads", "/groups/orchard/threads"] {
            self.ask("ash", &format!("GET {path}"), json!({})).await;
            self.ask("app", &format!("GET {path}"), json!({})).await;
        }
    }

    /// Conversations whose last message has a file and is unread.
    async fn conversations(&self) {
        let to_group = json!({ "receiver": "orchard", "receiverType": "group" });
        let to_user = json!({ "receiver": "ash", "receiverType": "user" });
        let (mut first, mut gone) = (Vec::new(), Vec::new());
        for to in [&to_user, &to_group] {
            let mut text = to.clone();
            text["data"] = json!({ "text": "first" });
            first.push(self.ask("birch", "POST /messages", text.clone()).await["id"].clone());
            let one = self.ask("birch", "POST /messages", text).await["id"].clone();
            self.ask("birch", &format!("DELETE /messages/{one}"), json!({ "permanent": true })).await;
            gone.push(one);
            self.send_files("birch", "birch", "POST /messages", to.clone()).await;
        }
        for who in ["ash", "app"] {
            self.ask(who, "GET /conversations", json!({})).await;
        }
        self.ask("ash", "GET /conversations/ash_user_birch", json!({})).await;
        let pinned = json!({ "pinnedConversations": [{ "uid": "fir" }] });
        self.ask("app", "PUT /conversations/pinned", pinned).await;
        self.ask("app", "GET /conversations/pinned", json!({})).await;
        for ((with, first), gone) in ["users/birch", "groups/orchard"].into_iter().zip(&first).zip(&gone) {
            let path = format!("/{with}/conversation");
            self.ask("ash", &format!("GET {path}"), json!({})).await;
            self.ask("ash", &format!("PUT {path}"), json!({ "tags": ["t"] })).await;
            for request in ["POST {}/pin", "DELETE {}/pin", "POST {}/delivered", "POST {}/read"] {
                self.ask("ash", &request.replace("{}", &path), json!({})).await;
            }
            // Clients name what they saw last, also when it is gone.
            for request in ["POST {}/delivered", "POST {}/read", "DELETE {}/read"] {
                self.ask("ash", &request.replace("{}", &path), json!({ "messageId": gone })).await;
            }
            // All of the others too, so that the whole group has read and that is taken back.
            for who in ["birch", "fir"] {
                self.ask(who, "POST /groups/orchard/conversation/delivered", json!({})).await;
                self.ask(who, "POST /groups/orchard/conversation/read", json!({})).await;
            }
            self.ask("ash", &format!("DELETE {path}/read"), json!({ "messageId": first })).await;
            self.ask("ash", &format!("DELETE {path}"), json!({})).await;
        }
        self.ask("app", "DELETE /conversations/ash_user_birch", json!({})).await;
    }

    /// Two who hear each other come, write and go, one of whom loses their token.
    async fn sockets(&self) {
        let api = &self.api;
        let listening = json!({ "presenceSubscription": "ALL_USERS" });
        let mut dogwood = api.live_with("dogwood", "WEB-dogwood", listening.clone()).await;
        let early = api.live("elm", "WEB-early").await;
        assert_eq!(dogwood.hears().await["body"]["action"], "online");
        drop(early);
        assert_eq!(dogwood.hears().await["body"]["action"], "offline");
        let mut elm = api.live_with("elm", "WEB-elm", listening).await;
        assert_eq!(dogwood.hears().await["body"]["action"], "online");
        self.ask("app", "POST /groups", json!({ "guid": "pond", "name": "Pond", "type": "public" })).await;
        self.ask("app", "POST /groups/pond/members", json!({ "participants": ["dogwood", "elm"] })).await;
        let body = json!({ "receiver": "elm", "receiverType": "user", "data": { "text": "Reeds" } });
        let id = self.ask("dogwood", "POST /messages", body).await["id"].to_string();
        let group = json!({ "receiver": "pond", "receiverType": "group", "data": { "text": "Reeds" } });
        let in_group = self.ask("dogwood", "POST /messages", group).await["id"].to_string();
        for (with, kind, id) in [("dogwood", "user", &id), ("pond", "group", &in_group)] {
            let body = json!({ "action": "read", "messageId": id });
            elm.says(json!({ "type": "receipts", "receiver": with, "receiverType": kind, "body": body })).await;
            let body = json!({ "action": "started" });
            elm.says(json!({ "type": "typing_indicator", "receiver": with, "receiverType": kind, "body": body })).await;
        }
        while dogwood.hears().await["type"] != "typing_indicator" {}
        while dogwood.hears().await["type"] != "typing_indicator" {}
        // A late end of the former socket of a device, which another has taken by now.
        let again = api.live("dogwood", "WEB-dogwood").await;
        drop(dogwood);
        self.ask("app", "DELETE /groups/pond/members/elm", json!({})).await;
        self.ask("app", "DELETE /users/elm/auth_tokens", json!({})).await;
        api.all_told().await;
        drop(again);
        while self.ask("app", "GET /users/dogwood", json!({})).await["status"] == "available" {
            tokio::task::yield_now().await;
        }
        self.unanswered_socket().await;
    }

    /// One whose rows cannot be read is closed.
    async fn unanswered_socket(&self) {
        let api = &self.api;
        let fir = api.live("fir", "WEB-fir").await;
        let row = api.table().await.into_iter().find(|item| item["sk"]["S"] == "SOCK#WEB-fir").unwrap();
        api.overwrite(&row, "connectedAt", "yesterday").await;
        let mut socket = Socket::open(&api.local().socket_url).await;
        socket.send_json(&auth(&api.token_of("fir").await, "WEB-other", json!({}))).await;
        while let Told::Text(_) = socket.told().await {}
        api.dynamodb("PutItem", &json!({ "TableName": "halley", "Item": row }));
        drop(fir);
    }

    async fn endings(&self) {
        self.ask("app", "DELETE /groups/orchard", json!({})).await;
        self.ask(
            "app",
            "POST /groups",
            json!({ "guid": "lake", "name": "L", "members": { "admins": ["ash", "birch", "fir"] } }),
        )
        .await;
        self.ask("app", "POST /users/ash/auth_tokens", json!({})).await;
        self.jobs().await;
    }

    /// Deletions whose jobs have everything to do: among the messages of a group that stays, for who was a bot too.
    async fn jobs(&self) {
        let heard = json!({ "receiver": "lake", "receiverType": "group", "data": { "text": "<@uid:ash>" } });
        let heard = self.ask("birch", "POST /messages", heard).await["id"].clone();
        self.ask("ash", &format!("POST /messages/{heard}/reactions/x"), json!({})).await;
        for uid in ["birch", "ash"] {
            self.ask(uid, &format!("POST /messages/{heard}/thread"), json!({ "data": { "text": "r" } })).await;
        }
        self.ask("app", "POST /bots", json!({ "uid": "ash", "webhookURL": "https://bots.example/b" })).await;
        self.ask("app", "DELETE /users/ash", json!({ "permanent": true })).await;
        self.api.jobs_done().await;
        // What the stream's consumer does reaches nothing here that could note it.
        self.api.all_delivered().await;
        let invocations = [("deliver-events", "RunJobFunction.Arn"), ("deliver-events", "DeliverWebhookFunction.Arn")];
        // Nor does the gateway here lose a socket without a word, of which then who tells it something forgets it.
        let forgets = Need { action: "dynamodb:DeleteItem".to_owned(), resource: "Table".to_owned() };
        self.used.borrow_mut().entry("socket-frame".to_owned()).or_default().insert(forgets);
        for (function, invoked) in invocations {
            let invokes = Need { action: "lambda:InvokeFunction".to_owned(), resource: invoked.to_owned() };
            self.used.borrow_mut().entry(function.to_owned()).or_default().insert(invokes);
        }
    }
}
