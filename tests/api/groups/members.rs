//! Members of groups (contract/related.md, "Group members and bans"). How they are added stands in the tests of
//! adding.

use futures_util::future::join;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

/// `barn`, owned by ash, with two admins, two moderators and two participants; `gorse` is banned, `heath` a stranger.
async fn barn(api: &Api) {
    for uid in ["ash", "admin", "admin2", "mod", "mod2", "part", "part2", "gorse", "heath"] {
        api.user(uid).await;
    }
    let members = json!({
        "admins": ["admin", "admin2"], "moderators": ["mod", "mod2"], "participants": ["part", "part2"],
        "usersToBan": ["gorse"],
    });
    let group = json!({ "guid": "barn", "name": "Barn", "type": "private", "owner": "ash", "members": members });
    api.app().post("/groups", group).await.expect_ok();
}

/// [`barn`], which everybody knows of.
async fn open_barn(api: &Api) {
    barn(api).await;
    api.app().put("/groups/barn", json!({ "type": "public" })).await.expect_ok();
}

fn actor<'a>(api: &'a Api, uid: &str) -> Actor<'a> {
    if uid == "app" { api.app() } else { api.on_behalf_of(uid) }
}

async fn members(actor: &Actor<'_>, query: &str) -> Vec<String> {
    let listed = actor.get(format!("/groups/barn/members?{query}")).await.expect_data();
    listed.as_array().unwrap().iter().map(|member| member["uid"].as_str().unwrap().to_owned()).collect()
}

async fn latest(api: &Api) -> Value {
    api.app().get("/groups/barn/messages?limit=1").await.expect_data()[0].take()
}

#[rstest]
#[case::all("", &["admin", "admin2", "ash", "mod", "mod2", "part", "part2"])]
#[case::admins("scopes=admin", &["admin", "admin2", "ash"])]
#[case::several("scopes=moderator,participant", &["mod", "mod2", "part", "part2"])]
#[case::repeated("scopes[]=moderator&scopes[]=admin", &["admin", "admin2", "ash", "mod", "mod2"])]
#[case::offline("status=offline", &["admin", "admin2", "ash", "mod", "mod2", "part", "part2"])]
#[case::nobody_is_known_to_be_online("status=available", &[])]
#[case::a_page("perPage=2&page=3", &["mod2", "part"])]
#[case::past_the_end("perPage=2&page=9", &[])]
#[tokio::test]
async fn members_are_listed(#[case] query: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    barn(&api).await;
    assert_eq!(members(&api.on_behalf_of("part"), query).await, expected);
    assert_eq!(members(&api.app(), query).await, expected);
}

#[tokio::test]
async fn a_listed_member_has_scope_and_time() {
    let api = Api::start().await;
    barn(&api).await;
    let listed = api.on_behalf_of("part").get("/groups/barn/members?perPage=3").await.expect_ok();
    let admin = &listed["data"][0];
    assert_eq!((&admin["name"], &admin["scope"]), (&json!("admin"), &json!("admin")));
    assert_eq!((&admin["conversationId"], admin.get("isBanned")), (&json!("admin_user_part"), None));
    assert!(admin["joinedAt"].is_u64());
    assert_eq!(listed["meta"]["pagination"]["total_pages"], 3);
    assert!(listed["meta"]["cursor"]["updatedAt"].is_u64());
    let all = api.app().get("/groups/barn/members?perPage=7").await.expect_ok();
    let pagination = &all["meta"]["pagination"];
    assert_eq!((&pagination["total"], &pagination["total_pages"]), (&json!(7), &json!(1)));
}

#[rstest]
#[case("heath", 401, "ERR_GROUP_NOT_JOINED")]
#[case("gorse", 403, "ERR_BANNED_GROUPMEMBER")]
#[case("nobody", 404, "ERR_UID_NOT_FOUND")]
#[tokio::test]
async fn only_members_list_members(#[case] uid: &str, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    open_barn(&api).await;
    api.on_behalf_of(uid).get("/groups/barn/members").await.expect_error(status, code);
}

#[rstest]
#[case("scopes=owner", "scopes")]
#[case("status=busy", "status")]
#[case("perPage=1001", "perPage")]
#[case("page=0", "page")]
#[tokio::test]
async fn a_list_refuses_what_it_cannot_read(#[case] query: &str, #[case] field: &str) {
    let api = Api::start().await;
    barn(&api).await;
    api.app().get(format!("/groups/barn/members?{query}")).await.expect_invalid(field);
}

