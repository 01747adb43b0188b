//! `GET /users/{uid}` (contract/related.md, "Users").

use rstest::rstest;
use serde_json::json;
use tests::Api;

#[tokio::test]
async fn a_user_is_seen_with_the_conversation_that_the_reader_has_with_them() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    assert_eq!(ash.get("/users/birch").await.expect_data()["conversationId"], "ash_user_birch");
    assert_eq!(birch.get("/users/ASH").await.expect_data()["conversationId"], "ash_user_birch");
    assert_eq!(ash.get("/users/ash").await.expect_data().get("conversationId"), None);
    assert_eq!(api.app().get("/users/ash").await.expect_data().get("conversationId"), None);
}

#[rstest]
#[case::unknown("nobody")]
#[case::deactivated("gone")]
#[tokio::test]
async fn a_user_who_does_not_exist_is_not_found_and_cannot_look(#[case] uid: &str) {
    let api = Api::start().await;
    api.user("ash").await;
    api.deactivated_user("gone").await;
    let error = api.app().get(format!("/users/{uid}")).await.expect_error(404, "ERR_UID_NOT_FOUND");
    assert!(error["message"].as_str().unwrap().contains(uid));
    assert_eq!(error.get("details"), None);
    api.on_behalf_of(uid).get("/users/ash").await.expect_error(404, "ERR_UID_NOT_FOUND");
}

#[tokio::test]
async fn the_seeded_users_are_there() {
    let api = Api::start().await;
    for n in 1..=5 {
        let user = api.app().get(format!("/users/cometchat-uid-{n}")).await.expect_data();
        assert_eq!(user["uid"], json!(format!("cometchat-uid-{n}")));
    }
}
