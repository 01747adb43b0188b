//! Who asks: keys, scopes, `onBehalfOf` and tokens (contract/README.md, "Request headers"; design, "Identity").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Answer, Api, text_to_user};

/// A request to every operation that needs a proof of who asks.
const OPERATIONS: [(&str, &str); 8] = [
    ("POST", "/messages"),
    ("GET", "/messages/1"),
    ("GET", "/users/cometchat-uid-1/messages"),
    ("GET", "/groups/cometchat-guid-1/messages"),
    ("POST", "/users"),
    ("GET", "/users/cometchat-uid-1"),
    ("POST", "/groups"),
    ("POST", "/groups/cometchat-guid-1/members"),
];

async fn send(actor: &Actor<'_>, (method, path): (&str, &str)) -> Answer {
    actor.send(method, path, Vec::new()).await
}

#[rstest]
#[case::no_header(&[], "AUTH_ERR_EMPTY_APIKEY")]
#[case::empty_key(&[("apikey", "")], "AUTH_ERR_EMPTY_APIKEY")]
#[case::unknown_key(&[("apikey", "0123456789abcdef0123456789abcdef01234567")], "AUTH_ERR_APIKEY_NOT_FOUND")]
#[case::unknown_key_beside_a_name(&[("apikey", "x"), ("onBehalfOf", "cometchat-uid-1")], "AUTH_ERR_APIKEY_NOT_FOUND")]
#[tokio::test]
async fn no_operation_is_carried_out_without_a_known_key(#[case] headers: &[(&'static str, &str)], #[case] code: &str) {
    let api = Api::start().await;
    let actor = headers.iter().fold(api.nobody(), |actor, (name, value)| actor.with(name, value));
    for operation in OPERATIONS {
        send(&actor, operation).await.expect_error(401, code);
    }
}

