//! Another implementation of DynamoDB and S3 than the embedded one: where `HALLEY_SECOND_DATABASE` says that one listens,
//! every test gets an account of its own there, and in it the table and the bucket of the CloudFormation template in the
//! file `HALLEY_SECOND_TEMPLATE`. `./do second-database` starts it, writes that file, and names the tests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use aws_credential_types::Credentials;
use local::{Data, Elsewhere};
use serde_json::Value;

use crate::segment;

/// Where the second implementation listens: `http://127.0.0.1:<port>`, if there is one.
pub fn url() -> Option<String> {
    std::env::var("HALLEY_SECOND_DATABASE").ok().filter(|url| !url.is_empty())
}

/// The same data in the second implementation, if there is one and they are to be gone with the test.
pub fn in_place_of(data: Data) -> Data {
    match (url(), data) {
        (Some(url), Data::Memory) => Data::Elsewhere(account(url)),
        (_, data) => data,
    }
}

/// A new account with a table and a bucket. It is known by its access key, which is why the key is a number.
fn account(url: String) -> Elsewhere {
    let key = format!("1{:011}", fastrand::u64(..100_000_000_000));
    let credentials = Credentials::new(&key, "test", None, None, "tests");
    // All accounts share the names of buckets.
    let bucket = bucket_of(&credentials);
    let file = std::env::var("HALLEY_SECOND_TEMPLATE").expect("HALLEY_SECOND_TEMPLATE names a file");
    let template = std::fs::read_to_string(file).unwrap();
    let create = format!(
        "Action=CreateStack&Version=2010-05-15&StackName=data&TemplateBody={}\
         &Parameters.member.1.ParameterKey=Name&Parameters.member.1.ParameterValue={bucket}",
        segment(&template)
    );
    cloudformation(&credentials, &create);
    for _ in 0..3_000 {
        let described = cloudformation(&credentials, "Action=DescribeStacks&Version=2010-05-15&StackName=data");
        if described.contains("<StackStatus>CREATE_COMPLETE<") {
            return Elsewhere { url, credentials, bucket };
        }
        assert!(described.contains("<StackStatus>CREATE_IN_PROGRESS<"), "{described}");
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the second database makes no table");
}

fn bucket_of(credentials: &Credentials) -> String {
    format!("halley-{}", credentials.access_key_id())
}

/// Carries an operation of DynamoDB out.
pub fn dynamodb(credentials: &Credentials, operation: &str, request: &Value) -> Value {
    let target = format!("x-amz-target: DynamoDB_20120810.{operation}\r\ncontent-type: application/x-amz-json-1.0\r\n");
    serde_json::from_str(&call(credentials, "dynamodb", &format!("POST / HTTP/1.1\r\n{target}"), &request.to_string()))
        .unwrap()
}

/// The keys of all objects in the bucket of an account.
pub fn objects(credentials: &Credentials) -> Vec<String> {
    let list = format!("GET /{}?list-type=2 HTTP/1.1\r\n", bucket_of(credentials));
    let listed = call(credentials, "s3", &list, "");
    let keys = listed.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
    keys.map(|(key, _)| key.to_owned()).collect()
}

fn cloudformation(credentials: &Credentials, form: &str) -> String {
    let head = "POST / HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    call(credentials, "cloudformation", head, form)
}

/// A request that nobody checks the signature of. Blocks, which is fine: who answers is another process.
fn call(credentials: &Credentials, service: &str, head: &str, body: &str) -> String {
    let url = url().unwrap();
    let host = url.strip_prefix("http://").unwrap();
    let account = credentials.access_key_id();
    let signed = format!(
        "authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/local/{service}/aws4_request, \
         SignedHeaders=host, Signature=0\r\n"
    );
    let length = body.len();
    let request = format!("{head}{signed}host: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    let mut connection = TcpStream::connect(host).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    // Answers of unknown length come in one piece.
    match head.to_lowercase().contains("transfer-encoding: chunked") {
        true => dechunked(body),
        false => body.to_owned(),
    }
}

fn dechunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).unwrap();
        whole.push_str(&rest[..length]);
        body = rest[length..].trim_start_matches("\r\n");
    }
    whole
}
