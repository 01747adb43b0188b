//! The events of users, their tokens and their blocks: one for each change, on a row that the change writes, and none
//! where nothing changes.

use rstest::rstest;
use serde_json::{Value, json};
use shared::identity::hex_sha256;
use tests::events::DEVICE;
use tests::{Actor, Answer, Api};

/// `ash` has a token and blocks `dove`; `birch` and `cedar` are users; `fir` is deactivated; `hazel` is a bot.
struct Stage {
    api: Api,
    /// Of ash.
    token: String,
}

impl Stage {
    async fn set() -> Stage {
        let api = Api::start().await;
        let token = api.token_user("ash").await.header("authToken");
        for uid in ["birch", "cedar", "dove", "hazel"] {
            api.user(uid).await;
        }
        api.deactivated_user("fir").await;
        api.app().post("/bots", json!({ "uid": "hazel", "webhookURL": "https://hooks.example" })).await.expect_ok();
        let stage = Stage { api, token };
        stage.actor("ash").post("/blockedusers", json!({ "blockedUids": ["dove"] })).await.expect_ok();
        stage
    }

    /// The app, or ash by their token.
    fn actor(&self, who: &str) -> Actor<'_> {
        let actor = if who == "ash" { self.api.nobody().with("authToken", &self.token) } else { self.api.app() };
        actor.on_device()
    }

    /// What a request is answered, and its events.
    async fn hear(&self, who: &str, request: &str, body: &Value) -> (Answer, Vec<Value>) {
        self.api.hear(self.actor(who).request(request, body)).await
    }

    /// The events of a request that succeeds.
    async fn told(&self, who: &str, request: &str, body: &Value) -> Vec<Value> {
        let (answer, events) = self.hear(who, request, body).await;
        answer.expect_ok();
        events
    }
}

/// The event of `kind` by `actor`, for the devices of `uid`.
fn event(actor: &str, uid: &str, kind: &str, (reference, value): (&str, &str)) -> Value {
    json!({ "actor": actor, "device": DEVICE, "audience": { "user": uid }, "kind": kind, reference: value })
}

/// The event that ash blocks another or is their friend, or is so no more.
fn of_block(actor: &str, kind: &str, other: &str) -> Value {
    json!({ "actor": actor, "device": DEVICE, "audience": { "users": ["ash", other] }, "kind": kind, "other": other })
}

/// The event of a user, whom everybody sees.
fn of_user(actor: &str, kind: &str, uid: &str) -> Value {
    json!({ "actor": actor, "device": DEVICE, "audience": "everybody", "kind": kind, "uid": uid })
}

#[rstest]
#[case::creation("app_system", "POST /users", json!({ "uid": "elm", "name": "Elm" }), &[("userCreated", "elm")])]
#[case::update("app_system", "PUT /users/ash", json!({ "name": "A" }), &[("userUpdated", "ash")])]
#[case::update_of_oneself("ash", "PUT /me", json!({ "name": "A" }), &[("userUpdated", "ash")])]
#[case::deactivation("app_system", "DELETE /users/ash", json!({}), &[("userDeactivated", "ash")])]
#[case::deactivations(
    "app_system", "DELETE /users", json!({ "uidsToDeactivate": ["ash", "fir", "birch", "nobody"] }),
    &[("userDeactivated", "ash"), ("userDeactivated", "birch")]
)]
#[case::reactivations(
    "app_system", "PUT /users", json!({ "uidsToActivate": ["ash", "fir", "nobody"] }), &[("userReactivated", "fir")]
)]
#[case::permanent_deletion(
    "app_system", "DELETE /users/ash", json!({ "permanent": true }), &[("userDeleted", "ash")]
)]
#[case::permanent_deletion_of_who_is_deactivated(
    "app_system", "DELETE /users/fir", json!({ "permanent": true }), &[("userDeleted", "fir")]
)]
#[tokio::test]
async fn a_change_of_a_user_is_told_once(
    #[case] who: &str,
    #[case] request: &str,
    #[case] body: Value,
    #[case] expected: &[(&str, &str)],
) {
    let events = Stage::set().await.told(who, request, &body).await;
    let expected: Vec<Value> = expected.iter().map(|(kind, uid)| of_user(who, kind, uid)).collect();
    assert_eq!(events, expected);
}

