//! The tests' view of the API: a service, actors with verbs, and answers with expectations. Every answer is held to
//! `openapi.yaml`.

pub mod faults;
pub mod media;
pub mod privileges;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use local::{Data, Local, Options, SocketOptions, Wiring};
use model::api_key::{ApiKey, KeyScope};
use serde_json::{Value, json};
use shared::app::App;
use shared::aws::connection_gate::ConnectionGate;
use shared::config::{DEFAULT_MEMBER_LIMIT, DEFAULT_RECEIPT_LIMIT};
use shared::identity::hex_sha256;
use shared::log::RequestLine;
use shared::store::Store;
use shared::store::limited::Creation;
use shared::webhooks::WebhookSettings;
use shared::worker::Worker;

#[path = "support/actor.rs"]
mod actor;
#[path = "support/admin.rs"]
mod admin;
#[path = "support/answer.rs"]
mod answer;
#[path = "support/arrange.rs"]
pub mod arrange;
#[path = "support/copies.rs"]
mod copies;
#[path = "support/events.rs"]
pub mod events;
#[path = "support/paging.rs"]
mod paging;
#[path = "support/receiver.rs"]
pub mod receiver;
#[path = "support/runner.rs"]
mod runner;
#[path = "support/second.rs"]
mod second;
#[path = "support/socket.rs"]
pub mod socket;
#[path = "support/streams.rs"]
pub mod streams;

#[path = "support/vendor.rs"]
pub mod vendor;

#[path = "support/contract.rs"]
pub mod contract;
#[path = "support/lambda.rs"]
pub mod lambda;
#[path = "support/live.rs"]
pub mod live;

pub use actor::{Actor, segment, text_to_group, text_to_user};
pub use answer::{Answer, ids, texts, unzipped};
pub use paging::check_meta;
use privileges::Guard;
pub use runner::Runner;

/// Where the random acts of a test begin: `HALLEY_SEED`, a number, or `any` for one that nobody tried yet, or else always
/// the same, so that who changes a line is told of that line only. CI tries new ones every night.
pub fn seed() -> u64 {
    let seed = match std::env::var("HALLEY_SEED").as_deref() {
        Ok("any") => fastrand::u64(..),
        Ok(number) => number.parse().expect("HALLEY_SEED is a number or `any`"),
        Err(_) => 1,
    };
    println!("HALLEY_SEED={seed}");
    seed
}

