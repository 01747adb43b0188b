//! From commit to frame: how long after a send was answered its frame reaches those who listen, and how many frames a second
//! the emulated gateway takes. Service and clients share the machine, so ratios say more than figures.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hdrhistogram::Histogram;
use local::{Data, Local, Options, SocketLimits, SocketOptions};
use serde_json::{Value, json};
use tests::live::{auth, welcome};
use tests::socket::Socket;

/// Of whom all listeners are devices: as many of a user are told as there may be.
const DEVICES: usize = 20;
const MEMBERS_PER_REQUEST: usize = 20;
const WARM_UP: usize = 5;
const LONGEST_MICROS: u64 = 60_000_000;
const GROUP: &str = "live";
/// How many frames a client sends that measures the gateway.
const FRAMES: usize = 20_000;

/// Prints the tables.
pub async fn run(messages: usize, listeners: &[usize]) {
    println!("| Listeners | First frame p50 ms | p99 ms | Last frame p50 ms | p99 ms | Frames/s |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for n_listeners in listeners {
        let mut group = Group::new(*n_listeners).await;
        group.measure(WARM_UP).await;
        let Measured { first, last, elapsed } = group.measure(messages).await;
        let [first, last] =
            [first, last].map(|times| [50.0, 99.0].map(|share| millis(times.value_at_percentile(share))));
        let rate = (messages * n_listeners) as f64 / elapsed.as_secs_f64();
        println!("| {n_listeners} | {:.1} | {:.1} | {:.1} | {:.1} | {rate:.0} |", first[0], first[1], last[0], last[1]);
        group.local.stop().await.expect("the service stops");
    }
    println!();
    println!("| Clients | Pings answered/s |");
    println!("| --- | --- |");
    for clients in [1, 16] {
        println!("| {clients} | {:.0} |", pings(clients).await);
    }
}

fn millis(micros: u64) -> f64 {
    micros as f64 / 1_000.0
}

struct Measured {
    first: Histogram<u64>,
    last: Histogram<u64>,
    elapsed: Duration,
}

/// A service with a group, and sockets of its members.
struct Group {
    local: Local,
    http: reqwest::Client,
    sockets: Vec<Socket>,
}

impl Group {
    async fn new(n_listeners: usize) -> Group {
        let mut group =
            Group { local: service(n_listeners + 1).await, http: reqwest::Client::new(), sockets: Vec::new() };
        let uids: Vec<String> = (0..n_listeners.div_ceil(DEVICES)).map(|n| format!("member-{n}")).collect();
        for uid in &uids {
            group.app("/users", json!({ "uid": uid, "name": uid })).await;
        }
        group.app("/groups", json!({ "guid": GROUP, "name": GROUP })).await;
        for uids in uids.chunks(MEMBERS_PER_REQUEST) {
            group.app(&format!("/groups/{GROUP}/members"), json!({ "participants": uids })).await;
        }
        for n in 0..n_listeners {
            let uid = &uids[n % uids.len()];
            let made = group.app(&format!("/users/{uid}/auth_tokens"), json!({})).await;
            let token = made["authToken"].as_str().expect("a token is text").to_owned();
            let mut socket = Socket::open(&group.local.socket_url).await;
            socket.send_json(&auth(&token, &format!("WEB-{n}"), json!({}))).await;
            while socket.json().await != welcome() {}
            group.sockets.push(socket);
        }
        group
    }

    /// One message after the other: when the first socket has it, and when the last has.
    async fn measure(&mut self, messages: usize) -> Measured {
        let histogram = || Histogram::new_with_max(LONGEST_MICROS, 3).expect("the bounds are in order");
        let (mut first, mut last, mut elapsed) = (histogram(), histogram(), Duration::ZERO);
        for n in 0..messages {
            let text = format!("message {n}");
            let body = json!({ "receiver": GROUP, "receiverType": "group", "data": { "text": text } });
            self.app("/messages", body).await;
            // What is answered is committed; frames may be on their way already.
            let committed = Instant::now();
            let told = self.sockets.iter_mut().map(|socket| async {
                while socket.json().await["body"]["data"]["text"] != text {}
                committed.elapsed()
            });
            let times = join_all(told).await;
            let micros =
                |time: Option<&Duration>| time.map_or(0, |time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
            first.saturating_record(micros(times.iter().min()));
            last.saturating_record(micros(times.iter().max()));
            elapsed += times.iter().max().copied().unwrap_or_default();
        }
        Measured { first, last, elapsed }
    }

    async fn app(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.local.base_url)).header("apikey", &self.local.api_key);
        let response = request.json(&body).send().await.expect("the service answers");
        assert_eq!(response.status(), 200, "{:?}", response.text().await);
        let mut answer: Value = response.json().await.expect("the answer is JSON");
        answer["data"].take()
    }
}

/// How many pings a second are answered: what the gateway itself takes and gives.
async fn pings(clients: usize) -> f64 {
    let local = service(clients).await;
    let mut sockets = Vec::new();
    for _ in 0..clients {
        sockets.push(Socket::open(&local.socket_url).await);
    }
    let begun = Instant::now();
    let asked = sockets.iter_mut().map(|socket| async move {
        for _ in 0..FRAMES / clients {
            socket.expect_silence().await;
        }
    });
    join_all(asked).await;
    let rate = (FRAMES / clients * clients) as f64 / begun.elapsed().as_secs_f64();
    drop(sockets);
    local.stop().await.expect("the service stops");
    rate
}

async fn service(connections: usize) -> Local {
    let limits = SocketLimits { connections, ..SocketLimits::default() };
    let sockets = SocketOptions { functions: None, limits };
    let options = Options { presence_grace: Duration::ZERO, sockets, ..Options::on(Data::Memory) };
    Local::start(options).await.expect("the service starts")
}
