//! `POST /groups/{guid}/members` (contract/related.md, "Group members and bans").

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, text_to_group};

const PATH: &str = "/groups/orchard/members";

fn uids(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("u{n:02}")).collect()
}

/// How many members the group says it has.
async fn members_count(api: &Api) -> Value {
    let sent = api.app().post("/messages", text_to_group("orchard", "hello")).await.expect_data();
    sent["data"]["entities"]["receiver"]["entity"]["membersCount"].clone()
}

/// A group with an admin, a moderator and a participant.
async fn ranks(api: &Api) -> [Actor<'_>; 3] {
    let ranks = [api.user("admin").await, api.user("moderator").await, api.user("participant").await];
    api.group("orchard", &[]).await;
    let body = json!({ "admins": ["admin"], "moderators": ["moderator"], "participants": ["participant"] });
    api.app().post(PATH, body).await.expect_ok();
    ranks
}

#[tokio::test]
async fn an_added_member_is_answered_with_the_stored_action_message() {
    let api = Api::start().await;
    let [admin, ..] = ranks(&api).await;
    let birch = api.user("birch").await;
    let added = admin.post(PATH, json!({ "participants": ["Birch"] })).await.expect_data();

    let slot = &added["participants"]["birch"];
    assert_eq!(slot["success"], true);
    let action = &slot["data"];
    assert_eq!((&action["category"], &action["type"]), (&json!("action"), &json!("groupMember")));
    assert_eq!((&action["sender"], &action["receiver"]), (&json!("admin"), &json!("orchard")));
    assert_eq!(action["data"]["action"], "added");
    let entities = &action["data"]["entities"];
    assert_eq!(entities["by"]["entity"]["uid"], "admin");
    assert_eq!(entities["on"]["entity"]["uid"], "birch");
    assert_eq!(
        (&entities["for"]["entityType"], &entities["for"]["entity"]["guid"]),
        (&json!("group"), &json!("orchard"))
    );
    assert_eq!(entities["for"]["entity"]["membersCount"], 4);
    assert_eq!(&birch.get(format!("/messages/{}", action["id"])).await.expect_data(), action);
}

#[tokio::test]
async fn a_uid_in_several_arrays_counts_once_in_the_order_of_rank() {
    let api = Api::start().await;
    api.group("orchard", &[]).await;
    api.user("birch").await;
    let body = json!({ "usersToBan": ["birch"], "participants": ["birch", "birch"], "moderators": ["BIRCH"] });
    let added = api.app().post(PATH, body).await.expect_data();
    assert_eq!(added["moderators"]["birch"]["success"], true);
    assert_eq!((added.get("participants"), added.get("usersToBan")), (None, None));
    assert_eq!(members_count(&api).await, 1);
}

#[tokio::test]
async fn twenty_five_uids_are_taken_and_one_more_is_refused() {
    let api = Api::start().await;
    api.group("orchard", &[]).await;
    api.users(&uids(26)).await;
    let too_many = json!({ "admins": uids(20), "usersToBan": uids(26)[20..] });
    api.app().post(PATH, too_many).await.expect_invalid("members");
    let added = api.app().post(PATH, json!({ "participants": uids(25) })).await.expect_data();
    assert_eq!(added["participants"].as_object().unwrap().len(), 25);
    assert!(added["participants"].as_object().unwrap().values().all(|slot| slot["success"] == true), "{added}");
    assert_eq!(members_count(&api).await, 25);
}

#[tokio::test]
async fn failures_stand_in_their_slots_and_leave_the_others_alone() {
    let api = Api::start().await;
    ranks(&api).await;
    for uid in ["birch", "barred"] {
        api.user(uid).await;
    }
    api.deactivated_user("gone").await;
    api.app().post(PATH, json!({ "usersToBan": ["barred"] })).await.expect_ok();

    let body = json!({ "participants": ["birch", "nobody", "gone", "moderator", "barred"] });
    let added = api.app().post(PATH, body).await.expect_data();
    let slots = &added["participants"];
    assert_eq!(slots["birch"]["success"], true);
    for (uid, code) in [
        ("nobody", "ERR_UID_NOT_FOUND"),
        ("gone", "ERR_UID_NOT_FOUND"),
        ("moderator", "ERR_ALREADY_JOINED"),
        ("barred", "ERR_BANNED_GROUPMEMBER"),
    ] {
        assert_eq!((&slots[uid]["success"], &slots[uid]["error"]["code"]), (&json!(false), &json!(code)));
    }
    let twice = api.app().post(PATH, json!({ "usersToBan": ["barred"] })).await.expect_data();
    assert_eq!(twice["usersToBan"]["barred"]["error"]["code"], "ERR_ALREADY_BANNED");
    assert_eq!(members_count(&api).await, 4);
}

#[tokio::test]
async fn a_ban_ends_the_membership_and_keeps_from_coming_back() {
    let api = Api::start().await;
    let [_, _, participant] = ranks(&api).await;
    participant.send_text_to_group("orchard", "hello").await;
    let banned = api.app().post(PATH, json!({ "usersToBan": ["participant"] })).await.expect_data();
    assert_eq!(banned["usersToBan"]["participant"], json!({ "success": true }));
    assert_eq!(members_count(&api).await, 2);
    let sent = participant.post("/messages", text_to_group("orchard", "hello")).await;
    sent.expect_error(403, "ERR_BANNED_GROUPMEMBER");
    participant.post(PATH, json!({})).await.expect_error(403, "ERR_BANNED_GROUPMEMBER");
}

