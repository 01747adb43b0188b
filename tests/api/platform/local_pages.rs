//! The pages of the local service: the chat, and the tokens that it and the reference get to sign in with.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH, ORIGIN};
use reqwest::{Client, Method, RequestBuilder};
use rstest::rstest;
use serde_json::Value;
use tests::Api;

/// How much the page may be, uncompressed. `tests/chat` measures what a first visit loads, which is a third of it, compressed.
const MOST_BYTES: usize = 250_000;

fn request(api: &Api, method: Method, path: &str) -> RequestBuilder {
    Client::new().request(method, format!("{}{path}", api.origin()))
}

/// The files of `examples/chat` that are parts of the page.
fn files() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/chat");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.ends_with(".md") && !name.ends_with(".json")).collect()
}

#[tokio::test]
async fn the_chat_is_served_whole_and_small() {
    let api = Api::start().await;
    let mut n_bytes = 0;
    for name in files() {
        let path = if name == "index.html" { "/".to_owned() } else { format!("/{name}") };
        let answer = request(&api, Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{name}");
        let content_type = answer.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        let expected = match name.rsplit('.').next().unwrap() {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("{other}"),
        };
        assert_eq!(content_type, expected, "{name}");
        let tag = answer.headers()[ETAG].clone();
        n_bytes += answer.bytes().await.unwrap().len();
        let again = request(&api, Method::GET, &path).header(IF_NONE_MATCH, tag).send().await.unwrap();
        assert_eq!((again.status().as_u16(), again.bytes().await.unwrap().len()), (304, 0), "{name}");
    }
    assert!(n_bytes < MOST_BYTES, "{n_bytes} bytes");
    assert!(api.lines().is_empty(), "no function serves pages");
}

#[rstest]
#[case::the_chat("/")]
#[case::the_reference("/docs")]
#[case::the_description("/openapi.json")]
#[tokio::test]
async fn who_asks_for_the_head_of_a_page_gets_that_alone(#[case] path: &str) {
    let api = Api::start().await;
    let whole = request(&api, Method::GET, path).send().await.unwrap();
    let head = request(&api, Method::HEAD, path).send().await.unwrap();
    assert_eq!(head.status(), 200);
    for name in [CONTENT_TYPE, CONTENT_LENGTH] {
        assert_eq!(head.headers()[&name], whole.headers()[&name], "{name}");
    }
    assert_eq!(head.bytes().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_seeded_user_gets_a_token_that_acts_as_them() {
    let api = Api::start().await;
    let answer = request(&api, Method::GET, "/local/users").send().await.unwrap();
    let users: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(users["data"].as_array().unwrap().len(), 5);
    let uid = users["data"][1]["uid"].as_str().unwrap();
    let answer = request(&api, Method::POST, &format!("/local/users/{uid}/token")).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let token: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let token = token["data"]["authToken"].as_str().unwrap();
    let me = request(&api, Method::GET, "/v3/me").header("authToken", token).send().await.unwrap();
    let me: Value = serde_json::from_str(&me.text().await.unwrap()).unwrap();
    assert_eq!(me["data"]["uid"], uid);
}

#[rstest]
#[case::a_page(|request: RequestBuilder| request.header(ORIGIN, "https://evil.example"))]
#[case::another_local_page(|request: RequestBuilder| request.header(ORIGIN, "http://127.0.0.1:3000"))]
#[case::a_file(|request: RequestBuilder| request.header(ORIGIN, "null"))]
#[case::another_name(|request: RequestBuilder| request.header(HOST, "evil.example"))]
#[case::a_page_that_names_no_origin(|request: RequestBuilder| request.header("sec-fetch-site", "cross-site"))]
#[case::who_comes_through_a_front(|request: RequestBuilder| request.header("x-forwarded-for", "203.0.113.7"))]
#[tokio::test]
async fn no_page_of_another_origin_gets_a_token(#[case] change: fn(RequestBuilder) -> RequestBuilder) {
    let api = Api::start().await;
    for (method, path) in [(Method::GET, "/local/users"), (Method::POST, "/local/users/cometchat-uid-1/token")] {
        let answer = change(request(&api, method, path)).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{path}");
        let is_for_pages = answer.headers().keys().any(|name| name.as_str().starts_with("access-control-"));
        assert!(!is_for_pages && !answer.text().await.unwrap().contains("cometchat"), "{path}");
    }
}

#[tokio::test]
async fn only_seeded_people_get_tokens_this_way() {
    let api = Api::start().await;
    api.user("ash").await;
    for uid in ["ash", "halley-bot", "nobody", "app_system"] {
        let answer = request(&api, Method::POST, &format!("/local/users/{uid}/token")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{uid}");
        assert!(answer.text().await.unwrap().contains("ERR_UID_NOT_FOUND"), "{uid}");
    }
}
