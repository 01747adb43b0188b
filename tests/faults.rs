//! What can go wrong between the functions and AWS, at will: proxies before the embedded DynamoDB and S3 that refuse,
//! delay and lose, by rules that a test sets and, where chance is asked for, by a seed.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::Region;
use local::{Service, Wiring};
use serde_json::{Value, json};
use tokio::sync::watch;

mod contention;
mod late;
mod wire;

use contention::Contention;
use late::Late;

pub use contention::{Pace, Tally};
use wire::{Reply, Request};

/// How long a slow answer takes.
const SLOW: Duration = Duration::from_millis(200);

/// Something that goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused: the partition has no throughput left.
    Throughput,
    /// Refused: too many requests; `SlowDown` of S3.
    Throttling,
    /// Refused: the first write of the transaction fails for this reason, the others for none.
    Cancelled(&'static str),
    /// Refused: a transaction is writing the item of a plain write.
    Conflict,
    /// Refused: the same transaction is still going on.
    InProgress,
    /// Answered, but nothing of the batch is done.
    Unprocessed,
    /// Answered with `500`.
    Broken,
    /// The connection ends before the request arrives.
    LostRequest,
    /// The request is carried out, then the connection ends.
    LostAnswer,
    /// Carried out and answered, late.
    Slow,
}

/// All that a storm is made of.
const STORM: [Fault; 11] = [
    Fault::Throughput,
    Fault::Throttling,
    Fault::Cancelled("TransactionConflict"),
    Fault::Cancelled("ThrottlingError"),
    Fault::Conflict,
    Fault::InProgress,
    Fault::Unprocessed,
    Fault::Broken,
    Fault::LostRequest,
    Fault::LostAnswer,
    Fault::Slow,
];

/// When something goes wrong.
#[derive(Debug, Default)]
enum Rule {
    #[default]
    Never,
    /// With every request that the fault fits.
    Always(Fault, Option<Service>),
    /// With this share of the requests, one of these.
    Storm { faults: Vec<Fault>, share: f64, chance: fastrand::Rng },
    /// The answer to each request is lost when it is sent for the first time.
    LoseFirstAnswers(HashSet<u64>),
    /// From the first request that reads a job, so many arrive, and none behind them.
    Dying { is_counting: bool, left: usize },
}

#[derive(Debug, Default)]
struct State {
    rule: Rule,
    /// The tokens of the transactions that were carried out.
    done: HashSet<String>,
    injected: usize,
}

/// What the proxies of one service go by.
#[derive(Debug, Default)]
struct Rules {
    state: Mutex<State>,
    contention: Contention,
    late: Late,
}

/// The rules of the proxies of one service; all goes well until one is set. The proxies end with it.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Arc<Rules>,
    until: watch::Sender<()>,
}

impl Faults {
    /// Puts the proxies between the handlers of a service and what it stands on.
    pub fn wiring(&self) -> Wiring {
        let (rules, until) = (self.rules.clone(), self.until.subscribe());
        Box::new(move |service, config| {
            let upstream = config.endpoint_url().unwrap().to_owned();
            let url = wire::start(service, upstream, rules.clone(), until.clone());
            // The SDK allows itself so many retries a region and process; a test of its own region takes none away from
            // another.
            let region = Region::new(url.replace("http://127.0.0.1:", "faults-"));
            config.into_builder().endpoint_url(url).region(region).build()
        })
    }

    /// From now on all goes well.
    pub fn never(&self) {
        self.set(Rule::Never);
    }

    /// From now on this goes wrong with every request that it fits.
    pub fn always(&self, fault: Fault) {
        self.set(Rule::Always(fault, None));
    }

    /// [`Faults::always`] with one service only.
    pub fn always_with(&self, service: Service, fault: Fault) {
        self.set(Rule::Always(fault, Some(service)));
    }

    /// From now on something goes wrong with this share of the requests, the same for the same seed and requests.
    pub fn storm(&self, seed: u64, share: f64) {
        self.storm_of(&STORM, seed, share);
    }

    /// [`Faults::storm`] of these.
    pub fn storm_of(&self, faults: &[Fault], seed: u64, share: f64) {
        self.set(Rule::Storm { faults: faults.to_vec(), share, chance: fastrand::Rng::with_seed(seed) });
    }

    /// From now on writes take their time, and transactions hold their items meanwhile, beside whatever else goes wrong.
    pub fn contend(&self, pace: Pace) {
        self.rules.contention.set(Some(pace));
    }

    /// From now on reads that may be late see what they once saw, for ever.
    pub fn be_late(&self) {
        self.rules.late.begin();
    }

    /// Writes take no time any more; says how they ended.
    pub fn agree(&self) -> Tally {
        self.rules.contention.set(None)
    }

    /// From now on every request is carried out, and its answer is lost when it is sent for the first time.
    pub fn lose_first_answers(&self) {
        self.set(Rule::LoseFirstAnswers(HashSet::new()));
    }

    /// Lets so many requests arrive from the first one on that reads a job, and none behind them, as if the process had
    /// been killed there.
    pub fn die_after(&self, requests: usize) {
        self.set(Rule::Dying { is_counting: false, left: requests });
    }

    /// Whether anything went wrong yet.
    pub fn has_struck(&self) -> bool {
        0 < self.rules.state.lock().unwrap().injected
    }

