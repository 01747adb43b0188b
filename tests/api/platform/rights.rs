//! Who may do what: every route by every kind of identity (design, promise 6).

use model::api_key::{ApiKey, KeyScope};
use serde_json::{Value, json};
use shared::identity::hex_sha256;
use shared::routes::Endpoint;
use shared::store::limited::Creation;
use tests::{Actor, Api, text_to_group, text_to_user};

/// The statuses for, in this order: no key, an unknown key, a key for logins, a full key; that key on behalf of a
/// party, a stranger, a banned user and a deactivated one; the tokens of a party and of a stranger.
type Statuses = [u16; 10];

/// Anybody may; what they reach is their own.
const ANYBODY: Statuses = [401, 401, 403, 200, 200, 200, 200, 404, 200, 200];
/// The same, where the app alone cannot act.
const ANY_USER: Statuses = [401, 401, 403, 400, 200, 200, 200, 404, 200, 200];
/// A message, by who may read it.
const READER: Statuses = [401, 401, 403, 200, 200, 403, 403, 404, 200, 403];
/// The same, where the app alone cannot act.
const READING_USER: Statuses = [401, 401, 403, 400, 200, 403, 403, 404, 200, 403];
/// A group, by who belongs to it.
const MEMBER: Statuses = [401, 401, 403, 200, 200, 401, 403, 404, 200, 401];
/// The same, where the app alone cannot act.
const MEMBER_USER: Statuses = [401, 401, 403, 400, 200, 401, 403, 404, 200, 401];
/// The app; whom its key names does not matter.
pub(super) const APP: Statuses = [401, 401, 403, 200, 200, 200, 200, 200, 403, 403];
/// The same, also with a key for logins.
const LOGIN: Statuses = [401, 401, 200, 200, 200, 200, 200, 200, 403, 403];
/// The app, and the party about themselves.
const SELF: Statuses = [401, 401, 403, 200, 200, 200, 200, 200, 200, 403];
/// A user about themselves, by their token alone.
const TOKEN: Statuses = [401, 401, 401, 401, 401, 401, 401, 401, 200, 200];

/// A route with the body of a request. Names in braces are those of [`Stage`].
pub(super) struct Row(
    pub(super) Endpoint,
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) fn(&Stage) -> Value,
    pub(super) Statuses,
);

fn none(_: &Stage) -> Value {
    Value::Null
}

/// People and things of one cell of the matrix, so that no cell disturbs another.
pub(super) struct Stage {
    n: usize,
    token: String,
    strange_token: String,
    message: String,
    form: String,
    auth_token: String,
}

impl Stage {
    /// `party` and `other` belong to the group, the party as admin, and have written to each other; `banned` is banned
    /// from it.
    pub(super) async fn new(api: &Api, n: usize) -> Stage {
        let mut tokens = Vec::new();
        for role in ["party", "stranger", "other", "banned", "gone", "bot"] {
            let body = json!({ "uid": format!("{role}-{n}"), "name": role, "withAuthToken": true });
            let user = api.app().post("/users", body).await.expect_data();
            tokens.push(user["authToken"].as_str().unwrap().to_owned());
        }
        api.app().delete(format!("/users/gone-{n}"), json!({})).await.expect_ok();
        let bot = json!({ "uid": format!("bot-{n}"), "webhookURL": "https://hooks.example" });
        api.app().post("/bots", bot).await.expect_ok();
        let hook = json!({ "id": format!("hook-{n}"), "name": "H", "webhookURL": "https://hooks.example" });
        api.app().post("/webhooks", hook).await.expect_ok();
        let reason = json!({ "id": format!("reason-{n}"), "name": "R" });
        api.app().post("/moderation/reasons", reason).await.expect_ok();
        let key =
            ApiKey { name: "K".to_owned(), scope: KeyScope::AuthOnly, created_at: shared::clock::system().seconds() };
        let digest = hex_sha256(format!("key-{n}").as_bytes());
        assert_eq!(api.store().put_api_key(&digest, &key).await.unwrap(), Creation::Done);
        let role = json!({ "role": format!("role-{n}"), "name": "R" });
        api.app().post("/roles", role).await.expect_ok();
        api.befriend(&format!("party-{n}"), &format!("other-{n}")).await;
        let members = json!({
            "admins": [format!("party-{n}")], "participants": [format!("other-{n}")],
            "usersToBan": [format!("banned-{n}")],
        });
        let guid = format!("group-{n}");
        api.app().post("/groups", json!({ "guid": guid, "name": "G", "members": members })).await.expect_ok();
        let (party, other) = (api.on_behalf_of(&format!("party-{n}")), api.on_behalf_of(&format!("other-{n}")));
        let message = party.send_text_to_group(&guid, "hello").await["id"].to_string();
        party.send_text(&other, "hello").await;
        let mut form = text_to_group(&guid, "");
        form["category"] = json!("interactive");
        form["type"] = json!("form");
        form["data"] = json!({ "interactiveData": { "submitElement": { "elementId": "submit" } } });
        let form = other.post("/messages", form).await.expect_data()["id"].to_string();
        let auth_token = tokens[2].clone();
        Stage { n, token: tokens[0].clone(), strange_token: tokens[1].clone(), message, form, auth_token }
    }

