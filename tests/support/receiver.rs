//! Somebody outside who is told by webhooks: a server on 127.0.0.1 that keeps what it is told and answers as it is bid.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use model::outside::Reach;
use serde_json::{Value, json};
use shared::config::BeforeMessage;
use shared::webhooks::WebhookSettings;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Api;

/// What was told in one request.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its path and query.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it came.
    pub text: String,
}

impl Told {
    /// The envelope.
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// A header that must be there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers)).to_str().unwrap()
    }
}

type Answering = Arc<dyn Fn(usize, &Told) -> Response<Body> + Send + Sync>;

/// The server; it ends with the test.
pub struct Receiver {
    /// Where it listens.
    pub url: String,
    told: Arc<Mutex<Vec<Told>>>,
    serving: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    /// Somebody who answers 200.
    pub async fn start() -> Receiver {
        Receiver::answering(|_, _| Response::new(Body::empty())).await
    }

    /// Somebody who answers like this; told how many requests came before.
    pub async fn answering(answer: impl Fn(usize, &Told) -> Response<Body> + Send + Sync + 'static) -> Receiver {
        Receiver::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), answer)
    }

    /// [`Receiver::start`] at this address.
    pub async fn at(address: SocketAddr) -> Receiver {
        Receiver::on(TcpListener::bind(address).await.unwrap(), |_, _| Response::new(Body::empty()))
    }

    fn on(listener: TcpListener, answer: impl Fn(usize, &Told) -> Response<Body> + Send + Sync + 'static) -> Receiver {
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let told: Arc<Mutex<Vec<Told>>> = Arc::default();
        let (kept, answer): (_, Answering) = (told.clone(), Arc::new(answer));
        let router = Router::new().fallback(move |req: Request| {
            let (kept, answer) = (kept.clone(), answer.clone());
            async move {
                let (parts, body) = req.into_parts();
                let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                let text = String::from_utf8(bytes.to_vec()).unwrap();
                let told = Told { path: parts.uri.to_string(), headers: parts.headers, text };
                let before = {
                    let mut kept = kept.lock().unwrap();
                    kept.push(told.clone());
                    kept.len() - 1
                };
                answer(before, &told)
            }
        });
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Receiver { url, told, serving }
    }

    /// Returns once something was told.
    pub async fn is_told(&self) {
        while self.told.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// All that was told so far, and forgets it.
    pub fn take(&self) -> Vec<Told> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    /// All envelopes so far, and forgets them.
    pub fn bodies(&self) -> Vec<Value> {
        self.take().iter().map(Told::body).collect()
    }
}

/// Settings with which a receiver of a test is called.
pub fn anywhere() -> WebhookSettings {
    WebhookSettings::default().reaching(Reach::Anywhere)
}

impl Api {
    /// A service that calls receivers of tests.
    pub async fn start_telling() -> Api {
        Api::start_with_webhooks(local::Data::Memory, anywhere()).await
    }

    /// A service in which sends ask webhooks first.
    pub async fn start_asking(before_message: BeforeMessage) -> Api {
        let settings = anywhere().asking(before_message);
        Api::start_with_webhooks(local::Data::Memory, settings).await
    }

    /// Makes a webhook that is told of these at `url`; with the rest of the body as given. Its secret.
    pub async fn webhook(&self, id: &str, url: &str, triggers: &[&str], rest: Value) -> String {
        let mut body = json!({ "id": id, "name": id, "webhookURL": url, "enabled": true });
        body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let made = self.app().post("/webhooks", body).await.expect_data();
        if !triggers.is_empty() {
            let body = json!({ "triggerIds": triggers });
            self.app().post(format!("/webhooks/{id}/triggers"), body).await.expect_data();
        }
        made["secret"].as_str().unwrap().to_owned()
    }

    /// Waits until all that was changed is told, to those outside too.
    pub async fn all_delivered(&self) {
        self.all_told().await;
        crate::socket::patiently("the end of the invocations", async {
            while 0 < self.local().n_invocations().unwrap() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }
}