#[rstest]
#[case::blocking("ash", "POST /blockedusers", json!({ "blockedUids": ["birch", "cedar"] }), "userBlocked", &["birch", "cedar"])]
#[case::by_the_app("app_system", "POST /users/ash/blockedusers", json!({ "blockedUids": ["birch"] }), "userBlocked", &["birch"])]
#[case::one_again("ash", "POST /blockedusers", json!({ "blockedUids": ["dove", "birch"] }), "userBlocked", &["birch"])]
#[case::unblocking("ash", "DELETE /blockedusers", json!({ "blockedUids": ["dove"] }), "userUnblocked", &["dove"])]
#[case::one_who_is_not_blocked("ash", "DELETE /blockedusers", json!({ "blockedUids": ["birch", "dove", "cedar"] }), "userUnblocked", &["dove"])]
#[case::unblocking_by_the_app("app_system", "DELETE /users/ash/blockedusers", json!({ "blockedUids": ["dove"] }), "userUnblocked", &["dove"])]
#[tokio::test]
async fn a_block_is_told_to_both(
    #[case] who: &str,
    #[case] request: &str,
    #[case] body: Value,
    #[case] kind: &str,
    #[case] others: &[&str],
) {
    let events = Stage::set().await.told(who, request, &body).await;
    let expected: Vec<Value> = others.iter().map(|other| of_block(who, kind, other)).collect();
    assert_eq!(events, expected);
}

#[rstest]
#[case::made("app_system", "POST /users/ash/friends", json!({ "accepted": ["birch", "cedar"] }), "friendAdded", &["birch", "cedar"])]
#[case::one_again("app_system", "POST /users/ash/friends", json!({ "accepted": ["gorse", "birch", "ash"] }), "friendAdded", &["birch"])]
#[case::unmade("ash", "DELETE /users/ash/friends", json!({ "friends": ["gorse", "birch"] }), "friendRemoved", &["gorse"])]
#[case::unmade_by_the_app("app_system", "DELETE /users/ash/friends", json!({ "friends": ["gorse"] }), "friendRemoved", &["gorse"])]
#[tokio::test]
async fn a_friendship_is_told_to_both(
    #[case] who: &str,
    #[case] request: &str,
    #[case] body: Value,
    #[case] kind: &str,
    #[case] others: &[&str],
) {
    let stage = Stage::set().await;
    stage.api.user("gorse").await;
    stage.api.befriend("ash", "gorse").await;
    let events = stage.told(who, request, &body).await;
    let expected: Vec<Value> = others.iter().map(|other| of_block(who, kind, other)).collect();
    assert_eq!(events, expected);
}

#[tokio::test]
async fn blocks_come_and_go_and_each_is_told() {
    let stage = Stage::set().await;
    let body = json!({ "blockedUids": ["dove"] });
    for (method, kind, n_blocked) in
        [("DELETE", "userUnblocked", 0), ("POST", "userBlocked", 1), ("DELETE", "userUnblocked", 0)]
    {
        let events = stage.told("ash", &format!("{method} /blockedusers"), &body).await;
        assert_eq!(events, [of_block("ash", kind, "dove")]);
        let listed = stage.actor("ash").get("/blockedusers?direction=both").await.expect_data();
        assert_eq!(listed.as_array().unwrap().len(), n_blocked);
    }
}