    pub(super) fn path(&self, path: &str) -> String {
        let n = self.n;
        path.replace("{message}", &self.message)
            .replace("{form}", &self.form)
            .replace("{token}", &self.auth_token)
            .replace("{group}", &format!("group-{n}"))
            .replace("{conversation}", &format!("group_group-{n}"))
            .replace("{party}", &format!("party-{n}"))
            .replace("{other}", &format!("other-{n}"))
            .replace("{banned}", &format!("banned-{n}"))
            .replace("{bot}", &format!("bot-{n}"))
            .replace("{n}", &n.to_string())
            .replace("{key}", &hex_sha256(format!("key-{n}").as_bytes()))
            .replace("{hook}", &format!("hook-{n}"))
            .replace("{role}", &format!("role-{n}"))
    }

    pub(super) async fn actors<'a>(&self, api: &'a Api) -> [Actor<'a>; 10] {
        let on_behalf = |role: &str| api.on_behalf_of(&format!("{role}-{}", self.n));
        [
            api.nobody(),
            api.nobody().with("apikey", "0123456789abcdef0123456789abcdef01234567"),
            api.auth_only().await,
            api.app(),
            on_behalf("party"),
            on_behalf("stranger"),
            on_behalf("banned"),
            on_behalf("gone"),
            api.nobody().with("authToken", &self.token),
            api.nobody().with("authToken", &self.strange_token),
        ]
    }
}

