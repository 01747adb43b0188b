//! The platform's limits: sizes, time, and how much is open or waits.

use std::time::Duration;

use local::{SocketFunction, SocketLimits};
use rstest::rstest;
use tests::socket::{Socket, Told};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::{Doubled, done};

const KB: usize = 1024;
const SHORT: Duration = Duration::from_millis(200);

/// Sends a message in frames of this size.
async fn send_in_frames(socket: &mut Socket, n_bytes: usize, frame: usize) {
    let n_frames = n_bytes.div_ceil(frame);
    for n in 0..n_frames {
        let code = if n == 0 { Data::Text } else { Data::Continue };
        let size = frame.min(n_bytes - n * frame);
        let frame = Frame::message("x".repeat(size), OpCode::Data(code), n + 1 == n_frames);
        socket.send_message(Message::Frame(frame)).await;
    }
}

#[rstest]
#[case::the_largest_frame(32 * KB, 32 * KB)]
#[case::the_largest_message(128 * KB, 32 * KB)]
#[tokio::test]
async fn a_message_within_the_limits_is_told(#[case] n_bytes: usize, #[case] frame: usize) {
    let service = Doubled::start().await;
    let mut socket = Socket::open(service.url()).await;
    send_in_frames(&mut socket, n_bytes, frame).await;
    let event = service.event(SocketFunction::Frame).await;
    assert_eq!(event["body"].as_str().unwrap().len(), n_bytes);
}

#[rstest]
#[case::a_frame(32 * KB + 1, 32 * KB + 1)]
#[case::a_message(128 * KB + 1, 32 * KB)]
#[tokio::test]
async fn more_closes_the_connection_with_1009(#[case] n_bytes: usize, #[case] frame: usize) {
    let service = Doubled::start().await;
    let mut socket = Socket::open(service.url()).await;
    send_in_frames(&mut socket, n_bytes, frame).await;
    assert_eq!(socket.told().await, Told::Closed(1009, "Message too long".to_owned()));
    let event = service.event(SocketFunction::Close).await;
    assert_eq!(event["requestContext"]["disconnectStatusCode"], 1009);
    drop(socket);
    assert_eq!(service.stop().await, []);
}

#[tokio::test]
async fn a_binary_frame_closes_the_connection_with_1003() {
    let service = Doubled::start().await;
    let mut socket = Socket::open(service.url()).await;
    socket.send_message(Message::binary("bytes")).await;
    assert!(matches!(socket.told().await, Told::Closed(1003, _)));
    let event = service.event(SocketFunction::Close).await;
    assert_eq!(event["requestContext"]["disconnectStatusCode"], 1003);
}

#[rstest]
#[case::an_idle_one(SocketLimits { idle: SHORT, ..SocketLimits::default() })]
#[case::an_old_one(SocketLimits { life: SHORT, ..SocketLimits::default() })]
#[tokio::test]
async fn a_connection_is_closed_when_its_time_is_over(#[case] limits: SocketLimits) {
    let service = Doubled::start_with(limits, async |_| Ok(done())).await;
    let mut socket = Socket::open(service.url()).await;
    assert_eq!(socket.told().await, Told::Closed(1001, "Going away".to_owned()));
    let context = service.event(SocketFunction::Close).await["requestContext"].take();
    assert_eq!((&context["disconnectStatusCode"], &context["disconnectReason"]), (&1001.into(), &"Going away".into()));
}

#[tokio::test]
async fn a_function_that_does_not_answer_in_time_is_told_of() {
    let limits = SocketLimits { integration: SHORT, ..SocketLimits::default() };
    let service = Doubled::start_with(limits, async |_| std::future::pending().await).await;
    let mut socket = Socket::open(service.url()).await;
    socket.send("frame").await;
    assert_eq!(socket.json().await["message"], "Endpoint request timed out");
}

#[tokio::test]
async fn there_are_so_many_connections_and_no_more() {
    let limits = SocketLimits { connections: 2, ..SocketLimits::default() };
    let service = Doubled::start_with(limits, async |_| Ok(done())).await;
    let (mut first, _) = service.client().await;
    let (mut second, _) = service.client().await;
    assert_eq!(Socket::try_open(service.url()).await.err(), Some(429));
    second.expect_silence().await;
    first.close(None).await;
    service.event(SocketFunction::Close).await;
    drop(first);
    // Its place is free when all that it led to is done, a moment later.
    while Socket::try_open(service.url()).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_waits_for_a_client_that_does_not_read_is_bounded() {
    const QUEUE: usize = 4;
    let limits = SocketLimits { queue: QUEUE, ..SocketLimits::default() };
    let service = Doubled::start_with(limits, async |_| Ok(done())).await;
    let (mut slow, id) = service.client().await;
    let (mut other, other_id) = service.client().await;
    let connections = service.connections();
    let text = "x".repeat(128 * KB);
    // What the operating system holds for both sides comes on top.
    let mut n_taken = 0;
    loop {
        match connections.call("POST", &id, text.as_bytes()).await {
            (200, ..) => n_taken += 1,
            (429, error, _) if error == "LimitExceededException" => break,
            other => panic!("{other:?}"),
        }
        assert!(n_taken < 2_000, "nothing bounds what waits");
    }
    connections.post(&other_id, "others are served").await;
    assert_eq!(other.text().await, "others are served");
    for _ in 0..n_taken {
        assert_eq!(slow.text().await.len(), text.len());
    }
    connections.post(&id, "again").await;
    assert_eq!(slow.text().await, "again");
}

#[tokio::test]
async fn a_client_that_does_not_read_can_be_closed() {
    let limits = SocketLimits { queue: 2, ..SocketLimits::default() };
    let service = Doubled::start_with(limits, async |_| Ok(done())).await;
    let (_slow, id) = service.client().await;
    let connections = service.connections();
    let text = "x".repeat(128 * KB);
    while connections.call("POST", &id, text.as_bytes()).await.0 == 200 {}
    assert_eq!(connections.call("DELETE", &id, b"").await.0, 204);
    assert_eq!(connections.call("POST", &id, b"").await.0, 410);
    let event = service.event(SocketFunction::Close).await;
    assert_eq!(event["requestContext"]["connectionId"], id);
}
