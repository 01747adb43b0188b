//! A request costs the same whoever listens: nothing but the stream leads to sockets (design, "Real time").

use serde_json::{Value, json};
use shared::log::RequestLine;
use tests::live::Live;
use tests::{Actor, Api, text_to_group, text_to_user};

const LISTENERS: usize = 20;

/// The cost of a request: calls, read units, write units.
async fn cost(api: &Api, actor: &Actor<'_>, request: &str, body: Value) -> (String, u32, f64, f64) {
    actor.request(request, &body).await.expect_ok();
    let RequestLine { function, calls, read_units, write_units, .. } = api.last_line();
    (function.to_owned(), calls, read_units, write_units)
}

/// What a send, an edit, a reaction and a receipt cost, to a user and in a group.
async fn costs(api: &Api, ann: &Actor<'_>, ben: &Actor<'_>) -> Vec<(String, u32, f64, f64)> {
    let mut costs = Vec::new();
    for (to, back, body) in [
        ("/users/ben", "/users/ann", text_to_user("ben", "hello")),
        ("/groups/lake", "/groups/lake", text_to_group("lake", "hello")),
    ] {
        let id = ann.post("/messages", body.clone()).await.expect_data()["id"].clone();
        let message = format!("/messages/{id}");
        let edited = json!({ "data": { "text": "Hello" } });
        costs.push(cost(api, ben, &format!("POST {message}/reactions/x"), Value::Null).await);
        costs.push(cost(api, ben, &format!("DELETE {message}/reactions/x"), Value::Null).await);
        costs.push(cost(api, ann, &format!("PUT {message}"), edited).await);
        costs.push(cost(api, ben, &format!("POST {back}/conversation/delivered"), json!({})).await);
        costs.push(cost(api, ben, &format!("POST {back}/conversation/read"), json!({})).await);
        costs.push(cost(api, ann, &format!("POST {to}/conversation/read"), json!({})).await);
        costs.push(cost(api, ann, "POST /messages", body).await);
        costs.push(cost(api, ann, &format!("DELETE {message}"), json!({})).await);
    }
    costs
}

#[tokio::test]
async fn what_changes_a_conversation_costs_the_same_with_nobody_and_with_twenty_listening() {
    let api = Api::start().await;
    let (ann, ben) = (api.token_user("ann").await, api.token_user("ben").await);
    let uids: Vec<String> = (0..LISTENERS).map(|n| format!("u{n:02}")).collect();
    api.users(&uids).await;
    let lake = json!({ "guid": "lake", "name": "Lake", "members": { "participants": ["ann", "ben"] } });
    api.app().post("/groups", lake).await.expect_ok();
    api.app().post("/groups/lake/members", json!({ "participants": uids })).await.expect_ok();
    // The first of each makes rows that are there from then on.
    costs(&api, &ann, &ben).await;
    let quiet = costs(&api, &ann, &ben).await;
    let mut listeners: Vec<Live> = Vec::new();
    for uid in uids.iter().map(String::as_str).chain(["ann", "ben"]) {
        listeners.push(api.live(uid, &format!("WEB-{uid}")).await);
    }
    assert_eq!(costs(&api, &ann, &ben).await, quiet);
    assert!(quiet.iter().all(|(_, calls, ..)| 0 < *calls), "nothing was metered");
    for listener in &mut listeners {
        assert!(!listener.heard(&api).await.is_empty(), "{} was told nothing", listener.device);
    }
}
