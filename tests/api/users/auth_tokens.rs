//! Auth tokens (contract/related.md, "Auth tokens").

use futures_util::future::join_all;
use model::auth_token::{Device, IssuedToken};
use model::event::EventKind;
use model::time::Seconds;
use rstest::rstest;
use serde_json::{Value, json};
use shared::store::auth_token::{NewToken, TokenChange};
use shared::users::tokens;
use tests::Api;
use tests::arrange::app_event;

async fn issue(api: &Api, uid: &str, body: Value) -> Value {
    api.app().post(format!("/users/{uid}/auth_tokens"), body).await.expect_data()
}

fn text(token: &Value) -> &str {
    token["authToken"].as_str().unwrap()
}

#[tokio::test]
async fn a_token_acts_as_its_user() {
    let api = Api::start().await;
    api.user("ash").await;
    let device = json!({ "platform": "web", "userAgent": "Fox", "appInfo": { "version": "4" }, "deviceId": "d" });
    let token = issue(&api, "Ash", device).await;
    assert_eq!((&token["uid"], &token["platform"], &token["userAgent"]), (&json!("ash"), &json!("web"), &json!("Fox")));
    assert_eq!((&token["appInfo"], token.get("digest")), (&json!({ "version": "4" }), None));
    let (name, rest) = text(&token).rsplit_once('_').unwrap();
    assert_eq!((name, rest.len()), ("ash", 40));
    assert!(rest.starts_with(&token["createdAt"].to_string()));

    let ash = api.nobody().with("authToken", text(&token));
    assert_eq!(ash.get("/me").await.expect_data()["uid"], "ash");
    let read = api.app().get(format!("/users/ash/auth_tokens/{}", text(&token))).await.expect_data();
    assert_eq!(read, token);
}

#[rstest]
#[case(json!({}))]
#[case(json!({ "force": true }))]
#[case(json!({ "force": false }))]
#[tokio::test]
async fn every_call_makes_another_token_and_the_earlier_go_on_working(#[case] body: Value) {
    let api = Api::start().await;
    api.user("ash").await;
    let (one, other) = (issue(&api, "ash", body.clone()).await, issue(&api, "ash", body).await);
    assert_ne!(text(&one), text(&other));
    for token in [&one, &other] {
        api.nobody().with("authToken", text(token)).get("/me").await.expect_ok();
    }
}

