//! Where lists have a conversation whose last message is gone.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

use super::moved::empty;

/// The second in which the last messages were sent.
const THEN: u64 = 1_730_000_000;

/// Users who write to ash in that second as well. Ids are drawn at random within a second, so of so many one is
/// below the last of fifty others, but for one run in a million; then fifty more are drawn.
const OTHERS: [&str; 5] = ["cedar", "elm", "fir", "hazel", "larch"];

/// Brings in messages from one user to another, in one request.
async fn import(api: &Api, muids: &[String], sender: &str, receiver: &str, at: u64) {
    let message = |muid: &String| {
        json!({ "muid": muid, "sender": sender, "receiverType": "user", "receiver": receiver, "sentAt": at,
            "data": { "text": muid } })
    };
    let messages: Value = muids.iter().map(|muid| (muid.clone(), message(muid))).collect();
    let slots = api.app().post("/data_import/messages", json!({ "messages": messages })).await.expect_data();
    assert!(muids.iter().all(|muid| slots[muid]["success"] == true), "{slots}");
}

/// The id of the last message that ash has with a user.
async fn last(api: &Api, uid: &str) -> u64 {
    let path = format!("/users/{uid}/messages?limit=1");
    api.on_behalf_of("ash").get(path).await.expect_data()[0]["id"].as_u64().unwrap()
}

async fn order(user: &Actor<'_>) -> Vec<Value> {
    let listed = user.get("/conversations?perPage=100").await.expect_data();
    listed.as_array().unwrap().iter().map(|row| row["conversationId"].clone()).collect()
}

/// Birch's list tells nothing but the second; by ash's it stands above one of those that came in the same second.
#[rstest]
#[case::and_one_before_it_is_left(true)]
#[case::and_nothing_is_left_but_that_it_was_deleted(false)]
#[tokio::test]
async fn a_conversation_whose_last_message_is_gone_keeps_its_place_in_the_lists_of_both(#[case] is_left: bool) {
    let from = empty().await;
    for uid in ["ash", "birch"].iter().chain(&OTHERS) {
        from.user(uid).await;
    }
    if is_left {
        import(&from, &["left".to_owned()], "ash", "birch", THEN - 100).await;
    }
    let mut lowest = u64::MAX;
    for other in OTHERS {
        import(&from, &[other.to_owned()], other, "ash", THEN).await;
        lowest = lowest.min(last(&from, other).await);
    }
    let mut drawn = 0;
    while drawn == 0 || last(&from, "birch").await < lowest {
        let muids: Vec<String> = (drawn..drawn + 50).map(|number| format!("gone {number}")).collect();
        import(&from, &muids, "ash", "birch", THEN).await;
        drawn += 50;
    }
    for message in
        from.on_behalf_of("ash").get("/users/birch/messages?limit=1000").await.expect_data().as_array().unwrap()
    {
        if message["muid"] != "left" {
            from.app().delete(format!("/messages/{}", message["id"]), json!({ "permanent": true })).await.expect_ok();
        }
    }

    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let rest = ["import", "--from", from.base_url(), "--api-key", from.api_key(), "--state", state.to_str().unwrap()];
    api.admin(&[&rest[..], &["--requests-per-minute", "600000"]].concat()).await.unwrap();
    let before = order(&from.on_behalf_of("ash")).await;
    assert_ne!(before.last().unwrap(), "ash_user_birch", "{before:?}");
    for uid in ["ash", "birch"] {
        let before = order(&from.on_behalf_of(uid)).await;
        assert_eq!(before, order(&api.on_behalf_of(uid)).await, "{uid}");
    }
}
