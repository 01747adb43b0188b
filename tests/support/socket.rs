//! A client of the WebSocket API, and a caller of `@connections`. Both wait for what has to come, with patience, and say what
//! is missing; no test asserts a time.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use futures_util::{SinkExt, StreamExt};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// How long anything may take that has to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stream of bytes, encrypted or not.
pub trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

/// A connected client.
pub struct Socket(WebSocketStream<Box<dyn Bytes>>);

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A text frame.
    Text(String),
    /// The service closed the connection with this code and reason.
    Closed(u16, String),
    /// The connection ended without a word.
    Gone,
}

/// Waits for what has to come.
pub async fn patiently<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} did not come"))
}

impl Socket {
    /// Connects to `ws://…`.
    pub async fn open(url: &str) -> Socket {
        Socket::try_open(url).await.unwrap_or_else(|status| panic!("{url} was refused with {status}"))
    }

    /// Connects to `wss://…`, trusting what this authority has signed (PEM) and nothing else.
    pub async fn open_tls(url: &str, authority: &str) -> Socket {
        let bytes = tls(url, authority).await.unwrap();
        Socket::upgrade(url, Box::new(bytes)).await.unwrap_or_else(|status| panic!("{url} was refused with {status}"))
    }

    /// Connects to `ws://…`, or tells the status of the refusal.
    pub async fn try_open(url: &str) -> Result<Socket, u16> {
        let bytes = TcpStream::connect(authority(url)).await.unwrap();
        bytes.set_nodelay(true).unwrap();
        Socket::upgrade(url, Box::new(bytes)).await
    }

    async fn upgrade(url: &str, bytes: Box<dyn Bytes>) -> Result<Socket, u16> {
        let mut req = url.into_client_request().unwrap();
        req.headers_mut().insert("user-agent", "Halley's tests".parse().unwrap());
        match patiently("the upgrade", client_async(req, bytes)).await {
            Ok((stream, _)) => Ok(Socket(stream)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{url}: {error}"),
        }
    }

    /// Sends a text frame.
    pub async fn send(&mut self, text: impl Into<String>) {
        self.send_message(Message::text(text.into())).await;
    }

    /// Sends a text frame of JSON.
    pub async fn send_json(&mut self, frame: &Value) {
        self.send(frame.to_string()).await;
    }

    /// Sends anything else.
    pub async fn send_message(&mut self, message: Message) {
        patiently("the sending", self.0.send(message)).await.unwrap();
    }

    /// Closes with a code and a reason, or without either.
    pub async fn close(&mut self, frame: Option<(u16, &str)>) {
        let frame = frame.map(|(code, reason)| CloseFrame { code: code.into(), reason: reason.into() });
        patiently("the close", self.0.close(frame)).await.unwrap();
    }

    /// What comes next.
    pub async fn told(&mut self) -> Told {
        loop {
            match patiently("a frame", self.0.next()).await {
                Some(Ok(Message::Text(text))) => return Told::Text(text.to_string()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Told::Closed(frame.code.into(), frame.reason.to_string());
                }
                Some(Ok(Message::Close(None))) => return Told::Closed(1005, String::new()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("{other:?} came"),
                Some(Err(_)) | None => return Told::Gone,
            }
        }
    }

    /// The next frame, which is text.
    pub async fn text(&mut self) -> String {
        match self.told().await {
            Told::Text(text) => text,
            other => panic!("{other:?} came instead of a frame"),
        }
    }

    /// The next frame, which is JSON.
    pub async fn json(&mut self) -> Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// That nothing is on the way to this client: the answer to a ping is the next that comes.
    pub async fn expect_silence(&mut self) {
        self.send(r#"{"action":"ping","ack":"true"}"#).await;
        assert_eq!(self.text().await, r#"{"action":"pong"}"#);
    }
}

/// An encrypted connection to the host of a URL, for who trusts this authority (PEM) only.
pub async fn tls(url: &str, authority_pem: &str) -> std::io::Result<impl Bytes + use<>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority_pem.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let authority = authority(url);
    let (name, port) = authority.rsplit_once(':').unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    patiently("the TLS handshake", TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

/// `127.0.0.1:8080` of a URL.
fn authority(url: &str) -> &str {
    url.split_once("://").unwrap().1.split('/').next().unwrap()
}

/// A caller of `@connections`, who signs as AWS's clients do.
pub struct Connections {
    /// With the stage, if there is one.
    pub endpoint: String,
    /// With which they sign.
    pub credentials: Credentials,
}

impl Connections {
    /// `POST`, `GET` or `DELETE` for a connection: the status, the name of the error, and the body.
    pub async fn call(&self, method: &str, id: &str, body: &[u8]) -> (u16, String, String) {
        let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
        let url = format!("{}/@connections/{id}", self.endpoint);
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder().identity(&identity).region("local").name("execute-api");
        let parameters =
            parameters.time(SystemTime::now()).settings(SigningSettings::default()).build().unwrap().into();
        let signable = SignableRequest::new(method, url.as_str(), [].into_iter(), SignableBody::Bytes(body)).unwrap();
        let (signed, _) = sign(signable, &parameters).unwrap().into_parts();
        let mut request = reqwest::Client::new().request(method.parse().unwrap(), &url).body(body.to_vec());
        for (name, value) in signed.headers() {
            request = request.header(name, value);
        }
        let answer = patiently("the answer", request.send()).await.unwrap();
        let error = answer.headers().get("x-amzn-errortype").map(|name| name.to_str().unwrap().to_owned());
        (answer.status().as_u16(), error.unwrap_or_default(), answer.text().await.unwrap())
    }

    /// Posts a text, which is taken.
    pub async fn post(&self, id: &str, text: &str) {
        let answer = self.call("POST", id, text.as_bytes()).await;
        assert_eq!(answer, (200, String::new(), String::new()));
    }
}
