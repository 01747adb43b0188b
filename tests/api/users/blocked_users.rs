//! Blocked users (contract/related.md, "Blocked users").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, text_to_user};

#[tokio::test]
async fn who_is_blocked_is_neither_written_to_nor_writes() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let body = json!({ "blockedUids": ["Birch", "ash", "nobody"] });
    for _ in 0..2 {
        let slots = api.app().post("/users/ash/blockedusers", body.clone()).await.expect_data();
        assert_eq!(slots["birch"]["success"], true);
        assert!(slots["birch"]["message"].is_string());
        assert_eq!(slots["ash"]["error"]["code"], "ERR_CANNOT_BLOCK_SELF");
        assert_eq!(
            (&slots["nobody"]["success"], &slots["nobody"]["error"]["code"]),
            (&json!(false), &json!("ERR_UID_NOT_FOUND"))
        );
    }
    ash.post("/messages", text_to_user("birch", "?")).await.expect_error(403, "ERR_BLOCKED_RECEIVER");
    birch.post("/messages", text_to_user("ash", "?")).await.expect_error(403, "ERR_BLOCKED_SENDER");

    let body = json!({ "blockedUids": ["birch", "nobody"] });
    for _ in 0..2 {
        let slots = api.app().delete("/users/ash/blockedusers", body.clone()).await.expect_data();
        assert_eq!((&slots["birch"]["success"], &slots["nobody"]["success"]), (&json!(true), &json!(false)));
    }
    birch.send_text(&ash, "!").await;
}

#[tokio::test]
async fn a_block_shows_on_both_sides() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.app().post("/users/ash/blockedusers", json!({ "blockedUids": ["birch"] })).await.expect_ok();

    for path in ["/users/birch", "/users?searchKey=birch"] {
        let seen = ash.get(path).await.expect_data();
        let seen = if seen.is_array() { &seen[0] } else { &seen };
        assert_eq!((&seen["blockedByMe"], seen.get("hasBlockedMe")), (&json!(true), None), "{path}");
        assert!(seen["blockedByMeAt"].is_u64() && seen["blockedAt"].is_u64());
        assert_eq!(seen["conversationId"], "ash_user_birch");
    }
    let seen = birch.get("/users/ash").await.expect_data();
    assert_eq!((&seen["hasBlockedMe"], seen.get("blockedByMe")), (&json!(true), None));
    assert_eq!(seen.get("blockedByMeAt"), None);
    let seen = api.app().get("/users/birch").await.expect_data();
    assert_eq!((seen.get("blockedByMe"), seen.get("blockedAt")), (None, None));
}

#[tokio::test]
async fn the_blocked_are_listed_by_page() {
    let api = Api::start().await;
    for uid in ["ash", "birch", "cedar", "elm"] {
        api.user(uid).await;
    }
    let body = json!({ "blockedUids": ["elm", "birch", "cedar"] });
    api.app().post("/users/ash/blockedusers", body).await.expect_ok();
    api.app().delete("/users/elm", json!({})).await.expect_ok();

    let listed = api.app().get("/users/ash/blockedusers?perPage=2").await.expect_ok();
    let uids: Vec<&Value> = listed["data"].as_array().unwrap().iter().map(|user| &user["uid"]).collect();
    assert_eq!(uids, ["birch", "cedar"]);
    let birch = &listed["data"][0];
    assert_eq!((&birch["blockedByMe"], &birch["conversationId"]), (&json!(true), &json!("ash_user_birch")));
    assert!(birch["blockedByMeAt"].is_u64() && birch["blockedAt"].is_u64());
    let pagination = &listed["meta"]["pagination"];
    assert_eq!((&pagination["total"], &pagination["total_pages"]), (&json!(3), &json!(2)));
    let last = api.app().get("/users/ash/blockedusers?perPage=2&page=2").await.expect_data();
    assert_eq!(last, json!([]), "a deactivated user is not shown");
    api.app().get("/users/ash/blockedusers?page=0").await.expect_invalid("page");
}

#[rstest]
#[case(json!({}))]
#[case(json!({ "blockedUids": "birch" }))]
#[case(json!({ "blockedUids": ["no uid"] }))]
#[tokio::test]
async fn the_blocked_are_named_by_an_array(#[case] body: Value) {
    let api = Api::start().await;
    api.user("ash").await;
    api.app().post("/users/ash/blockedusers", body.clone()).await.expect_invalid("blockedUids");
    api.app().delete("/users/ash/blockedusers", body).await.expect_invalid("blockedUids");
}

#[rstest]
#[case("POST")]
#[case("DELETE")]
#[case("GET")]
#[tokio::test]
async fn blocks_are_the_affair_of_their_user_and_the_app(#[case] method: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let body = json!({ "blockedUids": ["birch"] }).to_string().into_bytes();
    ash.send(method, "/users/ash/blockedusers", body.clone()).await.expect_ok();
    birch.send(method, "/users/ash/blockedusers", body.clone()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    let key = api.auth_only().await;
    key.send(method, "/users/ash/blockedusers", body.clone()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    api.app().send(method, "/users/nobody/blockedusers", body).await.expect_error(404, "ERR_UID_NOT_FOUND");
}

#[tokio::test]
async fn more_are_blocked_at_once_than_one_transaction_takes() {
    let api = Api::start().await;
    api.user("ash").await;
    let others: Vec<String> = (0..101).map(|n| format!("other-{n}")).collect();
    let create = |uid: String| {
        let app = api.app();
        async move { app.post("/users", json!({ "uid": uid, "name": uid })).await.expect_ok() }
    };
    futures_util::future::join_all(others.iter().cloned().map(create)).await;
    let slots = api.app().post("/users/ash/blockedusers", json!({ "blockedUids": others })).await.expect_data();
    assert!(slots.as_object().unwrap().values().all(|slot| slot["success"] == true));
    let listed = api.app().get("/users/ash/blockedusers?perPage=1").await.expect_ok();
    assert_eq!(listed["meta"]["pagination"]["total"], 101);
}
