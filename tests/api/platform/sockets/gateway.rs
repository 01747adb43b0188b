//! Connections, routes and events, as API Gateway has them.

use std::collections::HashSet;
use std::sync::Arc;

use local::{SocketFunction, SocketLimits};
use rstest::rstest;
use serde_json::{Value, json};
use tests::socket::{Socket, Told};
use tokio::sync::Barrier;
use tokio_tungstenite::tungstenite::Message;

use super::{Doubled, done};

#[rstest]
#[case::the_root("", "$default")]
#[case::a_slash("/", "$default")]
#[case::a_stage("/prod", "prod")]
#[case::a_stage_and_a_query("/prod?t=1", "prod")]
#[tokio::test]
async fn a_frame_is_told_with_the_context_of_its_connection(#[case] path: &str, #[case] stage: &str) {
    let service = Doubled::start().await;
    let url = format!("{}{path}", service.url());
    let mut socket = Socket::open(&url).await;
    let before = shared::clock::system().get();
    let frame = json!({ "type": "auth", "body": { "auth": "é" } }).to_string();
    socket.send(&frame).await;

    let event = service.event(SocketFunction::Frame).await;
    let context = &event["requestContext"];
    assert_eq!((event["body"].as_str(), &event["isBase64Encoded"]), (Some(frame.as_str()), &json!(false)));
    assert_eq!(event.get("headers"), None);
    for (name, value) in [
        ("routeKey", json!("$default")),
        ("eventType", json!("MESSAGE")),
        ("messageDirection", json!("IN")),
        ("stage", json!(stage)),
        ("apiId", json!("local")),
        ("domainName", json!(service.url().strip_prefix("ws://").unwrap())),
        ("identity", json!({ "sourceIp": "127.0.0.1", "userAgent": "Halley's tests" })),
    ] {
        assert_eq!(context[name], value, "{name}");
    }
    for name in ["connectionId", "messageId", "requestId", "extendedRequestId"] {
        let id = context[name].as_str().unwrap();
        assert!(id.len() == 16 && id.ends_with('='), "{name}: {id}");
    }
    let [connected_at, at] = ["connectedAt", "requestTimeEpoch"].map(|name| context[name].as_u64().unwrap());
    assert!(connected_at <= at && before <= at, "{context:#}");
    let time = context["requestTime"].as_str().unwrap();
    assert!(time.ends_with(" +0000") && time.len() == "26/Nov/2026:04:00:00 +0000".len(), "{time}");
}

#[tokio::test]
async fn connections_and_frames_have_ids_of_their_own() {
    let service = Doubled::start().await;
    let (mut ids, mut sockets) = (HashSet::new(), Vec::new());
    for _ in 0..3 {
        let (mut socket, id) = service.client().await;
        for n in 0..3 {
            socket.send(n.to_string()).await;
            let context = service.event(SocketFunction::Frame).await["requestContext"].take();
            assert_eq!(context["connectionId"], id.as_str());
            assert!(ids.insert(context["messageId"].as_str().unwrap().to_owned()));
            assert!(ids.insert(context["requestId"].as_str().unwrap().to_owned()));
        }
        assert!(ids.insert(id));
        sockets.push(socket);
    }
}

#[rstest]
#[case::of_the_sdk(r#"{"action":"ping","ack":"true"}"#)]
#[case::with_a_type(r#"{"type":"auth","action":"ping"}"#)]
#[tokio::test]
async fn a_ping_is_answered_without_a_function(#[case] ping: &str) {
    let service = Doubled::start().await;
    let mut socket = Socket::open(service.url()).await;
    socket.send(ping).await;
    assert_eq!(socket.json().await, json!({ "action": "pong" }));
    drop(socket);
    assert!(service.stop().await.iter().all(|(function, _)| *function == SocketFunction::Close));
}

#[rstest]
#[case::no_json("ping")]
#[case::another_action(r#"{"action":"pong"}"#)]
#[case::deeper(r#"{"body":{"action":"ping"}}"#)]
#[case::a_list(r#"["action","ping"]"#)]
#[case::no_text(r#"{"action":1}"#)]
#[case::nothing("")]
#[tokio::test]
async fn every_other_frame_goes_to_the_default_route(#[case] frame: &str) {
    let service = Doubled::start().await;
    let mut socket = Socket::open(service.url()).await;
    socket.send(frame).await;
    let event = service.event(SocketFunction::Frame).await;
    assert_eq!(event["body"], frame);
    // 200 is no frame.
    socket.expect_silence().await;
}

#[tokio::test]
async fn a_frame_in_pieces_is_one_message() {
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

    let service = Doubled::start().await;
    let mut socket = Socket::open(service.url()).await;
    for (part, code, is_last) in [("one ", Data::Text, false), ("message", Data::Continue, true)] {
        socket.send_message(Message::Frame(Frame::message(part, OpCode::Data(code), is_last))).await;
    }
    assert_eq!(service.event(SocketFunction::Frame).await["body"], "one message");
}

