//! The calls of a function's first event take turns on one connection (`shared::aws::connection_gate`), which is open before.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use aws_credential_types::Credentials;
use local::Data;
use model::uid::Uid;
use shared::aws::connection_gate::ConnectionGate;
use shared::store::{Endpoint, Store};
use tests::Api;

use crate::platform::privileges::scenario;

/// So long that no machine is slow enough for it: what waits until then would wait forever.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn no_call_waits_for_one_that_waits_for_it() {
    let turns = ConnectionGate::with_patience(PATIENCE);
    let taking_turns = turns.clone();
    let wiring = Box::new(move |_, config: aws_config::SdkConfig| taking_turns.over(&config));
    let used = scenario::everything(Api::start_wired(Data::Memory, wiring).await).await;
    assert!(!used.is_empty());
    assert_eq!(turns.n_missed(), 0);
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
