//! The events of groups and their members: one for each change, on a row that the change writes, and none where nothing
//! changes.

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;
use tests::events::Act;

use crate::given::barn;

/// What an event of a group says, with the verb of the action message in the place of its id.
async fn of_group(api: &Api, guid: &str, mut event: Value) -> Value {
    let fields = event.as_object_mut().unwrap();
    assert_eq!(fields.remove("audience"), Some(json!({ "group": guid })));
    if let Some(action) = fields.get("action").cloned() {
        let message = api.app().get(format!("/messages/{action}")).await.expect_data();
        assert_eq!((&message["category"], &message["receiver"]), (&json!("action"), &json!(guid)));
        assert_eq!(message["data"]["entities"]["on"]["entity"]["uid"], fields["uid"]);
        fields.insert("action".to_owned(), message["data"]["action"].clone());
    }
    event
}

fn member(change: impl Into<Value>, uid: &str, action: &str) -> Value {
    json!({ "kind": "member", "change": change.into(), "uid": uid, "action": action })
}

fn scope_changed(uid: &str, old: &str, new: &str) -> Value {
    member(json!({ "scopeChanged": { "old": old, "new": new } }), uid, "scopeChanged")
}

#[rstest]
#[case::update("ash", "PUT /groups/barn", json!({ "name": "Byre" }), json!([{ "kind": "groupUpdated", "guid": "barn" }]))]
#[case::hand_over_to_an_admin("ash", "PATCH /groups/barn/owner", json!({ "owner": "admin" }),
    json!([{ "kind": "ownerTransferred", "guid": "barn", "to": "admin" }]))]
#[case::hand_over("ash", "PATCH /groups/barn/owner", json!({ "owner": "part" }),
    json!([scope_changed("part", "participant", "admin"), { "kind": "ownerTransferred", "guid": "barn", "to": "part" }]))]
#[case::hand_over_to_a_stranger("app_system", "PATCH /groups/barn/owner", json!({ "owner": "fern" }),
    json!([member("added", "fern", "added"), { "kind": "ownerTransferred", "guid": "barn", "to": "fern" }]))]
#[case::hand_over_to_the_app("app_system", "PATCH /groups/barn/owner", json!({ "owner": "app_system" }),
    json!([{ "kind": "ownerTransferred", "guid": "barn", "to": "app_system" }]))]
#[case::update_with_an_owner("app_system", "PUT /groups/barn", json!({ "name": "Byre", "owner": "admin" }),
    json!([{ "kind": "ownerTransferred", "guid": "barn", "to": "admin" }]))]
#[case::join("fern", "POST /groups/barn/members", json!({}), json!([member("joined", "fern", "joined")]))]
#[case::add("ash", "POST /groups/barn/members", json!({ "participants": ["fern", "heath"] }),
    json!([member("added", "fern", "added"), member("added", "heath", "added")]))]
#[case::add_and_ban("ash", "PUT /groups/barn/members", json!({ "moderators": ["fern"], "usersToBan": ["part"] }),
    json!([member("added", "fern", "added"), member("banned", "part", "banned")]))]
#[case::change_scope("ash", "PUT /groups/barn/members/part", json!({ "scope": "moderator" }),
    json!([scope_changed("part", "participant", "moderator")]))]
#[case::leave("part", "DELETE /groups/barn/members", json!({}), json!([member("left", "part", "left")]))]
#[case::leave_by_uid("part", "DELETE /groups/barn/members/part", json!({}), json!([member("left", "part", "left")]))]
#[case::kick("mod", "DELETE /groups/barn/members/part", json!({}), json!([member("kicked", "part", "kicked")]))]
#[case::ban_a_member("mod", "POST /groups/barn/bannedusers/part", json!({}), json!([member("banned", "part", "banned")]))]
#[case::ban_a_stranger("mod", "POST /groups/barn/bannedusers/fern", json!({}), json!([member("banned", "fern", "banned")]))]
#[case::unban("mod", "DELETE /groups/barn/bannedusers/gorse", json!({}),
    json!([member("unbanned", "gorse", "unbanned")]))]
#[case::delete("admin", "DELETE /groups/barn", json!({}), json!([{ "kind": "groupDeleted", "guid": "barn" }]))]
#[tokio::test]
async fn a_change_leaves_its_event(
    #[case] by: &str,
    #[case] request: &str,
    #[case] body: Value,
    #[case] expected: Value,
) {
    let api = barn().await;
    let mut seen = Vec::new();
    for event in api.told(&Act::new(by, request, body)).await {
        // Nobody waits for the receipts of who is gone; that is told of the conversation.
        if ["deliveredToAll", "readByAll"].contains(&event["kind"].as_str().unwrap()) {
            continue;
        }
        seen.push(of_group(&api, "barn", event).await);
    }
    assert_eq!(json!(seen), expected);
}