pub(super) fn rows() -> Vec<Row> {
    use Endpoint as E;
    let to_other = |stage: &Stage| text_to_user(&format!("other-{}", stage.n), "hi");
    let reply: fn(&Stage) -> Value = |_| json!({ "data": { "text": "r" } });
    let uid: fn(&Stage) -> Value =
        |stage| json!({ "uid": format!("new-{}-{}", stage.n, fastrand::u32(..)), "name": "N" });
    let tags: fn(&Stage) -> Value = |_| json!({ "tags": ["t"] });
    let reason: fn(&Stage) -> Value = |_| json!({ "name": fastrand::u64(..).to_string() });
    let triggers: fn(&Stage) -> Value = |_| json!({ "triggerIds": ["message_sent"] });
    let new_hook: fn(&Stage) -> Value = |stage| {
        let id = format!("new-{}-{}", stage.n, fastrand::u32(..));
        json!({ "id": id, "name": "N", "webhookURL": "https://hooks.example" })
    };
    let blocked: fn(&Stage) -> Value = |stage| json!({ "blockedUids": [format!("banned-{}", stage.n)] });
    let accepted: fn(&Stage) -> Value = |stage| json!({ "accepted": [format!("banned-{}", stage.n)] });
    let friends: fn(&Stage) -> Value = |stage| json!({ "friends": [format!("other-{}", stage.n)] });
    let new_role: fn(&Stage) -> Value =
        |stage| json!({ "role": format!("new-{}-{}", stage.n, fastrand::u32(..)), "name": "N" });
    let push_token: fn(&Stage) -> Value = |_| json!({ "platform": "fcm_web", "fcmToken": "t" });
    let muted: fn(&Stage) -> Value =
        |_| json!({ "conversations": [{ "id": "somebody", "type": "oneOnOne", "until": 4_102_444_800_000_u64 }] });
    vec![
        Row(E::SendMessage, "POST", "/messages", to_other, ANYBODY),
        Row(E::SendMessage, "POST", "/messages", |stage| text_to_group(&format!("group-{}", stage.n), "hi"), MEMBER),
        Row(E::ListMessages, "GET", "/messages", none, ANYBODY),
        Row(E::ListUserMessages, "GET", "/users/{other}/messages", none, ANYBODY),
        Row(E::ListGroupMessages, "GET", "/groups/{group}/messages", none, MEMBER),
        Row(E::GetMessage, "GET", "/messages/{message}", none, READER),
        Row(E::UpdateMessage, "PUT", "/messages/{message}", tags, READER),
        Row(E::DeleteMessage, "DELETE", "/messages/{message}", none, READER),
        Row(E::SendThreadMessage, "POST", "/messages/{message}/thread", reply, MEMBER_USER),
        Row(E::ListThreadMessages, "GET", "/messages/{message}/thread", none, READER),
        Row(E::SendBotMessage, "POST", "/bots/{bot}/messages", to_other, APP),
        Row(E::AddReaction, "POST", "/messages/{message}/reactions/x", none, READING_USER),
        Row(E::RemoveReaction, "DELETE", "/messages/{message}/reactions/x", none, READING_USER),
        Row(E::ListReactions, "GET", "/messages/{message}/reactions", none, READER),
        Row(E::ListEmojiReactions, "GET", "/messages/{message}/reactions/x", none, READER),
        Row(E::PinMessage, "POST", "/messages/{message}/pin", none, READER),
        Row(E::UnpinMessage, "DELETE", "/messages/{message}/pin", none, READER),
        Row(E::SaveMessage, "POST", "/messages/{message}/save", none, READING_USER),
        Row(E::UnsaveMessage, "DELETE", "/messages/{message}/save", none, READING_USER),
        Row(E::FlagMessage, "POST", "/messages/{message}/flagged", none, READING_USER),
        Row(
            E::InteractWithMessage,
            "PATCH",
            "/messages/{form}/interacted",
            |_| json!({ "interactions": ["submit"] }),
            READING_USER,
        ),
        Row(E::SubscribeThread, "POST", "/messages/{message}/thread/subscription", none, READING_USER),
        Row(E::UnsubscribeThread, "DELETE", "/messages/{message}/thread/subscription", none, READING_USER),
        Row(E::ListThreads, "GET", "/threads", none, ANYBODY),
        Row(E::ListThreads, "GET", "/users/{other}/threads", none, ANYBODY),
        Row(E::ListThreads, "GET", "/groups/{group}/threads", none, MEMBER),
        Row(E::ListConversations, "GET", "/conversations?perPage=1", none, ANYBODY),
        Row(E::GetUserConversation, "GET", "/users/{other}/conversation", none, READING_USER),
        Row(E::UpdateUserConversation, "PUT", "/users/{other}/conversation", tags, READING_USER),
        Row(E::DeleteUserConversation, "DELETE", "/users/{other}/conversation", none, READING_USER),
        Row(E::PinUserConversation, "POST", "/users/{other}/conversation/pin", none, READING_USER),
        Row(E::UnpinUserConversation, "DELETE", "/users/{other}/conversation/pin", none, READING_USER),
        Row(E::MarkUserDelivered, "POST", "/users/{other}/conversation/delivered", none, READING_USER),
        Row(E::MarkUserRead, "POST", "/users/{other}/conversation/read", none, READING_USER),
        Row(E::MarkUserUnread, "DELETE", "/users/{other}/conversation/read", none, READING_USER),
        Row(E::GetGroupConversation, "GET", "/groups/{group}/conversation", none, READING_USER),
        Row(E::UpdateGroupConversation, "PUT", "/groups/{group}/conversation", tags, READING_USER),
        Row(E::DeleteGroupConversation, "DELETE", "/groups/{group}/conversation", none, READING_USER),
        Row(E::PinGroupConversation, "POST", "/groups/{group}/conversation/pin", none, READING_USER),
        Row(E::UnpinGroupConversation, "DELETE", "/groups/{group}/conversation/pin", none, READING_USER),
        Row(E::MarkGroupDelivered, "POST", "/groups/{group}/conversation/delivered", none, MEMBER_USER),
        Row(E::MarkGroupRead, "POST", "/groups/{group}/conversation/read", none, MEMBER_USER),
        Row(E::MarkGroupUnread, "DELETE", "/groups/{group}/conversation/read", none, MEMBER_USER),
        Row(E::GetConversation, "GET", "/conversations/{conversation}", none, READING_USER),
        Row(E::DeleteConversation, "DELETE", "/conversations/{conversation}", none, APP),
        Row(E::ListPinnedConversations, "GET", "/conversations/pinned", none, APP),
        Row(E::SetPinnedConversations, "PUT", "/conversations/pinned", |_| json!({ "pinnedConversations": [] }), APP),
        Row(E::CreateUser, "POST", "/users", uid, LOGIN),
        Row(E::GetUser, "GET", "/users/{other}", none, ANYBODY),
        Row(E::ListUsers, "GET", "/users?perPage=1", none, ANYBODY),
        Row(E::UpdateUser, "PUT", "/users/{other}", |_| json!({ "name": "N" }), APP),
        Row(E::DeleteUser, "DELETE", "/users/{other}", none, APP),
        Row(
            E::DeactivateUsers,
            "DELETE",
            "/users",
            |stage| json!({ "uidsToDeactivate": [format!("other-{}", stage.n)] }),
            APP,
        ),
        Row(
            E::ReactivateUsers,
            "PUT",
            "/users",
            |stage| json!({ "uidsToActivate": [format!("other-{}", stage.n)] }),
            APP,
        ),
        Row(E::CreateAuthToken, "POST", "/users/{other}/auth_tokens", none, LOGIN),
        Row(E::ListAuthTokens, "GET", "/users/{other}/auth_tokens", none, APP),
        Row(E::DeleteAuthTokens, "DELETE", "/users/{other}/auth_tokens", none, APP),
        Row(E::GetAuthToken, "GET", "/users/{other}/auth_tokens/{token}", none, APP),
        Row(E::UpdateAuthToken, "PUT", "/users/{other}/auth_tokens/{token}", |_| json!({ "platform": "web" }), APP),
        Row(E::DeleteAuthToken, "DELETE", "/users/{other}/auth_tokens/{token}", none, APP),
        Row(E::GetMe, "GET", "/me", none, TOKEN),
        Row(E::CreateJwt, "POST", "/me/jwt", none, TOKEN),
        Row(E::UpdateMe, "PUT", "/me", none, TOKEN),
        Row(E::DeleteMe, "DELETE", "/me", none, TOKEN),
        Row(E::CreateUserSession, "POST", "/user_sessions", |_| json!({ "sessionId": "s" }), TOKEN),
        Row(E::GetSettings, "GET", "/settings", none, [200; 10]),
        Row(E::BlockUsers, "POST", "/users/{party}/blockedusers", blocked, SELF),
        Row(E::UnblockUsers, "DELETE", "/users/{party}/blockedusers", blocked, SELF),
        Row(E::ListBlockedUsers, "GET", "/users/{party}/blockedusers", none, SELF),
        Row(E::BlockUsers, "POST", "/blockedusers", blocked, ANY_USER),
        Row(E::UnblockUsers, "DELETE", "/blockedusers", blocked, ANY_USER),
        Row(E::ListBlockedUsers, "GET", "/blockedusers?direction=both", none, ANY_USER),
        Row(
            E::CreateGroup,
            "POST",
            "/groups",
            |_| json!({ "guid": format!("g-{}", fastrand::u64(..)), "name": "G" }),
            ANYBODY,
        ),
        Row(E::ListGroups, "GET", "/groups?perPage=1", none, ANYBODY),
        Row(E::GetGroup, "GET", "/groups/{group}", none, ANYBODY),
        Row(E::UpdateGroup, "PUT", "/groups/{group}", |_| json!({ "name": "N" }), MEMBER),
        // The app owns the group, so that no user may give it away, be they its admin.
        Row(
            E::UpdateGroup,
            "PATCH",
            "/groups/{group}/owner",
            |stage| json!({ "owner": format!("other-{}", stage.n) }),
            [401, 401, 403, 200, 403, 401, 403, 404, 403, 401],
        ),
        Row(E::DeleteGroup, "DELETE", "/groups/{group}", none, MEMBER),
        Row(
            E::AddGroupMembers,
            "POST",
            "/groups/{group}/members",
            |stage| json!({ "participants": [format!("bot-{}", stage.n)] }),
            MEMBER,
        ),
        // By themselves strangers join a public group; who belongs to it is told so, and the app joins nothing.
        Row(
            E::AddGroupMembers,
            "POST",
            "/groups/{group}/members",
            none,
            [401, 401, 403, 400, 417, 200, 403, 404, 417, 200],
        ),
        Row(
            E::AddGroupMembers,
            "PUT",
            "/groups/{group}/members",
            |stage| json!({ "participants": [format!("bot-{}", stage.n)] }),
            MEMBER,
        ),
        Row(E::ListGroupMembers, "GET", "/groups/{group}/members", none, MEMBER),
        Row(
            E::ChangeMemberScope,
            "PUT",
            "/groups/{group}/members/{other}",
            |_| json!({ "scope": "moderator" }),
            MEMBER,
        ),
        Row(E::RemoveGroupMember, "DELETE", "/groups/{group}/members/{other}", none, MEMBER),
        // Who does not belong to the group cannot leave it.
        Row(
            E::RemoveGroupMember,
            "DELETE",
            "/groups/{group}/members",
            none,
            [401, 401, 403, 400, 200, 404, 404, 404, 200, 404],
        ),
        Row(E::BanGroupMember, "POST", "/groups/{group}/bannedusers/{other}", none, MEMBER),
        Row(E::UnbanGroupMember, "DELETE", "/groups/{group}/bannedusers/{banned}", none, MEMBER),
        Row(E::ListBannedUsers, "GET", "/groups/{group}/bannedusers", none, MEMBER),
        Row(
            E::CreateBot,
            "POST",
            "/bots",
            |stage| json!({ "uid": format!("other-{}", stage.n), "webhookURL": "https://h.example" }),
            APP,
        ),
        Row(E::ListBots, "GET", "/bots", none, APP),
        Row(E::GetBot, "GET", "/bots/{bot}", none, APP),
        Row(E::UpdateBot, "PUT", "/bots/{bot}", |_| json!({ "enabled": true }), APP),
        Row(E::DeleteBot, "DELETE", "/bots/{bot}", none, APP),
        Row(E::CreateFlagReason, "POST", "/moderation/reasons", reason, APP),
        Row(E::ListFlagReasons, "GET", "/moderation/reasons", none, APP),
        Row(E::GetFlagReason, "GET", "/moderation/reasons/spam", none, APP),
        Row(E::UpdateFlagReason, "PUT", "/moderation/reasons/spam", |_| json!({ "name": "N" }), APP),
        Row(E::DeleteFlagReason, "DELETE", "/moderation/reasons/reason-{n}", none, APP),
        Row(E::ListFlaggedMessages, "GET", "/moderation/flagged-messages", none, APP),
        Row(E::CreateApiKey, "POST", "/apikeys", |_| json!({ "name": "K" }), APP),
        Row(E::ListApiKeys, "GET", "/apikeys", none, APP),
        Row(E::GetApiKey, "GET", "/apikeys/{key}", none, APP),
        Row(E::UpdateApiKey, "PUT", "/apikeys/{key}", |_| json!({ "name": "L" }), APP),
        Row(E::DeleteApiKey, "DELETE", "/apikeys/{key}", none, APP),
        Row(E::AddFriends, "POST", "/users/{party}/friends", accepted, APP),
        Row(E::ListFriends, "GET", "/users/{party}/friends", none, SELF),
        Row(E::RemoveFriends, "DELETE", "/users/{party}/friends", friends, SELF),
        Row(E::CreateRole, "POST", "/roles", new_role, APP),
        Row(E::ListRoles, "GET", "/roles", none, APP),
        Row(E::GetRole, "GET", "/roles/{role}", none, APP),
        Row(E::UpdateRole, "PUT", "/roles/{role}", |_| json!({ "name": "R" }), APP),
        Row(E::DeleteRole, "DELETE", "/roles/{role}", none, APP),
        Row(E::PushTokens, "POST", "/notifications/push/v1/tokens", push_token, ANY_USER),
        Row(E::PushTokens, "GET", "/notifications/push/v1/tokens", none, ANY_USER),
        Row(E::PushTokens, "DELETE", "/notifications/push/v1/tokens", none, ANY_USER),
        Row(E::PushTokens, "DELETE", "/notifications/push/v1/tokens/t", none, ANY_USER),
        Row(E::NotificationPreferences, "GET", "/notifications/v1/preferences", none, ANY_USER),
        Row(E::NotificationPreferences, "PATCH", "/notifications/v1/preferences", none, ANY_USER),
        Row(E::NotificationPreferences, "DELETE", "/notifications/v1/preferences", none, ANY_USER),
        Row(E::MutedConversations, "GET", "/notifications/v1/preferences/mute", none, ANY_USER),
        Row(E::MutedConversations, "PUT", "/notifications/v1/preferences/mute", muted, ANY_USER),
        Row(E::MutedConversations, "DELETE", "/notifications/v1/preferences/mute", muted, ANY_USER),
        Row(E::NotificationPreferences, "GET", "/notifications/push/v1/preferences", none, ANY_USER),
        Row(E::NotificationPreferences, "PATCH", "/notifications/push/v1/preferences", none, ANY_USER),
        Row(E::NotificationPreferences, "DELETE", "/notifications/push/v1/preferences", none, ANY_USER),
        Row(E::MutedConversations, "GET", "/notifications/push/v1/preferences/mute", none, ANY_USER),
        Row(E::MutedConversations, "PUT", "/notifications/push/v1/preferences/mute", muted, ANY_USER),
        Row(E::MutedConversations, "DELETE", "/notifications/push/v1/preferences/mute", muted, ANY_USER),
        Row(E::UserTimezone, "GET", "/notifications/v1/preferences/timezone", none, ANY_USER),
        Row(
            E::UserTimezone,
            "PATCH",
            "/notifications/v1/preferences/timezone",
            |_| json!({ "timezone": "Europe/Berlin" }),
            ANY_USER,
        ),
        Row(E::CreateWebhook, "POST", "/webhooks", new_hook, APP),
        Row(E::CreateWebhook, "POST", "/apps/orchard/webhooks", new_hook, APP),
        Row(E::ListWebhooks, "GET", "/webhooks", none, APP),
        Row(E::GetWebhook, "GET", "/webhooks/{hook}", none, APP),
        Row(E::UpdateWebhook, "PUT", "/webhooks/{hook}", |_| json!({ "enabled": true }), APP),
        Row(E::DeleteWebhook, "DELETE", "/webhooks/{hook}", none, APP),
        Row(E::AddTriggers, "POST", "/webhooks/{hook}/triggers", triggers, APP),
        Row(E::ListTriggers, "GET", "/webhooks/{hook}/triggers", none, APP),
        Row(E::RemoveTriggers, "DELETE", "/webhooks/{hook}/triggers", triggers, APP),
        Row(
            E::CreateUploadUrls,
            "POST",
            "/files/upload-url",
            |stage| {
                let file = json!({ "name": "a.png", "size": 7, "mimeType": "image/png" });
                json!({ "files": { "f": file }, "receiver": format!("group-{}", stage.n), "receiverType": "group" })
            },
            MEMBER,
        ),
        Row(E::ImportData, "POST", "/data_import/users", |_| json!({ "users": {} }), APP),
        Row(E::ImportData, "POST", "/data_import/groups", |_| json!({ "groups": {} }), APP),
        Row(E::ImportData, "POST", "/data_import/members", |_| json!({ "members": {} }), APP),
        Row(E::ImportData, "POST", "/data_import/messages", |_| json!({ "messages": {} }), APP),
        Row(E::NotFound, "GET", "/nowhere", none, [404; 10]),
    ]
}

#[tokio::test]
async fn every_route_is_open_to_exactly_those_who_may() {
    let rows = rows();
    let missing: Vec<_> =
        Endpoint::ALL.iter().filter(|endpoint| !rows.iter().any(|Row(known, ..)| known == *endpoint)).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");

    let mut n_stages = 0;
    let mut surprises = Vec::new();
    for Row(endpoint, method, path, body, expected) in rows {
        // An app has 25 bots at the most, and each stage one.
        let api = Api::start().await;
        let mut stage = Stage::new(&api, n_stages).await;
        for (identity, expected) in expected.into_iter().enumerate() {
            let actor = stage.actors(&api).await[identity].clone();
            let body = match body(&stage) {
                Value::Null => Vec::new(),
                body => body.to_string().into_bytes(),
            };
            let answer = actor.send(method, &stage.path(path), body).await;
            if answer.status != expected {
                surprises.push(format!("{endpoint:?} {path}, identity {identity}: {} {}", answer.status, answer.body));
            }
            if answer.status == 200 && method != "GET" {
                n_stages += 1;
                stage = Stage::new(&api, n_stages).await;
            }
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}
