//! `POST /groups` (contract/related.md, "Groups").

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

fn body(group_type: &str) -> Value {
    json!({ "guid": "Orchard", "name": "Orchard", "type": group_type })
}

#[tokio::test]
async fn the_app_creates_a_group_without_being_its_member() {
    let api = Api::start().await;
    let group = api.app().post("/groups", body("public")).await.expect_data();
    assert!(group["createdAt"].is_u64());
    let expected = json!({
        "guid": "orchard", "name": "Orchard", "type": "public", "owner": "app_system", "membersCount": 0,
        "conversationId": "group_orchard", "createdAt": group["createdAt"],
    });
    assert_eq!(group, expected);
}

#[tokio::test]
async fn the_creating_user_owns_the_group_as_its_first_admin() {
    let api = Api::start().await;
    for (guid, creator) in [("orchard", api.user("ash").await), ("meadow", api.token_user("birch").await)] {
        let group = creator.post("/groups", json!({ "guid": guid, "name": guid })).await.expect_data();
        assert_eq!((&group["owner"], &group["membersCount"]), (&json!(creator.uid), &json!(1)));
        assert_eq!((&group["scope"], &group["hasJoined"]), (&json!("admin"), &json!(true)));
        assert_eq!(group["type"], "public");
        assert!(group["joinedAt"].is_u64());
        creator.send_text_to_group(guid, "hello").await;
    }
}

#[tokio::test]
async fn the_owner_whom_the_body_names_becomes_the_first_admin() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let mut body = body("public");
    body["owner"] = json!("ash");
    let group = api.app().post("/groups", body).await.expect_data();
    assert_eq!((&group["owner"], &group["membersCount"]), (&json!("ash"), &json!(1)));
    ash.send_text_to_group("orchard", "hello").await;
}

#[rstest]
#[case::unknown("nobody")]
#[case::deactivated("gone")]
#[tokio::test]
async fn an_owner_who_does_not_exist_is_refused_and_no_group_is_made(#[case] owner: &str) {
    let api = Api::start().await;
    api.deactivated_user("gone").await;
    let mut body = body("public");
    body["owner"] = json!(owner);
    api.app().post("/groups", body).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.app().get("/groups/orchard/messages").await.expect_error(404, "ERR_GUID_NOT_FOUND");
}

#[tokio::test]
async fn every_field_of_a_group_is_kept_but_the_password_is_never_answered() {
    let api = Api::start().await;
    let body = json!({
        "guid": "orchard", "name": "Orchard 🌳", "type": "password", "password": "windfall-pippin",
        "icon": "https://files.example/orchard.png", "description": "é".repeat(255), "tags": ["pickers"],
        "metadata": { "rows": 12 },
    });
    let group = api.app().post("/groups", body.clone()).await.expect_data();
    for (key, value) in body.as_object().unwrap().iter().filter(|(key, _)| *key != "password") {
        assert_eq!(&group[key], value);
    }
    let sent = api.app().post("/messages", tests::text_to_group("orchard", "hello")).await.expect_data();
    for answer in [group, sent] {
        assert!(
            !answer.to_string().to_lowercase().contains("password\":\"") && !answer.to_string().contains("windfall")
        );
    }
}

#[tokio::test]
async fn a_password_group_needs_a_password() {
    let api = Api::start().await;
    api.app().post("/groups", body("password")).await.expect_error(400, "ERR_EMPTY_GROUP_PASS");
}

#[tokio::test]
async fn first_members_are_added_and_one_that_fails_does_not_fail_the_group() {
    let api = Api::start().await;
    let (ash, birch, _) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let mut body = body("private");
    body["members"] = json!({ "moderators": ["birch"], "participants": ["nobody", "ash"], "usersToBan": ["cedar"] });
    let group = ash.post("/groups", body).await.expect_data();

    assert_eq!(group["membersCount"], 2);
    let members = &group["members"];
    assert_eq!(members["moderators"]["birch"]["data"]["data"]["action"], "added");
    assert_eq!(members["participants"]["nobody"]["error"]["code"], "ERR_UID_NOT_FOUND");
    assert_eq!(members["participants"]["ash"]["error"]["code"], "ERR_ALREADY_JOINED");
    assert_eq!(members["usersToBan"]["cedar"], json!({ "success": true }));
    birch.send_text_to_group("orchard", "hello").await;
    let banned = api.on_behalf_of("cedar").get("/groups/orchard/messages").await;
    banned.expect_error(404, "ERR_GUID_NOT_FOUND");
    api.app().put("/groups/orchard", json!({ "type": "public" })).await.expect_ok();
    let banned = api.on_behalf_of("cedar").get("/groups/orchard/messages").await;
    banned.expect_error(403, "ERR_BANNED_GROUPMEMBER");
}

#[tokio::test]
async fn of_ten_who_create_a_group_at_once_one_succeeds() {
    let api = Api::start().await;
    let app = api.app();
    let answers = join_all((0..10).map(|_| app.post("/groups", body("public")))).await;
    let (created, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(created.len(), 1);
    for answer in refused {
        answer.expect_error(400, "ERR_GUID_ALREADY_EXISTS");
    }
}

#[rstest]
#[case::no_guid("guid", json!(null))]
#[case::long_guid("guid", json!("g".repeat(101)))]
#[case::odd_guid("guid", json!("a b"))]
#[case::no_name("name", json!(null))]
#[case::long_name("name", json!("é".repeat(101)))]
#[case::unknown_type("type", json!("secret"))]
#[case::type_as_number("type", json!(1))]
#[case::long_description("description", json!("é".repeat(256)))]
#[case::long_password("password", json!("é".repeat(101)))]
#[case::icon_without_scheme("icon", json!("orchard.png"))]
#[case::too_many_tags("tags", json!((0..26).map(|n| n.to_string()).collect::<Vec<_>>()))]
#[case::metadata_as_list("metadata", json!([1]))]
#[case::owner_as_number("owner", json!(1))]
#[case::members_as_list("members", json!(["ash"]))]
#[case::too_many_members("members", json!({ "participants": (0..26).map(|n| format!("u{n}")).collect::<Vec<_>>() }))]
#[tokio::test]
async fn a_field_that_does_not_validate_is_named_in_details(#[case] field: &str, #[case] value: Value) {
    let api = Api::start().await;
    let mut body = body("public");
    body[field] = value;
    api.app().post("/groups", body).await.expect_invalid(field);
    api.app().get("/groups/orchard/messages").await.expect_error(404, "ERR_GUID_NOT_FOUND");
}
