//! Webhooks: made, listed, changed, deleted (contract/webhooks.md, "Operations").

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

const HOOK: &str = "https://hooks.example/audit";

fn audit() -> Value {
    json!({ "id": "audit", "name": "Audit trail", "webhookURL": HOOK })
}

#[tokio::test]
async fn a_webhook_is_made_and_its_secret_is_answered_once() {
    let api = Api::start().await;
    let made = api.app().post("/webhooks", audit()).await.expect_data();
    assert_eq!(
        (&made["id"], &made["name"], &made["webhookURL"]),
        (&json!("audit"), &json!("Audit trail"), &json!(HOOK))
    );
    assert_eq!((&made["enabled"], &made["createdAt"]), (&json!(false), &made["updatedAt"]));
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    for absent in ["useBasicAuth", "retryOnFailure", "username", "password", "triggers", "pk", "sk"] {
        assert_eq!(made.get(absent), None, "{absent}");
    }
    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("secret");
    assert_eq!(api.app().get("/webhooks/audit").await.expect_data(), shown);
    assert_eq!(api.app().get("/webhooks").await.expect_ok()["data"], json!([shown]));
    let other = json!({ "id": "other", "name": "O", "webhookURL": HOOK });
    assert_ne!(api.app().post("/webhooks", other).await.expect_data()["secret"], made["secret"]);
}

