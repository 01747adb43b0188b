//! Sockets: what the local gateway does by itself, with doubles in place of the functions behind it.

mod faults;
mod frames;
mod gateway;
mod limits;
mod live;
mod management;
mod online_members;
mod presence;
mod session;
mod storm;
mod tls;
mod told;

use std::sync::Arc;

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use local::{SocketFunction, SocketLimits, SocketOptions};
use serde_json::{Value, json};
use tests::Api;
use tests::socket::{Connections, Socket, patiently};
use tokio::sync::{Mutex, mpsc};

/// A service whose functions do what a test says, and the events that they were given.
struct Doubled {
    api: Api,
    events: Mutex<mpsc::UnboundedReceiver<(SocketFunction, Value)>>,
}

impl Doubled {
    /// Functions that answer 200.
    async fn start() -> Doubled {
        Doubled::start_with(SocketLimits::default(), async |_| Ok(done())).await
    }

    async fn start_with<F, A>(limits: SocketLimits, frame: F) -> Doubled
    where
        F: Fn(Value) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, String>> + Send + 'static,
    {
        let (sender, events) = mpsc::unbounded_channel();
        let functions = Arc::new(move |function, event: Value| {
            let parsed: Result<ApiGatewayWebsocketProxyRequest, _> = serde_json::from_value(event.clone());
            parsed.unwrap_or_else(|error| panic!("Lambda's own type does not take it: {error}: {event:#}"));
            // The test may be over.
            let _ = sender.send((function, event.clone()));
            let answer = (function == SocketFunction::Frame).then(|| frame(event));
            Box::pin(async move {
                match answer {
                    Some(answer) => Ok(answer.await?),
                    None => Ok(done()),
                }
            }) as local::SocketAnswer
        });
        let api = Api::start_with_sockets(SocketOptions { functions: Some(functions), limits }).await;
        Doubled { api, events: Mutex::new(events) }
    }

    fn url(&self) -> &str {
        &self.api.local().socket_url
    }

    /// A connected client, known to the functions by the id that is returned with it.
    async fn client(&self) -> (Socket, String) {
        let mut socket = Socket::open(self.url()).await;
        socket.send("who am I?").await;
        let event = self.event(SocketFunction::Frame).await;
        (socket, event["requestContext"]["connectionId"].as_str().unwrap().to_owned())
    }

    /// The next event, which is for this function.
    async fn event(&self, function: SocketFunction) -> Value {
        let (told, event) = patiently("an event", self.events.lock().await.recv()).await.unwrap();
        assert_eq!(told, function, "{event:#}");
        event
    }

    /// Whoever holds the credentials of the service.
    fn connections(&self) -> Connections {
        Connections { endpoint: self.api.origin().to_owned(), credentials: self.api.credentials() }
    }

    /// Stops the service. All events have been told then, and these are what nobody asked for yet.
    async fn stop(self) -> Vec<(SocketFunction, Value)> {
        self.api.stop().await;
        let mut events = self.events.into_inner();
        std::iter::from_fn(|| events.try_recv().ok()).collect()
    }
}

fn done() -> Value {
    json!({ "statusCode": 200 })
}
