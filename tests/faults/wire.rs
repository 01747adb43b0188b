//! The proxy itself: as much of HTTP/1.1 as the SDK speaks, on a socket of its own, because a server library would not
//! let a connection end without an answer.

use std::io;
use std::sync::{Arc, OnceLock};

use local::Service;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{Fault, Rules, SLOW};

/// A request on its way to AWS.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) service: Service,
    pub(super) method: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// The body as JSON, which is read often.
    json: OnceLock<Value>,
}

/// An answer on its way back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// DynamoDB's operation; of S3 nothing.
    pub(super) fn operation(&self) -> &str {
        self.header("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default()
    }

    pub(super) fn json(&self) -> &Value {
        self.json.get_or_init(|| serde_json::from_slice(&self.body).unwrap_or_default())
    }

    /// What makes a transaction the same when it is sent again.
    pub(super) fn token(&self) -> Option<String> {
        self.json()["ClientRequestToken"].as_str().map(str::to_owned)
    }
}

impl Reply {
    pub(super) fn new(status: u16, content_type: &str, body: String) -> Reply {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Reply { status, headers, body: body.into_bytes() }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} -\r\ncontent-length: {}\r\n", self.status, self.body.len());
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        [head.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// Listens on a free port of 127.0.0.1 until `ended`, and returns the URL. On a thread of its own: busy handlers would
/// stretch how long transactions hold their items.
pub(super) fn start(service: Service, upstream: String, rules: Arc<Rules>, mut ended: watch::Receiver<()>) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = async move {
        let listener = TcpListener::from_std(listener).unwrap();
        let http = reqwest::Client::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (upstream, rules, http) = (upstream.clone(), rules.clone(), http.clone());
            // A connection that the other side ends is no failure of the test.
            tokio::spawn(async move { drop(converse(stream, service, &upstream, &rules, &http).await) });
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let until_ended = async move {
        tokio::select! {
            () = serve => {}
            _ = ended.changed() => {}
        }
    };
    std::thread::Builder::new().name("faults".to_owned()).spawn(move || runtime.block_on(until_ended)).unwrap();
    url
}

/// Passes requests on and answers back until either side, or a fault, ends the connection.
async fn converse(
    mut stream: TcpStream,
    service: Service,
    upstream: &str,
    rules: &Rules,
    http: &reqwest::Client,
) -> io::Result<()> {
    let mut unread = Vec::new();
    while let Some(request) = read(&mut stream, service, &mut unread).await? {
        let fault = rules.draw(&request);
        if fault == Some(Fault::LostRequest) {
            return Ok(());
        }
        let instead = fault.and_then(|fault| match service {
            Service::DynamoDb => fault.of_dynamodb(&request),
            Service::S3 => fault.of_s3(),
            Service::Sockets => fault.of_sockets(),
        });
        let reply = match instead {
            Some(reply) => reply,
            None => {
                let forwarded = forward(&request, upstream, http);
                let reply = rules.contention.pass(&request, rules.is_done(&request), forwarded).await;
                let reply = reply.map_err(io::Error::other)?;
                rules.carried_out(&request, &reply);
                rules.late.pass(&request, reply)
            }
        };
        match fault {
            Some(Fault::LostAnswer) => return Ok(()),
            Some(Fault::Slow) => tokio::time::sleep(SLOW).await,
            _ => {}
        }
        stream.write_all(&reply.to_bytes()).await?;
    }
    Ok(())
}

/// The next request of a connection; nothing at its end.
async fn read(stream: &mut TcpStream, service: Service, unread: &mut Vec<u8>) -> io::Result<Option<Request>> {
    const END: &[u8] = b"\r\n\r\n";
    let head_length = loop {
        if let Some(at) = unread.windows(END.len()).position(|window| window == END) {
            break at + END.len();
        }
        if stream.read_buf(unread).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8(unread.drain(..head_length).collect()).map_err(io::Error::other)?;
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.into(), value.into()));
    let mut request = Request {
        service,
        method: first.next().unwrap_or_default(),
        path: first.next().unwrap_or_default(),
        headers: headers.collect(),
        body: Vec::new(),
        json: OnceLock::new(),
    };
    let length: usize = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    while unread.len() < length {
        if stream.read_buf(unread).await? == 0 {
            return Ok(None);
        }
    }
    request.body = unread.drain(..length).collect();
    Ok(Some(request))
}

/// The host stays the proxy's: it is a part of the signature.
async fn forward(request: &Request, upstream: &str, http: &reqwest::Client) -> Result<Reply, reqwest::Error> {
    let method = request.method.parse().expect("the SDK's methods are methods");
    let mut forwarded = http.request(method, format!("{upstream}{}", request.path));
    for (name, value) in &request.headers {
        forwarded = forwarded.header(name, value);
    }
    let answer = forwarded.body(request.body.clone()).send().await?;
    let status = answer.status().as_u16();
    let is_kept = |name: &str| !["content-length", "transfer-encoding", "connection"].contains(&name);
    let headers = answer.headers().iter().filter(|(name, _)| is_kept(name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
    let headers = headers.collect();
    Ok(Reply { status, headers, body: answer.bytes().await?.to_vec() })
}
