//! `@connections`, as AWS's clients call it.

use std::sync::Arc;

use aws_credential_types::Credentials;
use local::{SocketFunction, SocketLimits};
use rstest::rstest;
use serde_json::{Value, json};
use tests::socket::{Connections, Socket, Told};

use super::{Doubled, done};

const KB: usize = 1024;

#[rstest]
#[case::without_a_stage("")]
#[case::with_a_stage("/prod")]
#[tokio::test]
async fn what_is_posted_reaches_its_client_alone_and_in_order(#[case] stage: &str) {
    let service = Doubled::start().await;
    let (mut socket, id) = service.client().await;
    let (mut other, _) = service.client().await;
    let connections = service.connections();
    let connections = Connections { endpoint: format!("{}{stage}", connections.endpoint), ..connections };
    for n in 0..20 {
        connections.post(&id, &format!("é {n}")).await;
    }
    for n in 0..20 {
        assert_eq!(socket.text().await, format!("é {n}"));
    }
    other.expect_silence().await;
}

#[tokio::test]
async fn a_function_answers_by_connections() {
    // The service tells where it is only when it is there.
    let connections: Arc<std::sync::OnceLock<Connections>> = Arc::default();
    let of_the_function = connections.clone();
    let service = Doubled::start_with(SocketLimits::default(), move |event: Value| {
        let connections = of_the_function.clone();
        async move {
            let id = event["requestContext"]["connectionId"].as_str().unwrap();
            let answer = json!({ "type": "auth", "body": { "code": "200", "status": "OK" } }).to_string();
            connections.get().unwrap().post(id, &answer).await;
            Ok(done())
        }
    })
    .await;
    assert!(connections.set(service.connections()).is_ok());
    let mut socket = Socket::open(service.url()).await;
    socket.send(r#"{"type":"auth"}"#).await;
    assert_eq!(socket.json().await["body"]["code"], "200");
}

#[tokio::test]
async fn a_connection_is_shown() {
    let service = Doubled::start().await;
    let (mut socket, id) = service.client().await;
    socket.expect_silence().await;
    let (status, _, body) = service.connections().call("GET", &id, b"").await;
    let shown: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &shown["identity"]["sourceIp"]), (200, &json!("127.0.0.1")), "{body}");
    let [connected_at, last_active_at] = ["connectedAt", "lastActiveAt"].map(|name| shown[name].as_str().unwrap());
    assert!(connected_at.starts_with("20") && connected_at.ends_with('Z') && connected_at.contains('T'), "{body}");
    // Zeros at the end of a fraction are left out.
    assert!(connected_at.trim_end_matches('Z') <= last_active_at.trim_end_matches('Z'), "{body}");
}

#[tokio::test]
async fn a_deleted_connection_is_closed_after_what_was_posted() {
    let service = Doubled::start().await;
    let (mut socket, id) = service.client().await;
    let connections = service.connections();
    connections.post(&id, "last").await;
    assert_eq!(connections.call("DELETE", &id, b"").await, (204, String::new(), String::new()));
    assert_eq!(socket.told().await, Told::Text("last".to_owned()));
    assert_eq!(socket.told().await, Told::Closed(1000, "Connection Closed Normally".to_owned()));
    let context = service.event(SocketFunction::Close).await["requestContext"].take();
    let expected = (&json!(id), &json!(1000), &json!("Connection Closed Normally"));
    let told = (&context["connectionId"], &context["disconnectStatusCode"], &context["disconnectReason"]);
    assert_eq!(told, expected);
    drop(socket);
    assert_eq!(service.stop().await, []);
}

#[tokio::test]
async fn a_connection_that_is_not_there_is_gone() {
    let service = Doubled::start().await;
    let connections = service.connections();
    let (mut closed, closed_id) = service.client().await;
    closed.close(None).await;
    service.event(SocketFunction::Close).await;
    let (_deleted, deleted_id) = service.client().await;
    connections.call("DELETE", &deleted_id, b"").await;
    for id in [closed_id.as_str(), &deleted_id, "JC1dgf9yoAMCK-g=", "no/id", "?"] {
        for method in ["POST", "GET", "DELETE"] {
            let (status, error, _) = connections.call(method, id, b"").await;
            assert_eq!((status, error.as_str()), (410, "GoneException"), "{method} {id}");
        }
    }
}

#[rstest]
#[case::the_most(128 * KB, 200, "")]
#[case::one_more(128 * KB + 1, 413, "PayloadTooLargeException")]
#[tokio::test]
async fn a_message_has_128_kb(#[case] n_bytes: usize, #[case] status: u16, #[case] error: &str) {
    let service = Doubled::start().await;
    let (mut socket, id) = service.client().await;
    let text = "x".repeat(n_bytes);
    let answer = service.connections().call("POST", &id, text.as_bytes()).await;
    assert_eq!((answer.0, answer.1.as_str()), (status, error));
    if status == 200 {
        assert!(socket.text().await == text);
    } else {
        socket.expect_silence().await;
    }
}

#[tokio::test]
async fn only_who_holds_the_credentials_is_heard() {
    let service = Doubled::start().await;
    let (mut socket, id) = service.client().await;
    let mine = service.api.credentials();
    let with = |id: &str, secret: &str| Credentials::new(id, secret, None, None, "test");
    for (credentials, name) in [
        (with("local", "local"), "UnrecognizedClientException"),
        (with(mine.access_key_id(), "local"), "InvalidSignatureException"),
    ] {
        let connections = Connections { credentials, ..service.connections() };
        for method in ["POST", "GET", "DELETE", "PATCH", "OPTIONS"] {
            let (status, error, _) = connections.call(method, &id, b"evil").await;
            assert_eq!((status, error.as_str()), (403, name), "{method}");
        }
    }
    let url = format!("{}/@connections/{}", service.api.origin(), id.replace('=', "%3D"));
    let answer = reqwest::Client::new().post(&url).header("origin", "https://evil.example").body("evil").send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 403);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
    socket.expect_silence().await;
}