#[tokio::test]
async fn a_deactivated_member_is_not_listed() {
    let api = Api::start().await;
    barn(&api).await;
    api.app().delete("/users/mod", json!({})).await.expect_ok();
    assert_eq!(members(&api.app(), "scopes=moderator").await, ["mod2"]);
}

#[tokio::test]
async fn a_change_of_scope_is_answered_and_told() {
    let api = Api::start().await;
    barn(&api).await;
    let changed = api.on_behalf_of("admin").put("/groups/barn/members/Part", json!({ "scope": "moderator" })).await;
    let changed = changed.expect_data();
    assert_eq!((&changed["guid"], &changed["uid"]), (&json!("barn"), &json!("part")));
    assert_eq!((&changed["scope"], changed["joinedAt"].is_u64()), (&json!("moderator"), true));
    assert_eq!(members(&api.app(), "scopes=moderator").await, ["mod", "mod2", "part"]);

    let told = latest(&api).await;
    assert_eq!(
        (&told["category"], &told["type"], &told["sender"]),
        (&json!("action"), &json!("groupMember"), &json!("admin"))
    );
    assert_eq!(told["data"]["action"], "scopeChanged");
    assert_eq!(told["data"]["extras"]["scope"], json!({ "old": "participant", "new": "moderator" }));
    let entity = |place: &str, id: &str| told["data"]["entities"][place]["entity"][id].clone();
    assert_eq!(
        (entity("by", "uid"), entity("on", "uid"), entity("for", "guid")),
        (json!("admin"), json!("part"), json!("barn"))
    );
}

#[rstest]
#[case::app("app", "mod", "admin")]
#[case::owner("ash", "admin", "participant")]
#[case::admin("admin", "admin2", "moderator")]
#[tokio::test]
async fn scopes_are_changed_by(#[case] by: &str, #[case] uid: &str, #[case] scope: &str) {
    let api = Api::start().await;
    barn(&api).await;
    let changed = actor(&api, by).put(format!("/groups/barn/members/{uid}"), json!({ "scope": scope })).await;
    assert_eq!(changed.expect_data()["scope"], scope);
}

#[rstest]
#[case::participant("part", "part2", "moderator", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::moderator_up("mod", "part", "moderator", 403, "ERR_GROUP_NO_SCOPE_CLEARANCE")]
#[case::moderator_down("mod", "mod2", "participant", 403, "ERR_GROUP_NO_SCOPE_CLEARANCE")]
#[case::moderator_on_admin("mod", "admin", "participant", 403, "ERR_GROUP_NO_SCOPE_CLEARANCE")]
#[case::owner_is_not_demoted("admin", "ash", "participant", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::not_even_by_the_app("app", "ash", "participant", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::oneself("admin", "admin", "participant", 403, "ERR_GROUP_NO_SELF_ACTION")]
#[case::same("admin", "part", "participant", 400, "ERR_SAME_SCOPE")]
#[case::stranger("app", "heath", "admin", 404, "ERR_NOT_A_MEMBER")]
#[case::banned("app", "gorse", "admin", 404, "ERR_NOT_A_MEMBER")]
#[case::unknown("app", "nobody", "admin", 404, "ERR_UID_NOT_FOUND")]
#[case::by_a_stranger("heath", "part", "admin", 401, "ERR_GROUP_NOT_JOINED")]
#[case::by_a_banned_user("gorse", "part", "admin", 403, "ERR_BANNED_GROUPMEMBER")]
#[tokio::test]
async fn a_change_of_scope_is_refused(
    #[case] by: &str,
    #[case] uid: &str,
    #[case] scope: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let api = Api::start().await;
    open_barn(&api).await;
    let path = format!("/groups/barn/members/{uid}");
    actor(&api, by).put(path, json!({ "scope": scope })).await.expect_error(status, code);
}

#[rstest]
#[case(json!({}))]
#[case(json!({ "scope": "owner" }))]
#[case(json!({ "scope": 1 }))]
#[tokio::test]
async fn a_scope_is_one_of_three(#[case] body: Value) {
    let api = Api::start().await;
    barn(&api).await;
    api.app().put("/groups/barn/members/part", body).await.expect_invalid("scope");
}