/// The proof is read along with what decides a send, and its refusal comes first all the same.
#[rstest]
#[case::that_would_be_sent(text_to_user("cometchat-uid-2", "hello"))]
#[case::to_nobody(text_to_user("ghost", "hello"))]
#[case::to_several(json!({ "multipleReceivers": { "uids": ["cometchat-uid-2"] }, "data": { "text": "hello" } }))]
#[case::of_an_upload_that_is_none(json!({
    "receiver": "cometchat-uid-2", "receiverType": "user", "type": "image",
    "data": { "attachments": [{ "url": "nowhere" }] }
}))]
#[case::that_is_none(json!({}))]
#[tokio::test]
async fn a_send_without_proof_is_refused_for_that(#[case] body: Value) {
    const UID: &str = "cometchat-uid-1";
    let api = Api::start().await;
    let forged = format!("{UID}_1760000000{}", "0".repeat(30));
    let unproved = [
        (api.nobody().with("apikey", "x").with("onBehalfOf", UID), 401, "AUTH_ERR_APIKEY_NOT_FOUND"),
        (api.nobody().with("apikey", "x").with("onBehalfOf", "ghost"), 401, "AUTH_ERR_APIKEY_NOT_FOUND"),
        (api.nobody().with("apikey", "x").with("onBehalfOf", "?"), 401, "AUTH_ERR_APIKEY_NOT_FOUND"),
        (api.auth_only().await.with("onBehalfOf", UID), 403, "AUTH_ERR_NO_ACCESS"),
        (api.nobody().with("authToken", &forged), 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"),
        (api.nobody().with("authToken", "x"), 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"),
    ];
    for (actor, status, code) in &unproved {
        // Again, because a key that was proved once is remembered.
        for _ in 0..2 {
            actor.post("/messages", body.clone()).await.expect_error(*status, code);
        }
    }
    let page = api.on_behalf_of(UID).get("/users/cometchat-uid-2/messages").await.expect_data();
    assert_eq!(page, json!([]));
}

#[tokio::test]
async fn an_unknown_key_is_not_printed_in_full() {
    const KEY: &str = "0123456789abcdef0123456789abcdef01234567";
    let api = Api::start().await;
    let answer = api.nobody().with("apikey", KEY).get("/users/cometchat-uid-1").await;
    assert!(!answer.body.to_string().contains(KEY));
}

#[rstest]
#[case("apikey")]
#[case("apiKey")]
#[case("APIKEY")]
#[tokio::test]
async fn header_names_are_read_in_any_case(#[case] name: &'static str) {
    let api = Api::start().await;
    api.user("ash").await;
    let actor = api.nobody().with(name, api.api_key()).with("ONBEHALFOF", "Ash");
    let sent = actor.post("/messages", text_to_user("cometchat-uid-1", "hello")).await.expect_data();
    assert_eq!(sent["sender"], "ash");
}

#[tokio::test]
async fn naming_the_app_is_acting_as_the_app() {
    let api = Api::start().await;
    let actor = api.app().with("onBehalfOf", "app_system");
    let sent = actor.post("/messages", text_to_user("cometchat-uid-1", "hello")).await.expect_data();
    assert_eq!(sent["sender"], "app_system");
}

/// A client whose variable is empty must not become the app.
#[rstest]
#[case::empty("")]
#[case::blank("  ")]
#[tokio::test]
async fn naming_nobody_is_a_mistake(#[case] uid: &str) {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    for actor in [api.app(), ash, api.auth_only().await] {
        let actor = actor.with("onBehalfOf", uid);
        for operation in OPERATIONS.into_iter().chain([("GET", "/me"), ("DELETE", "/me"), ("GET", "/bots")]) {
            if operation.1 == "/me" && !actor.carries("authToken") {
                continue;
            }
            send(&actor, operation).await.expect_invalid("onBehalfOf");
        }
        actor.post("/messages", text_to_user("cometchat-uid-1", "hello")).await.expect_invalid("onBehalfOf");
    }
    let listed = api.app().get("/users/cometchat-uid-1/messages").await.expect_data();
    assert_eq!(listed, json!([]));
}

#[tokio::test]
async fn an_auth_only_key_creates_users_and_does_nothing_else() {
    let api = Api::start().await;
    let key = api.auth_only().await;
    let body = json!({ "uid": "ash", "name": "Ash", "withAuthToken": true });
    let user = key.post("/users", body).await.expect_data();
    let token = api.nobody().with("authToken", user["authToken"].as_str().unwrap());
    token.get("/users/ash").await.expect_ok();
    for operation in OPERATIONS.into_iter().filter(|operation| *operation != ("POST", "/users")) {
        for actor in [key.clone(), key.clone().with("onBehalfOf", "ash")] {
            send(&actor, operation).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
        }
    }
}

#[tokio::test]
async fn a_token_acts_as_its_user_without_any_key() {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    assert_eq!(sent["sender"], "ash");
    assert_eq!(birch.get("/users/ash/messages").await.expect_data(), json!([sent]));
}

#[tokio::test]
async fn a_token_can_neither_name_another_user_nor_do_what_only_the_app_may() {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    for operation in OPERATIONS {
        let named = ash.clone().with("onBehalfOf", "cometchat-uid-1");
        send(&named, operation).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    }
    let user = json!({ "uid": "birch", "name": "Birch" });
    // Whatever the token is.
    let tokens = [ash.clone(), ash.with("onBehalfOf", "birch"), api.nobody().with("authToken", "garbage")];
    for token in tokens {
        token.post("/users", user.clone()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    }
}

#[rstest]
#[case::empty(|_: &str| String::new(), "AUTH_ERR_EMPTY_AUTH_TOKEN")]
#[case::garbage(|_: &str| "garbage".to_owned(), "AUTH_ERR_AUTH_TOKEN_NOT_FOUND")]
#[case::odd(|_: &str| "a b_17600000000000000000000000000000000000".to_owned(), "AUTH_ERR_AUTH_TOKEN_NOT_FOUND")]
#[case::cut_short(|token: &str| token[..token.len() - 1].to_owned(), "AUTH_ERR_AUTH_TOKEN_NOT_FOUND")]
#[case::in_capitals(|token: &str| token.to_ascii_uppercase(), "AUTH_ERR_AUTH_TOKEN_NOT_FOUND")]
#[case::of_another_user(|token: &str| token.replace("ash", "birch"), "AUTH_ERR_AUTH_TOKEN_NOT_FOUND")]
#[tokio::test]
async fn a_token_that_was_never_given_out_is_refused(#[case] change: fn(&str) -> String, #[case] code: &str) {
    let api = Api::start().await;
    let token = api.token_user("ash").await.header("authToken");
    api.user("birch").await;
    let forged = api.nobody().with("authToken", &change(&token));
    for operation in OPERATIONS.into_iter().filter(|operation| *operation != ("POST", "/users")) {
        send(&forged, operation).await.expect_error(401, code);
    }
}

#[tokio::test]
async fn the_token_of_a_deactivated_user_is_worth_nothing() {
    let api = Api::start().await;
    let gone = api.deactivated_user("gone").await;
    for operation in OPERATIONS.into_iter().filter(|operation| *operation != ("POST", "/users")) {
        send(&gone, operation).await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    }
}

#[rstest]
#[case::message("/messages", text_to_user("cometchat-uid-1", "hello"))]
#[case::group("/groups", json!({ "guid": "orchard", "name": "Orchard", "type": "public" }))]
#[case::joining("/groups/cometchat-guid-1/members", json!({}))]
#[tokio::test]
async fn acting_for_a_user_who_does_not_exist_is_refused(#[case] path: &str, #[case] body: Value) {
    let api = Api::start().await;
    for uid in ["nobody", "a b", "a#b"] {
        let answer = api.on_behalf_of(uid).post(path, body.clone()).await;
        answer.expect_error(404, "ERR_UID_NOT_FOUND");
    }
}
