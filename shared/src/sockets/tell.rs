//! Telling open sockets something.

use futures_util::{StreamExt, stream};

use super::session;
use crate::app::App;
use crate::error::ApiError;
use crate::gateway::Posted;
use model::connection::{ConnectionId, Listener};
use model::frame::Frame;

/// How many sockets are told at once.
const AT_ONCE: usize = 64;
/// How long a socket may be open before the gateway knows it, in seconds.
const YOUNG_SECONDS: u64 = 5;

/// Tells all of them. Who is gone is forgotten, and what fails never fails this: who missed something finds it by asking.
///
/// Cost: 1 call of the gateway for each, [`AT_ONCE`] at once; that of [`session::lost`] for each that is gone.
pub async fn all(app: &App, listeners: &[Listener], frame: &Frame) -> Result<(), ApiError> {
    for gone in post(app, listeners, frame).await {
        session::lost(app, &gone).await?;
    }
    Ok(())
}

/// Tells all of them; those who are gone.
async fn post(app: &App, listeners: &[Listener], frame: &Frame) -> Vec<Listener> {
    let Some(gateway) = app.gateway.as_ref().filter(|_| !listeners.is_empty()) else { return Vec::new() };
    let (text, now) = (&frame.to_text(), app.now());
    let told = stream::iter(listeners.to_vec()).map(move |listener| async move {
        let posted = gateway.post(&listener.connection_id, text).await;
        let is_gone = posted == Posted::Gone && listener.connected_at.plus(YOUNG_SECONDS) < now;
        is_gone.then_some(listener)
    });
    let gone = told.buffer_unordered(AT_ONCE).filter_map(std::future::ready);
    gone.collect().await
}

/// Closes a socket. Whether that works matters to its client only. Cost: 1 call of the gateway.
pub(super) async fn close(app: &App, id: &ConnectionId) {
    if let Some(gateway) = &app.gateway {
        let _ = gateway.close(id).await;
    }
}

/// Tells one socket. Cost: 1 call of the gateway.
pub(super) async fn one(app: &App, id: &ConnectionId, text: &str) -> Posted {
    match &app.gateway {
        Some(gateway) => gateway.post(id, text).await,
        None => Posted::Failed,
    }
}
