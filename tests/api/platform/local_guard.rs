//! The local service keeps to itself: its DynamoDB and S3 answer whoever holds its credentials and no web page, and no
//! client holds it up.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use local::{Data, Local, Options};
use reqwest::RequestBuilder;
use rstest::rstest;
use tests::Api;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SCAN: &str = r#"{"TableName":"halley"}"#;

/// A scan of the table, signed with these credentials and sent with `body`, as `change` makes it.
async fn scan(
    api: &Api,
    credentials: Credentials,
    at: SystemTime,
    body: &'static str,
    change: fn(RequestBuilder) -> RequestBuilder,
) -> (u16, String, bool) {
    let url = format!("{}/", api.dynamodb_url());
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder().identity(&identity).region("local").name("dynamodb").time(at);
    let parameters = parameters.settings(SigningSettings::default()).build().unwrap().into();
    let headers = [("x-amz-target", "DynamoDB_20120810.Scan"), ("content-type", "application/x-amz-json-1.0")];
    let signable =
        SignableRequest::new("POST", url.as_str(), headers.into_iter(), SignableBody::Bytes(SCAN.as_bytes())).unwrap();
    let (signed, _) = sign(signable, &parameters).unwrap().into_parts();
    let mut request = reqwest::Client::new().post(&url).body(body);
    for (name, value) in headers.into_iter().chain(signed.headers()) {
        request = request.header(name, value);
    }
    let answer = change(request).send().await.unwrap();
    let is_for_pages = answer.headers().keys().any(|name| name.as_str().starts_with("access-control-"));
    (answer.status().as_u16(), answer.text().await.unwrap(), is_for_pages)
}

#[tokio::test]
async fn dynamodb_answers_what_is_signed_with_the_credentials_of_the_service() {
    let api = Api::start().await;
    let (status, text, is_for_pages) = scan(&api, api.credentials(), SystemTime::now(), SCAN, |request| request).await;
    assert_eq!((status, text.contains("cometchat-uid-1"), is_for_pages), (200, true, false), "{text}");
}

#[rstest]
#[case::a_page(|request: RequestBuilder| request.header("origin", "https://evil.example"))]
#[case::a_local_page(|request: RequestBuilder| request.header("origin", "http://127.0.0.1:3000"))]
#[case::a_file(|request: RequestBuilder| request.header("origin", "null"))]
#[case::another_name(|request: RequestBuilder| request.header("host", "evil.example"))]
#[case::a_name_that_begins_alike(|request: RequestBuilder| request.header("host", "localhost.evil.example"))]
#[tokio::test]
async fn dynamodb_answers_no_web_page_even_with_the_right_credentials(
    #[case] change: fn(RequestBuilder) -> RequestBuilder,
) {
    let api = Api::start().await;
    let (status, text, is_for_pages) = scan(&api, api.credentials(), SystemTime::now(), SCAN, change).await;
    assert_eq!((status, is_for_pages), (403, false), "{text}");
    assert!(!text.contains("cometchat-uid-1"), "{text}");
}

#[tokio::test]
async fn dynamodb_takes_no_other_signature() {
    const HOUR: Duration = Duration::from_secs(60 * 60);
    let api = Api::start().await;
    let mine = api.credentials();
    let with = |id: &str, secret: &str| Credentials::new(id, secret, None, None, "test");
    let now = SystemTime::now();
    for (credentials, at, body, error) in [
        (with("local", "local"), now, SCAN, "UnrecognizedClientException"),
        (with(mine.access_key_id(), "local"), now, SCAN, "InvalidSignatureException"),
        (mine.clone(), now - HOUR, SCAN, "InvalidSignatureException"),
        (mine.clone(), now + HOUR, SCAN, "InvalidSignatureException"),
        (mine.clone(), now, r#"{"TableName":"other"}"#, "InvalidSignatureException"),
    ] {
        let (status, text, _) = scan(&api, credentials, at, body, |request| request).await;
        assert!(status == 400 && text.contains(error), "{error}: {status} {text}");
    }
    for authorization in ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request"]
    {
        let request = reqwest::Client::new().post(api.dynamodb_url()).header("x-amz-target", "DynamoDB_20120810.Scan");
        let request = request.header("authorization", authorization).header("x-amz-date", "20260101T000000Z");
        let answer = request.body(SCAN).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 400);
        assert!(answer.text().await.unwrap().contains("MissingAuthenticationTokenException"));
    }
}

#[tokio::test]
async fn s3_is_reached_by_this_machines_names_only() {
    let api = Api::start().await;
    let answer = reqwest::Client::new().get(api.s3_url()).header("host", "evil.example").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

/// Sends these bytes to the API and returns what comes back until the connection ends.
async fn raw(base_url: &str, bytes: &str) -> String {
    let address = base_url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the connection ends").unwrap();
    String::from_utf8(answer).unwrap()
}

#[rstest]
#[case::the_whole_server("OPTIONS *")]
#[case::a_tunnel("CONNECT example.org:443")]
#[tokio::test]
async fn a_request_for_no_path_is_answered(#[case] line: &str) {
    let api = Api::start().await;
    let request = format!("{line} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
    let answer = raw(api.base_url(), &request).await;
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("ERR_API_NOT_FOUND"), "{answer}");
}

#[rstest]
#[case::head("POST /v3/messages HTTP/1.1\r\nhost: 127.0.0.1\r\n")]
#[case::body("POST /v3/messages HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 10\r\n\r\n{")]
#[case::nothing("")]
#[case::a_handshake("\u{16}\u{3}\u{1}")]
#[tokio::test]
async fn a_request_that_is_half_sent_is_given_up(#[case] bytes: &str, #[values(false, true)] tls: bool) {
    let patience = Duration::from_millis(300);
    let options = Options { patience, tls, ..Options::on(Data::Memory) };
    let local = Local::start(options).await.unwrap();
    let answer = raw(&local.base_url, bytes).await;
    // Without TLS the first bytes of its handshake are no request, which is said.
    let is_no_request = bytes.starts_with('\u{16}') && answer.starts_with("HTTP/1.1 400");
    assert!(answer.is_empty() || is_no_request || answer.contains("did not arrive in time"), "{answer}");
    local.stop().await.unwrap();
}
