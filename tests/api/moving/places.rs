//! Where lists have a conversation whose last message is gone.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

use super::moved::empty;

/// The second in which the last messages were sent.
const THEN: u64 = 1_730_000_000;

/// Brings in a message to a user, and says which one is the last of the two by now: ids are drawn at random within a second.
async fn import(api: &Api, muid: &str, sender: &str, receiver: &str, at: u64) -> u64 {
    let message = json!({ "muid": muid, "sender": sender, "receiverType": "user", "receiver": receiver, "sentAt": at,
        "data": { "text": muid } });
    let slots = api.app().post("/data_import/messages", json!({ "messages": { muid: message } })).await.expect_data();
    assert_eq!(slots[muid]["success"], true, "{slots}");
    let path = format!("/users/{receiver}/messages?limit=1");
    api.on_behalf_of(sender).get(path).await.expect_data()[0]["id"].as_u64().unwrap()
}

async fn order(user: &Actor<'_>) -> Vec<Value> {
    let listed = user.get("/conversations?perPage=100").await.expect_data();
    listed.as_array().unwrap().iter().map(|row| row["conversationId"].clone()).collect()
}

/// Birch's list tells nothing but the second; by ash's it stands above what came in the same second.
#[rstest]
#[case::and_one_before_it_is_left(true)]
#[case::and_nothing_is_left_but_that_it_was_deleted(false)]
#[tokio::test]
async fn a_conversation_whose_last_message_is_gone_keeps_its_place_in_the_lists_of_both(#[case] is_left: bool) {
    let from = empty().await;
    for uid in ["ash", "birch", "cedar"] {
        from.user(uid).await;
    }
    if is_left {
        import(&from, "left", "ash", "birch", THEN - 100).await;
    }
    let below = import(&from, "below", "cedar", "ash", THEN).await;
    let mut gone = Vec::new();
    while gone.last().is_none_or(|last| *last < below) {
        gone.push(import(&from, &format!("gone {}", gone.len()), "ash", "birch", THEN).await);
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
    for uid in ["ash", "birch"] {
        let before = order(&from.on_behalf_of(uid)).await;
        assert_eq!(before[0], "ash_user_birch", "{uid}");
        assert_eq!(before, order(&api.on_behalf_of(uid)).await, "{uid}");
    }
}
