//! Groups (contract/related.md, "Groups").

use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, texts};

/// The GUIDs of a list, without the seeded group.
async fn found(actor: &Actor<'_>, query: &str) -> Vec<String> {
    let listed = actor.get(format!("/groups?{query}")).await.expect_data();
    let guids = listed.as_array().unwrap().iter().map(|group| group["guid"].as_str().unwrap().to_owned());
    guids.filter(|guid| !guid.starts_with("cometchat-")).collect()
}

/// Three groups, `barn` of ash and birch, and ash, who is no app.
async fn orchard(api: &Api) -> Actor<'_> {
    let ash = api.token_user("ash").await;
    api.user("birch").await;
    let members = json!({ "participants": ["birch"] });
    for group in [
        json!({ "guid": "apples", "name": "Red", "type": "public", "tags": ["fruit", "red"] }),
        json!({ "guid": "barn", "name": "Blue", "type": "private", "owner": "ash", "members": members }),
        json!({ "guid": "cellar", "name": "Apple wine", "type": "password", "password": "x", "tags": ["drink"] }),
    ] {
        api.app().post("/groups", group).await.expect_ok();
    }
    ash
}

#[rstest]
#[case::all("", &["apples", "barn", "cellar"])]
#[case::name_or_guid("searchKey=apple", &["apples", "cellar"])]
#[case::guid_only("searchKey=Apple&searchIn=guid", &["apples"])]
#[case::name_only("searchKey=apple&searchIn=name", &["cellar"])]
#[case::a_type("type=private", &["barn"])]
#[case::types("types=public,password", &["apples", "cellar"])]
#[case::a_tag("tags=red", &["apples"])]
#[case::any_tag("tags=red,drink", &["apples", "cellar"])]
#[case::members_eq("membersCount[eq]=2", &["barn"])]
#[case::members_neq("membersCount[neq]=2", &["apples", "cellar"])]
#[case::members_lt("membersCount[lt]=2", &["apples", "cellar"])]
#[case::members_lte("membersCount%5Blte%5D=2", &["apples", "barn", "cellar"])]
#[case::members_gt("membersCount[gt]=2", &[])]
#[case::members_gte("membersCount[gte]=2", &["barn"])]
#[case::changed_since("updatedAt=1", &["apples", "barn", "cellar"])]
#[case::changed_until("updatedAt=1&affix=prepend", &[])]
#[case::by_name("sortBy=name", &["cellar", "barn", "apples"])]
#[case::by_name_down("sortBy=name&sortOrder=desc", &["apples", "barn", "cellar"])]
#[case::by_guid_down("sortBy=guid&sortOrder=DESC", &["cellar", "barn", "apples"])]
#[tokio::test]
async fn a_list_shows_what_fits(#[case] query: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    orchard(&api).await;
    assert_eq!(found(&api.app(), query).await, expected);
}

#[tokio::test]
async fn groups_are_ordered_by_age_whatever_their_ids() {
    let api = Api::start().await;
    for guid in ["zinnia", "aster"] {
        api.app().post("/groups", json!({ "guid": guid, "name": guid, "type": "public" })).await.expect_ok();
        // Ages are whole seconds; within one the GUID decides.
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }
    assert_eq!(found(&api.app(), "sortBy=createdAt&sortOrder=asc").await, ["zinnia", "aster"]);
    assert_eq!(found(&api.app(), "sortBy=createdAt&sortOrder=desc").await, ["aster", "zinnia"]);
}

#[rstest]
#[case("hasJoined=true", "hasJoined")]
#[case("type=secret", "types")]
#[case("sortBy=size", "sortBy")]
#[case("sortOrder=up", "sortOrder")]
#[case("affix=sideways", "affix")]
#[case("membersCount[lte]=many", "membersCount[lte]")]
#[case("searchKey=a&searchIn=uid", "searchIn")]
#[case("perPage=1001", "perPage")]
#[case("page=0", "page")]
#[tokio::test]
async fn a_list_refuses_what_it_cannot_read(#[case] query: &str, #[case] field: &str) {
    let api = Api::start().await;
    api.app().get(format!("/groups?{query}")).await.expect_invalid(field);
}