#[rstest]
#[case::update_of_nothing("ash", "PUT /groups/barn", json!({}))]
#[case::update_by_a_participant("part", "PUT /groups/barn", json!({ "name": "Byre" }))]
#[case::hand_over_to_the_owner("ash", "PATCH /groups/barn/owner", json!({ "owner": "ash" }))]
#[case::hand_over_to_a_stranger("ash", "PATCH /groups/barn/owner", json!({ "owner": "fern" }))]
#[case::create_what_is_there("fern", "POST /groups", json!({ "guid": "barn", "name": "Barn" }))]
#[case::create_for_nobody("app_system", "POST /groups", json!({ "guid": "shed", "name": "Shed", "owner": "nobody" }))]
#[case::join_again("part", "POST /groups/barn/members", json!({}))]
#[case::join_though_banned("gorse", "POST /groups/barn/members", json!({}))]
#[case::add_again("ash", "POST /groups/barn/members", json!({ "participants": ["part", "gorse", "nobody"] }))]
#[case::ban_oneself("ash", "POST /groups/barn/members", json!({ "usersToBan": ["ash"] }))]
#[case::same_scope("ash", "PUT /groups/barn/members/part", json!({ "scope": "participant" }))]
#[case::leave_as_the_owner("ash", "DELETE /groups/barn/members", json!({}))]
#[case::kick_a_stranger("ash", "DELETE /groups/barn/members/fern", json!({}))]
#[case::ban_again("ash", "POST /groups/barn/bannedusers/gorse", json!({}))]
#[case::unban_who_is_not_banned("ash", "DELETE /groups/barn/bannedusers/part", json!({}))]
#[case::delete_as_a_moderator("mod", "DELETE /groups/barn", json!({}))]
#[tokio::test]
async fn what_changes_nothing_leaves_no_event(#[case] by: &str, #[case] request: &str, #[case] body: Value) {
    let api = barn().await;
    let (_, events) = api.hear(api.perform(&Act::new(by, request, body))).await;
    assert_eq!(events, Vec::<Value>::new());
}

#[rstest]
#[case::by_a_user("ash", json!({}))]
#[case::by_a_user_for_another("ash", json!({ "owner": "birch" }))]
#[case::by_the_app("app_system", json!({ "owner": "birch" }))]
#[tokio::test]
async fn who_creates_a_group_tells_of_it_and_of_its_members(#[case] by: &str, #[case] mut body: Value) {
    let api = barn().await;
    api.user("birch").await;
    body["guid"] = json!("shed");
    body["name"] = json!("Shed");
    body["members"] = json!({ "participants": ["fern"], "usersToBan": ["heath"] });
    let mut told = Vec::new();
    for event in api.told(&Act::new(by, "POST /groups", body)).await {
        let action = event["action"].clone();
        told.push(of_group(&api, "shed", event).await);
        if !action.is_null() {
            let message = api.app().get(format!("/messages/{action}")).await.expect_data();
            assert_eq!(
                (&message["sender"], &message["data"]["entities"]["by"]["entity"]["uid"]),
                (&json!(by), &json!(by))
            );
        }
    }
    let created = json!({ "kind": "groupCreated", "guid": "shed" });
    assert_eq!(told, [created, member("added", "fern", "added"), member("banned", "heath", "banned")]);
}

#[rstest]
#[case::of_a_member("part")]
#[case::of_the_owner("ash")]
#[tokio::test]
async fn a_member_who_is_deleted_leaves_without_an_action_message(#[case] uid: &str) {
    let api = barn().await;
    let deletion = async {
        api.app().delete(format!("/users/{uid}"), json!({ "permanent": true })).await.expect_ok();
        api.jobs_done().await;
    };
    let ((), events) = api.hear(deletion).await;
    let left: Vec<&Value> = events.iter().filter(|event| event["kind"] == "member").collect();
    let [left] = left.as_slice() else { panic!("{events:?}") };
    assert_eq!(left["audience"], json!({ "group": "barn" }));
    assert_eq!((&left["change"], &left["uid"], left.get("action")), (&json!("left"), &json!(uid), None));
}

#[tokio::test]
async fn a_deleted_group_is_unknown_and_its_guid_free() {
    let api = barn().await;
    let ash = api.on_behalf_of("ash");
    ash.delete("/groups/barn", json!({})).await.expect_ok();
    api.jobs_done().await;
    let is_row = |item: &Value| item["pk"]["S"] == "GROUP#barn";
    assert!(!api.table().await.iter().any(is_row));

    for path in ["/groups/barn", "/groups/barn/members", "/groups/barn/messages"] {
        ash.get(path).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    }
    ash.delete("/groups/barn", json!({})).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    ash.put("/groups/barn", json!({ "name": "Byre" })).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    ash.post("/groups/barn/members", json!({})).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    assert!(!api.app().get("/groups").await.expect_data().to_string().contains("barn"));

    let again = json!({ "guid": "barn", "name": "Barn", "members": { "participants": ["part"] } });
    let events = api.told(&Act::new("ash", "POST /groups", again)).await;
    assert_eq!((events.len(), &events[0]["kind"]), (2, &json!("groupCreated")));
    assert_eq!(ash.get("/groups/barn").await.expect_data()["membersCount"], 2);
    let rows: Vec<Value> = api.table().await.into_iter().filter(is_row).collect();
    assert!(rows.iter().all(|row| row.get("goneAt").is_none() && row.get("expiresAt").is_none()), "{rows:?}");
}
