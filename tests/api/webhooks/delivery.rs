//! How webhooks are told (contract/webhooks.md, "Delivery" and "Envelope").

use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tests::receiver::{Receiver, Told, anywhere};
use tests::{Api, Runner};

const SENT: [&str; 1] = ["message_sent"];

fn status(status: u16) -> Response<Body> {
    Response::builder().status(status).body(Body::empty()).unwrap()
}

async fn two_people(api: &Api) {
    for uid in ["ash", "birch"] {
        api.user(uid).await;
    }
}

async fn say(api: &Api, text: &str) -> Value {
    let body = json!({ "receiver": "birch", "receiverType": "user", "data": { "text": text } });
    api.on_behalf_of("ash").post("/messages", body).await.expect_data()
}

#[tokio::test]
async fn a_webhook_is_told_once_with_the_vendors_headers_and_a_signature() {
    let api = Api::start_telling().await;
    two_people(&api).await;
    let receiver = Receiver::start().await;
    let rest = json!({ "useBasicAuth": true, "username": "keeper", "password": "nine-keys" });
    let secret = api.webhook("audit", &format!("{}?tenant=1", receiver.url), &SENT, rest).await;
    let message = say(&api, "Gate opens at six <b>🌳</b>").await;
    api.all_delivered().await;

    let told = receiver.take();
    let [told] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(told.path, "/hook?tenant=1");
    assert_eq!(told.header("content-type"), "Application/json");
    assert_eq!(told.header("authorization"), "Basic a2VlcGVyOm5pbmUta2V5cw==");
    let envelope = told.body();
    let keys: Vec<&String> = envelope.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["appId", "data", "region", "trigger", "webhook"]);
    assert_eq!((&envelope["trigger"], &envelope["webhook"]), (&json!("message_sent"), &json!("audit")));
    assert_eq!(envelope["data"]["message"]["id"], message["id"].to_string());
    assert_eq!(envelope["data"]["message"]["data"]["text"], "Gate opens at six <b>🌳</b>");
    assert_eq!(told.header("webhook-signature"), signature(&secret, told));
    let sent_at = message["sentAt"].as_u64().unwrap();
    assert!(sent_at <= told.header("webhook-timestamp").parse().unwrap());
    for secret in ["keeper", "nine-keys", secret.as_str()] {
        assert!(!told.text.contains(secret), "{}", told.text);
    }
}

