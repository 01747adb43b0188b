//! Reasons for reports and what was reported (contract/rest-coverage.md, "Moderation").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, ids};

const REASONS: &str = "/moderation/reasons";
const FLAGGED: &str = "/moderation/flagged-messages";

fn reason_ids(reasons: &Value) -> Vec<&str> {
    reasons.as_array().unwrap().iter().map(|reason| reason["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_app_begins_with_three_reasons_and_adds_its_own_which_clients_are_told() {
    let api = Api::start().await;
    assert_eq!(reason_ids(&api.app().get(REASONS).await.expect_data()), ["spam", "sexual", "harassment"]);
    let body = json!({ "id": "rotten", "name": "Rotten fruit", "description": "It smells." });
    let made = api.app().post(REASONS, body).await.expect_data();
    assert_eq!((&made["name"], &made["default"]), (&json!("Rotten fruit"), &json!(false)));
    assert_eq!(api.app().get(format!("{REASONS}/rotten")).await.expect_data(), made);
    let settings = api.nobody().get("/settings").await.expect_data();
    assert_eq!(reason_ids(&settings["flagReasons"]), ["spam", "sexual", "harassment", "rotten"]);
    assert_eq!(settings["flagReasons"][3], made);
}

#[tokio::test]
async fn a_reason_without_an_id_is_called_by_its_name() {
    let api = Api::start().await;
    let made = api.app().post(REASONS, json!({ "name": " Rotten  Fruit " })).await.expect_data();
    assert_eq!((&made["id"], &made["description"]), (&json!("rotten-fruit"), &json!("")));
    api.app().post(REASONS, json!({ "name": "rotten fruit" })).await.expect_error(409, "ERR_REASON_ALREADY_EXISTS");
}

#[tokio::test]
async fn a_reason_is_changed_and_deleted_also_one_of_the_first() {
    let api = Api::start().await;
    let changed = api.app().put(format!("{REASONS}/spam"), json!({ "description": "" })).await.expect_data();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Spam"), &json!("")));
    assert!(changed["createdAt"].as_u64() < changed["updatedAt"].as_u64());
    let outcome = api.app().delete(format!("{REASONS}/spam"), json!({})).await.expect_data();
    assert_eq!(outcome, json!({ "success": true, "message": "The reason spam is deleted." }));
    assert_eq!(reason_ids(&api.app().get(REASONS).await.expect_data()), ["sexual", "harassment"]);
    for answer in [
        api.app().get(format!("{REASONS}/spam")).await,
        api.app().put(format!("{REASONS}/spam"), json!({ "name": "S" })).await,
        api.app().delete(format!("{REASONS}/spam"), json!({})).await,
    ] {
        answer.expect_error(404, "ERR_REASON_NOT_FOUND");
    }
}

#[rstest]
#[case::no_name(json!({ "id": "a" }), "name")]
#[case::long_name(json!({ "name": "n".repeat(101) }), "name")]
#[case::spaces_in_the_id(json!({ "id": "a b", "name": "N" }), "id")]
#[case::a_slash_in_the_id(json!({ "id": "a/b", "name": "N" }), "id")]
#[case::an_id_that_leads_up(json!({ "id": "..", "name": "N" }), "id")]
#[case::a_name_that_is_no_id(json!({ "name": "." }), "id")]
#[case::a_name_that_leaves_no_id(json!({ "name": "/" }), "id")]
#[case::long_description(json!({ "name": "N", "description": "d".repeat(256) }), "description")]
#[tokio::test]
async fn what_is_wrong_with_a_reason_is_named(#[case] body: Value, #[case] field: &str) {
    let api = Api::start().await;
    let error = api.app().post(REASONS, body).await.expect_error(400, "ERR_BAD_REQUEST");
    assert!(error["details"][field].is_array(), "{error}");
}

#[tokio::test]
async fn there_are_25_reasons_and_no_more_and_none_is_lost_to_another_change() {
    let api = Api::start().await;
    let made = (0..22).map(async |n| {
        api.app().post(REASONS, json!({ "name": format!("{n}") })).await.expect_ok();
    });
    futures_util::future::join_all(made).await;
    assert_eq!(reason_ids(&api.app().get(REASONS).await.expect_data()).len(), 25);
    api.app().post(REASONS, json!({ "name": "One" })).await.expect_error(403, "ERR_PLAN_QUOTA_RESTRICTION");
}

#[tokio::test]
async fn what_was_reported_is_listed_with_who_reported_it_and_why() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let group = api.group("orchard", &[&ash, &birch, &cedar]).await;
    let messages = [
        ash.send_text_to_group(&group, "one").await,
        ash.send_text_to_group(&group, "two").await,
        ash.send_text(&birch, "three").await,
    ];
    let path = |at: usize| format!("/messages/{}/flagged", messages[at]["id"]);
    birch.post(path(0), json!({ "id": "spam", "remark": "again" })).await.expect_ok();
    cedar.post(path(0), json!({ "id": "gone" })).await.expect_ok();
    birch.post(path(0), json!({ "id": "spam", "remark": "and again" })).await.expect_ok();
    birch.post(path(2), json!({})).await.expect_ok();

    let listed = api.app().get(FLAGGED).await.expect_data();
    assert_eq!(ids(&listed), [2, 0].map(|at: usize| messages[at]["id"].as_u64().unwrap()));
    let flagged = &listed[1];
    assert_eq!((&flagged["data"]["text"], &flagged["flaggedCount"]), (&json!("one"), &json!(2)));
    let by = &flagged["flaggedBy"];
    assert_eq!((&by[0]["uid"], &by[0]["name"]), (&json!("birch"), &json!("birch")));
    assert_eq!((&by[0]["reasonId"], &by[0]["reasonName"]), (&json!("spam"), &json!("Spam")));
    assert_eq!((&by[0]["description"], &by[0]["remark"]), (&json!("Unwanted content."), &json!("and again")));
    assert_eq!((&by[1]["uid"], &by[1]["reasonId"]), (&json!("cedar"), &json!("gone")));
    assert_eq!((by[1].get("reasonName"), by[1].get("remark")), (None, None));

    let first = api.app().get(format!("{FLAGGED}?perPage=1")).await.expect_ok();
    let second = api.app().get(format!("{FLAGGED}?perPage=1&page=2")).await.expect_ok();
    assert_eq!([&first["data"], &second["data"]].map(ids), [vec![ids(&listed)[0]], vec![ids(&listed)[1]]]);
}

#[tokio::test]
async fn what_is_gone_is_reported_no_more() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let group = api.group("orchard", &[&ash, &birch]).await;
    let [deleted, left] = [ash.send_text_to_group(&group, "a").await, ash.send_text_to_group(&group, "b").await];
    for message in [&deleted, &left] {
        birch.post(format!("/messages/{}/flagged", message["id"]), json!({})).await.expect_ok();
    }
    api.app().delete(format!("/messages/{}", deleted["id"]), json!({ "permanent": true })).await.expect_ok();
    assert_eq!(ids(&api.app().get(FLAGGED).await.expect_data()), [left["id"].as_u64().unwrap()]);
    api.app().delete("/users/birch", json!({ "permanent": true })).await.expect_ok();
    api.jobs_done().await;
    assert_eq!(ids(&api.app().get(FLAGGED).await.expect_data()), Vec::<u64>::new());
}