#[rstest]
#[case::kicked_by_the_app("app", "part", "kicked", "app_system")]
#[case::kicked_by_the_owner("ash", "admin", "kicked", "ash")]
#[case::kicked_by_a_moderator("mod", "part", "kicked", "mod")]
#[case::left("part", "part", "left", "part")]
#[case::an_admin_leaves("admin", "admin", "left", "admin")]
#[tokio::test]
async fn a_membership_ends(#[case] by: &str, #[case] uid: &str, #[case] verb: &str, #[case] sender: &str) {
    let api = Api::start().await;
    barn(&api).await;
    let outcome = actor(&api, by).delete(format!("/groups/barn/members/{uid}"), json!({})).await.expect_data();
    assert_eq!(outcome["success"], true);

    let told = latest(&api).await;
    assert_eq!((&told["data"]["action"], &told["sender"]), (&json!(verb), &json!(sender)));
    assert_eq!(told["data"]["entities"]["for"]["entity"]["membersCount"], 6);
    assert_eq!(api.app().get("/groups/barn").await.expect_data()["membersCount"], 6);
    let gone = api.on_behalf_of(uid);
    // It is private, so they do not know of it any more.
    gone.get("/groups/barn/messages").await.expect_error(404, "ERR_GUID_NOT_FOUND");
    gone.get("/groups/barn").await.expect_error(404, "ERR_GUID_NOT_FOUND");
    assert!(!members(&api.app(), "").await.contains(&uid.to_owned()));

    // It may begin anew.
    let added = api.app().post("/groups/barn/members", json!({ "participants": [uid] })).await.expect_data();
    assert_eq!(added["participants"][uid]["success"], true);
    gone.get("/groups/barn/messages").await.expect_ok();
}

#[rstest]
#[case::participant("part", "part2", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::moderator("mod", "mod2", 403, "ERR_GROUP_NO_SCOPE_CLEARANCE")]
#[case::owner("admin", "ash", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::owner_leaves("ash", "ash", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::stranger("app", "heath", 404, "ERR_NOT_A_MEMBER")]
#[case::stranger_leaves("heath", "heath", 404, "ERR_NOT_A_MEMBER")]
#[case::unknown("app", "nobody", 404, "ERR_UID_NOT_FOUND")]
#[case::by_a_stranger("heath", "part", 401, "ERR_GROUP_NOT_JOINED")]
#[case::by_a_banned_user("gorse", "part", 403, "ERR_BANNED_GROUPMEMBER")]
#[tokio::test]
async fn a_membership_does_not_end(#[case] by: &str, #[case] uid: &str, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    open_barn(&api).await;
    let path = format!("/groups/barn/members/{uid}");
    actor(&api, by).delete(path, json!({})).await.expect_error(status, code);
    assert_eq!(members(&api.app(), "").await.len(), 7);
}

#[rstest]
#[case("GET", "/groups/nowhere/members")]
#[case("PUT", "/groups/nowhere/members/part")]
#[case("DELETE", "/groups/nowhere/members/part")]
#[tokio::test]
async fn members_belong_to_groups_that_exist(#[case] method: &str, #[case] path: &str) {
    let api = Api::start().await;
    api.user("part").await;
    api.app().send(method, path, b"{}".to_vec()).await.expect_error(404, "ERR_GUID_NOT_FOUND");
}

#[tokio::test]
async fn two_who_leave_at_once_are_both_counted() {
    let api = Api::start().await;
    barn(&api).await;
    let (part, part2) = (api.on_behalf_of("part"), api.on_behalf_of("part2"));
    let (one, other) = join(
        part.delete("/groups/barn/members/part", json!({})),
        part2.delete("/groups/barn/members/part2", json!({})),
    )
    .await;
    one.expect_ok();
    other.expect_ok();
    assert_eq!(api.app().get("/groups/barn").await.expect_data()["membersCount"], 5);
}

#[tokio::test]
async fn a_kick_costs_no_more_in_a_larger_group() {
    let api = Api::start().await;
    barn(&api).await;
    api.app().delete("/groups/barn/members/part", json!({})).await.expect_ok();
    let in_small = api.last_line();
    let uids: Vec<String> = (0..25).map(|n| format!("other-{n}")).collect();
    for uid in &uids {
        api.user(uid).await;
    }
    api.app().post("/groups/barn/members", json!({ "participants": uids })).await.expect_ok();
    api.app().delete("/groups/barn/members/part2", json!({})).await.expect_ok();
    let in_large = api.last_line();
    let cost = |line: &shared::log::RequestLine| (line.calls, line.read_units, line.write_units);
    assert_eq!(cost(&in_large), cost(&in_small));
    assert_eq!((in_small.calls, in_small.write_units), (2, 12.0));
}
