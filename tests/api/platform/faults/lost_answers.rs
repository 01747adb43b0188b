//! Every answer of AWS is lost when it comes for the first time, though what was asked for is done. The SDK asks again;
//! what was done must not look like somebody else's doing.

use rstest::rstest;
use serde_json::{Value, json};
use tests::media::{PNG, media_to_user};
use tests::{text_to_group, text_to_user};

use super::{start, table};
use crate::given;

/// Requests by actor, in the order in which they depend on each other; `{m}` is a message of ash to birch, `{r}` a
/// reaction of ash to it.
#[rstest]
#[case::send("ash", "POST /messages", text_to_user("birch", "hello"))]
#[case::first_send("cedar", "POST /messages", text_to_user("birch", "hello"))]
#[case::send_to_group("ash", "POST /messages", text_to_group("orchard", "hello"))]
#[case::reply("birch", "POST /messages/{m}/thread", json!({ "data": { "text": "r" } }))]
#[case::bot_send("app", "POST /bots/helper/messages", text_to_user("ash", "b"))]
#[case::edit("ash", "PUT /messages/{m}", json!({ "data": { "text": "b" } }))]
#[case::soft_deletion("ash", "DELETE /messages/{m}", json!({}))]
#[case::permanent_deletion("ash", "DELETE /messages/{m}", json!({ "permanent": true }))]
#[case::reaction("birch", "POST /messages/{m}/reactions/x", json!({}))]
#[case::removal_of_a_reaction("ash", "DELETE /messages/{m}/reactions/y", json!({}))]
#[case::new_user("app", "POST /users", json!({ "uid": "dogwood", "name": "D", "withAuthToken": true }))]
#[case::change_of_a_user("app", "PUT /users/ash", json!({ "name": "Ash" }))]
#[case::deactivation("app", "DELETE /users/ash", json!({}))]
#[case::deactivation_of_several("app", "DELETE /users", json!({ "uidsToDeactivate": ["ash"] }))]
#[case::reactivation("app", "PUT /users", json!({ "uidsToActivate": ["ash"] }))]
#[case::deletion_of_a_user("app", "DELETE /users/ash", json!({ "permanent": true }))]
#[case::token("app", "POST /users/ash/auth_tokens", json!({}))]
#[case::revocation("app", "DELETE /users/ash/auth_tokens", json!({}))]
#[case::block("ash", "POST /users/ash/blockedusers", json!({ "blockedUids": ["birch"] }))]
#[case::new_group("ash", "POST /groups", json!({ "guid": "lake", "name": "L", "type": "public" }))]
#[case::change_of_a_group("app", "PUT /groups/orchard", json!({ "name": "Old orchard" }))]
#[case::handing_over("app", "PATCH /groups/orchard/owner", json!({ "owner": "ash" }))]
#[case::deletion_of_a_group("app", "DELETE /groups/orchard", json!({}))]
#[case::new_members("app", "POST /groups/orchard/members", json!({ "participants": ["cedar"], "admins": ["helper"] }))]
#[case::joining("cedar", "POST /groups/orchard/members", json!({}))]
#[case::change_of_a_scope("app", "PUT /groups/orchard/members/birch", json!({ "scope": "admin" }))]
#[case::kick("app", "DELETE /groups/orchard/members/birch", json!({}))]
#[case::leaving("birch", "DELETE /groups/orchard/members/birch", json!({}))]
#[case::ban("app", "POST /groups/orchard/bannedusers/birch", json!({}))]
#[case::end_of_a_ban("app", "DELETE /groups/orchard/bannedusers/elm", json!({}))]
#[case::new_bot("app", "POST /bots", json!({ "uid": "cedar", "webhookURL": "https://bots.example/cedar" }))]
#[case::end_of_a_bot("app", "DELETE /bots/helper", json!({}))]
#[tokio::test]
async fn a_request_succeeds_as_if_no_answer_had_been_lost(
    #[case] actor: &str,
    #[case] request: &str,
    #[case] body: Value,
) {
    let (api, faults) = start().await;
    let [ash, birch, ..] = [api.user("ash").await, api.user("birch").await, api.user("cedar").await];
    for uid in ["helper", "elm"] {
        api.user(uid).await;
    }
    given::bot(&api, "helper").await;
    api.group("orchard", &[&ash, &birch]).await;
    api.app().post("/groups/orchard/bannedusers/elm", json!({})).await.expect_ok();
    let message = ash.send_text(&birch, "first").await;
    ash.post(format!("/messages/{}/reactions/y", message["id"]), json!({})).await.expect_ok();
    let (method, path) = request.split_once(' ').unwrap();
    let path = path.replace("{m}", &message["id"].to_string());

    faults.lose_first_answers();
    let answer = given::who(&api, actor).send(method, &path, body.to_string().into_bytes()).await;

    assert!(0 < faults.end());
    let data = answer.expect_data();
    assert_no_refusal(&data);
    table::check(&api).await;
}

/// Answers that succeed in part say so in their slots.
fn assert_no_refusal(data: &Value) {
    match data {
        Value::Object(fields) => {
            assert_ne!(fields.get("success"), Some(&Value::Bool(false)), "{data}");
            fields.values().for_each(assert_no_refusal);
        }
        Value::Array(items) => items.iter().for_each(assert_no_refusal),
        _ => {}
    }
}

#[tokio::test]
async fn files_are_attached_once() {
    let (api, faults) = start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.upload("dot.png", "image/png", PNG).await;

    faults.lose_first_answers();
    let body = media_to_user("bob", "image", &[&upload.attachment]);
    let sent = alice.post("/messages", body).await.expect_data();
    let seen = bob.get(format!("/messages/{}", sent["id"])).await.expect_data();
    assert!(0 < faults.end());

    let url = seen["data"]["attachments"][0]["url"].as_str().unwrap();
    assert_eq!(tests::media::download(url).await.bytes, PNG);
    let attached: Vec<String> = api.objects().into_iter().filter(|key| key.starts_with("media/")).collect();
    assert_eq!(attached.len(), 1, "{attached:?}");
    table::check(&api).await;
}
