//! `GET /groups/{guid}/messages` (contract/messages.md, operation 4). Cursors and meta are in `paging`, filters in
//! `list_user_messages`.

use rstest::rstest;
use serde_json::json;
use tests::{Api, texts};

#[tokio::test]
async fn members_and_the_app_list_the_messages_of_a_group() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    let group = api.group("orchard", &[&ash, &birch]).await;
    let other = api.group("meadow", &[&ash]).await;
    ash.send_text_to_group(&group, "one").await;
    ash.send_text_to_group(&other, "elsewhere").await;
    ash.send_text(&birch, "in private").await;
    birch.send_text_to_group(&group, "two").await;
    for reader in [&ash, &birch, &api.app()] {
        for guid in ["orchard", "ORCHARD"] {
            let listed = reader.get(format!("/groups/{guid}/messages")).await.expect_data();
            assert_eq!(texts(&listed), ["one", "two"]);
        }
    }
}

#[tokio::test]
async fn who_joins_later_sees_the_whole_history() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let group = api.group("orchard", &[&ash]).await;
    ash.send_text_to_group(&group, "before").await;
    birch.post(format!("/groups/{group}/members"), json!({})).await.expect_ok();
    let listed = birch.get(format!("/groups/{group}/messages")).await.expect_data();
    assert_eq!(texts(&listed), ["before"]);
}

#[tokio::test]
async fn changes_of_the_membership_are_listed_as_action_messages() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let group = api.group("orchard", &[&ash]).await;
    birch.post(format!("/groups/{group}/members"), json!({})).await.expect_ok();
    ash.send_text_to_group(&group, "hello").await;
    api.app().post(format!("/groups/{group}/members"), json!({ "usersToBan": ["birch"] })).await.expect_ok();

    let listed = ash.get(format!("/groups/{group}/messages?categories=action")).await.expect_data();
    let told: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|message| {
            assert_eq!((&message["category"], &message["type"]), (&json!("action"), &json!("groupMember")));
            let data = &message["data"];
            (data["action"].as_str().unwrap(), data["entities"]["on"]["entity"]["uid"].as_str().unwrap())
        })
        .collect();
    assert_eq!(told, [("added", "ash"), ("joined", "birch"), ("banned", "birch")]);
    let both = ash.get(format!("/groups/{group}/messages")).await.expect_data();
    assert_eq!(both.as_array().unwrap().len(), 4);
}

#[rstest]
#[case::stranger("cedar", "orchard", 401, "ERR_GROUP_NOT_JOINED")]
#[case::banned("birch", "orchard", 403, "ERR_BANNED_GROUPMEMBER")]
#[case::nowhere("ash", "nowhere", 404, "ERR_GUID_NOT_FOUND")]
#[case::deactivated("gone", "orchard", 404, "ERR_UID_NOT_FOUND")]
#[tokio::test]
async fn nobody_else_lists_the_messages_of_a_group(
    #[case] uid: &str,
    #[case] guid: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let api = Api::start().await;
    let (ash, birch, _) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    api.deactivated_user("gone").await;
    let group = api.group("orchard", &[&ash, &birch]).await;
    ash.send_text_to_group(&group, "secret").await;
    api.app().post(format!("/groups/{group}/members"), json!({ "usersToBan": ["birch"] })).await.expect_ok();
    let reader = api.on_behalf_of(uid);
    for query in ["", "?affix=append&limit=1", "?searchKey=secret"] {
        reader.get(format!("/groups/{guid}/messages{query}")).await.expect_error(status, code);
    }
}

#[tokio::test]
async fn the_owner_lists_the_messages_of_their_private_group() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    ash.post("/groups", json!({ "guid": "cellar", "name": "Cellar", "type": "private" })).await.expect_ok();
    ash.send_text_to_group("cellar", "dark").await;
    assert_eq!(texts(&ash.get("/groups/cellar/messages").await.expect_data()), ["dark"]);
}
