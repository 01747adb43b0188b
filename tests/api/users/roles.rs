//! Roles (contract/rest-coverage.md, "Roles").

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

fn names(listed: &Value) -> Vec<&str> {
    listed["data"].as_array().unwrap().iter().map(|role| role["role"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_role_is_made_shown_changed_and_deleted() {
    let api = Api::start().await;
    let body = json!({ "role": "Picker", "name": "Picker", "description": "Picks", "metadata": { "shift": [1] } });
    let made = api.app().post("/roles", body).await.expect_data();
    let open = json!({ "listUsers": "all", "sendMessagesTo": "all" });
    let expected = json!({
        "role": "picker", "name": "Picker", "description": "Picks", "metadata": { "shift": [1] }, "settings": open,
        "createdAt": made["createdAt"],
    });
    assert_eq!(made, expected);
    assert!(made["createdAt"].is_u64());
    assert_eq!(api.app().get("/roles/PICKER").await.expect_data(), made);

    let change = json!({ "name": "Foreman", "settings": { "listUsers": "all" }, "unset": ["description", "metadata"] });
    let changed = api.app().put("/roles/picker", change).await.expect_data();
    let expected = json!({
        "role": "picker", "name": "Foreman", "settings": open, "createdAt": made["createdAt"],
        "updatedAt": changed["updatedAt"],
    });
    assert_eq!(changed, expected);
    assert!(changed["updatedAt"].is_u64());
    assert_eq!(api.app().get("/roles/picker").await.expect_data(), changed);

    api.app().delete("/roles/picker", json!({})).await.expect_ok();
    for (method, body) in [("GET", ""), ("PUT", r#"{"name":"P"}"#), ("DELETE", "")] {
        let answer = api.app().send(method, "/roles/picker", body.into()).await;
        answer.expect_error(404, "ERR_ROLE_NOT_FOUND");
    }
}

#[tokio::test]
async fn the_default_role_is_there_without_being_made() {
    let api = Api::start().await;
    let begun = json!({ "role": "default", "name": "Default",
        "settings": { "listUsers": "all", "sendMessagesTo": "all" } });
    assert_eq!(api.app().get("/roles/default").await.expect_data(), begun);
    api.app().delete("/roles/default", json!({})).await.expect_error(403, "ERR_ROLE_DELETE_DENIED");
    let again = json!({ "role": "Default", "name": "D" });
    api.app().post("/roles", again).await.expect_error(409, "ERR_ROLE_ALREADY_EXISTS");

    let described = api.app().put("/roles/default", json!({ "description": "Everybody" })).await.expect_data();
    assert_eq!((&described["name"], &described["description"]), (&json!("Default"), &json!("Everybody")));
    assert!(described["createdAt"].is_u64() && described["updatedAt"].is_u64());
    let named = api.app().put("/roles/default", json!({ "name": "All" })).await.expect_data();
    assert_eq!((&named["name"], &named["createdAt"]), (&json!("All"), &described["createdAt"]));
    assert_eq!(api.app().get("/roles/default").await.expect_data(), named);
    api.app().delete("/roles/default", json!({})).await.expect_error(403, "ERR_ROLE_DELETE_DENIED");
    assert_eq!(names(&api.app().get("/roles").await.expect_ok()), ["default"]);
}

#[tokio::test]
async fn roles_are_listed_by_id_and_by_page() {
    let api = Api::start().await;
    for role in ["picker", "admin", "driver"] {
        api.app().post("/roles", json!({ "role": role, "name": role })).await.expect_ok();
    }
    let first = api.app().get("/roles?perPage=3").await.expect_ok();
    assert_eq!(names(&first), ["admin", "default", "driver"]);
    let pagination = json!({ "total": 4, "count": 3, "per_page": 3, "current_page": 1, "total_pages": 2 });
    assert_eq!(first["meta"]["pagination"], pagination);
    assert_eq!(names(&api.app().get("/roles?perPage=3&page=2").await.expect_ok()), ["picker"]);
    api.app().get("/roles?perPage=0").await.expect_invalid("perPage");
}

#[tokio::test]
async fn an_app_makes_twenty_five_roles_at_the_most() {
    let api = Api::start().await;
    let make = async |role: &str| api.app().post("/roles", json!({ "role": role, "name": role })).await;
    for n in 0..25 {
        make(&format!("role-{n}")).await.expect_ok();
    }
    make("more").await.expect_error(403, "ERR_PLAN_QUOTA_RESTRICTION");
    make("role-7").await.expect_error(409, "ERR_ROLE_ALREADY_EXISTS");
    // The default one is none of them, and may be changed all the same.
    api.app().put("/roles/default", json!({ "name": "All" })).await.expect_ok();
    assert_eq!(api.app().get("/roles").await.expect_ok()["data"].as_array().unwrap().len(), 26);
    api.app().delete("/roles/role-7", json!({})).await.expect_ok();
    make("more").await.expect_ok();
}

#[rstest]
#[case::nothing(json!({}), "role")]
#[case::no_name(json!({ "role": "r" }), "name")]
#[case::id_with_a_space(json!({ "role": "a b", "name": "n" }), "role")]
#[case::long_id(json!({ "role": "r".repeat(101), "name": "n" }), "role")]
#[case::long_name(json!({ "role": "r", "name": "n".repeat(101) }), "name")]
#[case::long_description(json!({ "role": "r", "name": "n", "description": "d".repeat(256) }), "description")]
#[case::large_metadata(json!({ "role": "r", "name": "n", "metadata": { "a": "m".repeat(5_200) } }), "metadata")]
#[case::unknown_setting(json!({ "role": "r", "name": "n", "settings": { "listUsers": "some" } }), "settings")]
#[case::settings_of_another_kind(json!({ "role": "r", "name": "n", "settings": "all" }), "settings")]
#[tokio::test]
async fn what_is_no_role_is_not_made(#[case] body: Value, #[case] field: &str) {
    let api = Api::start().await;
    api.app().post("/roles", body).await.expect_invalid(field);
    assert_eq!(names(&api.app().get("/roles").await.expect_ok()), ["default"]);
}

#[tokio::test]
async fn the_longest_role_is_made() {
    let api = Api::start().await;
    let body = json!({ "role": "r".repeat(100), "name": "n".repeat(100), "description": "d".repeat(255),
        "metadata": { "a": "m".repeat(5_111) }, "settings": {} });
    let made = api.app().post("/roles", body).await.expect_data();
    assert_eq!(made["metadata"]["a"].as_str().unwrap().len(), 5_111);
}

#[rstest]
#[case::nothing(json!({}), None)]
#[case::empty_settings(json!({ "settings": {} }), None)]
#[case::what_goes_and_comes(json!({ "description": "d", "unset": ["description"] }), Some("unset"))]
#[case::the_name_goes(json!({ "unset": ["name"] }), Some("unset"))]
#[case::long_description(json!({ "description": "d".repeat(256) }), Some("description"))]
#[tokio::test]
async fn what_is_no_change_changes_nothing(#[case] body: Value, #[case] field: Option<&str>) {
    let api = Api::start().await;
    api.app().post("/roles", json!({ "role": "r", "name": "R" })).await.expect_ok();
    let before = api.app().get("/roles/r").await.expect_data();
    let answer = api.app().put("/roles/r", body).await;
    match field {
        Some(field) => drop(answer.expect_invalid(field)),
        None => drop(answer.expect_error(400, "ERR_BAD_REQUEST")),
    }
    assert_eq!(api.app().get("/roles/r").await.expect_data(), before);
}

#[tokio::test]
async fn users_get_roles_that_there_are_and_keep_them() {
    let api = Api::start().await;
    let picker = |uid: &str| json!({ "uid": uid, "name": uid, "role": "Picker" });
    api.app().post("/users", picker("ash")).await.expect_invalid("role");
    api.app().post("/roles", json!({ "role": "picker", "name": "Picker" })).await.expect_ok();
    assert_eq!(api.app().post("/users", picker("ash")).await.expect_data()["role"], "picker");
    api.user("birch").await;
    assert_eq!(api.app().put("/users/birch", json!({ "role": "picker" })).await.expect_data()["role"], "picker");
    for role in ["picker", "PICKER"] {
        let listed = api.app().get(format!("/users?roles={role}")).await.expect_data();
        assert_eq!(listed.as_array().unwrap().len(), 2);
    }

    api.app().delete("/roles/picker", json!({})).await.expect_ok();
    assert_eq!(api.app().get("/users/ash").await.expect_data()["role"], "picker");
    api.app().put("/users/birch", json!({ "role": "picker" })).await.expect_invalid("role");
    let ash = api.on_behalf_of("ash");
    ash.send_text(&api.on_behalf_of("birch"), "still here").await;
    assert_eq!(api.app().put("/users/ash", json!({ "role": "default" })).await.expect_data()["role"], "default");
}

/// A role is the app's to give: a user who names one in their own profile keeps theirs.
#[tokio::test]
async fn users_give_themselves_no_role() {
    let api = Api::start().await;
    api.app().post("/roles", json!({ "role": "picker", "name": "Picker" })).await.expect_ok();
    let ash = api.token_user("ash").await;
    assert_eq!(ash.put("/me", json!({ "name": "A", "role": "picker" })).await.expect_data()["role"], "default");
}