#[tokio::test]
async fn private_groups_are_known_to_their_members_only() {
    let api = Api::start().await;
    let ash = orchard(&api).await;
    let cedar = api.user("cedar").await;
    assert_eq!(found(&ash, "").await, ["apples", "barn", "cellar"]);
    assert_eq!(found(&cedar, "").await, ["apples", "cellar"]);
    assert_eq!(found(&ash, "hasJoined=true").await, ["barn"]);
    assert_eq!(found(&cedar, "hasJoined=1").await, [""; 0]);
    assert_eq!(ash.get("/groups/Barn").await.expect_data()["scope"], "admin");
    cedar.get("/groups/barn").await.expect_error(404, "ERR_GUID_NOT_FOUND");
    api.app().get("/groups/barn").await.expect_ok();
}

#[tokio::test]
async fn a_member_sees_what_the_group_is_to_them_and_nobody_the_password() {
    let api = Api::start().await;
    let ash = orchard(&api).await;
    let listed = ash.get("/groups?withTags=true").await.expect_data();
    assert_eq!(listed[0]["tags"], json!(["fruit", "red"]));
    assert_eq!((&listed[1]["hasJoined"], &listed[1]["scope"]), (&json!(true), &json!("admin")));
    assert!(listed[1]["joinedAt"].is_u64());
    let listed = ash.get("/groups").await.expect_ok();
    assert_eq!((listed["data"][0].get("tags"), listed["data"][0].get("hasJoined")), (None, None));
    assert!(listed["meta"]["cursor"]["updatedAt"].is_u64());

    let cellar = api.app().get("/groups/cellar").await.expect_data();
    assert_eq!((&cellar["type"], &cellar["conversationId"]), (&json!("password"), &json!("group_cellar")));
    assert!(!cellar.to_string().contains("password\":") && !cellar.to_string().contains("Hash"), "{cellar}");
}

#[rstest]
#[case("")]
#[case("&sortBy=name")]
#[case("&membersCount[gte]=0")]
#[tokio::test]
async fn the_pages_of_a_list_hold_every_group_once(#[case] query: &str) {
    let api = Api::start().await;
    orchard(&api).await;
    let mut read = Vec::new();
    for page in 1..=4 {
        let answer = api.app().get(format!("/groups?perPage=1&page={page}{query}")).await.expect_ok();
        assert_eq!(answer["meta"]["pagination"]["total_pages"] == page, page == 4, "{answer}");
        read.push(answer["data"][0]["guid"].as_str().unwrap().to_owned());
    }
    read.sort();
    assert_eq!(read, ["apples", "barn", "cellar", "cometchat-guid-1"]);
}

#[tokio::test]
async fn a_change_sets_what_is_given_and_leaves_the_rest() {
    let api = Api::start().await;
    let ash = orchard(&api).await;
    let all = json!({
        "name": "Blue 2", "icon": "https://a.example/i.png", "description": "Hay", "metadata": { "a": 1 },
        "tags": ["t"], "owner": "birch",
    });
    let changed = ash.put("/groups/barn", all).await.expect_data();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Blue 2"), &json!("Hay")));
    assert_eq!(
        (&changed["owner"], &changed["updatedBy"]),
        (&json!("ash"), &json!("ash")),
        "a user gives no group away"
    );
    assert_eq!((&changed["scope"], &changed["membersCount"]), (&json!("admin"), &json!(2)));
    assert!(changed["updatedAt"].is_u64());

    let unset = json!({ "unset": ["icon", "description", "metadata"], "type": "public" });
    let changed = api.app().put("/groups/barn", unset).await.expect_data();
    for gone in ["icon", "description", "metadata"] {
        assert_eq!(changed.get(gone), None, "{gone}");
    }
    assert_eq!((&changed["type"], &changed["updatedBy"]), (&json!("public"), &json!("app_system")));
    assert_eq!((&changed["name"], &changed["tags"]), (&json!("Blue 2"), &json!(["t"])));
    let mut read = api.app().get("/groups/barn").await.expect_data();
    // Only who reads the one group is told.
    assert_eq!(read.as_object_mut().unwrap().remove("onlineMembersCount"), Some(json!(0)));
    assert_eq!(read, changed);
}