#[rstest]
#[case::participant("participant", 403, "ERR_GROUP_NO_CLEARANCE")]
#[case::stranger("stranger", 401, "ERR_GROUP_NOT_JOINED")]
#[tokio::test]
async fn participants_and_strangers_change_no_members(#[case] uid: &str, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    ranks(&api).await;
    api.users(&["stranger".to_owned(), "birch".to_owned()]).await;
    for body in [json!({ "participants": ["birch"] }), json!({ "usersToBan": ["moderator"] })] {
        api.on_behalf_of(uid).post(PATH, body).await.expect_error(status, code);
    }
    assert_eq!(members_count(&api).await, 3);
}

#[tokio::test]
async fn a_moderator_adds_and_bans_participants_only() {
    let api = Api::start().await;
    let [_, moderator, _] = ranks(&api).await;
    api.users(&uids(3)).await;
    let body = json!({
        "admins": ["u00"], "moderators": ["u01"], "participants": ["u02"], "usersToBan": ["admin", "participant"],
    });
    let changed = moderator.post(PATH, body).await.expect_data();
    for slot in ["/admins/u00", "/moderators/u01", "/usersToBan/admin"] {
        assert_eq!(changed.pointer(slot).unwrap()["error"]["code"], "ERR_GROUP_NO_SCOPE_CLEARANCE", "{slot}");
    }
    for slot in ["/participants/u02", "/usersToBan/participant"] {
        assert_eq!(changed.pointer(slot).unwrap()["success"], true, "{slot}");
    }
}

#[tokio::test]
async fn a_user_who_names_nobody_joins() {
    let api = Api::start().await;
    let birch = api.token_user("birch").await;
    api.group("orchard", &[]).await;
    let joined = birch.post(PATH, json!({})).await.expect_data();
    assert_eq!((&joined["data"]["action"], &joined["sender"]), (&json!("joined"), &json!("birch")));
    birch.send_text_to_group("orchard", "hello").await;
    birch.post(PATH, json!({})).await.expect_error(417, "ERR_ALREADY_JOINED");
    assert_eq!(members_count(&api).await, 1);
}

#[rstest]
#[case::private("private", json!({}), Some((404, "ERR_GUID_NOT_FOUND")))]
#[case::without_password("password", json!({}), Some((400, "ERR_EMPTY_GROUP_PASS")))]
#[case::wrong_password("password", json!({ "password": "Pippin" }), Some((403, "ERR_WRONG_GROUP_PASS")))]
#[case::right_password("password", json!({ "password": "pippin" }), None)]
#[case::public("public", json!({ "password": "whatever" }), None)]
#[tokio::test]
async fn joining_follows_the_type_of_the_group(
    #[case] group_type: &str,
    #[case] body: Value,
    #[case] refusal: Option<(u16, &str)>,
) {
    let api = Api::start().await;
    let birch = api.user("birch").await;
    let group = json!({ "guid": "orchard", "name": "Orchard", "type": group_type, "password": "pippin" });
    api.app().post("/groups", group).await.expect_ok();
    let answer = birch.post(PATH, body).await;
    match refusal {
        Some((status, code)) => drop(answer.expect_error(status, code)),
        None => assert_eq!(answer.expect_data()["data"]["action"], "joined"),
    }
}

#[tokio::test]
async fn members_who_join_at_once_are_counted_exactly() {
    let api = Api::start().await;
    api.group("orchard", &[]).await;
    api.users(&uids(20)).await;
    // Everybody twice.
    let joins = uids(20).into_iter().chain(uids(20)).map(|uid| {
        let user = api.on_behalf_of(&uid);
        async move { user.post(PATH, json!({})).await.status }
    });
    let statuses = join_all(joins).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 20);
    assert_eq!(statuses.iter().filter(|status| **status == 417).count(), 20);
    assert_eq!(members_count(&api).await, 20);
}

#[rstest]
#[case::nobody_named(json!({}), "participants")]
#[case::empty_lists(json!({ "participants": [] }), "participants")]
#[case::no_list(json!({ "admins": "birch" }), "admins")]
#[case::no_uids(json!({ "usersToBan": [1] }), "usersToBan")]
#[case::malformed(json!({ "moderators": ["a b"] }), "moderators")]
#[tokio::test]
async fn the_app_names_members_in_lists(#[case] body: Value, #[case] field: &str) {
    let api = Api::start().await;
    api.group("orchard", &[]).await;
    api.app().post(PATH, body).await.expect_invalid(field);
}

#[tokio::test]
async fn a_group_that_does_not_exist_is_not_found() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    for (actor, body) in
        [(&ash, json!({})), (&ash, json!({ "admins": ["ash"] })), (&api.app(), json!({ "admins": ["ash"] }))]
    {
        actor.post("/groups/nowhere/members", body).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    }
}
