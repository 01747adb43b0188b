//! `halley-admin webhooks retry`: what AWS keeps of what webhooks did not take, sent again.

use std::sync::{Arc, Mutex};

use admin::Arguments;
use aws_credential_types::Credentials;
use axum::Router;
use axum::extract::Request;
use clap::Parser;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// An SQS and a Lambda: the first holds these messages, the second takes what `takes` says.
struct Cloud {
    url: String,
    left: Arc<Mutex<Vec<Value>>>,
    invoked: Arc<Mutex<Vec<(String, Value)>>>,
}

async fn cloud(bodies: &[Value], lambda: u16) -> Cloud {
    let message = |(n, body): (usize, &Value)| json!({ "ReceiptHandle": n.to_string(), "Body": body.to_string() });
    let left: Arc<Mutex<Vec<Value>>> = Arc::new(Mutex::new(bodies.iter().enumerate().map(message).collect()));
    let invoked: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
    let hidden: Arc<Mutex<usize>> = Arc::default();
    let (kept, seen) = (left.clone(), invoked.clone());
    let router = Router::new().fallback(move |req: Request| {
        let (kept, seen, hidden) = (kept.clone(), seen.clone(), hidden.clone());
        async move {
            let target = req.headers().get("x-amz-target").map(|target| target.to_str().unwrap().to_owned());
            let signed = req.headers()["authorization"].to_str().unwrap().to_owned();
            let path = req.uri().path().to_owned();
            let body = axum::body::to_bytes(req.into_body(), usize::MAX).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            match target.as_deref() {
                Some("AmazonSQS.ReceiveMessage") => {
                    assert!(signed.contains("/sqs/aws4_request"), "{signed}");
                    // What was handed over is hidden for a while.
                    let (kept, mut hidden) = (kept.lock().unwrap(), hidden.lock().unwrap());
                    let messages = if *hidden == 0 { kept.clone() } else { Vec::new() };
                    *hidden += 1;
                    (axum::http::StatusCode::OK, json!({ "Messages": messages }).to_string())
                }
                Some("AmazonSQS.DeleteMessage") => {
                    kept.lock().unwrap().retain(|message| message["ReceiptHandle"] != body["ReceiptHandle"]);
                    (axum::http::StatusCode::OK, String::new())
                }
                _ => {
                    seen.lock().unwrap().push((path, body));
                    (axum::http::StatusCode::from_u16(lambda).unwrap(), String::new())
                }
            }
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Cloud { url, left, invoked }
}

async fn retry(cloud: &Cloud) -> Result<String, admin::AdminError> {
    let queue = format!("{}/123456789012/failed", cloud.url);
    let arguments =
        ["halley-admin", "--table", "halley", "--endpoint-url", &cloud.url, "webhooks", "retry", "--queue", &queue];
    let mut out = Vec::new();
    let credentials = Credentials::new("AKID", "secret", None, None, "test");
    admin::run_as(Arguments::try_parse_from(arguments).unwrap(), Some(credentials), &mut out).await?;
    Ok(String::from_utf8(out).unwrap())
}

/// As Lambda writes it to the destination of failures.
fn failure(n: u64) -> Value {
    json!({ "version": "1.0", "requestContext": { "condition": "RetriesExhausted",
        "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:halley-deliver-webhook:$LATEST" },
        "requestPayload": { "n": n }, "responsePayload": { "errorMessage": "it answered 500" } })
}

#[tokio::test]
async fn what_failed_is_sent_again_and_leaves_the_queue() {
    let cloud = cloud(&[failure(1), json!({ "strange": true }), failure(2)], 202).await;
    let said = retry(&cloud).await.unwrap();
    assert_eq!(said, "2 sent again\n1 are no failures of a function and were left in the queue\n");
    let path = "/2015-03-31/functions/halley-deliver-webhook/invocations".to_owned();
    assert_eq!(*cloud.invoked.lock().unwrap(), [(path.clone(), json!({ "n": 1 })), (path, json!({ "n": 2 }))]);
    assert_eq!(cloud.left.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_not_taken_stays_in_the_queue() {
    let cloud = cloud(&[failure(1)], 429).await;
    assert!(retry(&cloud).await.unwrap_err().to_string().contains("429"));
    assert_eq!(cloud.left.lock().unwrap().len(), 1);
}
