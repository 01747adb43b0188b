//! `tests/events`: an API Gateway event for each of the message operations, as deployed functions get them. Each is
//! answered by the local service, and by the function's own binary through Lambda's Runtime API; the two say the same.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rstest::rstest;
use serde_json::{Value, json};
use shared::log::say;
use shared::routes::Endpoint;
use tests::{Api, lambda, unzipped};

/// Headers that the gateway writes, whatever the client sends.
const GATEWAYS_OWN: [&str; 6] =
    ["content-length", "host", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"];

/// A message to `cometchat-uid-2` with a reply and two reactions, and one to the group. The first one's id.
async fn conversation(api: &Api) -> String {
    let (one, two) = (api.on_behalf_of("cometchat-uid-1"), api.on_behalf_of("cometchat-uid-2"));
    let message = one.send_text(&two, "The orchard gate is open").await;
    let path = format!("/messages/{}", message["id"]);
    two.post(format!("{path}/reactions/🌳"), json!({})).await.expect_ok();
    one.post(format!("{path}/reactions/🌳"), json!({})).await.expect_ok();
    let reply = json!({ "receiver": "cometchat-uid-1", "receiverType": "user", "data": { "text": "On my way" } });
    two.post(format!("{path}/thread"), reply).await.expect_ok();
    one.send_text_to_group("cometchat-guid-1", "Ladders are back").await;
    message["id"].to_string()
}

/// The event of a file, with the key of `api` and a message of its table.
fn event(file: &Path, api: &Api, message_id: &str) -> Value {
    let text = std::fs::read_to_string(file).unwrap();
    serde_json::from_str(&text.replace("API_KEY", api.api_key()).replace("MESSAGE_ID", message_id)).unwrap()
}

/// What an answer says of its body.
const ABOUT_BODIES: [&str; 3] = ["content-type", "content-encoding", "vary"];

/// Status, what is said of the body, and the body.
type Answered = (u64, [Option<String>; 3], Value);

/// Sends what the event says as an HTTP request.
async fn over_http(api: &Api, event: &Value) -> Answered {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let method = text(&event["requestContext"]["http"]["method"]);
    let url = format!("{}{}?{}", api.origin(), text(&event["rawPath"]), text(&event["rawQueryString"]));
    let mut request = reqwest::Client::new().request(method.parse().unwrap(), url).body(text(&event["body"]));
    for (name, value) in event["headers"].as_object().unwrap() {
        if !GATEWAYS_OWN.contains(&name.as_str()) {
            request = request.header(name, text(value));
        }
    }
    let answer = request.send().await.unwrap();
    let about = ABOUT_BODIES.map(|name| Some(answer.headers().get(name)?.to_str().unwrap().to_owned()));
    let status = u64::from(answer.status().as_u16());
    read(status, about, answer.bytes().await.unwrap().to_vec())
}

/// [`over_http`] of the function's binary.
async fn by_binary(api: &Api, function: &str, event: &Value) -> Answered {
    let answer = lambda::invoke(api, function, event).await;
    let about = ABOUT_BODIES.map(|name| Some(answer["headers"][name].as_str()?.to_owned()));
    assert_eq!(answer["isBase64Encoded"], about[1].is_some(), "{answer}");
    let body = answer["body"].as_str().unwrap();
    let bytes = if about[1].is_some() { BASE64_STANDARD.decode(body).unwrap() } else { body.as_bytes().to_vec() };
    read(answer["statusCode"].as_u64().unwrap(), about, bytes)
}

fn read(status: u64, about: [Option<String>; 3], bytes: Vec<u8>) -> Answered {
    let text = if about[1].is_some() { unzipped(&bytes) } else { String::from_utf8(bytes).unwrap() };
    (status, about, timeless(&serde_json::from_str(&text).unwrap()))
}

/// The same without ids and times, which no two services share: numbers and digits of 10 places and more.
fn timeless(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.as_u64().is_some_and(|number| 1_000_000_000 <= number) => json!("#"),
        Value::String(text) if 10 <= text.len() && text.bytes().all(|byte| byte.is_ascii_digit()) => json!("#"),
        Value::Array(items) => items.iter().map(timeless).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), timeless(value))).collect(),
        other => other.clone(),
    }
}

#[rstest]
#[tokio::test]
async fn a_function_answers_its_event_as_the_local_service_does(
    #[files("events/*.json")]
    #[base_dir = "${CARGO_MANIFEST_DIR}"]
    file: std::path::PathBuf,
) {
    let function = file.file_stem().unwrap().to_str().unwrap();
    let api = Api::start().await;
    let locally = event(&file, &api, &conversation(&api).await);
    let answer = over_http(&api, &locally).await;
    assert_eq!((answer.0, answer.1[0].as_deref()), (200, Some("application/json")), "{}", answer.2);
    assert_ne!(answer.2["data"], json!([]), "an event finds something");
    assert_eq!(api.last_line().function, function);

    if !lambda::has_binaries() {
        say(format_args!("SKIPPED: the binary of {function}; .ci/run builds it and sets HALLEY_REAL_BINARIES"));
        return;
    }
    let other = Api::start().await;
    let deployed = event(&file, &other, &conversation(&other).await);
    assert_eq!(by_binary(&other, function, &deployed).await, answer);
}

#[tokio::test]
async fn a_function_refuses_as_the_local_service_does() {
    if !lambda::has_binaries() {
        say(format_args!("SKIPPED: .ci/run builds the binaries and sets HALLEY_REAL_BINARIES"));
        return;
    }
    let api = Api::start().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("events/get-message.json");
    let mut unknown = event(&file, &api, "1");
    for (key, status) in [(api.api_key(), 404), ("nobody's", 401)] {
        unknown["headers"]["apikey"] = json!(key);
        let answer = by_binary(&api, "get-message", &unknown).await;
        assert_eq!(answer.0, status);
        assert_eq!(answer, over_http(&api, &unknown).await);
    }
}

#[tokio::test]
async fn a_function_compresses_as_the_local_service_does() {
    let api = Api::start().await;
    conversation(&api).await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("events/list-user-messages.json");
    let mut listed = event(&file, &api, "1");
    listed["headers"]["accept-encoding"] = json!("gzip, deflate, br");
    let answer = over_http(&api, &listed).await;
    assert_eq!((answer.0, answer.1[1].as_deref()), (200, Some("gzip")));
    if !lambda::has_binaries() {
        say(format_args!("SKIPPED: .ci/run builds the binaries and sets HALLEY_REAL_BINARIES"));
        return;
    }
    assert_eq!(by_binary(&api, "list-user-messages", &listed).await, answer);
}

#[test]
fn every_event_takes_the_route_of_its_function() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut functions = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let function = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let event: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let endpoint = Endpoint::ALL.iter().find(|endpoint| endpoint.function() == function).expect("a function");
        let (method, route) = event["routeKey"].as_str().unwrap().split_once(' ').unwrap();
        assert!(endpoint.routes().contains(&(method, route)), "{function}: {method} {route}");
        let mut path = route.to_owned();
        for (name, value) in event["pathParameters"].as_object().unwrap() {
            let value = value.as_str().unwrap();
            path = path.replace(&format!("{{{name}}}"), value).replace(&format!("{{{name}+}}"), value);
        }
        assert_eq!(event["rawPath"], path, "{function}");
        functions.insert(function);
    }
    assert_eq!(functions.len(), 14, "{functions:?}");
}