#[tokio::test]
async fn an_auth_only_key_makes_tokens_and_does_nothing_else_with_them() {
    let api = Api::start().await;
    let key = api.auth_only().await;
    api.user("ash").await;
    let token = key.post("/users/ash/auth_tokens", json!({})).await.expect_data();
    let path = format!("/users/ash/auth_tokens/{}", text(&token));
    for (method, path) in [
        ("GET", "/users/ash/auth_tokens"),
        ("DELETE", "/users/ash/auth_tokens"),
        ("GET", &path),
        ("PUT", &path),
        ("DELETE", &path),
    ] {
        key.send(method, path, Vec::new()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
        let ash = api.nobody().with("authToken", text(&token));
        ash.send(method, path, Vec::new()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    }
}

#[rstest]
#[case("POST", "/users/nobody/auth_tokens")]
#[case("GET", "/users/nobody/auth_tokens")]
#[case("DELETE", "/users/nobody/auth_tokens")]
#[case("GET", "/users/nobody/auth_tokens/nobody_1")]
#[case("PUT", "/users/no%20uid/auth_tokens/nobody_1")]
#[case("DELETE", "/users/nobody/auth_tokens/nobody_1")]
#[tokio::test]
async fn tokens_belong_to_users_that_exist(#[case] method: &str, #[case] path: &str) {
    let api = Api::start().await;
    api.app().send(method, path, b"{}".to_vec()).await.expect_error(404, "ERR_UID_NOT_FOUND");
}

#[rstest]
#[case("GET")]
#[case("PUT")]
#[case("DELETE")]
#[tokio::test]
async fn a_token_is_found_under_its_own_user_only(#[case] method: &str) {
    let api = Api::start().await;
    api.user("ash").await;
    api.user("birch").await;
    let token = issue(&api, "ash", json!({})).await;
    let foreign = format!("/users/birch/auth_tokens/{}", text(&token));
    api.app().send(method, &foreign, b"{}".to_vec()).await.expect_error(403, "ERR_AUTHTOKEN_NOT_ACCESSIBLE");
    for unknown in ["ash_17600000005c2e91f04b7d3a68c0e1f2a3b4c5d6", "ash", "a%20b"] {
        let path = format!("/users/ash/auth_tokens/{unknown}");
        api.app().send(method, &path, b"{}".to_vec()).await.expect_error(404, "ERR_AUTH_TOKEN_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_change_notes_the_device() {
    let api = Api::start().await;
    api.user("ash").await;
    let token = issue(&api, "ash", json!({ "platform": "web" })).await;
    let path = format!("/users/ash/auth_tokens/{}", text(&token));
    let changed = api.app().put(&path, json!({ "userAgent": "Fox", "appInfo": r#"{"a":1}"# })).await.expect_data();
    assert_eq!((&changed["platform"], &changed["userAgent"]), (&json!("web"), &json!("Fox")));
    assert_eq!(changed["appInfo"], json!({ "a": 1 }));
    assert_eq!(api.app().get(&path).await.expect_data(), changed);
    api.app().put(&path, json!({})).await.expect_error(400, "ERR_BAD_REQUEST");
}

#[rstest]
#[case(json!({ "platform": 1 }), "platform")]
#[case(json!({ "platform": "p".repeat(501) }), "platform")]
#[case(json!({ "userAgent": [] }), "userAgent")]
#[case(json!({ "appInfo": "no json" }), "appInfo")]
#[case(json!({ "appInfo": 7 }), "appInfo")]
#[tokio::test]
async fn a_device_that_cannot_be_read_is_refused(#[case] body: Value, #[case] field: &str) {
    let api = Api::start().await;
    api.user("ash").await;
    let token = issue(&api, "ash", json!({})).await;
    api.app().post("/users/ash/auth_tokens", body.clone()).await.expect_invalid(field);
    api.app().put(format!("/users/ash/auth_tokens/{}", text(&token)), body).await.expect_invalid(field);
}

#[tokio::test]
async fn a_revoked_token_stops_working_and_the_others_do_not() {
    let api = Api::start().await;
    let (created_with, _) = (api.token_user("ash").await, api.user("birch").await);
    let (one, other) = (issue(&api, "ash", json!({})).await, issue(&api, "ash", json!({})).await);
    let birch = issue(&api, "birch", json!({})).await;
    let listed = api.app().get("/users/ash/auth_tokens").await.expect_ok();
    assert_eq!(listed["meta"]["pagination"]["total"], 3);

    let path = format!("/users/ash/auth_tokens/{}", text(&one));
    assert_eq!(api.app().delete(&path, json!({})).await.expect_data()["success"], true);
    api.app().delete(&path, json!({})).await.expect_error(404, "ERR_AUTH_TOKEN_NOT_FOUND");
    let use_of = |token: &Value| api.nobody().with("authToken", text(token));
    use_of(&one).get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    use_of(&other).get("/me").await.expect_ok();

    api.app().delete("/users/ash/auth_tokens", json!({})).await.expect_ok();
    use_of(&other).get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    created_with.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    use_of(&birch).get("/me").await.expect_ok();
    let listed = api.app().get("/users/ash/auth_tokens").await.expect_ok();
    assert_eq!((&listed["data"], &listed["meta"]["pagination"]["total"]), (&json!([]), &json!(0)));
}

fn token_made_at(second: u64) -> IssuedToken {
    tokens::new(&"ash".to_owned().try_into().unwrap(), Device::default(), Seconds::new(second)).unwrap()
}

fn issued(token: &IssuedToken) -> TokenChange {
    let event = app_event(&token.uid, EventKind::TokenIssued { digest: token.digest.clone() });
    TokenChange { token: token.clone(), event }
}

#[tokio::test]
async fn the_hundred_and_first_token_ends_the_oldest() {
    let api = Api::start().await;
    api.user("ash").await;
    let earlier: Vec<IssuedToken> = (0..100).map(|n| token_made_at(1_700_000_000 + n)).collect();
    let user = api.store().user(&earlier[0].uid).await.unwrap().unwrap();
    let changes: Vec<TokenChange> = earlier.iter().map(issued).collect();
    let issued = join_all(changes.iter().map(|change| api.store().issue_token(&user, change, &[]))).await;
    assert!(issued.into_iter().all(|issued| issued.unwrap() == NewToken::Done));
    let use_of = |token: &IssuedToken| api.nobody().with("authToken", &token.auth_token);
    use_of(&earlier[0]).get("/me").await.expect_ok();

    let newest = issue(&api, "ash", json!({})).await;

    use_of(&earlier[0]).get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    use_of(&earlier[1]).get("/me").await.expect_ok();
    api.nobody().with("authToken", text(&newest)).get("/me").await.expect_ok();

    let listed = api.app().get("/users/ash/auth_tokens?perPage=60&page=2").await.expect_ok();
    let pagination = &listed["meta"]["pagination"];
    assert_eq!(
        (&pagination["total"], &pagination["count"], &pagination["total_pages"]),
        (&json!(100), &json!(40), &json!(2))
    );
    api.app().get("/users/ash/auth_tokens?perPage=1001").await.expect_invalid("perPage");
}

#[tokio::test]
async fn no_token_is_made_for_a_deactivated_user() {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    api.app().delete("/users/ash", json!({})).await.expect_ok();
    api.app().post("/users/ash/auth_tokens", json!({})).await.expect_error(404, "ERR_UID_NOT_FOUND");
    ash.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
}

#[rstest]
#[case::one("/users/ash", json!({}))]
#[case::several("/users", json!({ "uidsToDeactivate": ["ash"] }))]
#[tokio::test]
async fn a_deactivation_revokes_all_tokens_for_good(#[case] path: &str, #[case] body: Value) {
    let api = Api::start().await;
    let created_with = api.token_user("ash").await;
    let other = issue(&api, "ash", json!({})).await;
    let use_of = |token: &Value| api.nobody().with("authToken", text(token));
    let back = json!({ "uidsToActivate": ["ash"] });
    let mut old = vec![created_with, use_of(&other)];
    for _ in 0..2 {
        api.app().delete(path, body.clone()).await.expect_ok();
        api.app().put("/users", back.clone()).await.expect_ok();
        for token in &old {
            token.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
            token
                .post("/messages", tests::text_to_user("ash", "?"))
                .await
                .expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
        }
        assert_eq!(api.app().get("/users/ash/auth_tokens").await.expect_data(), json!([]));
        for method in ["GET", "DELETE"] {
            let path = format!("/users/ash/auth_tokens/{}", text(&other));
            api.app().send(method, &path, Vec::new()).await.expect_error(404, "ERR_AUTH_TOKEN_NOT_FOUND");
        }
        // Another one works, and nothing is left of those before it.
        let new = issue(&api, "ash", json!({})).await;
        use_of(&new).get("/me").await.expect_ok();
        assert_eq!(api.app().get("/users/ash/auth_tokens").await.expect_data().as_array().unwrap().len(), 1);
        let is_token = |item: &&Value| item["sk"]["S"].as_str().unwrap().starts_with("TOKEN#");
        assert_eq!(api.table().await.iter().filter(is_token).count(), 1);
        old.push(use_of(&new));
    }
}

/// What is made at the same moment as the deactivation belongs to the time before it or is not made.
#[tokio::test]
async fn no_token_outlives_a_deactivation_of_the_same_moment() {
    let api = Api::start().await;
    for n in 0..10 {
        let uid = format!("ash-{n}");
        api.user(&uid).await;
        let path = format!("/users/{uid}/auth_tokens");
        let app = api.app();
        let tokens = join_all((0..4).map(|_| app.post(&path, json!({}))));
        let gone = async { api.app().delete(format!("/users/{uid}"), json!({})).await.expect_ok() };
        let (tokens, _) = futures_util::future::join(tokens, gone).await;
        api.app().put("/users", json!({ "uidsToActivate": [uid] })).await.expect_ok();
        for made in tokens.into_iter().filter(|answer| answer.status == 200) {
            let token = api.nobody().with("authToken", text(&made.expect_data()));
            token.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
        }
    }
}

/// As one that was made before users' rows had marks.
#[tokio::test]
async fn a_token_without_a_mark_works_until_it_is_revoked() {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    let other = issue(&api, "ash", json!({})).await;
    let use_of_other = api.nobody().with("authToken", text(&other));
    let row = json!({ "pk": { "S": "USER#ash" }, "sk": { "S": "USER" } });
    api.overwrite_with(&row, "tokenMarks", json!({ "BS": ["b2YgYW5vdGhlcg=="] })).await;
    ash.get("/me").await.expect_ok();
    use_of_other.get("/me").await.expect_ok();
    api.app().delete(format!("/users/ash/auth_tokens/{}", text(&other)), json!({})).await.expect_ok();
    use_of_other.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    ash.get("/me").await.expect_ok();
    api.app().delete("/users/ash", json!({})).await.expect_ok();
    api.app().put("/users", json!({ "uidsToActivate": ["ash"] })).await.expect_ok();
    ash.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
}

/// Tokens are made and revoked at the same moment, and each of them writes the row of its user: who is revoked stays so, and
/// who is not works, each by a mark.
#[tokio::test]
async fn what_is_made_beside_a_revocation_works_and_what_is_revoked_does_not() {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    let (app, mut old) = (api.app(), vec![issue(&api, "ash", json!({})).await, issue(&api, "ash", json!({})).await]);
    for _ in 0..10 {
        let paths = old.iter().map(|token| format!("/users/ash/auth_tokens/{}", text(token)));
        let gone = join_all(paths.map(|path| app.delete(path, json!({}))));
        let made = join_all((0..3).map(|_| app.post("/users/ash/auth_tokens", json!({}))));
        let (gone, made) = futures_util::future::join(gone, made).await;
        gone.into_iter().for_each(|answer| drop(answer.expect_ok()));
        let made: Vec<Value> = made.into_iter().map(|answer| answer.expect_data()).collect();
        for token in old {
            let revoked = api.nobody().with("authToken", text(&token)).get("/me").await;
            revoked.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
        }
        for token in &made {
            api.nobody().with("authToken", text(token)).post("/me/jwt", json!({})).await.expect_ok();
            assert_eq!(api.last_line().read_units, 1.0, "not by its mark");
        }
        old = made;
    }
    ash.get("/me").await.expect_ok();
}

/// A mark of which there is no token: a version that knew of no marks removed it, while both answered or after a way back.
#[tokio::test]
async fn who_revokes_all_tokens_revokes_those_too_that_are_not_listed() {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    let listed = issue(&api, "ash", json!({})).await;
    let is_unlisted = |item: &&Value| {
        item["sk"]["S"].as_str().unwrap().starts_with("TOKEN#") && item["authToken"]["S"] != text(&listed)
    };
    let row = api.table().await.iter().find(is_unlisted).unwrap().clone();
    api.dynamodb("DeleteItem", &json!({ "TableName": "halley", "Key": { "pk": row["pk"], "sk": row["sk"] } }));
    ash.get("/me").await.expect_ok();
    api.app().delete("/users/ash/auth_tokens", json!({})).await.expect_ok();
    for token in [ash, api.nobody().with("authToken", text(&listed))] {
        token.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    }
}

/// A version that knew of no marks left them when it deactivated somebody.
#[tokio::test]
async fn a_mark_of_before_a_deactivation_proves_nobody() {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    let user = |items: Vec<Value>| {
        items.into_iter().find(|item| item["pk"]["S"] == "USER#ash" && item["sk"]["S"] == "USER").unwrap()
    };
    let before = user(api.table().await);
    api.app().delete("/users/ash", json!({})).await.expect_ok();
    api.overwrite_with(&before, "tokenMarks", before["tokenMarks"].clone()).await;
    api.app().put("/users", json!({ "uidsToActivate": ["ash"] })).await.expect_ok();
    ash.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
}

/// Whatever somebody does costs by the size of their row, so as many tokens as there may be leave a usual profile in a read unit.
#[tokio::test]
async fn a_user_of_as_many_tokens_as_there_may_be_is_read_for_a_unit() {
    let api = Api::start().await;
    api.user("ash").await;
    let profile =
        json!({ "avatar": format!("https://x.example/{}", "a".repeat(100)), "metadata": { "a": "m".repeat(1_500) } });
    api.app().put("/users/ash", profile).await.expect_ok();
    let mut token = Value::Null;
    for _ in 0..IssuedToken::MAX {
        token = issue(&api, "ash", json!({})).await;
    }
    let ash = api.nobody().with("authToken", text(&token));
    ash.post("/me/jwt", json!({})).await.expect_ok();
    assert_eq!(api.last_line().read_units, 1.0);
}
