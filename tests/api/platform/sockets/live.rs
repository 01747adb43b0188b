//! What users are told over their sockets.

use serde_json::{Value, json};
use tests::live::{auth, welcome};
use tests::socket::Socket;
use tests::{Actor, Api};

/// Two users who have an open socket each; `ann` has a second device.
async fn text(by: &Actor<'_>, to: &str, text: &str) -> Value {
    let body = json!({ "receiver": to, "receiverType": "user", "data": { "text": text } });
    by.post("/messages", body).await.expect_ok()["data"].take()
}

#[tokio::test]
async fn a_message_is_told_to_the_other_side_and_to_the_senders_devices() {
    let api = Api::start().await;
    let ann = api.user("ann").await.on("WEB-ann-1");
    for uid in ["ben", "cat"] {
        api.user(uid).await;
    }
    let mut ann_1 = api.live("ann", "WEB-ann-1").await;
    let mut ann_2 = api.live("ann", "WEB-ann-2").await;
    let mut ben = api.live("ben", "WEB-ben-1").await;
    let mut cat = api.live("cat", "WEB-cat-1").await;
    let sent = text(&ann, "ben", "Apples").await;

    let expected = vec![json!({ "type": "message", "deviceId": "WEB-ann-1", "body": sent })];
    assert_eq!(ben.heard(&api).await, expected);
    assert_eq!(ann_2.heard(&api).await, expected);
    // Its own client drops what its own device did.
    assert_eq!(ann_1.heard(&api).await, expected);
    cat.hears_nothing(&api).await;
}

#[tokio::test]
async fn who_shows_no_valid_token_is_told_so_and_hears_nothing() {
    let api = Api::start().await;
    let (ann, _ben) = (api.user("ann").await, api.user("ben").await);
    let mut socket = Socket::open(&api.local().socket_url).await;
    socket.send_json(&auth("ben_17", "WEB-1", json!({}))).await;
    let refused = json!({ "type": "auth", "body": { "code": "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", "status": "FAILED" } });
    assert_eq!(socket.json().await, refused);
    text(&ann, "ben", "Apples").await;
    api.all_told().await;
    socket.expect_silence().await;
    // The same socket may try again.
    socket.send_json(&auth(&api.token_of("ben").await, "WEB-1", json!({}))).await;
    assert_eq!(socket.json().await, welcome());
}
