//! `halley-admin delete-user`.

use tests::Api;

#[tokio::test]
async fn a_user_is_deleted_with_everything_that_they_wrote_when_the_command_returns() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let group = api.group("orchard", &[&ash, &birch]).await;
    ash.send_text(&birch, "secret").await;
    ash.send_text_to_group(&group, "secret").await;
    let said = api.admin(&["delete-user", "ash"]).await.unwrap();
    assert_eq!(said.lines().last(), Some("All of it is removed."));
    assert!(!api.has_jobs());
    let left: Vec<String> =
        api.table().await.iter().map(ToString::to_string).filter(|row| row.contains("secret")).collect();
    assert_eq!(left, Vec::<String>::new());
    api.app().get("/users/ash").await.expect_error(404, "ERR_UID_NOT_FOUND");
    let again = api.admin(&["delete-user", "ash"]).await.unwrap_err();
    assert!(again.to_string().contains("ash"), "{again}");
}
