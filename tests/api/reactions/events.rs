//! The events of reactions, on the row of the message.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::Api;
use tests::events::DEVICE;

/// What birch does, in this order, to a message to which ash reacted with `x` before; and the kind of the event that it
/// carries, none for what changes nothing.
const ACTS: [(&str, &str, Option<&str>); 10] = [
    ("POST", "x", Some("reactionAdded")),
    ("POST", "x", None),
    ("POST", "y", Some("reactionAdded")),
    ("DELETE", "z", None),
    ("DELETE", "x", Some("reactionRemoved")),
    ("DELETE", "x", None),
    ("DELETE", "y", Some("reactionRemoved")),
    ("DELETE", "y", None),
    ("POST", "y", Some("reactionAdded")),
    ("GET", "y", None),
];

#[tokio::test]
async fn a_reaction_is_told_to_its_conversation_when_it_comes_and_when_it_goes() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await.on_device());
    let message = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}/reactions", message["id"]);
    ash.post(format!("{path}/x"), json!({})).await.expect_ok();

    for (n, (method, reaction, kind)) in ACTS.into_iter().enumerate() {
        let held = async || -> Option<Value> {
            let listed = birch.get(format!("{path}/{reaction}")).await.expect_data();
            listed.as_array().unwrap().iter().find(|held| held["uid"] == "birch").map(|held| held["id"].clone())
        };
        let before = held().await;
        let (answer, events) = api.hear(birch.send(method, &format!("{path}/{reaction}"), Vec::new())).await;
        answer.expect_ok();
        let expected = match kind {
            Some(kind) => vec![json!({
                "actor": "birch", "device": DEVICE, "audience": { "conversation": "user#ash#birch" },
                "kind": kind, "message": message["id"], "reaction": reaction, "reactionId": held().await.or(before),
            })],
            None => Vec::new(),
        };
        assert_eq!(events, expected, "{n}: {method} {reaction}");
    }
}

#[tokio::test]
async fn a_refused_reaction_is_told_to_nobody() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let message = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}/reactions", message["id"]);
    join_all((0..25).map(|n| ash.post(format!("{path}/r{n}"), json!({})))).await;
    let (_, events) = api.hear(birch.post(format!("{path}/one-more"), json!({}))).await;
    assert_eq!(events, Vec::<Value>::new());
}