#[tokio::test]
async fn frames_of_one_connection_are_at_the_function_side_by_side() {
    // Each waits for the other seven, so one at a time none would be answered.
    let together = Arc::new(Barrier::new(8));
    let service = Doubled::start_with(SocketLimits::default(), move |_| {
        let together = together.clone();
        async move {
            together.wait().await;
            Err("all are here".to_owned())
        }
    })
    .await;
    let mut socket = Socket::open(service.url()).await;
    for n in 0..8 {
        socket.send(n.to_string()).await;
    }
    for _ in 0..8 {
        assert_eq!(socket.json().await["message"], "Internal server error");
    }
}

#[tokio::test]
async fn a_ping_of_the_protocol_is_answered() {
    let service = Doubled::start().await;
    let mut socket = Socket::open(service.url()).await;
    socket.send_message(Message::Ping("alive".into())).await;
    socket.expect_silence().await;
}

#[rstest]
#[case::an_error(Err("broken".to_owned()))]
#[case::no_answer(Ok(Value::Null))]
#[case::no_status(Ok(json!({ "body": "done" })))]
#[tokio::test]
async fn a_client_is_told_that_a_function_failed(#[case] answer: Result<Value, String>) {
    let service = Doubled::start_with(SocketLimits::default(), move |_| {
        let answer = answer.clone();
        async move { answer }
    })
    .await;
    let mut socket = Socket::open(service.url()).await;
    socket.send("frame").await;
    let context = service.event(SocketFunction::Frame).await["requestContext"].take();
    let expected = json!({
        "message": "Internal server error",
        "connectionId": context["connectionId"],
        "requestId": context["requestId"],
    });
    assert_eq!(socket.json().await, expected);
    socket.expect_silence().await;
}

#[rstest]
#[case::in_words(Some((1000, "User logged out")), 1000, "User logged out")]
#[case::another_code(Some((4001, "")), 4001, "")]
#[case::without_a_word(None, 1005, "Client-side close frame status not set")]
#[tokio::test]
async fn a_client_that_closes_is_told_of_once(
    #[case] frame: Option<(u16, &str)>,
    #[case] code: u16,
    #[case] reason: &str,
) {
    let service = Doubled::start().await;
    let (mut socket, id) = service.client().await;
    socket.close(frame).await;
    let event = service.event(SocketFunction::Close).await;
    let context = &event["requestContext"];
    for (name, value) in [
        ("routeKey", json!("$disconnect")),
        ("eventType", json!("DISCONNECT")),
        ("connectionId", json!(id)),
        ("disconnectStatusCode", json!(code)),
        ("disconnectReason", json!(reason)),
    ] {
        assert_eq!(context[name], value, "{name}");
    }
    assert_eq!(event["headers"]["Host"], context["domainName"]);
    assert_eq!(socket.told().await, Told::Closed(code, frame.map(|(_, reason)| reason.to_owned()).unwrap_or_default()));
    drop(socket);
    assert_eq!(service.stop().await, []);
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_of_once() {
    let service = Doubled::start().await;
    let (socket, id) = service.client().await;
    drop(socket);
    let context = service.event(SocketFunction::Close).await["requestContext"].take();
    assert_eq!((&context["connectionId"], &context["disconnectStatusCode"]), (&json!(id), &json!(1006)));
    assert_eq!(service.stop().await, []);
}

#[tokio::test]
async fn a_function_that_has_a_frame_ends_its_work_when_the_client_is_gone() {
    let (closed, is_closed) = tokio::sync::watch::channel(false);
    let (ended, mut has_ended) = tokio::sync::mpsc::unbounded_channel();
    let service = Doubled::start_with(SocketLimits::default(), move |_| {
        let (mut is_closed, ended) = (is_closed.clone(), ended.clone());
        async move {
            let _ = is_closed.wait_for(|is_closed| *is_closed).await;
            let _ = ended.send(());
            Ok(done())
        }
    })
    .await;
    let (mut socket, _) = service.client().await;
    socket.close(None).await;
    service.event(SocketFunction::Close).await;
    closed.send_replace(true);
    tests::socket::patiently("the end of the function", has_ended.recv()).await.unwrap();
}

#[tokio::test]
async fn a_service_that_stops_takes_leave_of_all() {
    let service = Doubled::start().await;
    let (mut first, one) = service.client().await;
    let (mut second, other) = service.client().await;
    let events = tokio::spawn(service.stop());
    for socket in [&mut first, &mut second] {
        assert_eq!(socket.told().await, Told::Closed(1001, "Going away".to_owned()));
        assert_eq!(socket.told().await, Told::Gone);
    }
    // It waits a moment for clients that do not go.
    drop((first, second));
    let events = events.await.unwrap();
    let told: HashSet<&str> = events
        .iter()
        .filter(|(function, _)| *function == SocketFunction::Close)
        .map(|(_, event)| event["requestContext"]["connectionId"].as_str().unwrap())
        .collect();
    assert_eq!((events.len(), told), (2, HashSet::from([one.as_str(), other.as_str()])));
}

#[tokio::test]
async fn what_is_no_upgrade_goes_to_the_rest_api() {
    let service = Doubled::start().await;
    let answer = reqwest::Client::new().post(service.api.origin()).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    let answer = reqwest::Client::new().get(service.api.origin()).header("upgrade", "websocket").send().await.unwrap();
    assert_eq!(answer.status(), 400);
}