#[tokio::test]
async fn a_group_becomes_a_password_group_only_with_a_password() {
    let api = Api::start().await;
    orchard(&api).await;
    let cedar = api.user("cedar").await;
    let to_password = json!({ "type": "password" });
    api.app().put("/groups/apples", to_password.clone()).await.expect_error(400, "ERR_EMPTY_GROUP_PASS");
    api.app().put("/groups/apples", json!({ "type": "password", "password": "p" })).await.expect_ok();
    cedar.post("/groups/apples/members", json!({})).await.expect_error(400, "ERR_EMPTY_GROUP_PASS");
    api.app().put("/groups/apples", json!({ "password": "q" })).await.expect_ok();
    cedar.post("/groups/apples/members", json!({ "password": "p" })).await.expect_error(403, "ERR_WRONG_GROUP_PASS");
    cedar.post("/groups/apples/members", json!({ "password": "q" })).await.expect_ok();

    api.app().put("/groups/apples", json!({ "type": "public" })).await.expect_ok();
    api.app().put("/groups/apples", to_password).await.expect_error(400, "ERR_EMPTY_GROUP_PASS");
}

#[tokio::test]
async fn a_new_owner_becomes_an_admin() {
    let api = Api::start().await;
    let ash = orchard(&api).await;
    let (birch, cedar) = (api.on_behalf_of("birch"), api.user("cedar").await);
    for (owner, actor, verb) in [("birch", &birch, "scopeChanged"), ("cedar", &cedar, "added")] {
        let changed = api.app().put("/groups/barn", json!({ "owner": owner })).await.expect_data();
        assert_eq!(changed["owner"], owner);
        assert_eq!(actor.get("/groups/barn").await.expect_data()["scope"], "admin");
        let told = actor.get("/groups/barn/messages?limit=1").await.expect_data();
        assert_eq!(told[0]["data"]["action"], verb);
    }
    assert_eq!(ash.get("/groups/barn").await.expect_data()["membersCount"], 3);
    assert_eq!(
        api.app().put("/groups/barn", json!({ "owner": "app_system" })).await.expect_data()["owner"],
        "app_system"
    );
    api.app().put("/groups/barn", json!({ "owner": "nobody" })).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.app().post("/groups/apples/members", json!({ "usersToBan": ["birch"] })).await.expect_ok();
    api.app().put("/groups/apples", json!({ "owner": "birch" })).await.expect_error(403, "ERR_BANNED_GROUPMEMBER");
}

#[rstest]
#[case(json!({ "name": " " }), "name")]
#[case(json!({ "name": "n".repeat(101) }), "name")]
#[case(json!({ "type": "secret" }), "type")]
#[case(json!({ "icon": "icon" }), "icon")]
#[case(json!({ "description": "d".repeat(256) }), "description")]
#[case(json!({ "password": "p".repeat(101) }), "password")]
#[case(json!({ "metadata": [1] }), "metadata")]
#[case(json!({ "tags": (0..26).map(|n| n.to_string()).collect::<Vec<_>>() }), "tags")]
#[case(json!({ "owner": "no uid" }), "owner")]
#[case(json!({ "unset": ["tags"] }), "unset")]
#[case(json!({ "unset": ["icon"], "icon": "https://a.example" }), "unset")]
#[tokio::test]
async fn a_change_names_each_field_that_is_wrong(#[case] body: Value, #[case] field: &str) {
    let api = Api::start().await;
    orchard(&api).await;
    api.app().put("/groups/apples", body).await.expect_invalid(field);
}