#[tokio::test]
async fn a_token_is_told_when_it_is_made_and_when_it_is_revoked() {
    let stage = Stage::set().await;
    let app = stage.actor("app_system");
    let token_event = |actor: &str, uid: &str, kind: &str, token: &Value| {
        event(actor, uid, kind, ("digest", &hex_sha256(token.as_str().unwrap().as_bytes())))
    };

    let body = json!({ "uid": "elm", "name": "Elm", "withAuthToken": true });
    let (elm, events) = stage.api.hear(app.post("/users", body)).await;
    let issued = token_event("app_system", "elm", "tokenIssued", &elm.expect_data()["authToken"]);
    assert_eq!(events, [of_user("app_system", "userCreated", "elm"), issued]);

    let mut tokens = Vec::new();
    for _ in 0..3 {
        let (token, events) = stage.api.hear(app.post("/users/ash/auth_tokens", json!({}))).await;
        let token = token.expect_data()["authToken"].clone();
        assert_eq!(events, [token_event("app_system", "ash", "tokenIssued", &token)]);
        tokens.push(token);
    }
    let path = format!("/users/ash/auth_tokens/{}", tokens[0].as_str().unwrap());
    let events = stage.told("app_system", &format!("DELETE {path}"), &json!({})).await;
    assert_eq!(events, [token_event("app_system", "ash", "tokenRevoked", &tokens[0])]);

    let events = stage.told("ash", "DELETE /me", &json!({})).await;
    assert_eq!(events, [token_event("ash", "ash", "tokenRevoked", &json!(stage.token))]);

    let mut events = stage.told("app_system", "DELETE /users/ash/auth_tokens", &json!({})).await;
    let mut expected: Vec<Value> =
        tokens[1..].iter().map(|token| token_event("app_system", "ash", "tokenRevoked", token)).collect();
    for events in [&mut events, &mut expected] {
        events.sort_by_key(|event| event["digest"].to_string());
    }
    assert_eq!(events, expected);
    assert!(
        !json!(stage.api.table().await).to_string().contains(tokens[1].as_str().unwrap()),
        "a revoked token is kept"
    );
}

#[tokio::test]
async fn the_next_owner_of_a_uid_is_told_as_new() {
    let stage = Stage::set().await;
    stage.told("app_system", "DELETE /users/ash", &json!({ "permanent": true })).await;
    stage.api.jobs_done().await;
    let events = stage.told("app_system", "POST /users", &json!({ "uid": "ash", "name": "A" })).await;
    assert_eq!(events, [of_user("app_system", "userCreated", "ash")]);
}

#[rstest]
#[case::taken_uid("app_system", "POST /users", json!({ "uid": "ash", "name": "Ash" }))]
#[case::update_of_nothing("app_system", "PUT /users/ash", json!({}))]
#[case::session("ash", "PUT /me", json!({}))]
#[case::update_of_who_is_deactivated("app_system", "PUT /users/fir", json!({ "name": "F" }))]
#[case::deactivation_of_who_is_so("app_system", "DELETE /users/fir", json!({}))]
#[case::deactivations_of_who_are_so("app_system", "DELETE /users", json!({ "uidsToDeactivate": ["fir"] }))]
#[case::reactivation_of_who_is_active("app_system", "PUT /users", json!({ "uidsToActivate": ["ash", "birch"] }))]
#[case::permanent_deletion_of_nobody("app_system", "DELETE /users/nobody", json!({ "permanent": true }))]
#[case::blocking_again("ash", "POST /blockedusers", json!({ "blockedUids": ["dove"] }))]
#[case::blocking_oneself("ash", "POST /blockedusers", json!({ "blockedUids": ["ash", "nobody"] }))]
#[case::unblocking_who_is_not_blocked("ash", "DELETE /blockedusers", json!({ "blockedUids": ["birch", "cedar"] }))]
#[case::befriending_nobody("app_system", "POST /users/ash/friends", json!({ "accepted": ["ash", "nobody"] }))]
#[case::unfriending_who_is_no_friend("ash", "DELETE /users/ash/friends", json!({ "friends": ["birch"] }))]
#[case::a_role("app_system", "POST /roles", json!({ "role": "picker", "name": "Picker" }))]
#[case::unknown_token("app_system", "DELETE /users/ash/auth_tokens/nothing", json!({}))]
#[case::no_tokens("app_system", "DELETE /users/birch/auth_tokens", json!({}))]
#[case::a_bot("app_system", "POST /bots", json!({ "uid": "cedar", "webhookURL": "https://hooks.example" }))]
#[case::a_change_of_a_bot("app_system", "PUT /bots/hazel", json!({ "enabled": true }))]
#[case::the_end_of_a_bot("app_system", "DELETE /bots/hazel", json!({}))]
#[tokio::test]
async fn what_changes_nothing_is_told_to_nobody(#[case] who: &str, #[case] request: &str, #[case] body: Value) {
    let (answer, events) = Stage::set().await.hear(who, request, &body).await;
    assert!(answer.status < 500, "{}", answer.body);
    assert_eq!(events, Vec::<Value>::new());
}
