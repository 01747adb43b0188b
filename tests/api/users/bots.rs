//! Bots (contract/related.md, "Bots"). One bot is seeded.

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

const HOOK: &str = "https://hooks.example/helper";

async fn helper(api: &Api) -> Value {
    api.user("helper").await;
    api.app().post("/bots", json!({ "uid": "Helper", "webhookURL": HOOK })).await.expect_data()
}

#[tokio::test]
async fn a_bot_is_made_of_a_user_and_is_not_enabled() {
    let api = Api::start().await;
    let bot = helper(&api).await;
    assert_eq!((&bot["uid"], &bot["webhookURL"]), (&json!("helper"), &json!(HOOK)));
    assert_eq!((&bot["groupChatSetting"], &bot["enabled"]), (&json!("none"), &json!(false)));
    assert!(bot["createdAt"].is_u64());
    for absent in ["useBasicAuth", "username", "password", "isAIBot", "updatedAt", "pk", "sk"] {
        assert_eq!(bot.get(absent), None, "{absent}");
    }
    assert_eq!(api.app().get("/bots/HELPER").await.expect_data(), bot);
    let stored = api.store().bot(&"helper".to_owned().try_into().unwrap()).await.unwrap();
    assert_eq!(stored.map(|bot| bot.webhook_url), Some(HOOK.to_owned()));
}

#[rstest]
#[case(json!({ "useBasicAuth": true }), Some("name"))]
#[case(json!({ "useBasicAuth": false }), None)]
#[case(json!({}), None)]
#[tokio::test]
async fn credentials_are_kept_with_basic_auth_only(#[case] mut body: Value, #[case] expected: Option<&str>) {
    let api = Api::start().await;
    api.user("helper").await;
    for (name, value) in [("uid", "helper"), ("webhookURL", HOOK), ("username", "name"), ("password", "secret")] {
        body[name] = json!(value);
    }
    let bot = api.app().post("/bots", body).await.expect_data();
    assert_eq!(bot.get("username").and_then(Value::as_str), expected);
    assert_eq!(bot.get("password").is_some(), expected.is_some());

    // A change stores them as sent.
    let changed = api.app().put("/bots/helper", json!({ "password": "other" })).await.expect_data();
    assert_eq!(changed["password"], "other");
}

#[tokio::test]
async fn a_change_sets_what_is_given_and_leaves_the_rest() {
    let api = Api::start().await;
    helper(&api).await;
    let body =
        json!({ "enabled": true, "groupChatSetting": "mentionedMessages", "useBasicAuth": true, "username": "n" });
    let changed = api.app().put("/bots/helper", body).await.expect_data();
    assert_eq!((&changed["enabled"], &changed["groupChatSetting"]), (&json!(true), &json!("mentionedMessages")));
    assert_eq!((&changed["useBasicAuth"], &changed["username"]), (&json!(true), &json!("n")));
    assert_eq!(changed["webhookURL"], HOOK);
    assert!(changed["updatedAt"].is_u64());

    let changed = api.app().put("/bots/helper", json!({ "useBasicAuth": false, "enabled": 0 })).await.expect_data();
    assert_eq!(
        (changed.get("useBasicAuth"), &changed["username"]),
        (None, &json!("n")),
        "credentials are never cleared"
    );
    assert_eq!(api.app().get("/bots/helper").await.expect_data(), changed);
    api.app().put("/bots/helper", json!({ "uid": "other" })).await.expect_error(400, "ERR_BAD_REQUEST");
}

#[rstest]
#[case("webhookURL", json!("hooks"))]
#[case("webhookURL", json!("ftp://hooks.example"))]
#[case("webhookURL", json!("http://hooks.example"))]
#[case("webhookURL", json!("https://127.0.0.1/bot"))]
#[case("webhookURL", json!("https://name@hooks.example"))]
#[case("webhookURL", json!("https://hooks.example/\r\nbot"))]
#[case("webhookURL", json!(format!("https://hooks.example/{}", "h".repeat(234))))]
#[case("groupChatSetting", json!("some"))]
#[case("useBasicAuth", json!("yes"))]
#[case("enabled", json!("yes"))]
#[case("username", json!("u".repeat(51)))]
#[case("password", json!("p".repeat(51)))]
#[tokio::test]
async fn a_field_that_is_wrong_is_named(#[case] field: &str, #[case] value: Value) {
    let api = Api::start().await;
    helper(&api).await;
    let mut body = json!({ "uid": "halley-bot", "webhookURL": HOOK });
    body[field] = value.clone();
    api.app().post("/bots", body).await.expect_invalid(field);
    api.app().put("/bots/helper", json!({ field: value })).await.expect_invalid(field);
}

