//! The requests about groups that only SDKs make: add members by `PUT`, leave, hand over (contract/uikit.md, row 6).

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

use crate::given::barn;

const MEMBERS: &str = "/groups/barn/members";
const OWNER: &str = "/groups/barn/owner";
/// The arrays that the SDK reads without asking whether they are there.
const ARRAYS: [&str; 4] = ["admins", "moderators", "participants", "usersToBan"];

fn actor<'a>(api: &'a Api, uid: &str) -> Actor<'a> {
    if uid == "app" { api.app() } else { api.on_behalf_of(uid) }
}

async fn patch(actor: &Actor<'_>, body: Value) -> tests::Answer {
    actor.send("PATCH", OWNER, body.to_string().into_bytes()).await
}

async fn owner(api: &Api) -> Value {
    api.app().get("/groups/barn").await.expect_data()["owner"].clone()
}

async fn latest_action(api: &Api) -> Value {
    api.app().get("/groups/barn/messages?limit=1").await.expect_data()[0]["data"]["action"].clone()
}

#[tokio::test]
async fn a_put_adds_and_bans_and_answers_every_array() {
    let api = barn().await;
    let fern = api.on_behalf_of("fern");
    let body = json!({ "participants": ["fern", "mod", "nobody"], "usersToBan": ["heath", "ash"] });
    let slots = api.on_behalf_of("ash").put(MEMBERS, body).await.expect_data();

    assert_eq!(slots.as_object().unwrap().len(), ARRAYS.len());
    assert_eq!((&slots["admins"], &slots["moderators"]), (&json!({}), &json!({})));
    assert_eq!(slots["participants"]["fern"]["success"], true);
    assert_eq!(slots["participants"]["fern"]["data"]["data"]["action"], "added");
    for (array, uid, code) in [
        ("participants", "mod", "ERR_ALREADY_JOINED"),
        ("participants", "nobody", "ERR_UID_NOT_FOUND"),
        ("usersToBan", "ash", "ERR_GROUP_NO_SELF_ACTION"),
    ] {
        let slot = &slots[array][uid];
        assert_eq!((&slot["success"], &slot["error"]["code"]), (&json!(false), &json!(code)));
        assert!(slot["error"]["message"].is_string());
    }
    assert_eq!(slots["usersToBan"]["heath"], json!({ "success": true }));
    fern.get("/groups/barn/messages").await.expect_ok();
    api.on_behalf_of("heath").post(MEMBERS, json!({})).await.expect_error(403, "ERR_BANNED_GROUPMEMBER");
}

#[tokio::test]
async fn each_array_alone_is_answered_with_the_others_empty() {
    let api = barn().await;
    for array in ARRAYS {
        let uid = array.to_lowercase();
        api.user(&uid).await;
        let slots = api.on_behalf_of("admin").put(MEMBERS, json!({ array: [uid] })).await.expect_data();
        for other in ARRAYS {
            assert_eq!(slots[other].as_object().unwrap().len(), usize::from(other == array), "{array} {other}");
        }
    }
}

#[rstest]
#[case::participant("part", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::stranger("heath", 401, "ERR_GROUP_NOT_JOINED")]
#[case::banned("gorse", 403, "ERR_BANNED_GROUPMEMBER")]
#[tokio::test]
async fn who_may_not_add_members_adds_none_by_put(#[case] by: &str, #[case] status: u16, #[case] code: &str) {
    let api = barn().await;
    actor(&api, by).put(MEMBERS, json!({ "participants": ["fern"] })).await.expect_error(status, code);
    assert_eq!(api.app().get("/groups/barn").await.expect_data()["membersCount"], 4);
}

#[tokio::test]
async fn nobody_joins_by_put() {
    let api = barn().await;
    for by in ["heath", "app"] {
        for body in [json!({}), json!({ "participants": [] })] {
            actor(&api, by).put(MEMBERS, body).await.expect_invalid("participants");
        }
    }
    let many: Vec<String> = (0..26).map(|n| format!("u{n}")).collect();
    api.app().put(MEMBERS, json!({ "participants": many })).await.expect_invalid("members");
    api.app()
        .put("/groups/nowhere/members", json!({ "admins": ["ash"] }))
        .await
        .expect_error(404, "ERR_GUID_NOT_FOUND");
}

#[rstest]
#[case("admin")]
#[case("mod")]
#[case("part")]
#[tokio::test]
async fn a_member_leaves(#[case] uid: &str) {
    let api = barn().await;
    let member = api.on_behalf_of(uid);
    let outcome = member.send("DELETE", MEMBERS, Vec::new()).await.expect_data();
    assert_eq!(outcome["success"], true);
    assert_eq!(latest_action(&api).await, "left");
    assert_eq!(api.app().get("/groups/barn").await.expect_data()["membersCount"], 3);
    member.get("/groups/barn/messages").await.expect_error(401, "ERR_GROUP_NOT_JOINED");
    member.send("DELETE", MEMBERS, Vec::new()).await.expect_error(404, "ERR_NOT_A_MEMBER");
}

