//! Whom webhooks and bots may reach (the spellings of addresses are tested in `shared/model/src/outside.rs`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use model::outside::Reach;
use rstest::rstest;
use serde_json::json;
use shared::outside::{Outside, Unanswered};
use tests::Api;
use tests::receiver::{Receiver, anywhere};

const PATIENCE: Duration = Duration::from_secs(30);

/// How many connections a listener of this machine was opened, and its port.
async fn listener() -> (Arc<AtomicUsize>, u16) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (opened, port) = (Arc::new(AtomicUsize::new(0)), listener.local_addr().unwrap().port());
    let counted = opened.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (opened, port)
}

/// A name says nothing of where it leads: that is looked at as the connection is opened.
#[rstest]
#[case("https://localhost:{port}/")]
#[case("https://LOCALHOST:{port}/")]
#[case("https://localhost.:{port}/")]
#[case("https://hooks.example@localhost:{port}/")]
#[case("https://127.0.0.1:{port}/")]
#[case("https://2130706433:{port}/")]
#[case("https://0177.0.0.1:{port}/")]
#[case("https://0x7f000001:{port}/")]
#[case("https://127.1:{port}/")]
#[case("https://0:{port}/")]
#[case("https://[::1]:{port}/")]
#[case("https://[::ffff:127.0.0.1]:{port}/")]
#[case("https://[::ffff:7f00:1]:{port}/")]
#[case("http://localhost:{port}/")]
#[tokio::test]
async fn nothing_of_this_machine_is_connected_to(#[case] url: &str) {
    let (opened, port) = listener().await;
    let outside = Outside::new(Reach::Public);
    let answer = outside.post(&url.replace("{port}", &port.to_string()), &[], b"{}", 0, PATIENCE).await;
    assert!(matches!(answer, Err(Unanswered::BadTarget(_) | Unanswered::Failed(_))), "{answer:?}");
    assert_eq!(opened.load(Ordering::SeqCst), 0);
    // The same name is connected to where that is allowed.
    if url.contains("http://localhost") {
        // The listener ends each connection at once.
        let _ = Outside::new(Reach::Anywhere)
            .post(&url.replace("{port}", &port.to_string()), &[], b"{}", 0, PATIENCE)
            .await;
        assert_eq!(opened.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Receiver::start().await;
    let url = target.url.clone();
    let receiver = Receiver::answering(move |_, _| {
        Response::builder().status(307).header("location", url.clone()).body(Body::empty()).unwrap()
    })
    .await;
    let answer = Outside::new(Reach::Anywhere).post(&receiver.url, &[], b"{}", 0, PATIENCE).await.unwrap();
    assert_eq!(answer.status, 307);
    assert_eq!((receiver.take().len(), target.take().len()), (1, 0));
}

/// An answer without end is not read, so it neither fills memory nor takes time.
#[tokio::test]
async fn an_answer_without_end_is_not_read() {
    let receiver = Receiver::answering(|_, _| {
        let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(1 << 16)));
        Response::new(Body::from_stream(chunks))
    })
    .await;
    let outside = Outside::new(Reach::Anywhere);
    assert_eq!(outside.post(&receiver.url, &[], b"{}", 0, PATIENCE).await.unwrap().status, 200);
    let read = outside.post(&receiver.url, &[], b"{}", 65_536, PATIENCE).await;
    assert!(matches!(read, Err(Unanswered::TooLong)), "{read:?}");
}

#[tokio::test]
async fn a_webhook_whose_name_leads_to_this_machine_is_not_called() {
    let api = Api::start_with_webhooks(local::Data::Memory, anywhere().reaching(Reach::Public)).await;
    for uid in ["ash", "birch"] {
        api.user(uid).await;
    }
    let (opened, port) = listener().await;
    api.webhook("audit", &format!("https://localhost:{port}/"), &["message_sent"], json!({})).await;
    let body = json!({ "receiver": "birch", "receiverType": "user", "data": { "text": "a" } });
    api.on_behalf_of("ash").post("/messages", body).await.expect_ok();
    api.all_delivered().await;
    assert_eq!(opened.load(Ordering::SeqCst), 0);
}