#[tokio::test]
async fn credentials_are_never_answered() {
    let api = Api::start().await;
    let mut body = audit();
    for (name, value) in
        [("useBasicAuth", json!(true)), ("username", json!("keeper")), ("password", json!("nine-keys"))]
    {
        body[name] = value;
    }
    let answers = [
        api.app().post("/webhooks", body).await.expect_ok(),
        api.app().put("/webhooks/audit", json!({ "username": "keeper2", "password": "nine-keys2" })).await.expect_ok(),
        api.app().get("/webhooks/audit").await.expect_ok(),
        api.app().get("/webhooks").await.expect_ok(),
    ];
    for answer in answers {
        let text = answer.to_string();
        assert!(text.contains(r#""useBasicAuth":true"#), "{text}");
        assert!(!text.contains("keeper") && !text.contains("nine-keys"), "{text}");
    }
}

/// Scripts that name the app need only another host and header.
#[tokio::test]
async fn the_paths_with_an_app_do_the_same() {
    let api = Api::start().await;
    let app = api.app();
    app.post("/apps/orchard/webhooks", audit()).await.expect_data();
    assert_eq!(app.get("/apps/orchard/webhooks").await.expect_ok(), app.get("/webhooks").await.expect_ok());
    assert_eq!(app.get("/apps/orchard/webhooks/audit").await.expect_ok(), app.get("/webhooks/audit").await.expect_ok());
    app.put("/apps/orchard/webhooks/audit", json!({ "enabled": true })).await.expect_ok();
    let triggers = json!({ "triggerIds": ["message_sent"] });
    app.post("/apps/orchard/webhooks/audit/triggers", triggers.clone()).await.expect_ok();
    let listed = app.get("/apps/orchard/webhooks/audit/triggers").await.expect_ok();
    assert_eq!(listed["data"], json!([{ "id": "message_sent", "description": "A message was sent." }]));
    app.delete("/apps/orchard/webhooks/audit/triggers", triggers).await.expect_ok();
    app.delete("/apps/orchard/webhooks/audit", json!({})).await.expect_ok();
    app.get("/webhooks/audit").await.expect_error(404, "ERR_WEBHOOK_NOT_FOUND");
}

#[tokio::test]
async fn triggers_are_added_one_by_one_listed_and_removed() {
    let api = Api::start().await;
    let app = api.app();
    app.post("/webhooks", audit()).await.expect_ok();
    let body = json!({ "triggerIds": ["message_sent", "no_such", "group_created", "message_sent"] });
    let outcomes = app.post("/webhooks/audit/triggers", body).await.expect_data();
    assert_eq!(outcomes["message_sent"]["success"], true);
    assert_eq!(outcomes["group_created"]["success"], true);
    assert_eq!(outcomes["no_such"]["error"]["code"], "ERR_TRIGGER_NOT_FOUND");
    let names = async || -> Vec<String> {
        let listed = app.get("/webhooks/audit/triggers").await.expect_ok();
        assert_eq!(listed["meta"]["pagination"]["total"], listed["data"].as_array().unwrap().len());
        listed["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names().await, ["message_sent", "group_created"]);
    // Neither adding nor removing again is an error.
    app.post("/webhooks/audit/triggers", json!({ "triggerIds": ["group_created"] })).await.expect_ok();
    for _ in 0..2 {
        app.delete("/webhooks/audit/triggers", json!({ "triggerIds": ["message_sent"] })).await.expect_ok();
        assert_eq!(names().await, ["group_created"]);
    }
    app.delete("/webhooks/audit/triggers", json!({ "triggerIds": ["group_created"] })).await.expect_ok();
    assert_eq!(names().await, Vec::<String>::new());
    let unknown = json!({ "triggerIds": ["no_such"] });
    app.delete("/webhooks/audit/triggers", unknown).await.expect_error(404, "ERR_TRIGGER_NOT_FOUND");
    app.post("/webhooks/audit/triggers", json!({ "triggerIds": [] })).await.expect_error(400, "ERR_BAD_REQUEST");
}

#[tokio::test]
async fn a_change_sets_what_is_given_and_leaves_the_rest() {
    let api = Api::start().await;
    api.app().post("/webhooks", audit()).await.expect_ok();
    let body = json!({ "enabled": 1, "retryOnFailure": true, "name": "B" });
    let changed = api.app().put("/webhooks/audit", body).await.expect_data();
    assert_eq!((&changed["enabled"], &changed["retryOnFailure"]), (&json!(true), &json!(true)));
    assert_eq!((&changed["name"], &changed["webhookURL"]), (&json!("B"), &json!(HOOK)));
    assert_eq!(api.app().get("/webhooks/audit").await.expect_data(), changed);
    api.app().put("/webhooks/audit", json!({ "id": "other" })).await.expect_error(400, "ERR_BAD_REQUEST");
    api.app().put("/webhooks/other", json!({ "name": "B" })).await.expect_error(404, "ERR_WEBHOOK_NOT_FOUND");
}

#[rstest]
#[case("id", json!(""))]
#[case("id", json!("a b"))]
#[case("id", json!("a/b"))]
#[case("id", json!(".."))]
#[case("id", json!("i".repeat(51)))]
#[case("name", json!("n".repeat(51)))]
#[case("name", Value::Null)]
#[case("webhookURL", json!("http://hooks.example"))]
#[case("webhookURL", json!("hooks"))]
#[case("webhookURL", json!("https://127.0.0.1/"))]
#[case("webhookURL", json!("https://0x7f.1/"))]
#[case("webhookURL", json!("https://[::ffff:10.0.0.1]/"))]
#[case("webhookURL", json!("https://169.254.169.254/latest"))]
#[case("webhookURL", json!("https://u:p@hooks.example"))]
#[case("webhookURL", json!(format!("https://hooks.example/{}", "h".repeat(234))))]
#[case("username", json!("u".repeat(51)))]
#[case("username", json!("u u"))]
#[case("password", json!("p".repeat(101)))]
#[case("enabled", json!("yes"))]
#[case("retryOnFailure", json!("yes"))]
#[case("triggers", json!(["no_such"]))]
#[tokio::test]
async fn what_does_not_validate_is_refused(#[case] name: &str, #[case] value: Value) {
    let api = Api::start().await;
    let mut body = audit();
    body[name] = value;
    let error = api.app().post("/webhooks", body).await.expect_error(400, "ERR_BAD_REQUEST");
    assert!(error["details"][name].is_array(), "{error}");
}

#[tokio::test]
async fn an_app_has_25_webhooks_and_each_id_once() {
    let api = Api::start().await;
    let app = api.app();
    for n in 0..25 {
        let hook = json!({ "id": format!("hook-{n}"), "name": format!("Hook {n}"), "webhookURL": HOOK });
        app.post("/webhooks", hook).await.expect_ok();
    }
    let taken = json!({ "id": "hook-3", "name": "N", "webhookURL": HOOK });
    app.post("/webhooks", taken).await.expect_error(409, "ERR_WEBHOOK_ALREADY_EXISTS");
    app.post("/webhooks", audit()).await.expect_error(403, "ERR_PLAN_QUOTA_RESTRICTION");
    app.delete("/webhooks/hook-3", json!({})).await.expect_ok();
    app.delete("/webhooks/hook-3", json!({})).await.expect_error(404, "ERR_WEBHOOK_NOT_FOUND");
    app.post("/webhooks", audit()).await.expect_ok();
    let page = app.get("/webhooks?perPage=10&page=3").await.expect_ok();
    assert_eq!(page["data"].as_array().unwrap().len(), 5);
    let found = app.get("/webhooks?searchKey=TRAIL").await.expect_ok();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
}
