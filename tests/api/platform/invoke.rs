//! Asynchronous invocations as Lambda takes them: one signed request.

use std::sync::Arc;

use aws_credential_types::Credentials;
use shared::aws::call::Calls;
use shared::invoke::{Invoker, Lambda};
use shared::store::Endpoint;
use shared::worker::Worker;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// Who invokes, and what the one request was that is answered with `status`.
async fn lambda(status: &'static str) -> (Invoker, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let request = Arc::new(Mutex::new(String::new()));
    let seen = request.clone();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = seen.lock().await;
        while !seen.ends_with("\"slice\":3}") {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).await.unwrap();
            seen.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        }
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    let credentials = Credentials::new("AKID", "secret", Some("session".to_owned()), None, "test");
    let aws = shared::aws::config_with(&Endpoint::Local(url), Some(credentials)).await;
    let calls = Calls::new(aws, shared::clock::system);
    let run_job = Some("halley-run-job".to_owned());
    (Invoker::Lambda(Box::new(Lambda { calls, run_job, deliver_webhook: None })), request)
}

const PAYLOAD: &str = r#"{"job":"group#orchard","slice":3}"#;

#[tokio::test]
async fn an_invocation_is_a_signed_request_for_an_event() {
    let (invoker, request) = lambda("202 Accepted").await;
    invoker.invoke(Worker::RunJob, PAYLOAD.as_bytes().to_vec()).await.unwrap();
    let request = request.lock().await;
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, PAYLOAD);
    assert!(head.starts_with("POST /2015-03-31/functions/halley-run-job/invocations HTTP/1.1\r\n"), "{head}");
    let head = head.to_lowercase();
    assert!(head.contains("\r\nx-amz-invocation-type: event"), "{head}");
    assert!(head.contains("\r\nx-amz-security-token: session"), "{head}");
    assert!(head.contains("/local/lambda/aws4_request"), "{head}");
    assert!(head.contains("signedheaders=content-type;host;"), "{head}");
}

#[tokio::test]
async fn an_invocation_that_is_not_taken_is_an_error() {
    let (invoker, _) = lambda("429 Too Many Requests").await;
    let refused = invoker.invoke(Worker::RunJob, PAYLOAD.as_bytes().to_vec()).await.unwrap_err();
    assert!(refused.to_string().contains("429"), "{refused}");
    let unknown = invoker.invoke(Worker::DeliverEvents, Vec::new()).await;
    assert!(unknown.is_err());
}