/// Waits until the clock's second is over.
pub async fn next_second() {
    let second = shared::clock::system().seconds();
    while shared::clock::system().seconds() <= second {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How a test starts a service as a rule.
fn usual(data: Data) -> Options {
    let data = second::in_place_of(data);
    // Who closes a socket is gone at once, so that no test waits.
    Options {
        member_limit: Some(DEFAULT_MEMBER_LIMIT),
        receipt_limit: Some(DEFAULT_RECEIPT_LIMIT),
        presence_grace: Duration::ZERO,
        ..Options::on(data)
    }
}

/// A service of its own, on free ports and in memory; gone with the test.
pub struct Api {
    local: Local,
    http: reqwest::Client,
    lines: Arc<Mutex<Vec<RequestLine>>>,
    guard: Guard,
}

impl Api {
    pub async fn start() -> Api {
        Api::start_on(Data::Memory).await
    }

    pub async fn start_on(data: Data) -> Api {
        Api::guarded(data, Some(DEFAULT_MEMBER_LIMIT)).await
    }

    /// A service in which groups of any size move conversations.
    pub async fn start_without_member_limit() -> Api {
        Api::guarded(Data::Memory, None).await
    }

    async fn guarded(data: Data, member_limit: Option<u64>) -> Api {
        Api::start_guarded(Options { member_limit, ..usual(data) }).await
    }

    /// A service whose functions are held to their policies.
    async fn start_guarded(options: Options) -> Api {
        let guard = Guard::default();
        let api = Api::start_as(Options { wiring: Some(guard.wiring()), ..options }).await;
        Api { guard, ..api }
    }

    /// A service whose handlers reach the table and the bucket through `wiring`, and may do anything there.
    pub async fn start_wired(data: Data, wiring: Wiring) -> Api {
        Api::start_as(Options { wiring: Some(wiring), ..usual(data) }).await
    }

    /// A service whose calls take turns, as those of a function's first event do; also those of its later ones.
    pub async fn start_taking_turns(turns: ConnectionGate) -> Api {
        Api::start_as(Options { turns: Some(turns), ..usual(Data::Memory) }).await
    }

    /// A service whose invocations end after `time_limit`.
    pub async fn start_limited(data: Data, member_limit: Option<u64>, wiring: Wiring, time_limit: Duration) -> Api {
        Api::start_as(Options { member_limit, time_limit, wiring: Some(wiring), ..usual(data) }).await
    }

    /// A service whose functions without routes do not work: the test stands at its stream instead of them.
    pub async fn start_idle(data: Data) -> Api {
        let wiring = Some(Guard::default().wiring());
        Api::start_as(Options { wiring, works: false, ..usual(data) }).await
    }

    /// A service in which groups with more users online keep and tell no receipts of all their members.
    pub async fn start_with_receipt_limit(receipt_limit: u64) -> Api {
        Api::start_guarded(Options { receipt_limit: Some(receipt_limit), ..usual(Data::Memory) }).await
    }

    /// A service in which a user may make so many requests in a minute.
    pub async fn start_with_request_limit(request_limit: u64) -> Api {
        Api::start_as(Options { request_limit: Some(request_limit), ..usual(Data::Memory) }).await
    }

    /// A service in which a user whose network is gone may take so long to come back.
    pub async fn start_with_grace(data: Data, presence_grace: Duration) -> Api {
        Api::start_as(Options { presence_grace, ..usual(data) }).await
    }

    /// A service in which roles may limit users to their friends.
    pub async fn start_with_friends_only() -> Api {
        Api::start_as(Options { friends_only: true, ..usual(Data::Memory) }).await
    }

    /// A service whose WebSocket API behaves like this.
    pub async fn start_with_sockets(sockets: SocketOptions) -> Api {
        Api::start_as(Options { sockets, ..usual(Data::Memory) }).await
    }

    /// A service that speaks TLS, too.
    pub async fn start_with_tls(data: Data, sockets: SocketOptions) -> Api {
        Api::start_as(Options { sockets, tls: true, ..usual(data) }).await
    }

    /// A service that tells webhooks in this way. Its functions are held to their policies.
    pub async fn start_with_webhooks(data: Data, webhooks: WebhookSettings) -> Api {
        Api::start_working(data, webhooks, true).await
    }

    /// The same; its functions without routes may not work yet.
    pub async fn start_working(data: Data, webhooks: WebhookSettings, works: bool) -> Api {
        Api::start_guarded(Options { webhooks, works, ..usual(data) }).await
    }

    async fn start_as(options: Options) -> Api {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = lines.clone();
        let log = Arc::new(move |line: &RequestLine| {
            if let Some(failure) = &line.failure {
                shared::log::say(format_args!("{} failed: {failure}", line.function));
            }
            // Lines are looked up by the request that made them; those of workers come when they like.
            if !Worker::ALL.iter().any(|worker| worker.function() == line.function) {
                sink.lock().unwrap().push(line.clone());
            }
        });
        let local = Local::start(Options { log, ..options }).await.unwrap();
        Api { local, http: reqwest::Client::new(), lines, guard: Guard::default() }
    }

    /// The app itself: the API key and nothing else.
    pub fn app(&self) -> Actor<'_> {
        Actor {
            api: self,
            uid: "app_system".to_owned(),
            headers: vec![("apikey", self.local.api_key.clone().into_bytes())],
        }
    }

    /// Nobody: no header at all.
    pub fn nobody(&self) -> Actor<'_> {
        Actor { api: self, uid: String::new(), headers: Vec::new() }
    }

    /// The API key acting for a UID, which may not exist.
    pub fn on_behalf_of(&self, uid: &str) -> Actor<'_> {
        self.app().with("onBehalfOf", uid).called(uid)
    }

    /// A key that may create users and tokens, and nothing else.
    pub async fn auth_only(&self) -> Actor<'_> {
        const VALUE: &str = "auth-only-key";
        let key = ApiKey {
            name: "login".to_owned(),
            scope: KeyScope::AuthOnly,
            created_at: shared::clock::system().seconds(),
        };
        let stored = self.store().put_api_key(&hex_sha256(VALUE.as_bytes()), &key).await.unwrap();
        assert_ne!(stored, Creation::Full);
        self.nobody().with("apikey", VALUE)
    }

    /// Creates a user and acts for them.
    pub async fn user(&self, uid: &str) -> Actor<'_> {
        self.app().post("/users", json!({ "uid": uid, "name": uid })).await.expect_ok();
        self.on_behalf_of(uid)
    }

    /// Creates a user and acts with a token of theirs, without any API key.
    pub async fn token_user(&self, uid: &str) -> Actor<'_> {
        let body = json!({ "uid": uid, "name": uid, "withAuthToken": true });
        let user = self.app().post("/users", body).await.expect_ok();
        let token = user["data"]["authToken"].as_str().unwrap().to_owned();
        self.nobody().with("authToken", &token).called(uid)
    }

    /// Creates a public group with these participants, owned by the app.
    pub async fn group(&self, guid: &str, members: &[&Actor<'_>]) -> String {
        let uids: Vec<&str> = members.iter().map(|member| member.uid.as_str()).collect();
        let body = json!({ "guid": guid, "name": guid, "type": "public", "members": { "participants": uids } });
        self.app().post("/groups", body).await.expect_ok();
        guid.to_owned()
    }

    /// The service itself.
    pub fn local(&self) -> &Local {
        &self.local
    }

    /// The table, to arrange what no route can.
    pub fn store(&self) -> &Store {
        &self.local.app.store
    }

    /// What the handlers share.
    pub fn handlers(&self) -> &App {
        &self.local.app
    }

    /// Every item of the table as DynamoDB's JSON, read past the store: what is really left of something.
    pub async fn table(&self) -> Vec<Value> {
        let (mut items, mut start) = (Vec::new(), Value::Null);
        loop {
            let mut scan = json!({ "TableName": "halley", "ConsistentRead": true });
            if !start.is_null() {
                scan["ExclusiveStartKey"] = start;
            }
            let mut answer = self.dynamodb("Scan", &scan);
            items.append(answer["Items"].as_array_mut().expect("the scan succeeds"));
            start = answer["LastEvaluatedKey"].take();
            if start.is_null() {
                return items;
            }
        }
    }

    /// Carries an operation of DynamoDB out, past the store.
    pub fn dynamodb(&self, operation: &str, request: &Value) -> Value {
        match second::url() {
            Some(_) => second::dynamodb(&self.local.credentials, operation, request),
            None => self.local.dynamodb(operation, request).expect("the operation succeeds"),
        }
    }

    /// Lets the functions without routes work from now on.
    pub async fn work(&mut self) {
        self.local.work().await.unwrap();
    }

    /// Whether anything is being deleted still.
    pub fn has_jobs(&self) -> bool {
        let query = json!({
            "TableName": "halley", "ConsistentRead": true, "KeyConditionExpression": "pk = :jobs",
            "ExpressionAttributeValues": { ":jobs": { "S": "JOBS" } },
        });
        self.dynamodb("Query", &query)["Count"] != 0
    }

    /// Does what is left of all deletions, where nobody else does: in a service that is idle.
    pub async fn do_jobs(&self) {
        while self.has_jobs() {
            for task in shared::jobs::standing(self.handlers()).await.unwrap() {
                shared::jobs::run(self.handlers(), &task).await.unwrap();
            }
        }
    }

    /// Waits until all that is being deleted is gone.
    pub async fn jobs_done(&self) {
        if second::url().is_some() {
            // Nobody reads the stream there, which would begin them.
            for task in shared::jobs::standing(self.handlers()).await.unwrap() {
                shared::jobs::begin(self.handlers(), &task).await.unwrap();
            }
        }
        for _ in 0..10_000 {
            if !self.has_jobs() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the jobs do not come to their end");
    }

    /// What each function has used of AWS.
    pub fn used(&self) -> privileges::ByFunction {
        self.guard.used()
    }

    /// The log line of the latest request.
    pub fn last_line(&self) -> RequestLine {
        self.lines.lock().unwrap().last().unwrap().clone()
    }

    /// The log lines of all requests so far.
    pub fn lines(&self) -> Vec<RequestLine> {
        self.lines.lock().unwrap().clone()
    }

    /// Where the service listens, with the version.
    pub fn base_url(&self) -> &str {
        &self.local.base_url
    }

    /// Where the service listens, without the version.
    pub fn origin(&self) -> &str {
        self.local.base_url.strip_suffix("/v3").unwrap()
    }

    /// Where the embedded DynamoDB listens.
    pub fn dynamodb_url(&self) -> &str {
        &self.local.dynamodb_url
    }

    /// The credentials that the embedded services take.
    pub fn credentials(&self) -> Credentials {
        self.local.credentials.clone()
    }

    /// The API key with full access.
    pub fn api_key(&self) -> &str {
        &self.local.api_key
    }

    /// Stops the service, so that another can open its data.
    pub async fn stop(self) {
        self.local.stop().await.unwrap();
    }
}
