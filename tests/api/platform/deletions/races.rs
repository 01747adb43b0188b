//! What is under way as something is deleted is refused, or goes with it.

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tests::{Actor, Answer, Api, text_to_group, text_to_user};

use super::left_of;

const ROUNDS: usize = 8;
const SENDERS: usize = 4;

/// Sends until it is refused; each answer is a stored message or says that the other side is gone.
async fn send_until_refused(actor: &Actor<'_>, body: &Value) -> Answer {
    loop {
        let answer = actor.post("/messages", body.clone()).await;
        if answer.status != 200 {
            return answer;
        }
    }
}

#[tokio::test]
async fn sends_that_race_the_deletion_of_their_group_do_not_outlive_it() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    for _ in 0..ROUNDS {
        api.group("orchard", &[&ash]).await;
        let body = text_to_group("orchard", "racing");
        let sends = join_all((0..SENDERS).map(|_| send_until_refused(&ash, &body)));
        let deletion = async {
            ash.send_text_to_group("orchard", "first").await;
            api.app().delete("/groups/orchard", json!({})).await.expect_ok();
        };
        let (refused, ()) = join(sends, deletion).await;
        refused.into_iter().for_each(|answer| drop(answer.expect_error(404, "ERR_GUID_NOT_FOUND")));
        api.jobs_done().await;
        assert_eq!(left_of(&api, "orchard").await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn sends_that_race_the_deletion_of_their_receiver_are_not_the_next_owners() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    for _ in 0..ROUNDS {
        let birch = api.user("birch").await;
        ash.send_text(&birch, "first").await;
        let body = text_to_user("birch", "racing");
        let sends = join_all((0..SENDERS).map(|_| send_until_refused(&ash, &body)));
        let deletion = async { api.app().delete("/users/birch", json!({ "permanent": true })).await.expect_ok() };
        let (refused, _) = join(sends, deletion).await;
        refused.into_iter().for_each(|answer| drop(answer.expect_error(404, "ERR_UID_NOT_FOUND")));
        api.jobs_done().await;
        assert_eq!(left_of(&api, "racing").await, Vec::<Value>::new());
        let birch = api.user("birch").await;
        assert_eq!(birch.get("/messages").await.expect_data(), json!([]));
        api.app().delete("/users/birch", json!({ "permanent": true })).await.expect_ok();
        api.jobs_done().await;
    }
}

#[tokio::test]
async fn edits_that_race_the_deletion_of_their_conversation_leave_nothing() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    for _ in 0..ROUNDS {
        let first = ash.send_text(&birch, "racing").await["id"].clone();
        let path = format!("/messages/{first}");
        let edits = join_all((0..SENDERS).map(|_| async {
            loop {
                let answer = ash.put(&path, json!({ "data": { "text": "racing" } })).await;
                if answer.status != 200 {
                    return answer;
                }
            }
        }));
        let deletion = async { api.app().delete("/conversations/ash_user_birch", json!({})).await.expect_ok() };
        let (refused, _) = join(edits, deletion).await;
        refused.into_iter().for_each(|answer| drop(answer.expect_error(404, "ERR_MSG_NOT_FOUND")));
        api.jobs_done().await;
        assert_eq!(left_of(&api, "racing").await, Vec::<Value>::new());
        assert_eq!(birch.get("/users/ash/messages").await.expect_data(), json!([]));
    }
}
