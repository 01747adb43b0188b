//! What the message operations cost (ARCHITECTURE.md, "What every operation costs"): exact calls and units for items
//! below 1 KB, with the API key known to the process.

use crate::given;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, text_to_group, text_to_user};

/// A user's request between two users who have written before, on a message `m` of two replies and reactions `x`, `y`.
#[rstest]
#[case::edit("birch", "PUT /messages/plain", json!({ "data": { "text": "b" } }), 3, 8.0, 8.0)]
#[case::edit_with_two_mentions(
    "birch",
    "PUT /messages/plain",
    json!({ "data": { "text": "<@uid:ash><@uid:birch>" } }),
    4,
    10.0,
    8.0,
)]
#[case::edit_of_what_has_reactions("birch", "PUT /messages/m", json!({ "tags": ["t"] }), 5, 9.5, 8.0)]
#[case::edit_as_the_app("app", "PUT /messages/m", json!({ "tags": ["t"] }), 4, 4.0, 8.0)]
#[case::soft_deletion("birch", "DELETE /messages/m", json!({}), 4, 8.5, 8.0)]
#[case::permanent_deletion("birch", "DELETE /messages/plain", json!({ "permanent": true }), 5, 9.0, 12.0)]
#[case::permanent_deletion_with_three_rows_of_reactions_and_a_follower(
    "birch",
    "DELETE /messages/m",
    json!({ "permanent": true }),
    7,
    9.5,
    16.0,
)]
#[case::reply("ash", "POST /messages/m/thread", json!({ "data": { "text": "r" } }), 3, 7.0, 11.0)]
#[case::replies("ash", "GET /messages/m/thread", json!({}), 4, 7.5, 0.0)]
#[case::bot_send("app", "POST /bots/helper/messages", text_to_user("ash", "b"), 2, 6.0, 6.0)]
#[case::bot_send_to_a_group("app", "POST /bots/helper/messages", text_to_group("lake", "b"), 2, 7.0, 6.0)]
#[case::first_bot_send_to_a_group("app", "POST /bots/helper/messages", text_to_group("pond", "b"), 2, 7.0, 10.0)]
#[case::reaction("ash", "POST /messages/m/reactions/x", json!({}), 5, 8.5, 6.0)]
#[case::first_reaction_of_a_kind("ash", "POST /messages/m/reactions/z", json!({}), 5, 8.5, 6.0)]
#[case::removal_of_a_reaction("birch", "DELETE /messages/m/reactions/y", json!({}), 4, 9.5, 6.0)]
#[case::reactions("ash", "GET /messages/m/reactions", json!({}), 4, 7.0, 0.0)]
#[case::reactions_of_one_kind("ash", "GET /messages/m/reactions/x", json!({}), 3, 6.0, 0.0)]
#[case::messages_of_a_user("ash", "GET /messages?limit=3", json!({}), 7, 7.5, 0.0)]
#[tokio::test]
async fn an_operation_costs(
    #[case] user: &str,
    #[case] request: &str,
    #[case] body: Value,
    #[case] calls: u32,
    #[case] read_units: f64,
    #[case] write_units: f64,
) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    api.user("helper").await;
    given::bot(&api, "helper").await;
    api.app().post("/bots/helper/messages", text_to_user("ash", "first")).await.expect_ok();
    for guid in ["lake", "pond"] {
        api.group(guid, &[]).await;
    }
    api.app().post("/bots/helper/messages", text_to_group("lake", "first")).await.expect_ok();
    // Each wrote to the other within the last minutes.
    ash.send_text(&birch, "first").await;
    let plain = birch.send_text(&ash, "plain").await;
    let message = birch.send_text(&ash, "m").await;
    for text in ["one", "two"] {
        let thread = format!("/messages/{}/thread", message["id"]);
        birch.post(thread, json!({ "data": { "text": text } })).await.expect_ok();
    }
    for reaction in ["x", "y"] {
        birch.post(format!("/messages/{}/reactions/{reaction}", message["id"]), json!({})).await.expect_ok();
    }

    let (method, path) = request.split_once(' ').unwrap();
    let path = path.replace("/messages/plain", &format!("/messages/{}", plain["id"]));
    let path = path.replace("/messages/m", &format!("/messages/{}", message["id"]));
    let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
    crate::given::who(&api, user).send(method, &path, body).await.expect_ok();

    let line = api.last_line();
    assert_eq!((line.calls, line.read_units, line.write_units), (calls, read_units, write_units));
    assert_eq!(line.retries, 0);
}

#[tokio::test]
async fn listing_the_whole_app_reads_64_slices_whatever_the_history() {
    const SLICES: u32 = 64;
    /// Of one conversation with one receiver: their state of it.
    const RECEIPTS: u32 = 1;
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    for n in 0..3 {
        birch.send_text(&ash, &n.to_string()).await;
    }

    api.app().get("/messages?limit=3").await.expect_ok();

    let line = api.last_line();
    assert_eq!((line.calls, line.write_units), (SLICES + 1 + RECEIPTS, 0.0));
    // Three messages, and the state of their conversation.
    assert!(line.read_units <= f64::from(SLICES + RECEIPTS) + 4.0, "{line:?}");
}