/// As a receiver would check it.
fn signature(secret: &str, told: &Told) -> String {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let signed = format!("{}.{}.{}", told.header("webhook-id"), told.header("webhook-timestamp"), told.text);
    mac.update(signed.as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn only_who_asked_and_is_switched_on_is_told() {
    let api = Api::start_telling().await;
    two_people(&api).await;
    let receiver = Receiver::start().await;
    api.webhook("off", &receiver.url, &SENT, json!({ "enabled": false })).await;
    api.webhook("other", &receiver.url, &["message_edited"], json!({})).await;
    api.webhook("none", &receiver.url, &[], json!({})).await;
    api.webhook("one", &receiver.url, &SENT, json!({})).await;
    api.webhook("two", &receiver.url, &[], json!({ "triggers": SENT })).await;
    say(&api, "a").await;
    api.all_delivered().await;
    let mut told: Vec<String> =
        receiver.bodies().iter().map(|body| body["webhook"].as_str().unwrap().to_owned()).collect();
    told.sort();
    assert_eq!(told, ["one", "two"]);

    api.app().put("/webhooks/one", json!({ "enabled": false })).await.expect_ok();
    api.app().delete("/webhooks/two/triggers", json!({ "triggerIds": SENT })).await.expect_ok();
    say(&api, "b").await;
    api.all_delivered().await;
    assert_eq!(receiver.bodies(), Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_refused_is_told_to_nobody() {
    let api = Api::start_telling().await;
    two_people(&api).await;
    api.block("birch", "ash").await;
    let receiver = Receiver::start().await;
    api.webhook("audit", &receiver.url, &SENT, json!({})).await;
    let body = json!({ "receiver": "birch", "receiverType": "user", "data": { "text": "a" } });
    api.on_behalf_of("ash").post("/messages", body).await.expect_error(403, "ERR_BLOCKED_SENDER");
    api.all_delivered().await;
    assert_eq!(receiver.bodies(), Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_twice_where_that_is_asked_for_with_the_same_id() {
    let pauses = [Duration::from_millis(1), Duration::from_millis(2)];
    let settings = || anywhere().waiting(Duration::from_secs(60), pauses);
    for (retries, statuses, expected) in [
        (true, vec![500, 404, 204], 3),
        (true, vec![500, 500, 500, 200], 3),
        (false, vec![500, 200], 1),
        (true, vec![201], 1),
    ] {
        let api = Api::start_with_webhooks(local::Data::Memory, settings()).await;
        two_people(&api).await;
        let answers = statuses.clone();
        let receiver = Receiver::answering(move |n, _| status(answers[n])).await;
        api.webhook("audit", &receiver.url, &SENT, json!({ "retryOnFailure": retries })).await;
        say(&api, "a").await;
        api.all_delivered().await;
        let told = receiver.take();
        assert_eq!(told.len(), expected, "{statuses:?}");
        let first = told[0].header("webhook-id");
        assert!(told.iter().all(|told| told.header("webhook-id") == first));
    }
}

/// An earlier delivery of a record may have come through: then the receiver knows it again.
#[tokio::test]
async fn a_record_that_comes_twice_has_the_same_id_and_another_one_another() {
    let api = Api::start_telling().await;
    two_people(&api).await;
    let receiver = Receiver::start().await;
    api.webhook("audit", &receiver.url, &SENT, json!({})).await;
    say(&api, "a").await;
    api.all_delivered().await;
    for event in api.stream_events().await {
        let event = serde_json::from_value(event).unwrap();
        assert_eq!(shared::delivery::deliver(api.handlers(), &event).await, None);
    }
    say(&api, "b").await;
    api.all_delivered().await;
    let told = receiver.take();
    let ids: Vec<&str> = told.iter().map(|told| told.header("webhook-id")).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

/// Neither the stream nor another webhook waits for one that never answers.
/// Who comes and goes is told by the stream, so what ends in between is told by whoever reads it next.
#[tokio::test]
async fn who_comes_and_goes_is_told_again_by_who_reads_the_stream_again_with_the_same_id() {
    let api = Api::start_telling().await;
    two_people(&api).await;
    let receiver = Receiver::start().await;
    api.webhook("audit", &receiver.url, &["user_connection_status_changed"], json!({})).await;
    let mut ash = api.live("ash", "WEB-ash").await;
    ash.socket.close(Some((1000, "User logged out"))).await;
    let gone = async { while api.app().get("/users/ash").await.expect_data()["status"] == "available" {} };
    tests::socket::patiently("the end of the socket", gone).await;
    api.all_delivered().await;
    let told = receiver.take();
    let said = |told: &[Told]| -> Vec<(String, Value)> {
        let said = told.iter().map(|told| (told.header("webhook-id").to_owned(), told.body()["data"]["status"].take()));
        let mut said: Vec<_> = said.collect();
        said.sort_by_key(|(_, status)| status.to_string());
        said
    };
    let statuses: Vec<Value> = said(&told).into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses, ["offline", "online"]);
    for event in api.stream_events().await {
        let event = serde_json::from_value(event).unwrap();
        assert_eq!(shared::delivery::deliver(api.handlers(), &event).await, None);
    }
    api.all_delivered().await;
    assert_eq!(said(&receiver.take()), said(&told));
}

#[tokio::test]
async fn one_that_does_not_answer_delays_nobody() {
    let settings = anywhere().waiting(Duration::from_secs(600), [Duration::from_secs(600); 2]);
    let api = Api::start_with_webhooks(local::Data::Memory, settings).await;
    two_people(&api).await;
    let slow = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let receiver = Receiver::start().await;
    let slow_url = format!("http://{}/", slow.local_addr().unwrap());
    api.webhook("a-slow", &slow_url, &SENT, json!({ "retryOnFailure": true })).await;
    api.webhook("b-quick", &receiver.url, &SENT, json!({})).await;
    for n in 0..3 {
        say(&api, &format!("{n}")).await;
    }
    api.all_told().await;
    tests::socket::patiently("the quick one", async {
        let mut told = 0;
        while told < 3 {
            told += receiver.take().len();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
    assert!(0 < api.local().n_invocations().unwrap());
}

#[tokio::test]
async fn what_fails_for_good_is_kept_with_its_reason_and_without_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let data = local::Data::Folder(folder.path().join("data"));
    let api = Api::start_with_webhooks(data, anywhere()).await;
    two_people(&api).await;
    let receiver = Receiver::answering(|_, _| status(503)).await;
    let rest = json!({ "useBasicAuth": true, "username": "keeper", "password": "nine-keys" });
    let secret = api.webhook("audit", &receiver.url, &SENT, rest).await;
    say(&api, "what was said").await;
    api.all_delivered().await;
    let kept = std::fs::read_to_string(folder.path().join("data/failed-invocations.jsonl")).unwrap();
    let lines: Vec<Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "{kept}");
    assert_eq!(lines[0]["function"], "deliver-webhook");
    assert!(lines[0]["error"].as_str().unwrap().contains("503"), "{kept}");
    for secret in ["keeper", "nine-keys", "what was said", secret.as_str()] {
        assert!(!kept.contains(secret), "{kept}");
    }
}

/// As if the process had been killed between the two.
#[tokio::test]
async fn what_was_stored_and_not_told_is_told_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let data = || local::Data::Folder(folder.path().join("data"));
    let receiver = Receiver::start().await;
    let api = Api::start_working(data(), anywhere(), false).await;
    two_people(&api).await;
    api.webhook("audit", &receiver.url, &SENT, json!({})).await;
    let message = say(&api, "a").await;
    assert_eq!(receiver.take().len(), 0);
    api.stop().await;
    let api = Api::start_with_webhooks(data(), anywhere()).await;
    api.all_delivered().await;
    let told = receiver.bodies();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["data"]["message"]["id"], message["id"].to_string());
}

/// The stream is read on, so nobody but the one who is to be told hands it over again.
#[tokio::test]
async fn what_was_being_told_when_the_process_was_killed_is_told_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || Runner::start_with(folder.path(), &["--allow-private-webhooks"]).await;
    let runner = start().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let webhook = json!({ "id": "audit", "name": "audit", "webhookURL": format!("http://{address}/hook"),
        "enabled": true, "triggers": SENT });
    runner.post_by_app("/webhooks", &webhook).await.unwrap();
    let body = tests::text_to_user("cometchat-uid-2", "a");
    let message = runner.post("cometchat-uid-1", "/messages", &body).await.unwrap();
    let _being_told = silent.accept().await.unwrap();
    runner.kill().await;
    drop(silent);

    let receiver = Receiver::at(address).await;
    let _next = start().await;
    tests::socket::patiently("the next process", receiver.is_told()).await;
    assert_eq!(receiver.bodies()[0]["data"]["message"]["id"], message["id"].to_string());
}
