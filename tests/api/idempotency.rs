//! A repeated send with the same `muid` (design: "Any request may be retried").

use futures_util::future::join_all;
use serde_json::json;
use tests::{Api, ids, text_to_user};

#[tokio::test]
async fn twenty_sends_of_one_muid_at_once_store_one_message() {
    let api = Api::start().await;
    let (alice, bob) = (api.user("alice").await, api.user("bob").await);
    let mut body = text_to_user("bob", "hello");
    body["muid"] = json!("m-1");

    let sends = (0..20).map(|_| alice.post("/messages", body.clone()));
    let sent: Vec<u64> =
        join_all(sends).await.into_iter().map(|answer| answer.expect_data()["id"].as_u64().unwrap()).collect();

    assert!(sent.iter().all(|id| *id == sent[0]), "{sent:?}");
    let listed = bob.get("/users/alice/messages").await.expect_data();
    assert_eq!(ids(&listed), [sent[0]]);
}
