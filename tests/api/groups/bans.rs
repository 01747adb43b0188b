//! Bans from groups (contract/related.md, "Group members and bans").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

/// `barn`, owned by ash, with an admin, two moderators and two participants; `gorse` is banned, `heath` a stranger.
async fn barn(api: &Api) {
    for uid in ["ash", "admin", "mod", "mod2", "part", "part2", "gorse", "heath"] {
        api.user(uid).await;
    }
    let members = json!({
        "admins": ["admin"], "moderators": ["mod", "mod2"], "participants": ["part", "part2"], "usersToBan": ["gorse"],
    });
    let group = json!({ "guid": "barn", "name": "Barn", "owner": "ash", "members": members });
    api.app().post("/groups", group).await.expect_ok();
}

fn actor<'a>(api: &'a Api, uid: &str) -> Actor<'a> {
    if uid == "app" { api.app() } else { api.on_behalf_of(uid) }
}

async fn banned(actor: &Actor<'_>, query: &str) -> Vec<String> {
    let listed = actor.get(format!("/groups/barn/bannedusers?{query}")).await.expect_data();
    listed.as_array().unwrap().iter().map(|user| user["uid"].as_str().unwrap().to_owned()).collect()
}

async fn latest(api: &Api) -> Value {
    api.app().get("/groups/barn/messages?limit=1").await.expect_data()[0].take()
}

#[rstest]
#[case::app("app", "part", 5)]
#[case::app_a_stranger("app", "heath", 6)]
#[case::owner("ash", "admin", 5)]
#[case::admin("admin", "mod", 5)]
#[case::moderator("mod", "part", 5)]
#[tokio::test]
async fn a_ban_ends_the_membership_and_keeps_out(#[case] by: &str, #[case] uid: &str, #[case] members_left: u64) {
    let api = Api::start().await;
    barn(&api).await;
    let outcome = actor(&api, by).post(format!("/groups/barn/bannedusers/{uid}"), json!({})).await.expect_data();
    assert_eq!(outcome["success"], true);

    let told = latest(&api).await;
    assert_eq!((&told["type"], &told["data"]["action"]), (&json!("groupMember"), &json!("banned")));
    assert_eq!(told["data"]["entities"]["on"]["entity"]["uid"], uid);
    assert_eq!(told["data"]["entities"]["for"]["entity"]["membersCount"], members_left);
    assert_eq!(api.app().get("/groups/barn").await.expect_data()["membersCount"], members_left);

    let out = api.on_behalf_of(uid);
    out.get("/groups/barn/messages").await.expect_error(403, "ERR_BANNED_GROUPMEMBER");
    out.post("/messages", tests::text_to_group("barn", "?")).await.expect_error(403, "ERR_BANNED_GROUPMEMBER");
    out.post("/groups/barn/members", json!({})).await.expect_error(403, "ERR_BANNED_GROUPMEMBER");
    let added = api.app().post("/groups/barn/members", json!({ "participants": [uid] })).await.expect_data();
    assert_eq!(added["participants"][uid]["error"]["code"], "ERR_BANNED_GROUPMEMBER");
}

#[rstest]
#[case::participant("part", "part2", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::moderator("mod", "mod2", 403, "ERR_GROUP_NO_SCOPE_CLEARANCE")]
#[case::moderator_on_admin("mod", "admin", 403, "ERR_GROUP_NO_SCOPE_CLEARANCE")]
#[case::owner("admin", "ash", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::oneself("admin", "admin", 403, "ERR_GROUP_NO_SELF_ACTION")]
#[case::twice("app", "gorse", 409, "ERR_ALREADY_BANNED")]
#[case::unknown("app", "nobody", 404, "ERR_UID_NOT_FOUND")]
#[case::by_a_stranger("heath", "part", 401, "ERR_GROUP_NOT_JOINED")]
#[case::by_a_banned_user("gorse", "part", 403, "ERR_BANNED_GROUPMEMBER")]
#[tokio::test]
async fn a_ban_is_refused(#[case] by: &str, #[case] uid: &str, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    barn(&api).await;
    let path = format!("/groups/barn/bannedusers/{uid}");
    actor(&api, by).post(path, json!({})).await.expect_error(status, code);
    assert_eq!(banned(&api.app(), "").await, ["gorse"]);
}

