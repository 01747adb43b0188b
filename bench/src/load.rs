//! Throughput and latency of the service that `cargo run` starts, in memory, under several clients at once. Service and
//! clients share the machine, so ratios say more than figures.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use hdrhistogram::Histogram;
use local::{Data, Local, Options};
use reqwest::Method;
use serde_json::{Value, json};

use crate::seed;

const CONCURRENCIES: [usize; 3] = [1, 16, 64];
const OPERATIONS: [&str; 4] = ["send", "list", "get", "react"];
/// How many requests come before those that are counted.
const WARM_UP: usize = 50;
const MEMBERS_PER_REQUEST: usize = 20;
/// What takes longer is counted as this.
const LONGEST_MICROS: u64 = 60_000_000;
const GROUP: &str = "load";

/// A service with a group of some size and a history of some length.
struct Setup {
    local: Local,
    http: reqwest::Client,
    history: Vec<u64>,
}

/// Prints the table.
pub async fn run(requests: usize, histories: &[usize], members: &[usize]) {
    println!("| Members | History | Operation | Clients | Requests/s | p50 ms | p95 ms | p99 ms | max ms |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for n_members in members {
        for n_messages in histories {
            let begun = Instant::now();
            let setup = Setup::new(*n_members, *n_messages).await;
            shared::log::say(format_args!(
                "{n_members} members and {n_messages} messages took {:.1?}",
                begun.elapsed()
            ));
            for operation in OPERATIONS {
                let mut done = 0;
                for clients in CONCURRENCIES {
                    setup.measure(operation, clients, done, WARM_UP).await;
                    let (elapsed, times) = setup.measure(operation, clients, done + WARM_UP, requests).await;
                    done += WARM_UP + requests;
                    let rate = requests as f64 / elapsed.as_secs_f64();
                    let [p50, p95, p99] = [50.0, 95.0, 99.0].map(|share| millis(times.value_at_percentile(share)));
                    let max = millis(times.max());
                    println!(
                        "| {n_members} | {n_messages} | {operation} | {clients} | {rate:.0} | {p50:.1} | {p95:.1} | \
                         {p99:.1} | {max:.1} |"
                    );
                }
            }
            setup.local.stop().await.expect("the service stops");
        }
    }
}

fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

impl Setup {
    async fn new(n_members: usize, n_messages: usize) -> Setup {
        let local = Local::start(Options::on(Data::Memory)).await.expect("the service starts");
        let mut setup = Setup { local, http: reqwest::Client::new(), history: Vec::new() };
        let uids: Vec<String> = (0..n_members).map(|n| format!("member-{n}")).collect();
        for uid in &uids {
            setup.app(Method::POST, "/users", json!({ "uid": uid, "name": uid })).await;
        }
        setup.app(Method::POST, "/groups", json!({ "guid": GROUP, "name": GROUP })).await;
        for uids in uids.chunks(MEMBERS_PER_REQUEST) {
            setup.app(Method::POST, &format!("/groups/{GROUP}/members"), json!({ "participants": uids })).await;
        }
        let sent = setup.ask(Method::POST, "/messages", message()).await;
        let conversation = format!("group#{GROUP}");
        setup.history =
            seed::history(&setup.local, &conversation, &sent, n_messages - 1).await.expect("the history is stored");
        setup
    }

    /// How long `requests` took together, and each in microseconds. `from` makes their reactions new ones.
    async fn measure(
        &self,
        operation: &str,
        clients: usize,
        from: usize,
        requests: usize,
    ) -> (Duration, Histogram<u64>) {
        let begun = Instant::now();
        let times = stream::iter(from..from + requests)
            .map(|n| async move {
                let begun = Instant::now();
                self.act(operation, n).await;
                u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
            })
            .buffer_unordered(clients)
            .fold(
                Histogram::new_with_max(LONGEST_MICROS, 3).expect("the bounds are in order"),
                |mut times, micros| async move {
                    times.saturating_record(micros);
                    times
                },
            )
            .await;
        (begun.elapsed(), times)
    }

    async fn act(&self, operation: &str, n: usize) {
        // Spread over the history; each round over it reacts with another kind.
        let (id, kind) = (self.history[n % self.history.len()], n / self.history.len());
        let (method, path, body) = match operation {
            "send" => (Method::POST, "/messages".to_owned(), message()),
            "list" => (Method::GET, format!("/groups/{GROUP}/messages?limit=30"), Value::Null),
            "get" => (Method::GET, format!("/messages/{id}"), Value::Null),
            _ => (Method::POST, format!("/messages/{id}/reactions/r{kind}"), json!({})),
        };
        self.ask(method, &path, body).await;
    }

    /// A request as the first member, which must succeed.
    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        self.send(self.request(method, path).header("onBehalfOf", "member-0"), body).await
    }

    async fn app(&self, method: Method, path: &str, body: Value) -> Value {
        self.send(self.request(method, path), body).await
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.local.base_url)).header("apikey", &self.local.api_key)
    }

    async fn send(&self, request: reqwest::RequestBuilder, body: Value) -> Value {
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.expect("the service answers");
        assert_eq!(response.status(), 200, "{:?}", response.text().await);
        let mut answer: Value = response.json().await.expect("the answer is JSON");
        answer["data"].take()
    }
}

fn message() -> Value {
    json!({ "receiver": GROUP, "receiverType": "group", "data": { "text": "The ladders are back in the shed." } })
}
