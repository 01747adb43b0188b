//! Conflicts as DynamoDB makes them and the embedded one does not: while a transaction goes on it holds its items, and
//! whatever else would write one of them is refused.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::refusal;
use super::wire::{Reply, Request};

/// By how much a late transaction is late: so much that much else is done meanwhile also where a machine is busy.
const LATE: Duration = Duration::from_secs(1);

/// How long writes take, in milliseconds, drawn for each.
#[derive(Clone, Debug)]
pub struct Pace {
    /// On their way, before they reach an item.
    pub before: RangeInclusive<u64>,
    /// Which share of the transactions is on its way for [`LATE`] longer.
    pub late: f64,
    /// For how long a transaction holds its items; halfway it is carried out.
    pub held: RangeInclusive<u64>,
    /// On the way back.
    pub after: RangeInclusive<u64>,
}

/// How the transactions ended that were sent while writes took their time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Carried out.
    pub done: usize,
    /// Refused because another one held an item.
    pub conflicts: usize,
    /// Refused by a condition.
    pub refused: usize,
    /// Plain writes that were refused because a transaction held their item.
    pub plain_conflicts: usize,
    /// The items of the transactions that were refused.
    pub items_refused: usize,
}

#[derive(Debug, Default)]
struct State {
    pace: Option<Pace>,
    /// The items that transactions hold, and which one.
    held: HashMap<String, String>,
    tally: Tally,
}

/// What is held; nothing as long as no pace is set.
#[derive(Clone, Debug, Default)]
pub(super) struct Contention(Arc<Mutex<State>>);

impl Contention {
    pub(super) fn set(&self, pace: Option<Pace>) -> Tally {
        let mut state = self.0.lock().unwrap();
        state.pace = pace;
        std::mem::take(&mut state.tally)
    }

    /// Carries out a request by `forward` in its time, or refuses it. A transaction that was carried out before is
    /// answered again and holds nothing.
    pub(super) async fn pass<E>(
        &self,
        request: &Request,
        is_done: bool,
        forward: impl Future<Output = Result<Reply, E>>,
    ) -> Result<Reply, E> {
        let pace = self.0.lock().unwrap().pace.clone();
        let written = written(request);
        let (Some(pace), false) = (pace, is_done || written.is_empty()) else { return forward.await };
        pause(&pace.before).await;
        if request.token().is_some() && fastrand::f64() < pace.late {
            tokio::time::sleep(LATE).await;
        }
        let held = match self.hold(request, &written) {
            Ok(held) => held,
            Err(refused) => {
                pause(&pace.after).await;
                return Ok(refused);
            }
        };
        let time = fastrand::u64(pace.held) * u64::from(held.is_some()) / 2;
        tokio::time::sleep(Duration::from_millis(time)).await;
        let reply = forward.await;
        tokio::time::sleep(Duration::from_millis(time)).await;
        if let (Some(held), Ok(reply)) = (held, &reply) {
            held.end(reply, written.len());
        }
        pause(&pace.after).await;
        reply
    }

    /// Lets a transaction hold its items, and a plain write pass, unless others hold any.
    fn hold(&self, request: &Request, written: &[String]) -> Result<Option<Held>, Reply> {
        let State { held, tally, .. } = &mut *self.0.lock().unwrap();
        let is_taken: Vec<bool> = written.iter().map(|key| held.contains_key(key)).collect();
        let Some(token) = request.token() else {
            if !is_taken.contains(&true) {
                return Ok(None);
            }
            tally.plain_conflicts += 1;
            return Err(match request.operation() {
                "BatchWriteItem" => {
                    let left = &request.json()["RequestItems"];
                    let answer = json!({ "ConsumedCapacity": [], "UnprocessedItems": left });
                    Reply::new(200, "application/x-amz-json-1.0", answer.to_string())
                }
                _ => refusal(400, "TransactionConflictException", Value::Null),
            });
        };
        if held.values().any(|holder| *holder == token) {
            return Err(refusal(400, "TransactionInProgressException", Value::Null));
        }
        if is_taken.contains(&true) {
            tally.conflicts += 1;
            tally.items_refused += written.len();
            let code = |taken: &bool| if *taken { "TransactionConflict" } else { "None" };
            let reasons = is_taken.iter().map(|taken| json!({ "Code": code(taken) })).collect();
            return Err(refusal(400, "TransactionCanceledException", Value::Array(reasons)));
        }
        held.extend(written.iter().map(|key| (key.clone(), token.clone())));
        Ok(Some(Held { contention: self.clone(), token }))
    }
}

/// The items of a transaction, free again at its end.
struct Held {
    contention: Contention,
    token: String,
}

impl Held {
    fn end(self, reply: &Reply, n_items: usize) {
        let tally = &mut self.contention.0.lock().unwrap().tally;
        if reply.status == 200 {
            tally.done += 1;
        } else {
            tally.refused += 1;
            tally.items_refused += n_items;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.contention.0.lock().unwrap().held.retain(|_, holder| *holder != self.token);
    }
}

async fn pause(millis: &RangeInclusive<u64>) {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(millis.clone()))).await;
}

/// The keys of what a request writes, or requires something of in a transaction, in its order.
fn written(request: &Request) -> Vec<String> {
    let key = |of: &Value| format!("{} {}", of["pk"], of["sk"]);
    let body = match request.operation() {
        "TransactWriteItems" | "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" => request.json(),
        _ => return Vec::new(),
    };
    match request.operation() {
        "TransactWriteItems" => {
            let writes = body["TransactItems"].as_array().unwrap().iter();
            let write = |write: &Value| write.as_object().unwrap().values().next().unwrap().clone();
            writes
                .map(write)
                .map(|write| key(if write["Key"].is_null() { &write["Item"] } else { &write["Key"] }))
                .collect()
        }
        "PutItem" => vec![key(&body["Item"])],
        "BatchWriteItem" => {
            let requests = body["RequestItems"].as_object().unwrap().values().flat_map(|of| of.as_array().unwrap());
            let keys = requests.map(|request| key(&request["DeleteRequest"]["Key"]));
            keys.collect::<HashSet<_>>().into_iter().collect()
        }
        _ => vec![key(&body["Key"])],
    }
}
