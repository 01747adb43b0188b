//! The calls of a function's first event take turns on one connection (`shared::aws::connection_gate`), which is open before.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use aws_credential_types::Credentials;
use model::uid::Uid;
use serde_json::{Value, json};
use shared::aws::connection_gate::ConnectionGate;
use shared::store::{Endpoint, Store};
use tests::Api;

use crate::platform::privileges::scenario;

/// So long that no machine is slow enough for it: what waits until then would wait forever.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn no_call_waits_for_one_that_waits_for_it() {
    let turns = ConnectionGate::without_end(PATIENCE);
    let used = scenario::everything(Api::start_taking_turns(turns.clone()).await).await;
    assert!(!used.is_empty());
    assert_eq!(turns.n_missed(), 0);
}

/// Where each call waits for the one before it, what is looked at next is read with the proof: a call less.
#[tokio::test]
async fn lists_spare_a_call_where_calls_take_turns() {
    for path in ["/conversations", "/messages?searchKey=hello", "/threads", "/users"] {
        let usual = Api::start().await;
        let taking_turns = Api::start_taking_turns(ConnectionGate::without_end(PATIENCE)).await;
        let [usual, taking_turns] = [listed(&usual, path).await, listed(&taking_turns, path).await];
        assert_eq!(usual.0, taking_turns.0, "{path}");
        assert_eq!(usual.1 - 1, taking_turns.1, "{path}");
    }
}

/// What birch is shown of conversations with ash and with a group, and of users, as texts and names, and by how many calls.
async fn listed(api: &Api, path: &str) -> (Vec<Value>, u32) {
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    for text in ["hello", "hello again"] {
        let sent = ash.send_text(&birch, text).await;
        let reply = json!({ "data": { "text": "hello to you" } });
        ash.post(format!("/messages/{}/thread", sent["id"]), reply).await.expect_ok();
        ash.send_text_to_group("orchard", text).await;
    }
    birch.get(path).await.expect_ok();
    let listed = birch.get(path).await.expect_data();
    let text = |row: &Value| ["/data/text", "/lastMessage/data/text", "/name"].map(|at| row.pointer(at).cloned());
    (listed.as_array().unwrap().iter().map(|row| json!(text(row))).collect(), api.last_line().calls)
}

/// A DynamoDB that says it is well, and knows nobody. The method of each request, with the number of its connection.
fn well() -> (String, mpsc::Receiver<(usize, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for (n, connection) in listener.incoming().enumerate() {
            let mut connection = connection.unwrap();
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(connection.try_clone().unwrap());
                while let Some((method, length)) = head(&mut reader) {
                    reader.read_exact(&mut vec![0; length]).unwrap();
                    let body = if method == "GET" { "healthy: dynamodb.local" } else { "{}" };
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    connection.write_all(answer.as_bytes()).unwrap();
                    let _ = sender.send((n, method));
                }
            });
        }
    });
    (url, requests)
}

/// Method and length of the next request.
fn head(reader: &mut impl BufRead) -> Option<(String, usize)> {
    let lines: Vec<String> = reader.lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let method = lines.first()?.split(' ').next().unwrap().to_owned();
    let length = lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    Some((method, length.unwrap_or_default()))
}

#[tokio::test]
async fn the_connection_is_opened_by_one_request_and_used_by_the_first_call() {
    let (url, requests) = well();
    let credentials = Credentials::new("key", "secret", None, None, "tests");
    let aws = shared::aws::config_with(&Endpoint::Local(url), Some(credentials)).await;
    let store = Store::on(&aws, "halley");
    store.open_connection().await;
    assert!(store.user(&Uid::parse("ash").unwrap()).await.unwrap().is_none());
    let seen: Vec<_> = requests.try_iter().collect();
    assert_eq!(seen, [(0, "GET".to_owned()), (0, "POST".to_owned())]);
}
