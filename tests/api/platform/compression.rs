//! Answers are compressed for clients that take it, where it pays; whoever says nothing reads them as they are.

use reqwest::header::{ACCEPT_ENCODING, HeaderValue};
use shared::http::compression::SMALLEST;
use tests::{Api, unzipped};

/// What an answer says of its encoding, and its bytes.
#[derive(Debug, PartialEq)]
struct Read {
    encoding: Option<String>,
    vary: Option<String>,
    bytes: Vec<u8>,
}

/// Reads as the seeded user, past the actors: they say nothing of what they accept.
async fn read(api: &Api, method: &str, path: &str, accepted: Option<&[u8]>) -> Read {
    let url = format!("{}{path}", api.base_url());
    let mut request = reqwest::Client::new().request(method.parse().unwrap(), url);
    request = request.header("apikey", api.api_key()).header("onbehalfof", "cometchat-uid-1");
    if let Some(accepted) = accepted {
        request = request.header(ACCEPT_ENCODING, HeaderValue::from_bytes(accepted).unwrap());
    }
    let answer = request.send().await.unwrap();
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (encoding, vary) = (header("content-encoding"), header("vary"));
    Read { encoding, vary, bytes: answer.bytes().await.unwrap().to_vec() }
}

/// A service in which the page `/users/cometchat-uid-2/messages` is long, of texts like this.
async fn with_page(text: &str) -> Api {
    let api = Api::start().await;
    let (one, two) = (api.on_behalf_of("cometchat-uid-1"), api.on_behalf_of("cometchat-uid-2"));
    for _ in 0..4 {
        one.send_text(&two, text).await;
    }
    api
}

const PAGE: &str = "/users/cometchat-uid-2/messages?limit=4";

#[tokio::test]
async fn a_client_that_takes_gzip_reads_the_same_in_fewer_bytes() {
    let api = with_page("The ladders are back").await;
    let plain = read(&api, "GET", PAGE, None).await;
    assert_eq!((plain.encoding.as_deref(), plain.vary.as_deref()), (None, Some("accept-encoding")));
    assert!(SMALLEST <= plain.bytes.len());
    let many = format!("{}gzip", "br;q=0.1,".repeat(1_000));
    let taken: [&[u8]; 12] = [
        b"gzip",
        b"GZIP",
        b"x-gzip",
        b"gzip, deflate, br, zstd",
        b"br,gzip;q=0.2",
        b"gzip;q=1.000",
        b" gzip ; Q=0.5 ",
        b"*",
        b"identity;q=0, *;q=0.1",
        b"gzip;q=0.5, identity;q=0.5",
        b",;,=;q,gzip,",
        many.as_bytes(),
    ];
    for accepted in taken {
        let zipped = read(&api, "GET", PAGE, Some(accepted)).await;
        let said = String::from_utf8_lossy(accepted);
        assert_eq!(
            (zipped.encoding.as_deref(), zipped.vary.as_deref()),
            (Some("gzip"), Some("accept-encoding")),
            "{said}"
        );
        assert!(zipped.bytes.len() * 2 < plain.bytes.len(), "{said}");
        assert_eq!(unzipped(&zipped.bytes).as_bytes(), plain.bytes, "{said}");
    }
    let refused: [&[u8]; 15] = [
        b"",
        b"br",
        b"deflate, zstd",
        b"identity",
        b"gzip;q=0",
        b"gzip;q=0.000, *",
        b"*;q=0",
        b"gzip;q=0.2, identity",
        b"gzip;q=NaN",
        b"gzip;q=-1",
        b"gzip;q=1.1",
        b"gzip;q=",
        b"gzip;level=9",
        b"\xc3\x28gzip",
        b"gzipped",
    ];
    for accepted in refused {
        assert_eq!(read(&api, "GET", PAGE, Some(accepted)).await, plain, "{}", String::from_utf8_lossy(accepted));
    }
}

#[tokio::test]
async fn an_answer_that_is_short_or_empty_stays_as_it_is() {
    let api = Api::start().await;
    for (method, path) in
        [("GET", "/users/cometchat-uid-2"), ("GET", "/users/nobody"), ("OPTIONS", "/messages"), ("HEAD", PAGE)]
    {
        let (plain, offered) = (read(&api, method, path, None).await, read(&api, method, path, Some(b"gzip")).await);
        assert_eq!((plain.encoding.as_deref(), plain.vary.as_deref()), (None, None), "{method} {path}");
        assert_eq!(offered, plain, "{method} {path}");
    }
}

/// Lambda is given bytes as Base64, a third longer: what it takes as text must not become too large for it.
#[tokio::test]
async fn an_answer_that_would_not_become_shorter_stays_as_it_is() {
    let mut random = fastrand::Rng::with_seed(1);
    let noise: String = (0..5_000).map(|_| random.char('#'..'~')).filter(|noise| *noise != '\\').collect();
    let api = with_page(&noise).await;
    let path = "/users/cometchat-uid-2/messages?limit=1";
    let offered = read(&api, "GET", path, Some(b"gzip")).await;
    assert_eq!((offered.encoding.as_deref(), offered.vary.as_deref()), (None, Some("accept-encoding")));
    assert_eq!(offered, read(&api, "GET", path, None).await);
}
