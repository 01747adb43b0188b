//! What webhooks are asked before a message is stored (contract/webhooks.md, "Legacy triggers").

use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use rstest::rstest;
use serde_json::{Value, json};
use shared::config::BeforeMessage;
use tests::receiver::{Receiver, anywhere};
use tests::{Answer, Api};

const BEFORE: [&str; 1] = ["before_message"];

async fn asking(before_message: BeforeMessage) -> Api {
    with_people(Api::start_asking(before_message).await).await
}

async fn with_people(api: Api) -> Api {
    for uid in ["ash", "birch"] {
        api.user(uid).await;
    }
    api
}

async fn saying(text: &'static str) -> Receiver {
    Receiver::answering(move |_, _| Response::new(Body::from(text))).await
}

async fn send(api: &Api, data: Value) -> Answer {
    let body = json!({ "receiver": "birch", "receiverType": "user", "data": data });
    api.on_behalf_of("ash").post("/messages", body).await
}

async fn stored(api: &Api) -> Vec<Value> {
    let page = api.on_behalf_of("ash").get("/users/birch/messages").await.expect_ok();
    page["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn it_is_asked_with_the_message_that_has_no_id_yet() {
    let api = asking(BeforeMessage::Open).await;
    let receiver = Receiver::start().await;
    api.webhook("filter", &receiver.url, &BEFORE, json!({})).await;
    send(&api, json!({ "text": "Gate opens at six" })).await.expect_data();
    let told = receiver.take();
    let [told] = told.as_slice() else { panic!("{told:#?}") };
    let envelope = told.body();
    assert_eq!((&envelope["trigger"], &envelope["webhook"]), (&json!("before_message"), &json!("filter")));
    let data = &envelope["data"];
    assert_eq!(data.get("id"), None);
    assert_eq!((&data["sender"], &data["receiver"]), (&json!("ash"), &json!("birch")));
    assert_eq!(
        (&data["conversationId"], &data["data"]["text"]),
        (&json!("ash_user_birch"), &json!("Gate opens at six"))
    );
    assert!(told.header("webhook-signature").starts_with("v1,"));
    // It is asked, not told: what happens after is another trigger's.
    api.all_delivered().await;
    assert_eq!(receiver.take().len(), 0);
}

#[tokio::test]
async fn it_may_drop_a_message() {
    let api = asking(BeforeMessage::Open).await;
    let drops = saying(r#"{"action":"do_not_propagate"}"#).await;
    let injects = saying(r#"{"seen":1}"#).await;
    api.webhook("drops", &drops.url, &BEFORE, json!({})).await;
    api.webhook("injects", &injects.url, &BEFORE, json!({})).await;
    send(&api, json!({ "text": "a" })).await.expect_error(403, "ERR_BLOCKED_BY_WEBHOOK");
    assert_eq!(stored(&api).await, Vec::<Value>::new());
    let several = json!({ "multipleReceivers": { "uids": ["birch"] }, "data": { "text": "a" } });
    let slots = api.on_behalf_of("ash").post("/messages", several).await.expect_data();
    assert_eq!(slots["uids"]["birch"]["error"]["code"], "ERR_BLOCKED_BY_WEBHOOK");
    // An edit is not announced before.
    api.app().put("/webhooks/drops", json!({ "enabled": false })).await.expect_ok();
    let sent = send(&api, json!({ "text": "a" })).await.expect_data();
    api.app().put("/webhooks/drops", json!({ "enabled": true })).await.expect_ok();
    let path = format!("/messages/{}", sent["id"]);
    api.on_behalf_of("ash").put(&path, json!({ "data": { "text": "b" } })).await.expect_ok();
}

#[tokio::test]
async fn what_it_answers_is_put_into_the_metadata_and_nothing_else_is_changed() {
    let api = asking(BeforeMessage::Open).await;
    let one = saying(r#"{"lang":"en","text":"other"}"#).await;
    let other = saying(r#"{"score":0.5}"#).await;
    api.webhook("one", &one.url, &BEFORE, json!({})).await;
    api.webhook("other", &other.url, &BEFORE, json!({})).await;
    let forged = json!({ "kept": true, "@injected": { "webhooks": { "one": { "lang": "forged" }, "gone": {} } } });
    let sent = send(&api, json!({ "text": "a", "metadata": forged })).await.expect_data();
    let expected = json!({ "kept": true, "@injected": { "webhooks": {
        "one": { "lang": "en", "text": "other" }, "other": { "score": 0.5 } } } });
    assert_eq!((&sent["data"]["text"], &sent["data"]["metadata"]), (&json!("a"), &expected));
    assert_eq!(stored(&api).await[0]["data"]["metadata"], expected);
}

#[rstest]
#[case::empty("", 200, true)]
#[case::an_empty_object("{}", 200, true)]
#[case::no_json("yes", 200, false)]
#[case::a_list("[]", 200, false)]
#[case::an_error("", 500, false)]
#[case::a_redirect("", 302, false)]
#[tokio::test]
async fn what_cannot_be_used_is_no_answer(#[case] text: &'static str, #[case] status: u16, #[case] is_answer: bool) {
    for setting in [BeforeMessage::Open, BeforeMessage::Closed] {
        let api = asking(setting).await;
        let receiver =
            Receiver::answering(move |_, _| Response::builder().status(status).body(Body::from(text)).unwrap()).await;
        api.webhook("filter", &receiver.url, &BEFORE, json!({})).await;
        let sent = send(&api, json!({ "text": "a" })).await;
        if is_answer || setting == BeforeMessage::Open {
            assert_eq!(sent.expect_data()["data"].get("metadata"), None);
        } else {
            sent.expect_error(403, "ERR_BLOCKED_BY_WEBHOOK");
        }
    }
}

#[rstest]
#[case(BeforeMessage::Open, true)]
#[case(BeforeMessage::Closed, false)]
#[tokio::test]
async fn one_that_does_not_answer_in_time_stops_a_message_only_where_that_is_set(
    #[case] setting: BeforeMessage,
    #[case] is_sent: bool,
) {
    let settings = anywhere().asking(setting).waiting(Duration::from_millis(20), [Duration::ZERO; 2]);
    let api = with_people(Api::start_with_webhooks(local::Data::Memory, settings).await).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    api.webhook("filter", &format!("http://{}/", silent.local_addr().unwrap()), &BEFORE, json!({})).await;
    assert_eq!(send(&api, json!({ "text": "a" })).await.status == 200, is_sent);
    assert_eq!(stored(&api).await.len(), usize::from(is_sent));
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_left_out() {
    let api = asking(BeforeMessage::Open).await;
    let long: &'static str = format!(r#"{{"a":"{}"}}"#, "x".repeat(2_100)).leak();
    let fitting: &'static str = format!(r#"{{"a":"{}"}}"#, "x".repeat(1_500)).leak();
    let [long, one, other] = [saying(long).await, saying(fitting).await, saying(fitting).await];
    for (id, receiver) in [("long", &long), ("one", &one), ("other", &other)] {
        api.webhook(id, &receiver.url, &BEFORE, json!({})).await;
    }
    let sent = send(&api, json!({ "text": "a" })).await.expect_data();
    let nodes = sent["data"]["metadata"]["@injected"]["webhooks"].as_object().unwrap();
    assert_eq!(nodes.keys().collect::<Vec<_>>(), ["one"]);
}

#[tokio::test]
async fn a_repeat_is_not_asked_about_again() {
    let api = asking(BeforeMessage::Open).await;
    let receiver = Receiver::start().await;
    api.webhook("filter", &receiver.url, &BEFORE, json!({})).await;
    let body = json!({ "receiver": "birch", "receiverType": "user", "muid": "m", "data": { "text": "a" } });
    for _ in 0..2 {
        api.on_behalf_of("ash").post("/messages", body.clone()).await.expect_ok();
    }
    assert_eq!(receiver.take().len(), 1);
}

/// Where nobody can be asked, a send does not look for whom to ask; where nobody is, it looks every few seconds.
#[tokio::test]
async fn a_send_costs_the_same_where_nobody_is_asked() {
    // The least of three: whom to ask is remembered for some seconds, which may be over at one of these.
    let cost = async |api: &Api| {
        let mut costs = Vec::new();
        for _ in 0..3 {
            send(api, json!({ "text": "a" })).await.expect_data();
            let line = api.last_line();
            costs.push((line.calls, line.read_units, line.write_units));
        }
        costs.into_iter().min_by(|one, other| one.partial_cmp(other).unwrap()).unwrap()
    };
    let off = with_people(Api::start_telling().await).await;
    let receiver = Receiver::start().await;
    off.webhook("audit", &receiver.url, &["message_sent"], json!({})).await;
    let (plain, on) = (with_people(Api::start().await).await, asking(BeforeMessage::Open).await);
    for api in [&off, &plain, &on] {
        cost(api).await;
    }
    let expected = cost(&plain).await;
    assert_eq!((cost(&off).await, cost(&on).await), (expected, expected));
    let trigger = json!({ "triggerIds": BEFORE });
    let outcomes = off.app().post("/webhooks/audit/triggers", trigger).await.expect_data();
    assert_eq!(outcomes["before_message"]["error"]["code"], "ERR_TRIGGER_NOT_FOUND");
}
