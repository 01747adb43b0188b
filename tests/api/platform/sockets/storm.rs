//! A client that says as much as it can: others are served meanwhile, and what it leads to is bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use local::{SocketFunction, SocketLimits};
use serde_json::json;
use tests::socket::Socket;
use tests::{Api, text_to_user};

use super::{Doubled, done};

const STORM: usize = 10_000;

#[tokio::test]
async fn frames_of_one_client_come_to_the_functions_eight_at_once() {
    const AT_ONCE: usize = 8;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = most.clone();
    let service = Doubled::start_with(SocketLimits::default(), move |_| {
        let (now, most) = (now.clone(), counted.clone());
        async move {
            most.fetch_max(1 + now.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
            tokio::task::yield_now().await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(done())
        }
    })
    .await;
    let mut loud = Socket::open(service.url()).await;
    let storm = async {
        for n in 0..STORM {
            loud.send(n.to_string()).await;
        }
    };
    let others = async {
        let mut quiet = Socket::open(service.url()).await;
        for _ in 0..20 {
            quiet.expect_silence().await;
        }
        quiet
    };
    let ((), _quiet) = tokio::join!(storm, others);
    for _ in 0..STORM {
        service.event(SocketFunction::Frame).await;
    }
    let most = most.load(Ordering::SeqCst);
    assert!((1..=AT_ONCE).contains(&most), "{most}");
}

#[tokio::test]
async fn a_storm_of_one_user_keeps_nobody_from_hearing() {
    const LIMIT: u64 = 100;
    let api = Api::start_with_request_limit(LIMIT).await;
    for uid in ["ann", "ben", "cat", "dan"] {
        api.user(uid).await;
    }
    let (mut cat, mut dan) = (api.live("cat", "WEB-cat").await, api.live("dan", "WEB-dan").await);
    let mut ben = api.live("ben", "WEB-ben").await;
    let minute = || shared::clock::system().seconds().get() / 60;
    let began = minute();
    let typing = json!({ "type": "typing_indicator", "receiver": "dan", "receiverType": "user",
        "body": { "action": "started" } });
    let storm = async {
        for _ in 0..STORM {
            cat.says(typing.clone()).await;
        }
    };
    let talk = async {
        for n in 0..20 {
            let text = n.to_string();
            api.on_behalf_of("ann").post("/messages", text_to_user("ben", &text)).await.expect_ok();
            assert_eq!(ben.hears().await["body"]["data"]["text"], text);
        }
    };
    // What is not said by then is not waited for: the gateway takes no more of a client than is being done.
    tokio::select! {
        () = storm => {}
        () = talk => {}
    }
    drop(cat);
    let heard = dan.heard(&api).await.len() as u64;
    let minutes = 1 + minute() - began;
    assert!(heard <= minutes * LIMIT, "{heard} in {minutes} minutes");
}
