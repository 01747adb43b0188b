//! One connection for the first event of a process.
//!
//! A function starts without a connection, and calls that its first event makes at once would open one each. A TLS
//! handshake takes a millisecond of a whole processor, of which a function of 256 MB has a seventh; a call on an open
//! connection takes a round trip. So the calls of the first event take turns; later events open what they can use, in
//! resumed TLS sessions. `docs/performance.md` has the figures.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::ConfigBag;
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use tokio::sync::{Mutex, MutexGuard};

/// How long a call waits for its turn. One that waits for another which is not being driven would wait forever.
const PATIENCE: Duration = Duration::from_millis(500);

/// Calls that take turns until the first event is over.
#[derive(Clone, Debug)]
pub struct ConnectionGate(Arc<State>);

#[derive(Debug)]
struct State {
    patience: Duration,
    is_endless: bool,
    are_used: AtomicBool,
    are_taken: AtomicBool,
    are_over: AtomicBool,
    n_missed: AtomicU64,
    turn: Mutex<()>,
}

impl Default for ConnectionGate {
    fn default() -> ConnectionGate {
        ConnectionGate::with_patience(PATIENCE)
    }
}

impl ConnectionGate {
    /// A gate at which a call waits this long, also once an event was answered; for tests.
    pub fn without_end(patience: Duration) -> ConnectionGate {
        ConnectionGate::with(patience, true)
    }

    fn with_patience(patience: Duration) -> ConnectionGate {
        ConnectionGate::with(patience, false)
    }

    fn with(patience: Duration, is_endless: bool) -> ConnectionGate {
        let [are_used, are_taken, are_over] = [false; 3].map(AtomicBool::new);
        ConnectionGate(Arc::new(State {
            patience,
            is_endless,
            are_used,
            are_taken,
            are_over,
            n_missed: AtomicU64::new(0),
            turn: Mutex::new(()),
        }))
    }

    /// How many calls were made out of turn, because theirs did not come.
    pub fn n_missed(&self) -> u64 {
        self.0.n_missed.load(Ordering::Relaxed)
    }

    /// The same settings with a client whose calls take turns.
    pub fn over(&self, aws: &SdkConfig) -> SdkConfig {
        match aws.http_client() {
            Some(client) => {
                self.0.are_used.store(true, Ordering::Relaxed);
                let client = SharedHttpClient::new(Client { client, turns: self.clone() });
                aws.clone().into_builder().http_client(client).build()
            }
            None => aws.clone(),
        }
    }

    /// Whether calls take turns: then one that is spared is spared, also if it would have been made beside another.
    pub fn takes_turns(&self) -> bool {
        self.0.are_used.load(Ordering::Relaxed) && !self.0.are_over.load(Ordering::Relaxed)
    }

    /// An event was answered. If it had turns, calls are made at once from now on.
    pub fn end(&self) {
        if self.0.are_taken.load(Ordering::Relaxed) && !self.0.is_endless {
            self.0.are_over.store(true, Ordering::Relaxed);
        }
    }

    async fn next(&self) -> Option<MutexGuard<'_, ()>> {
        if self.0.are_over.load(Ordering::Relaxed) {
            return None;
        }
        self.0.are_taken.store(true, Ordering::Relaxed);
        let turn = tokio::time::timeout(self.0.patience, self.0.turn.lock()).await.ok();
        if turn.is_none() {
            self.0.n_missed.fetch_add(1, Ordering::Relaxed);
        }
        turn
    }
}

#[derive(Debug)]
struct Client {
    client: SharedHttpClient,
    turns: ConnectionGate,
}

impl HttpClient for Client {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(Connector { connector, turns: self.turns.clone() })
    }

    // Here the client loads the system's certificates, while the process starts and not in its first event.
    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_base_client_config(components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        self.client.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct Connector {
    connector: SharedHttpConnector,
    turns: ConnectionGate,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, turns) = (self.connector.clone(), self.turns.clone());
        HttpConnectorFuture::new(async move {
            match turns.next().await {
                // A connection is free again when its answer was read to the end.
                Some(_turn) => read(connector.call(request).await?).await,
                None => connector.call(request).await,
            }
        })
    }
}

async fn read(mut answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let body = ByteStream::new(std::mem::replace(answer.body_mut(), SdkBody::taken()));
    let bytes = body.collect().await.map_err(|error| ConnectorError::io(error.into()))?;
    *answer.body_mut() = SdkBody::from(bytes.into_bytes());
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_call_is_made_at_a_time_until_turns_end() {
        let turns = ConnectionGate::with_patience(Duration::from_secs(60));
        turns.end();
        let first = turns.next().await;
        assert!(first.is_some());
        assert!(turns.next().now_or_never().is_none(), "two calls have their turn");
        drop(first);
        let second = turns.next().now_or_never().expect("the turn is free");
        assert!(second.is_some());
        turns.end();
        assert!(turns.next().now_or_never().expect("nobody waits any more").is_none());
        assert_eq!(turns.n_missed(), 0);
    }

    #[tokio::test]
    async fn a_call_whose_turn_does_not_come_is_made_all_the_same() {
        let turns = ConnectionGate::with_patience(Duration::ZERO);
        let _stuck = turns.next().await;
        assert!(turns.next().await.is_none());
        assert_eq!(turns.n_missed(), 1);
    }
}
