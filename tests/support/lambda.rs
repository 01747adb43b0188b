//! One function as Lambda runs it: its built binary, and the Runtime API that it takes the event from and answers to.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, Response, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::{Mutex, oneshot};

use crate::Api;

/// The one invocation: its event, until it is fetched, and whom to tell of the answer.
struct Invocation {
    event: Mutex<Option<String>>,
    answered: Mutex<Option<oneshot::Sender<Result<Value, String>>>>,
}

/// Whether the binaries are built from this code: `.ci/run` does that, and sets the variable.
pub fn has_binaries() -> bool {
    std::env::var_os("HALLEY_REAL_BINARIES").is_some()
}

/// Starts the binary of a function on the table and bucket of `api`, hands it one event and returns its answer.
pub async fn invoke(api: &Api, function: &str, event: &Value) -> Value {
    let (sender, answered) = oneshot::channel();
    let invocation =
        Arc::new(Invocation { event: Mutex::new(Some(event.to_string())), answered: Mutex::new(Some(sender)) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let router = Router::new().fallback(runtime_api).with_state(invocation);
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });

    let mut process = Command::new(binary(function))
        .env_clear()
        .envs(environment(api, function, &address))
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{function}: {error}; `cargo build --workspace --bins` makes the binaries"));
    let answer = tokio::select! {
        answer = answered => answer.unwrap(),
        ended = process.wait() => panic!("{function} ended before it answered: {ended:?}"),
    };
    process.kill().await.unwrap();
    serving.abort();
    answer.unwrap_or_else(|error| panic!("{function} failed: {error}"))
}

/// What Lambda and the template tell a function, with the local endpoints for AWS's.
fn environment(api: &Api, function: &str, runtime_api: &str) -> Vec<(&'static str, String)> {
    let fixed = [
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_REGION", "local"),
        ("TABLE_NAME", "halley"),
        ("BUCKET_NAME", "halley"),
    ];
    let mut variables: Vec<_> = fixed.map(|(name, value)| (name, value.to_owned())).to_vec();
    let credentials = api.credentials();
    variables.push(("AWS_ACCESS_KEY_ID", credentials.access_key_id().to_owned()));
    variables.push(("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key().to_owned()));
    variables.push(("AWS_LAMBDA_FUNCTION_NAME", function.to_owned()));
    variables.push(("AWS_LAMBDA_RUNTIME_API", runtime_api.to_owned()));
    variables.push(("AWS_ENDPOINT_URL_DYNAMODB", api.local().dynamodb_url.clone()));
    variables.push(("AWS_ENDPOINT_URL_S3", api.local().s3_url.clone()));
    variables
}

async fn runtime_api(State(invocation): State<Arc<Invocation>>, req: Request) -> Response<Body> {
    let path = req.uri().path().to_owned();
    if *req.method() == Method::GET && path.ends_with("/invocation/next") {
        return next(&invocation).await;
    }
    let body = to_bytes(req.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let answer = if path.ends_with("/response") {
        serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))
    } else {
        Err(format!("{path}: {text}"))
    };
    if let Some(sender) = invocation.answered.lock().await.take() {
        let _ = sender.send(answer);
    }
    Response::builder().status(StatusCode::ACCEPTED).body(Body::empty()).unwrap()
}

/// The event, once; whoever asks again waits until the process is ended.
async fn next(invocation: &Invocation) -> Response<Body> {
    let Some(event) = invocation.event.lock().await.take() else { return std::future::pending().await };
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        .header("lambda-runtime-deadline-ms", "4102444800000")
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:local:123456789012:function:halley")
        .body(Body::from(event))
        .unwrap()
}

/// `target/<profile>/<function>`, beside the folder of the running test.
fn binary(function: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join(format!("{function}{}", std::env::consts::EXE_SUFFIX))
}
