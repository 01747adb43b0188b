//! Which messages bots are told of, and how (contract/webhooks.md, "Bot relay").

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;
use tests::receiver::Receiver;

struct Stage {
    api: Api,
    receiver: Receiver,
}

/// ash, birch and the bots `helper` and `other`; all are in `orchard` but `other`.
async fn stage(setting: &str) -> Stage {
    let api = Api::start_telling().await;
    for uid in ["ash", "birch", "helper", "other"] {
        api.user(uid).await;
    }
    let receiver = Receiver::start().await;
    for uid in ["helper", "other"] {
        let bot = json!({ "uid": uid, "webhookURL": receiver.url, "enabled": true, "groupChatSetting": setting,
            "useBasicAuth": true, "username": "straw", "password": "eleven-crows" });
        api.app().post("/bots", bot).await.expect_ok();
    }
    let members = json!({ "participants": ["birch", "helper"] });
    let group = json!({ "guid": "orchard", "name": "Orchard", "type": "public", "owner": "ash", "members": members });
    api.app().post("/groups", group).await.expect_ok();
    Stage { api, receiver }
}

impl Stage {
    async fn say(&self, from: &str, to: (&str, &str), text: &str) -> Value {
        let body = json!({ "receiverType": to.0, "receiver": to.1, "data": { "text": text } });
        self.api.on_behalf_of(from).post("/messages", body).await.expect_data()
    }

    async fn told(&self) -> Vec<Value> {
        self.api.all_delivered().await;
        self.receiver.bodies()
    }
}

#[tokio::test]
async fn a_bot_is_told_of_what_is_written_to_it() {
    let Stage { api, receiver } = stage("none").await;
    let body = json!({ "receiverType": "user", "receiver": "helper", "data": { "text": "water?" } });
    let sent = api.on_behalf_of("ash").post("/messages", body).await.expect_data();
    api.all_delivered().await;
    let told = receiver.take();
    let [told] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(told.header("authorization"), "Basic c3RyYXc6ZWxldmVuLWNyb3dz");
    assert_eq!(told.header("content-type"), "Application/json");
    let mut envelope = told.body();
    let data = envelope["data"].take();
    let expected = json!({ "trigger": "after_message", "data": null, "appId": "halley", "region": "local",
        "origin": { "platform": "API" }, "chatAPIVersion": "3.0", "bot": "helper" });
    assert_eq!(envelope, expected);
    assert_eq!((&data["id"], &data["sender"]), (&json!(sent["id"].to_string()), &json!("ash")));
    assert_eq!((&data["receiver"], &data["data"]["text"]), (&json!("helper"), &json!("water?")));
}

#[rstest]
#[case::none("none", "/water <@uid:helper>", false)]
#[case::all("allMessages", "water", true)]
#[case::slashed("slashedMessages", "/water", true)]
#[case::not_slashed("slashedMessages", "water /now <@uid:helper>", false)]
#[case::mentioned("mentionedMessages", "water, <@uid:helper>?", true)]
#[case::another_mentioned("mentionedMessages", "/water, <@uid:birch>?", false)]
#[tokio::test]
async fn in_a_group_its_setting_says_of_what(#[case] setting: &str, #[case] text: &str, #[case] is_told: bool) {
    let stage = stage(setting).await;
    stage.say("ash", ("group", "orchard"), text).await;
    // The other bot is no member.
    let bots: Vec<Value> = stage.told().await.iter().map(|told| told["bot"].clone()).collect();
    assert_eq!(bots, if is_told { vec![json!("helper")] } else { vec![] });
}

#[tokio::test]
async fn a_bot_is_told_neither_of_its_own_messages_nor_of_another_bots() {
    let stage = stage("allMessages").await;
    stage.api.app().post("/groups/orchard/members", json!({ "participants": ["other"] })).await.expect_ok();
    for (bot, to) in [("helper", ("group", "orchard")), ("helper", ("user", "other")), ("other", ("user", "helper"))] {
        let body = json!({ "receiverType": to.0, "receiver": to.1, "data": { "text": "beep" } });
        stage.api.app().post(format!("/bots/{bot}/messages"), body).await.expect_ok();
    }
    stage.say("helper", ("user", "other"), "as a user").await;
    stage.say("helper", ("user", "ash"), "to a person").await;
    assert_eq!(stage.told().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_bot_that_is_switched_off_or_gone_is_told_nothing() {
    let stage = stage("allMessages").await;
    stage.api.app().put("/bots/helper", json!({ "enabled": false })).await.expect_ok();
    stage.say("ash", ("user", "helper"), "a").await;
    stage.api.app().delete("/bots/other", json!({})).await.expect_ok();
    stage.say("ash", ("user", "other"), "a").await;
    assert_eq!(stage.told().await, Vec::<Value>::new());
    // Nor of what is no message, nor of what others say to each other.
    stage.api.app().put("/bots/helper", json!({ "enabled": true })).await.expect_ok();
    stage.say("ash", ("user", "birch"), "a").await;
    stage.api.on_behalf_of("birch").delete("/groups/orchard/members", json!({})).await.expect_ok();
    assert_eq!(stage.told().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_bot_that_answers_ends_there() {
    let stage = stage("allMessages").await;
    stage.say("ash", ("group", "orchard"), "question").await;
    assert_eq!(stage.told().await.len(), 1);
    let body = json!({ "receiverType": "group", "receiver": "orchard", "data": { "text": "answer" } });
    stage.api.app().post("/bots/helper/messages", body).await.expect_ok();
    assert_eq!(stage.told().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_bot_is_told_of_messages_alone_and_no_more_of_a_group_that_it_left() {
    let stage = stage("allMessages").await;
    let sent = stage.say("ash", ("user", "helper"), "water?").await;
    let in_group = stage.say("ash", ("group", "orchard"), "water?").await;
    assert_eq!(stage.told().await.len(), 2);
    let (ash, app) = (stage.api.on_behalf_of("ash"), stage.api.app());
    for id in [&sent["id"], &in_group["id"]] {
        ash.put(format!("/messages/{id}"), json!({ "data": { "text": "wine?" } })).await.expect_ok();
        ash.post(format!("/messages/{id}/reactions/x"), Value::Null).await.expect_ok();
        ash.delete(format!("/messages/{id}"), json!({})).await.expect_ok();
    }
    ash.delete("/groups/orchard/members/helper", json!({})).await.expect_ok();
    stage.say("ash", ("group", "orchard"), "gone?").await;
    app.post("/groups/orchard/bannedusers/helper", json!({})).await.expect_ok();
    stage.say("ash", ("group", "orchard"), "banned?").await;
    assert_eq!(stage.told().await, Vec::<Value>::new());
}
