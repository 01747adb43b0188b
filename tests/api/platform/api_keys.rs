//! API keys: made, listed, changed and revoked by the app (contract/rest-coverage.md, "API keys").

use rstest::rstest;
use serde_json::{Value, json};
use shared::identity::hex_sha256;
use tests::Api;

async fn made(api: &Api, body: Value) -> (String, Value) {
    let made = api.app().post("/apikeys", body).await.expect_data();
    (made["apiKey"].as_str().unwrap().to_owned(), made)
}

#[tokio::test]
async fn a_key_is_answered_once_works_and_is_then_known_by_the_beginning_of_its_digest() {
    let api = Api::start().await;
    let (key, made) = made(&api, json!({ "name": " Back end ", "scope": "fullAccess" })).await;
    assert_eq!((&made["name"], &made["scope"]), (&json!("Back end"), &json!("fullAccess")));
    api.nobody().with("apikey", &key).get("/messages").await.expect_ok();

    let handle = &hex_sha256(key.as_bytes())[..40];
    let mut shown = made.clone();
    shown["apiKey"] = json!(handle);
    for path in [&key, handle, &handle[..8], &handle.to_uppercase()] {
        assert_eq!(api.app().get(format!("/apikeys/{path}")).await.expect_data(), shown, "{path}");
    }
    let listed = api.app().get("/apikeys?searchKey=BACK").await.expect_ok();
    assert_eq!(listed["data"], json!([shown]));
    assert!(!listed.to_string().contains(&key), "{listed}");
    api.nobody().with("apikey", handle).get("/messages").await.expect_error(401, "AUTH_ERR_APIKEY_NOT_FOUND");
}

#[tokio::test]
async fn a_key_without_a_scope_is_for_logins_until_it_is_given_another() {
    let api = Api::start().await;
    let (key, made) = made(&api, json!({ "name": "Login" })).await;
    assert_eq!(made["scope"], "authOnly");
    let holder = api.nobody().with("apikey", &key);
    holder.get("/messages").await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    let changed = api.app().put(format!("/apikeys/{key}"), json!({ "scope": "fullAccess" })).await.expect_data();
    assert_eq!((&changed["name"], &changed["scope"]), (&json!("Login"), &json!("fullAccess")));
    holder.get("/messages").await.expect_ok();
    let renamed = api.app().put(format!("/apikeys/{key}"), json!({ "name": "Night" })).await.expect_data();
    assert_eq!(api.app().get(format!("/apikeys/{key}")).await.expect_data(), renamed);
}

#[tokio::test]
async fn a_revoked_key_works_no_more() {
    let api = Api::start().await;
    let (key, _) = made(&api, json!({ "name": "Old", "scope": "fullAccess" })).await;
    let holder = api.nobody().with("apikey", &key);
    holder.get("/messages").await.expect_ok();
    let outcome = api.app().delete(format!("/apikeys/{key}"), json!({})).await.expect_data();
    assert_eq!(outcome, json!({ "success": true, "message": "The API key Old is revoked." }));
    holder.get("/messages").await.expect_error(401, "AUTH_ERR_APIKEY_NOT_FOUND");
    api.app().delete(format!("/apikeys/{key}"), json!({})).await.expect_error(404, "ERR_APIKEY_NOT_FOUND");
}

#[tokio::test]
async fn lists_are_filtered_by_scope_and_name_and_come_by_page() {
    let api = Api::start().await;
    for (name, scope) in [("Login one", "authOnly"), ("Login two", "authOnly"), ("Back end", "fullAccess")] {
        made(&api, json!({ "name": name, "scope": scope })).await;
    }
    let names = async |query: &str| -> Vec<String> {
        let listed = api.app().get(format!("/apikeys{query}")).await.expect_ok();
        let mut names: Vec<_> =
            listed["data"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names("?scope=authOnly").await, ["Login one", "Login two"]);
    assert_eq!(names("?scope=fullAccess&searchKey=end").await, ["Back end"]);
    assert_eq!(names("?perPage=3").await.len(), 3);
    assert_eq!(names("?perPage=3&page=2").await.len(), 1);
    api.app().get("/apikeys?scope=most").await.expect_error(400, "ERR_BAD_REQUEST");
}

#[rstest]
#[case::no_name(json!({}), "name")]
#[case::blank_name(json!({ "name": "  " }), "name")]
#[case::long_name(json!({ "name": "n".repeat(101) }), "name")]
#[case::name_of_another_type(json!({ "name": 7 }), "name")]
#[case::unknown_scope(json!({ "name": "K", "scope": "most" }), "scope")]
#[tokio::test]
async fn what_is_wrong_is_named(#[case] body: Value, #[case] field: &str) {
    let api = Api::start().await;
    let error = api.app().post("/apikeys", body).await.expect_error(400, "ERR_BAD_REQUEST");
    assert!(error["details"][field].is_array(), "{error}");
}

#[tokio::test]
async fn a_change_of_nothing_and_of_no_key_is_refused() {
    let api = Api::start().await;
    let key = api.api_key().to_owned();
    api.app().put(format!("/apikeys/{key}"), json!({})).await.expect_error(400, "ERR_BAD_REQUEST");
    for path in ["/apikeys/0123456", "/apikeys/0123456789", "/apikeys/%20"] {
        api.app().get(path).await.expect_error(404, "ERR_APIKEY_NOT_FOUND");
        api.app().put(path, json!({ "name": "N" })).await.expect_error(404, "ERR_APIKEY_NOT_FOUND");
    }
}

#[tokio::test]
async fn there_are_25_keys_and_no_more() {
    let api = Api::start().await;
    for n in 1..25 {
        made(&api, json!({ "name": format!("{n}") })).await;
    }
    api.app().post("/apikeys", json!({ "name": "One too many" })).await.expect_error(403, "ERR_PLAN_QUOTA_RESTRICTION");
}

#[tokio::test]
async fn a_key_neither_changes_nor_revokes_itself() {
    let api = Api::start().await;
    let key = api.api_key().to_owned();
    let own = format!("/apikeys/{key}");
    let shown = api.app().get(&own).await.expect_data()["apiKey"].as_str().unwrap().to_owned();
    for path in [own, format!("/apikeys/{shown}")] {
        let refusal = api.app().put(&path, json!({ "scope": "authOnly" })).await;
        refusal.expect_error(403, "ERR_APIKEY_NO_SELF_ACTION");
        api.app().delete(&path, json!({})).await.expect_error(403, "ERR_APIKEY_NO_SELF_ACTION");
    }
    // Another one may.
    let other = api.app().post("/apikeys", json!({ "name": "Other", "scope": "fullAccess" })).await.expect_data();
    let by_other = api.nobody().with("apikey", other["apiKey"].as_str().unwrap());
    by_other.delete(format!("/apikeys/{shown}"), json!({})).await.expect_ok();
}