#[rstest]
#[case::the_owner("ash", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::a_stranger("heath", 404, "ERR_NOT_A_MEMBER")]
#[case::a_banned_user("gorse", 404, "ERR_NOT_A_MEMBER")]
#[case::nobody("nobody", 404, "ERR_UID_NOT_FOUND")]
#[case::the_app("app", 400, "ERR_BAD_REQUEST")]
#[tokio::test]
async fn these_do_not_leave(#[case] by: &str, #[case] status: u16, #[case] code: &str) {
    let api = barn().await;
    actor(&api, by).delete(MEMBERS, json!({})).await.expect_error(status, code);
    assert_eq!(api.app().get("/groups/barn").await.expect_data()["membersCount"], 4);
    api.on_behalf_of("ash").delete("/groups/nowhere/members", json!({})).await.expect_error(404, "ERR_GUID_NOT_FOUND");
}

#[tokio::test]
async fn an_owner_hands_over_and_leaves() {
    let api = barn().await;
    let (ash, part) = (api.on_behalf_of("ash"), api.on_behalf_of("part"));
    let outcome = patch(&ash, json!({ "owner": "Part" })).await.expect_data();
    assert_eq!(outcome, json!({ "success": true, "message": "The user part owns the group barn now." }));

    let group = part.get("/groups/barn").await.expect_data();
    assert_eq!(
        (&group["owner"], &group["scope"], &group["updatedBy"]),
        (&json!("part"), &json!("admin"), &json!("ash"))
    );
    assert_eq!(latest_action(&api).await, "scopeChanged");
    assert_eq!(ash.get("/groups/barn").await.expect_data()["scope"], "admin", "who owned it stays an admin");
    patch(&ash, json!({ "owner": "ash" })).await.expect_error(403, "ERR_GROUP_NO_CLEARANCE");

    ash.delete(MEMBERS, json!({})).await.expect_ok();
    part.delete(MEMBERS, json!({})).await.expect_error(403, "ERR_GROUP_NO_CLEARANCE");
    patch(&ash, json!({ "owner": "ash" })).await.expect_error(401, "ERR_GROUP_NOT_JOINED");
}

#[tokio::test]
async fn handing_over_to_who_owns_the_group_changes_nothing() {
    let api = barn().await;
    let before = api.app().get("/groups/barn").await.expect_data();
    for by in ["ash", "app"] {
        patch(&actor(&api, by), json!({ "owner": "ash" })).await.expect_ok();
    }
    assert_eq!(api.app().get("/groups/barn").await.expect_data(), before);
}

#[tokio::test]
async fn the_app_hands_over_to_anybody() {
    let api = barn().await;
    for (uid, action) in [("mod", "scopeChanged"), ("heath", "added"), ("app_system", "added")] {
        patch(&api.app(), json!({ "owner": uid })).await.expect_ok();
        assert_eq!((owner(&api).await, latest_action(&api).await), (json!(uid), json!(action)));
    }
    patch(&api.app(), json!({ "owner": "gorse" })).await.expect_error(403, "ERR_BANNED_GROUPMEMBER");
    patch(&api.app(), json!({ "owner": "nobody" })).await.expect_error(404, "ERR_UID_NOT_FOUND");
    assert_eq!(owner(&api).await, "app_system");
}

#[rstest]
#[case::admin("admin", "admin", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::moderator("mod", "part", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::participant("part", "part", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::stranger("heath", "heath", 401, "ERR_GROUP_NOT_JOINED")]
#[case::banned("gorse", "gorse", 403, "ERR_BANNED_GROUPMEMBER")]
#[case::to_a_stranger("ash", "heath", 404, "ERR_NOT_A_MEMBER")]
#[case::to_a_banned_user("ash", "gorse", 404, "ERR_NOT_A_MEMBER")]
#[case::to_nobody("ash", "nobody", 404, "ERR_UID_NOT_FOUND")]
#[case::to_the_app("ash", "app_system", 404, "ERR_UID_NOT_FOUND")]
#[tokio::test]
async fn a_group_is_not_handed_over(#[case] by: &str, #[case] to: &str, #[case] status: u16, #[case] code: &str) {
    let api = barn().await;
    patch(&actor(&api, by), json!({ "owner": to })).await.expect_error(status, code);
    assert_eq!(owner(&api).await, "ash");
    assert_eq!(api.app().get("/groups/barn").await.expect_data()["membersCount"], 4);
}

#[tokio::test]
async fn a_private_group_is_handed_over_by_nobody_who_may_not_know_of_it() {
    let api = barn().await;
    api.app().put("/groups/barn", json!({ "type": "private" })).await.expect_ok();
    for uid in ["heath", "gorse"] {
        patch(&api.on_behalf_of(uid), json!({ "owner": uid })).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    }
    patch(&api.on_behalf_of("ash"), json!({ "owner": "part" })).await.expect_ok();
}

#[rstest]
#[case(json!({}))]
#[case(json!({ "owner": null }))]
#[case(json!({ "owner": 7 }))]
#[case(json!({ "owner": "no uid" }))]
#[tokio::test]
async fn the_new_owner_is_named(#[case] body: Value) {
    let api = barn().await;
    patch(&api.on_behalf_of("ash"), body).await.expect_invalid("owner");
    api.app()
        .send("PATCH", "/groups/nowhere/owner", b"{\"owner\":\"ash\"}".to_vec())
        .await
        .expect_error(404, "ERR_GUID_NOT_FOUND");
}