#[tokio::test]
async fn a_change_at_the_limits_is_taken() {
    let api = Api::start().await;
    orchard(&api).await;
    let body = json!({ "name": "n".repeat(100), "description": "d".repeat(255), "password": "p".repeat(100) });
    api.app().put("/groups/cellar", body).await.expect_ok();
    api.app().put("/groups/cellar", json!({})).await.expect_error(400, "ERR_BAD_REQUEST");
}

#[rstest]
#[case::outsider("cedar", 401, "ERR_GROUP_NOT_JOINED")]
#[case::participant("birch", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::moderator("elm", 403, "ERR_GROUP_NO_ADMIN_SCOPE")]
#[case::banned("gorse", 403, "ERR_BANNED_GROUPMEMBER")]
#[tokio::test]
async fn a_group_is_changed_and_deleted_by_admins(#[case] uid: &str, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    orchard(&api).await;
    for uid in ["cedar", "elm", "gorse"] {
        api.user(uid).await;
    }
    let body = json!({ "moderators": ["elm"], "usersToBan": ["gorse"] });
    api.app().post("/groups/barn/members", body).await.expect_ok();
    api.app().put("/groups/barn", json!({ "type": "public" })).await.expect_ok();
    let actor = api.on_behalf_of(uid);
    actor.put("/groups/barn", json!({ "name": "Mine" })).await.expect_error(status, code);
    actor.delete("/groups/barn", json!({})).await.expect_error(status, code);
}

#[rstest]
#[case("GET")]
#[case("PUT")]
#[case("DELETE")]
#[tokio::test]
async fn an_unknown_group_is_told(#[case] method: &str) {
    let api = Api::start().await;
    for guid in ["nowhere", "no%20guid"] {
        let path = format!("/groups/{guid}");
        api.app().send(method, &path, b"{}".to_vec()).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    }
    api.on_behalf_of("nobody").send(method, "/groups/a", Vec::new()).await.expect_error(404, "ERR_UID_NOT_FOUND");
}

#[tokio::test]
async fn a_deleted_group_leaves_nothing_to_the_next_of_its_guid() {
    let api = Api::start().await;
    let ash = orchard(&api).await;
    let members: Vec<String> = (0..60).map(|n| format!("member-{n}")).collect();
    for some in members.chunks(25) {
        for uid in some {
            api.user(uid).await;
        }
        api.app().post("/groups/barn/members", json!({ "participants": some })).await.expect_ok();
    }
    api.user("gorse").await;
    api.app().post("/groups/barn/members", json!({ "usersToBan": ["gorse"] })).await.expect_ok();
    let sent = ash.send_text_to_group("barn", "old times").await;

    assert_eq!(ash.delete("/groups/barn", json!({})).await.expect_data()["success"], true);
    api.jobs_done().await;
    ash.delete("/groups/barn", json!({})).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    ash.get("/groups/barn").await.expect_error(404, "ERR_GUID_NOT_FOUND");
    api.app().get(format!("/messages/{}", sent["id"])).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    assert_eq!(found(&ash, "hasJoined=true").await, [""; 0]);
    assert_eq!(found(&api.app(), "").await, ["apples", "cellar"]);

    api.app().post("/groups", json!({ "guid": "barn", "name": "New", "owner": "gorse" })).await.expect_ok();
    let gorse = api.on_behalf_of("gorse");
    assert_eq!(texts(&gorse.get("/groups/barn/messages").await.expect_data()), [""; 0]);
    assert_eq!(gorse.get("/groups/barn").await.expect_data()["membersCount"], 1);
    ash.get("/groups/barn/messages").await.expect_error(401, "ERR_GROUP_NOT_JOINED");
}
