//! `--tls`: https and wss on the port of http and ws, by a certificate for the names of this machine.

use local::{Data, SocketOptions};
use rstest::rstest;
use serde_json::json;
use tests::Api;
use tests::socket::{Socket, tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const FAREWELL: &str = "HTTP/1.1\r\nhost: chat.example\r\nconnection: close\r\n\r\n";

async fn service(data: Data) -> (Api, String) {
    let api = Api::start_with_tls(data, SocketOptions::default()).await;
    let authority = api.local().authority.clone().unwrap().pem;
    (api, authority)
}

/// `wss://localhost:8080` for `ws://127.0.0.1:8080`.
fn encrypted(api: &Api, name: &str) -> String {
    api.local().socket_url.replace("ws://127.0.0.1", &format!("wss://{name}"))
}

#[rstest]
#[case::by_address("127.0.0.1")]
#[case::by_name("localhost")]
#[tokio::test]
async fn sockets_are_opened_encrypted_and_plain_on_one_port(#[case] name: &str) {
    let (api, authority) = service(Data::Memory).await;
    let mut plain = Socket::open(&api.local().socket_url).await;
    let mut socket = Socket::open_tls(&format!("{}/prod", encrypted(&api, name)), &authority).await;
    for socket in [&mut plain, &mut socket] {
        socket.send_json(&json!({ "action": "ping", "ack": "true" })).await;
        assert_eq!(socket.json().await, json!({ "action": "pong" }));
        socket.send("x".repeat(32 * 1024)).await;
        socket.expect_silence().await;
        socket.close(Some((1000, "User logged out"))).await;
    }
    drop((plain, socket));
    api.stop().await;
}

#[tokio::test]
async fn the_rest_api_is_answered_encrypted_and_plain_on_one_port() {
    let (api, authority) = service(Data::Memory).await;
    api.app().get("/users").await.expect_ok();
    let mut stream = tls(&encrypted(&api, "localhost"), &authority).await.unwrap();
    stream.write_all(format!("GET /docs {FAREWELL}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn who_trusts_another_authority_does_not_connect() {
    let (api, _) = service(Data::Memory).await;
    let (_other, authority) = service(Data::Memory).await;
    assert!(tls(&encrypted(&api, "localhost"), &authority).await.is_err());
}

#[tokio::test]
async fn the_authority_is_kept_with_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::Folder(folder.path().join("data"));
    let (api, first) = service(data.clone()).await;
    let file = api.local().authority.clone().unwrap().file.unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
    api.stop().await;
    let (api, second) = service(data).await;
    assert_eq!(first.trim(), second.trim());
    assert!(tls(&encrypted(&api, "127.0.0.1"), &first).await.is_ok());
}

#[tokio::test]
async fn without_the_option_there_is_no_tls() {
    let api = Api::start().await;
    let (_other, authority) = service(Data::Memory).await;
    assert!(api.local().authority.is_none());
    assert!(tls(&encrypted(&api, "localhost"), &authority).await.is_err());
}
