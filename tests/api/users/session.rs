//! The SDK's session calls (contract/clients.md, "Session calls").

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

#[tokio::test]
async fn a_session_begins_with_the_token_and_ends_with_it() {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;

    let me = ash.put("/me", json!({ "platform": "web", "deviceId": "d-1" })).await.expect_data();
    assert_eq!((&me["uid"], &me["name"], me.get("settings")), (&json!("ash"), &json!("ash"), None));
    let again = api.nobody().with("authToken", me["authToken"].as_str().unwrap());
    assert_eq!(again.get("/me").await.expect_data()["uid"], "ash");
    let session = ash.post("/user_sessions", json!({ "sessionId": "s-1", "more": 1 })).await.expect_data();
    assert_eq!(session["sessionId"], "s-1");

    assert_eq!(ash.delete("/me", json!({})).await.expect_data()["success"], true);
    ash.delete("/me", json!({})).await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    again.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
}

#[tokio::test]
async fn a_user_changes_their_own_profile_but_not_their_role() {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    let changed = ash.put("/me", json!({ "name": "Ash 2", "role": "default" })).await.expect_data();
    assert_eq!(changed["name"], "Ash 2");
    assert!(changed["authToken"].is_string());
    assert_eq!(ash.get("/me").await.expect_data()["name"], "Ash 2");
    ash.put("/me", json!({ "name": "" })).await.expect_invalid("name");
}

#[rstest]
#[case("GET", "/me")]
#[case("PUT", "/me")]
#[case("DELETE", "/me")]
#[case("POST", "/user_sessions")]
#[tokio::test]
async fn a_session_needs_a_token(#[case] method: &str, #[case] path: &str) {
    let api = Api::start().await;
    api.user("ash").await;
    let refused = |status, code| (status, code);
    for (actor, (status, code)) in [
        (api.nobody(), refused(401, "AUTH_ERR_EMPTY_AUTH_TOKEN")),
        (api.nobody().with("authToken", ""), refused(401, "AUTH_ERR_EMPTY_AUTH_TOKEN")),
        (api.on_behalf_of("ash"), refused(401, "AUTH_ERR_EMPTY_AUTH_TOKEN")),
        (api.nobody().with("authToken", "ash_1"), refused(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND")),
        (api.nobody().with("authToken", "no token"), refused(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND")),
    ] {
        actor.send(method, path, b"{}".to_vec()).await.expect_error(status, code);
    }
    let ash = api.token_user("birch").await.with("onBehalfOf", "ash");
    ash.send(method, path, b"{}".to_vec()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
}

#[rstest]
#[case(json!({}))]
#[case(json!({ "sessionId": 7 }))]
#[case(json!({ "sessionId": "s".repeat(256) }))]
#[tokio::test]
async fn a_session_has_an_id(#[case] body: Value) {
    let api = Api::start().await;
    api.token_user("ash").await.post("/user_sessions", body).await.expect_invalid("sessionId");
}

#[tokio::test]
async fn the_settings_name_the_host_that_was_reached() {
    let api = Api::start().await;
    let settings = api.nobody().get("/settings").await.expect_data();
    let host = api.origin().strip_prefix("http://").unwrap();
    for key in ["CLIENT_API_HOST", "ADMIN_API_HOST", "CHAT_HOST_OVERRIDE"] {
        assert_eq!(settings[key], host, "{key}");
    }
    assert_eq!((&settings["CHAT_API_VERSION"], &settings["ANALYTICS_PING_DISABLED"]), (&json!("v3.0"), &json!(true)));
    assert!(settings["CHAT_WSS_PORT"].is_string());
}
