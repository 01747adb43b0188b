//! `POST /users` (contract/related.md, "Users").

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

#[tokio::test]
async fn a_user_is_answered_as_stored_without_what_is_empty() {
    let api = Api::start().await;
    let user = api.app().post("/users", json!({ "uid": "Dogwood", "name": "Dogwood" })).await.expect_data();
    assert!(user["createdAt"].is_u64());
    let expected = json!({
        "uid": "dogwood", "name": "Dogwood", "role": "default", "status": "offline", "createdAt": user["createdAt"],
    });
    assert_eq!(user, expected);
    assert_eq!(api.app().get("/users/dogwood").await.expect_data(), expected);
}

#[tokio::test]
async fn every_field_of_a_user_is_kept() {
    let api = Api::start().await;
    let body = json!({
        "uid": "ash", "name": "Ash 🌳", "role": "default", "avatar": "https://files.example/ash.png",
        "link": "http://ash.example", "statusMessage": "away", "tags": ["pickers"], "metadata": { "team": "east" },
    });
    let user = api.app().post("/users", body.clone()).await.expect_data();
    for (key, value) in body.as_object().unwrap() {
        assert_eq!(&user[key], value);
    }
}

#[tokio::test]
async fn private_metadata_is_never_shown_to_other_users() {
    let api = Api::start().await;
    let body = json!({ "uid": "ash", "name": "Ash", "metadata": { "team": "east", "@private": { "phone": "1" } } });
    api.app().post("/users", body).await.expect_ok();
    let seen = api.user("birch").await.get("/users/ash").await.expect_data();
    assert_eq!(seen["metadata"], json!({ "team": "east" }));
}

#[rstest]
#[case::same("ash")]
#[case::other_case("ASH")]
#[case::the_app_itself("app_system")]
#[tokio::test]
async fn a_taken_uid_is_refused_and_changes_nothing(#[case] uid: &str) {
    let api = Api::start().await;
    api.user("ash").await;
    let body = json!({ "uid": uid, "name": "Impostor", "withAuthToken": true });
    api.app().post("/users", body).await.expect_error(400, "ERR_UID_ALREADY_EXISTS");
    assert_eq!(api.app().get("/users/ash").await.expect_data()["name"], "ash");
}

#[tokio::test]
async fn of_ten_who_create_a_user_at_once_one_succeeds() {
    let api = Api::start().await;
    let app = api.app();
    let answers = join_all((0..10).map(|n| app.post("/users", json!({ "uid": "ash", "name": n.to_string() })))).await;
    let (created, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(created.len(), 1);
    for answer in refused {
        answer.expect_error(400, "ERR_UID_ALREADY_EXISTS");
    }
    let stored = app.get("/users/ash").await.expect_data();
    assert_eq!(stored["name"], created[0].body["data"]["name"]);
}

#[rstest]
#[case::longest_uid("uid", json!("u".repeat(100)))]
#[case::all_signs("uid", json!("a-z_0"))]
#[case::longest_name("name", json!("é".repeat(100)))]
#[case::longest_avatar("avatar", json!(format!("https://a.example/{}", "a".repeat(3_000 - 18))))]
#[case::most_tags("tags", json!((0..25).map(|n| n.to_string()).collect::<Vec<_>>()))]
#[case::longest_tag("tags", json!(["é".repeat(100)]))]
#[case::largest_metadata("metadata", json!({ "a": "x".repeat(5 * 1024 - 8) }))]
#[case::null_counts_as_absent("avatar", json!(null))]
#[tokio::test]
async fn a_field_at_its_limit_is_taken(#[case] field: &str, #[case] value: Value) {
    let api = Api::start().await;
    let mut body = json!({ "uid": "ash", "name": "Ash" });
    body[field] = value.clone();
    let user = api.app().post("/users", body).await.expect_data();
    assert_eq!(user.get(field).unwrap_or(&Value::Null), &value);
}

#[rstest]
#[case::no_uid("uid", json!(null))]
#[case::empty_uid("uid", json!(""))]
#[case::long_uid("uid", json!("u".repeat(101)))]
#[case::uid_with_blank("uid", json!("a b"))]
#[case::uid_beyond_ascii("uid", json!("jürgen"))]
#[case::uid_with_separator("uid", json!("a#b"))]
#[case::uid_as_number("uid", json!(7))]
#[case::no_name("name", json!(null))]
#[case::empty_name("name", json!(""))]
#[case::blank_name("name", json!("  "))]
#[case::long_name("name", json!("é".repeat(101)))]
#[case::unknown_role("role", json!("king"))]
#[case::avatar_without_scheme("avatar", json!("ash.png"))]
#[case::avatar_as_script("avatar", json!("javascript:alert(1)"))]
#[case::long_avatar("avatar", json!(format!("https://a.example/{}", "a".repeat(3_001 - 18))))]
#[case::link_as_number("link", json!(1))]
#[case::too_many_tags("tags", json!((0..26).map(|n| n.to_string()).collect::<Vec<_>>()))]
#[case::long_tag("tags", json!(["é".repeat(101)]))]
#[case::metadata_as_text("metadata", json!("{}"))]
#[case::large_metadata("metadata", json!({ "a": "x".repeat(5 * 1024 - 7) }))]
#[case::token_flag_as_text("withAuthToken", json!("yes"))]
#[tokio::test]
async fn a_field_that_does_not_validate_is_named_in_details(#[case] field: &str, #[case] value: Value) {
    let api = Api::start().await;
    let mut body = json!({ "uid": "ash", "name": "Ash" });
    body[field] = value;
    api.app().post("/users", body).await.expect_invalid(field);
    api.app().get("/users/ash").await.expect_error(404, "ERR_UID_NOT_FOUND");
}

#[rstest]
#[case(json!(true), true)]
#[case(json!(1), true)]
#[case(json!(false), false)]
#[case(json!(null), false)]
#[tokio::test]
async fn a_token_is_answered_when_asked_for(#[case] flag: Value, #[case] is_answered: bool) {
    let api = Api::start().await;
    let body = json!({ "uid": "ash_user", "name": "Ash", "withAuthToken": flag });
    let user = api.app().post("/users", body).await.expect_data();
    assert_eq!(user.get("authToken").is_some(), is_answered);
    let Some(token) = user["authToken"].as_str() else { return };
    let digits = token.strip_prefix("ash_user_").unwrap();
    let (unix, hex) = digits.split_at(10);
    assert!(unix.bytes().all(|b| b.is_ascii_digit()) && hex.len() == 30, "{token}");
    assert!(hex.bytes().all(|b| b.is_ascii_hexdigit()), "{token}");
    api.nobody().with("authToken", token).get("/users/ash_user").await.expect_ok();
    assert_eq!(api.app().get("/users/ash_user").await.expect_data().get("authToken"), None);
}
