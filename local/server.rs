//! How the local service answers on a listener. `axum::serve` would wait for ever for a request that is half sent, and its
//! router cannot take `OPTIONS *`.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// For how long a client may take to send a request's head, or the body of a call to the API.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long no connection is taken after one could not be, for want of file handles as a rule.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers with `handler` until `stopped`, then finishes what was begun.
pub async fn serve<H, A>(listener: TcpListener, patience: Duration, stopped: impl Future<Output = ()>, handler: H)
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
                    connections.spawn(converse(stream, patience, is_closing.clone(), handler.clone()));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
        }
    }
    drop(listener);
    let _ = closing.send(true);
    while connections.join_next().await.is_some() {}
}

async fn converse<H, A>(stream: TcpStream, patience: Duration, mut is_closing: watch::Receiver<bool>, handler: H)
where
    H: Fn(Request<Body>) -> A + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    // Small answers would wait for the other side's acknowledgement.
    let _ = stream.set_nodelay(true);
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