    /// All goes well again; says how often it did not.
    pub fn end(&self) -> usize {
        self.set(Rule::Never);
        std::mem::take(&mut self.rules.state.lock().unwrap().injected)
    }

    fn set(&self, rule: Rule) {
        self.rules.state.lock().unwrap().rule = rule;
    }
}

impl Rules {
    /// What goes wrong with this request.
    fn draw(&self, request: &Request) -> Option<Fault> {
        let State { rule, done, injected } = &mut *self.state.lock().unwrap();
        let drawn = match rule {
            Rule::Never => None,
            Rule::Always(fault, of) => of.is_none_or(|service| service == request.service).then_some(*fault),
            Rule::Storm { faults, share, chance } => {
                let fitting = faults.iter().copied().filter(|fault| fault.fits(request, done)).collect::<Vec<_>>();
                let is_hit = chance.f64() < *share;
                chance.choice(fitting).filter(|_| is_hit)
            }
            Rule::LoseFirstAnswers(seen) => {
                let mut hasher = DefaultHasher::new();
                (&request.method, &request.path, request.operation(), &request.body).hash(&mut hasher);
                seen.insert(hasher.finish()).then_some(Fault::LostAnswer)
            }
            Rule::Dying { is_counting, left } => {
                let names_job = || request.body.windows(6).any(|part| part == b"\"JOBS\"");
                *is_counting = *is_counting || (request.operation() == "GetItem" && names_job());
                let is_over = *is_counting && *left == 0;
                *left = left.saturating_sub(usize::from(*is_counting));
                is_over.then_some(Fault::LostRequest)
            }
        };
        let drawn = drawn.filter(|fault| fault.fits(request, done));
        *injected += usize::from(drawn.is_some());
        drawn
    }

    /// Whether a request is a transaction that was carried out before.
    fn is_done(&self, request: &Request) -> bool {
        request.token().is_some_and(|token| self.state.lock().unwrap().done.contains(&token))
    }

    /// Notes that a request was carried out.
    fn carried_out(&self, request: &Request, reply: &Reply) {
        if reply.status == 200 {
            self.state.lock().unwrap().done.extend(request.token());
        }
    }
}

impl Fault {
    /// Whether AWS could answer this request so. A transaction that was carried out is never cancelled afterwards.
    fn fits(self, request: &Request, done: &HashSet<String>) -> bool {
        let operation = request.operation();
        match self {
            Fault::Cancelled(_) => {
                operation == "TransactWriteItems" && request.token().is_some_and(|token| !done.contains(&token))
            }
            Fault::InProgress => operation == "TransactWriteItems",
            Fault::Conflict => operation == "UpdateItem",
            Fault::Unprocessed => operation.starts_with("Batch"),
            Fault::Throughput => request.service == Service::DynamoDb,
            _ => true,
        }
    }

    /// The answer that comes instead of DynamoDB's own.
    fn of_dynamodb(self, request: &Request) -> Option<Reply> {
        let refused = |name: &str| Some(refusal(400, name, Value::Null));
        match self {
            Fault::Throughput => refused("ProvisionedThroughputExceededException"),
            Fault::Throttling => refused("ThrottlingException"),
            Fault::Conflict => refused("TransactionConflictException"),
            Fault::InProgress => refused("TransactionInProgressException"),
            Fault::Broken => Some(refusal(500, "InternalServerError", Value::Null)),
            Fault::Cancelled(reason) => {
                let writes = request.json()["TransactItems"].as_array().map_or(0, Vec::len);
                let mut reasons = vec![json!({ "Code": "None" }); writes];
                reasons[0] = json!({ "Code": reason, "Message": "An injected fault." });
                Some(refusal(400, "TransactionCanceledException", Value::Array(reasons)))
            }
            Fault::Unprocessed => {
                let mut answer = json!({ "ConsumedCapacity": [] });
                let is_read = request.operation() == "BatchGetItem";
                let left = if is_read { "UnprocessedKeys" } else { "UnprocessedItems" };
                answer[left] = request.json()["RequestItems"].clone();
                if is_read {
                    answer["Responses"] = json!({});
                }
                Some(Reply::new(200, "application/x-amz-json-1.0", answer.to_string()))
            }
            Fault::LostRequest | Fault::LostAnswer | Fault::Slow => None,
        }
    }

    /// The answer that comes instead of S3's own.
    fn of_sockets(self) -> Option<Reply> {
        match self {
            Fault::Throttling => Some(Reply::new(429, "application/json", "{}".to_owned())),
            Fault::Broken => Some(Reply::new(500, "application/json", "{}".to_owned())),
            _ => None,
        }
    }

    fn of_s3(self) -> Option<Reply> {
        let refusal = |status, code: &str| {
            let text = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>injected</Message></Error>");
            Some(Reply::new(status, "application/xml", text))
        };
        match self {
            Fault::Throttling => refusal(503, "SlowDown"),
            Fault::Broken => refusal(500, "InternalError"),
            _ => None,
        }
    }
}

fn refusal(status: u16, name: &str, reasons: Value) -> Reply {
    let mut body = json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{name}"),
        "message": "An injected fault.",
    });
    if reasons.is_array() {
        body["CancellationReasons"] = reasons;
    }
    Reply::new(status, "application/x-amz-json-1.0", body.to_string())
}
