//! How the local service answers on a listener. `axum::serve` would wait for ever for a request that is half sent, and its
//! router cannot take `OPTIONS *`.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// For how long a client may take to send a request's head, or the body of a call to the API.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long no connection is taken after one could not be, for want of file handles as a rule.
const PAUSE: Duration = Duration::from_millis(100);

/// The first byte of a connection that begins with a TLS handshake, and of no HTTP request.
const HANDSHAKE: u8 = 0x16;

/// What a request that came encrypted carries with it.
#[derive(Clone, Copy, Debug)]
pub struct Encrypted;

/// How connections are taken.
#[derive(Clone)]
pub struct Manner {
    /// For how long a client may take to send the head of a request.
    pub patience: Duration,
    /// Takes those that begin with a TLS handshake; the others stay as they are, so that both are served on one port.
    pub tls: Option<TlsAcceptor>,
}

impl Manner {
    /// Of the embedded services.
    pub fn plain() -> Manner {
        Manner { patience: PATIENCE, tls: None }
    }
}

/// Answers with `handler` until `stopped`, then finishes what was begun.
pub async fn serve<H, A>(listener: TcpListener, manner: Manner, stopped: impl Future<Output = ()>, handler: H)
where
    H: Fn(Request<Body>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    let (closing, is_closing) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(take(stream, manner.clone(), is_closing.clone(), handler.clone()));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
    drop(listener);
    let _ = closing.send(true);
    while connections.join_next().await.is_some() {}
}

async fn take<H, A>(stream: TcpStream, manner: Manner, mut is_closing: watch::Receiver<bool>, handler: H)
where
    H: Fn(Request<Body>) -> A + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    // Small answers would wait for the other side's acknowledgement.
    let _ = stream.set_nodelay(true);
    let patience = manner.patience;
    let Some(tls) = manner.tls else { return converse(stream, patience, is_closing, handler).await };
    let opened = tokio::select! {
        opened = tokio::time::timeout(patience, open(stream, tls)) => opened,
        () = closed(&mut is_closing) => return,
    };
    match opened {
        Ok(Ok(Opened::Plain(stream))) => converse(stream, patience, is_closing, handler).await,
        Ok(Ok(Opened::Encrypted(stream))) => {
            let handler = move |mut req: Request<Body>| {
                req.extensions_mut().insert(Encrypted);
                handler(req)
            };
            converse(*stream, patience, is_closing, handler).await;
        }
        // A client that trusts somebody else, or says nothing, is its own affair.
        Ok(Err(_)) | Err(_) => {}
    }
}

enum Opened {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

async fn open(stream: TcpStream, tls: TlsAcceptor) -> io::Result<Opened> {
    let mut first = [0];
    let n_bytes = stream.peek(&mut first).await?;
    if 0 < n_bytes && first == [HANDSHAKE] {
        return Ok(Opened::Encrypted(Box::new(tls.accept(stream).await?)));
    }
    Ok(Opened::Plain(stream))
}

async fn converse<S, H, A>(stream: S, patience: Duration, mut is_closing: watch::Receiver<bool>, handler: H)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    H: Fn(Request<Body>) -> A + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    let service = service_fn(move |req: Request<Incoming>| {
        let answer = handler(req.map(Body::new));
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    // A connection that breaks is the client's affair.
    tokio::select! {
        _ = &mut connection => {}
        () = closed(&mut is_closing) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn closed(is_closing: &mut watch::Receiver<bool>) {
    // The sender is dropped only after it has sent.
    let _ = is_closing.wait_for(|is_closing| *is_closing).await;
}
