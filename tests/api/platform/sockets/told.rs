//! Telling sockets when things go wrong: the gateway is busy, fails or knows a socket no more; records come twice.

use local::Service;
use serde_json::{Value, json};
use tests::Api;
use tests::faults::{Fault, Faults};
use tests::live::Live;

async fn between(api: &Api) -> [Live; 2] {
    for uid in ["ann", "ben"] {
        api.user(uid).await;
    }
    [api.live("ann", "WEB-ann").await, api.live("ben", "WEB-ben").await]
}

async fn send(api: &Api, text: &str) {
    let body = json!({ "receiver": "ben", "receiverType": "user", "data": { "text": text } });
    api.on_behalf_of("ann").post("/messages", body).await.expect_ok();
}

/// And until the row of their socket is gone, which is the last that its end leads to.
async fn wait_until_offline(api: &Api) {
    while api.app().get("/users/ben").await.expect_ok()["data"]["status"] == "available" {
        tokio::task::yield_now().await;
    }
    let is_bens = |item: &Value| item["sk"]["S"] == "SOCKET" && item["uid"]["S"] == "ben";
    while api.table().await.iter().any(is_bens) {
        tokio::task::yield_now().await;
    }
}

fn texts(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(|frame| frame["body"]["data"]["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_busy_or_broken_gateway_keeps_nobody_from_what_comes_later() {
    let faults = Faults::default();
    let api = Api::start_wired(local::Data::Memory, faults.wiring()).await;
    let [_ann, mut ben] = between(&api).await;
    for fault in [Fault::Throttling, Fault::Broken, Fault::LostRequest] {
        faults.always_with(Service::Sockets, fault);
        send(&api, "lost").await;
        api.all_told().await;
        faults.never();
        send(&api, "told").await;
        assert_eq!(texts(&ben.heard(&api).await), ["told"], "{fault:?}");
    }
}

#[tokio::test]
async fn a_record_that_comes_twice_is_told_twice_and_changes_nothing() {
    let api = Api::start().await;
    let [_ann, mut ben] = between(&api).await;
    send(&api, "Apples").await;
    assert_eq!(texts(&ben.heard(&api).await), ["Apples"]);
    for event in api.stream_events().await {
        let event = serde_json::from_value(event).unwrap();
        assert_eq!(shared::delivery::deliver(api.handlers(), &event).await, None);
    }
    let again = ben.heard(&api).await;
    let messages: Vec<Value> = again.into_iter().filter(|frame| frame["type"] == "message").collect();
    assert_eq!(texts(&messages), ["Apples"]);
}

#[tokio::test]
async fn a_socket_that_the_gateway_forgot_is_forgotten_and_its_user_is_offline() {
    let api = Api::start().await;
    let [_ann, ben] = between(&api).await;
    let row = |items: Vec<Value>| items.into_iter().find(|item| item["sk"]["S"] == "SOCK#WEB-ben");
    let mut item = row(api.table().await).unwrap();
    drop(ben);
    // As if nobody had said that it was closed: its rows are there, and older than a socket that is just being opened.
    wait_until_offline(&api).await;
    item["connectedAt"]["N"] = json!("1");
    let mut way_back = item.clone();
    way_back["pk"]["S"] = json!(format!("SOCKET#{}", item["connectionId"]["S"].as_str().unwrap()));
    way_back["sk"]["S"] = json!("SOCKET");
    for item in [&item, &way_back] {
        api.local().dynamodb("PutItem", &json!({ "TableName": "halley", "Item": item })).unwrap();
    }
    let online = json!({ "TableName": "halley", "Key": { "pk": { "S": "USER#ben" }, "sk": { "S": "USER" } },
        "UpdateExpression": "SET onlineBy = :id", "ExpressionAttributeValues": { ":id": item["connectionId"] } });
    api.local().dynamodb("UpdateItem", &online).unwrap();
    send(&api, "Apples").await;
    api.all_told().await;
    assert_eq!(row(api.table().await), None);
    assert_eq!(api.app().get("/users/ben").await.expect_ok()["data"]["status"], "offline");
}

#[tokio::test]
async fn who_left_no_word_is_offline_when_the_row_expires() {
    let api = Api::start().await;
    let [_ann, ben] = between(&api).await;
    let mut expired = api.table().await.into_iter().find(|item| item["sk"]["S"] == "SOCK#WEB-ben").unwrap();
    drop(ben);
    wait_until_offline(&api).await;
    expired["pk"]["S"] = json!(format!("SOCKET#{}", expired["connectionId"]["S"].as_str().unwrap()));
    expired["sk"]["S"] = json!("SOCKET");
    expired["expiresAt"]["N"] = json!("1");
    let online = json!({ "TableName": "halley", "Key": { "pk": { "S": "USER#ben" }, "sk": { "S": "USER" } },
        "UpdateExpression": "SET onlineBy = :id", "ExpressionAttributeValues": { ":id": expired["connectionId"] } });
    api.local().dynamodb("UpdateItem", &online).unwrap();
    api.local().dynamodb("PutItem", &json!({ "TableName": "halley", "Item": expired })).unwrap();
    api.local().expire().unwrap();
    api.all_told().await;
    assert_eq!(api.app().get("/users/ben").await.expect_ok()["data"]["status"], "offline");
}