#[tokio::test]
async fn a_bot_at_the_limits_is_taken() {
    let api = Api::start().await;
    let uid = "b".repeat(50);
    api.user(&uid).await;
    api.user(&format!("{uid}b")).await;
    let body = json!({
        "uid": uid, "webhookURL": format!("https://hooks.example/{}", "h".repeat(233)),
        "useBasicAuth": true, "username": "u".repeat(50), "password": "p".repeat(50),
    });
    let bot = api.app().post("/bots", body).await.expect_data();
    assert_eq!(bot["webhookURL"].as_str().unwrap().len(), 255);
    api.app().post("/bots", json!({ "uid": format!("{uid}b"), "webhookURL": HOOK })).await.expect_invalid("uid");
    api.app().post("/bots", json!({ "webhookURL": HOOK })).await.expect_invalid("uid");
    api.app().post("/bots", json!({ "uid": "halley-bot" })).await.expect_invalid("webhookURL");
}

#[tokio::test]
async fn a_bot_is_made_once_and_of_a_user_who_exists() {
    let api = Api::start().await;
    helper(&api).await;
    let body = |uid: &str| json!({ "uid": uid, "webhookURL": HOOK });
    api.app().post("/bots", body("helper")).await.expect_error(409, "ERR_BOT_ALREADY_EXISTS");
    api.app().post("/bots", body("nobody")).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.user("ash").await;
    api.app().delete("/users/ash", json!({})).await.expect_ok();
    api.app().post("/bots", body("ash")).await.expect_error(404, "ERR_UID_NOT_FOUND");
}

#[rstest]
#[case("GET")]
#[case("PUT")]
#[case("DELETE")]
#[tokio::test]
async fn a_user_who_is_no_bot_is_told(#[case] method: &str) {
    let api = Api::start().await;
    api.user("ash").await;
    for uid in ["ash", "nobody"] {
        let answer = api.app().send(method, &format!("/bots/{uid}"), br#"{"enabled":true}"#.to_vec()).await;
        answer.expect_error(404, "ERR_BOT_NOT_FOUND");
    }
}

#[tokio::test]
async fn the_twenty_sixth_bot_is_refused_until_one_goes() {
    let api = Api::start().await;
    let uids: Vec<String> = (10..35).map(|n| format!("bot-{n}")).collect();
    for uid in &uids {
        api.user(uid).await;
    }
    let create = async |uid: &str| api.app().post("/bots", json!({ "uid": uid, "webhookURL": HOOK })).await;
    for uid in &uids[..24] {
        create(uid).await.expect_ok();
    }
    create(&uids[24]).await.expect_error(403, "ERR_PLAN_QUOTA_RESTRICTION");
    create(&uids[0]).await.expect_error(409, "ERR_BOT_ALREADY_EXISTS");

    let listed = api.app().get("/bots?perPage=20&page=2").await.expect_ok();
    let pagination = &listed["meta"]["pagination"];
    assert_eq!(
        (&pagination["total"], &pagination["count"], &pagination["total_pages"]),
        (&json!(25), &json!(5), &json!(2))
    );
    assert_eq!(listed["data"][4]["uid"], "halley-bot");
    api.app().get("/bots?page=0").await.expect_invalid("page");

    assert_eq!(api.app().delete("/bots/bot-10", json!({})).await.expect_data()["success"], true);
    api.app().delete("/bots/bot-10", json!({})).await.expect_error(404, "ERR_BOT_NOT_FOUND");
    api.app().get("/users/bot-10").await.expect_ok();
    create(&uids[24]).await.expect_ok();

    // A bot whose user is permanently deleted makes room as well.
    api.app().delete("/users/bot-11", json!({ "permanent": true })).await.expect_ok();
    api.jobs_done().await;
    create(&uids[0]).await.expect_ok();
}

#[tokio::test]
async fn a_deactivated_bot_is_unknown() {
    let api = Api::start().await;
    helper(&api).await;
    api.app().delete("/users/helper", json!({})).await.expect_ok();
    api.app().get("/bots/helper").await.expect_error(404, "ERR_BOT_NOT_FOUND");
    let listed = api.app().get("/bots").await.expect_data();
    assert!(listed.as_array().unwrap().iter().all(|bot| bot["uid"] != "helper"));
    api.app().put("/users", json!({ "uidsToActivate": ["helper"] })).await.expect_ok();
    api.app().get("/bots/helper").await.expect_ok();
}

#[rstest]
#[case("POST", "/bots")]
#[case("GET", "/bots")]
#[case("GET", "/bots/halley-bot")]
#[case("PUT", "/bots/halley-bot")]
#[case("DELETE", "/bots/halley-bot")]
#[tokio::test]
async fn bots_are_managed_by_the_app_alone(#[case] method: &str, #[case] path: &str) {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    for actor in [ash, api.auth_only().await] {
        actor.send(method, path, b"{}".to_vec()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    }
}
