//! The SDK's session calls (contract/clients.md, "Session calls").

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_session_begins_with_the_token_and_ends_with_it() {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;

    let me = ash.put("/me", json!({ "platform": "web", "deviceId": "d-1" })).await.expect_data();
    assert_eq!((&me["uid"], &me["name"]), (&json!("ash"), &json!("ash")));
    assert_eq!(me["authToken"], ash.header("authToken"));
    // What the client's socket and its counters of who is online show; the very token, so both end together.
    assert_eq!(me["jwt"], me["authToken"]);
    assert_eq!(me["settings"], api.nobody().get("/settings").await.expect_data());
    let again = api.nobody().with("authToken", me["authToken"].as_str().unwrap());
    assert_eq!(again.get("/me").await.expect_data(), me, "the SDK keeps either answer as its user");
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

/// The four hosts of the settings that a request with these headers is answered.
async fn hosts(api: &Api, headers: &[(&'static str, &str)]) -> [String; 4] {
    let asking = headers.iter().fold(api.nobody(), |actor, (name, value)| actor.with(name, value));
    let settings = asking.get("/settings").await.expect_data();
    let rest = ["CLIENT_API_HOST", "ADMIN_API_HOST", "CHAT_HOST", "CHAT_HOST_OVERRIDE"];
    rest.map(|key| settings[key].as_str().unwrap().to_owned())
}

#[rstest]
#[case::as_called(&[("host", "chat.localhost:9443")], "chat.localhost:9443", "chat.localhost")]
#[case::without_a_port(&[("host", "chat.example")], "chat.example", "chat.example")]
#[case::in_capitals(&[("host", "Chat.Example")], "chat.example", "chat.example")]
#[case::of_numbers(&[("host", "[::1]:9443")], "[::1]:9443", "[::1]")]
#[case::behind_a_proxy(&[("x-forwarded-host", "chat.example:8443")], "chat.example:8443", "chat.example")]
#[case::behind_two(&[("x-forwarded-host", "chat.example, inner.example")], "chat.example", "chat.example")]
#[case::behind_a_proxy_that_lies(
    &[("host", "api.example"), ("x-forwarded-host", "evil.example/x?")],
    "api.example",
    "api.example",
)]
#[case::behind_a_silent_proxy(&[("host", "api.example"), ("x-forwarded-host", "")], "api.example", "api.example")]
#[tokio::test]
async fn the_settings_name_the_host_that_was_called(
    #[case] headers: &[(&'static str, &str)],
    #[case] rest: &str,
    #[case] socket: &str,
) {
    let api = Api::start().await;
    assert_eq!(hosts(&api, headers).await, [rest, rest, socket, socket]);
}

#[tokio::test]
async fn the_settings_name_the_address_that_was_reached() {
    let api = Api::start().await;
    let address = api.origin().strip_prefix("http://").unwrap();
    assert_eq!(hosts(&api, &[]).await, [address, address, "127.0.0.1", "127.0.0.1"]);
    // Clients without a `Host`: HTTP/1.0.
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /v3/settings HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains(&format!(r#""CLIENT_API_HOST":"{address}""#)), "{answer}");
}

#[rstest]
#[case("a b")]
#[case("a:b")]
#[case("evil.example/x")]
#[case("ash@evil.example")]
#[tokio::test]
async fn a_host_that_is_none_is_refused(#[case] host: &str) {
    let api = Api::start().await;
    api.app().with("host", host).get("/users/cometchat-uid-1").await.expect_invalid("host");
}

#[rstest]
#[case::by_tls("chat.example", "https", "443")]
#[case::at_another_port("chat.example:8443", "https,http", "8443")]
#[case::without_tls("chat.example", "http", "none")]
#[tokio::test]
async fn behind_a_proxy_that_ends_tls_the_socket_is_there(
    #[case] host: &str,
    #[case] scheme: &str,
    #[case] port: &str,
) {
    let api = Api::start().await;
    let caller = api.nobody().with("x-forwarded-host", host).with("x-forwarded-proto", scheme);
    let settings = caller.get("/settings").await.expect_data();
    assert_eq!(
        (&settings["CLIENT_API_HOST"], &settings["CHAT_HOST_OVERRIDE"], &settings["CHAT_WSS_PORT"]),
        (&json!(host), &json!("chat.example"), &json!(port))
    );
}

#[tokio::test]
async fn the_settings_are_what_the_sdk_needs() {
    let api = Api::start().await;
    let settings = api.nobody().get("/settings").await.expect_data();
    // Less than 3, or a text, and a page that is loaded again logs in again.
    assert_eq!(settings["APP_VERSION"], 4);
    assert_eq!((&settings["CHAT_API_VERSION"], &settings["ANALYTICS_PING_DISABLED"]), (&json!("v3.0"), &json!(true)));
    // No port: the client cannot make a URL of it, and so does not try again every five seconds.
    assert_eq!((&settings["CHAT_WSS_PORT"], &settings["MODE"]), (&json!("none"), &json!("DEFAULT")));
    assert_eq!(
        settings["parameters"],
        json!({
            "core.conversations.updateOnCallActivity": false,
            "core.conversations.updateOnCustomMessage": true,
            "core.conversations.updateOnGroupActions": true,
            "core.conversations.updateOnReplies": true,
            "features.ux.conversations.pinned.enabled": true,
            "features.ux.conversations.pinned.limit": 5,
            "features.ux.conversations.pinned.system.limit": 5,
            "features.ux.messages.pinned.enabled": true,
            "features.ux.messages.pinned.limit": 100,
            "features.ux.messages.pinned.system.limit": 100,
            "features.ux.messages.saved.enabled": true,
            "features.ux.messages.saved.limit": 100,
            "file.count.max": 10,
            "file.size.max": 104_857_600,
        })
    );
    let reasons = settings["flagReasons"].as_array().unwrap();
    let ids: Vec<&Value> = reasons.iter().map(|reason| &reason["id"]).collect();
    assert_eq!(ids, ["spam", "sexual", "harassment"], "the UI kit has words for these in every language");
    for reason in reasons {
        assert!(reason["name"].is_string() && reason["description"].is_string(), "{reason}");
        assert!(reason["createdAt"].is_u64() && reason["updatedAt"].is_u64() && reason["default"] == true, "{reason}");
    }
}

#[rstest]
#[case("/settings")]
#[case("/me")]
#[tokio::test]
async fn what_depends_on_the_host_is_kept_by_no_cache(#[case] path: &str) {
    let api = Api::start().await;
    let token = api.token_user("ash").await.header("authToken");
    let asked = reqwest::Client::new().get(format!("{}{path}", api.base_url())).header("authToken", token);
    assert_eq!(asked.send().await.unwrap().headers()["cache-control"], "no-store");
}