#[rstest]
#[case("app")]
#[case("mod")]
#[tokio::test]
async fn an_unbanned_user_may_join_again_but_is_no_member(#[case] by: &str) {
    let api = Api::start().await;
    barn(&api).await;
    let outcome = actor(&api, by).delete("/groups/barn/bannedusers/Gorse", json!({})).await.expect_data();
    assert_eq!(outcome["success"], true);
    assert_eq!(latest(&api).await["data"]["action"], "unbanned");
    assert_eq!(banned(&api.app(), "").await, [""; 0]);

    let gorse = api.on_behalf_of("gorse");
    gorse.get("/groups/barn/messages").await.expect_error(401, "ERR_GROUP_NOT_JOINED");
    assert_eq!(gorse.post("/groups/barn/members", json!({})).await.expect_data()["data"]["action"], "joined");
    api.app().delete("/groups/barn/bannedusers/gorse", json!({})).await.expect_error(400, "ERR_NOT_A_BANNED_USER");
}

#[rstest]
#[case::participant("part", "gorse", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::oneself("gorse", "gorse", 403, "ERR_BANNED_GROUPMEMBER")]
#[case::stranger("heath", "gorse", 401, "ERR_GROUP_NOT_JOINED")]
#[case::not_banned("app", "part", 400, "ERR_NOT_A_BANNED_USER")]
#[case::unknown("app", "nobody", 404, "ERR_UID_NOT_FOUND")]
#[tokio::test]
async fn a_ban_is_not_lifted(#[case] by: &str, #[case] uid: &str, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    barn(&api).await;
    let path = format!("/groups/barn/bannedusers/{uid}");
    actor(&api, by).delete(path, json!({})).await.expect_error(status, code);
}

#[tokio::test]
async fn the_banned_are_listed_with_what_they_were() {
    let api = Api::start().await;
    barn(&api).await;
    for uid in ["mod2", "part"] {
        api.app().post(format!("/groups/barn/bannedusers/{uid}"), json!({})).await.expect_ok();
    }
    let listed = api.on_behalf_of("mod").get("/groups/barn/bannedusers").await.expect_ok();
    let moderator = &listed["data"][1];
    assert_eq!((&moderator["uid"], &moderator["name"]), (&json!("mod2"), &json!("mod2")));
    assert_eq!((&moderator["scope"], &moderator["isBanned"]), (&json!("moderator"), &json!(true)));
    assert!(moderator["joinedAt"].is_u64());
    assert_eq!(listed["meta"]["pagination"]["total"], 3);

    assert_eq!(banned(&api.app(), "perPage=2").await, ["gorse", "mod2"]);
    assert_eq!(banned(&api.app(), "perPage=2&page=2").await, ["part"]);
    api.app().get("/groups/barn/bannedusers?perPage=0").await.expect_invalid("perPage");
    api.on_behalf_of("part2").get("/groups/barn/bannedusers").await.expect_error(403, "ERR_GROUP_NO_CLEARANCE");
    api.on_behalf_of("gorse").get("/groups/barn/bannedusers").await.expect_error(403, "ERR_BANNED_GROUPMEMBER");
}

#[rstest]
#[case("GET", "/groups/nowhere/bannedusers")]
#[case("POST", "/groups/nowhere/bannedusers/part")]
#[case("DELETE", "/groups/nowhere/bannedusers/part")]
#[tokio::test]
async fn bans_belong_to_groups_that_exist(#[case] method: &str, #[case] path: &str) {
    let api = Api::start().await;
    api.user("part").await;
    api.app().send(method, path, b"{}".to_vec()).await.expect_error(404, "ERR_GUID_NOT_FOUND");
}

#[tokio::test]
async fn nobody_bans_themselves_through_a_list() {
    let api = Api::start().await;
    barn(&api).await;
    let body = json!({ "usersToBan": ["admin"] });
    let changed = api.on_behalf_of("admin").post("/groups/barn/members", body).await.expect_data();
    assert_eq!(changed["usersToBan"]["admin"]["error"]["code"], "ERR_GROUP_NO_SELF_ACTION");
}
