//! Plays what Lambda does for functions without routes: it hands the table's stream to its consumer, and carries
//! asynchronous invocations out, each tried again when it fails, and kept until then whatever happens to the process.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lambda_http::Error;
use serde_json::{Value, json};
use shared::app::App;
use shared::aws::call::CallError;
use shared::delivery::FILTERS;
use shared::invoke::Invoker;
use shared::jobs;
use shared::log::say;
use shared::worker::{Worker, respond};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::database::Database;
use crate::filter;
use crate::folder::FILE_MODE;
use crate::gateway::ANSWERED;
use crate::stream;

/// How often an asynchronous invocation is tried; as often as Lambda does.
const ATTEMPTS: usize = 3;
/// How long a failed one waits. Lambda waits a minute, then two; nobody at a laptop would.
const PAUSE: Duration = Duration::from_millis(500);

struct Invocation {
    /// By this the database knows it.
    id: i64,
    worker: Worker,
    payload: Vec<u8>,
}

/// Asynchronous invocations that wait to be carried out.
pub struct Queue {
    receiver: mpsc::UnboundedReceiver<Invocation>,
    database: Database,
    failed: Arc<Failed>,
}

/// Where the invocations are kept that failed for good, as a queue keeps them in AWS; in memory they are only told of.
struct Failed(Option<PathBuf>);

/// Who takes asynchronous invocations, and where they then wait, behind those that an earlier process left.
pub fn queue(database: &Database, failed: Option<PathBuf>) -> Result<(Invoker, Queue), Error> {
    let (sender, receiver) = mpsc::unbounded_channel();
    // Refused by the channel, the service is ending: the next start goes on with what is kept.
    let wait = move |invocation| drop(sender.send(invocation));
    for (id, function, payload) in database.invocations()? {
        match Worker::ALL.into_iter().find(|worker| worker.function() == function) {
            Some(worker) => wait(Invocation { id, worker, payload }),
            None => {
                say(format_args!("What another version asked of {function} is left undone."));
                database.end_invocation(id)?;
            }
        }
    }
    let kept = database.clone();
    let take = move |worker: Worker, payload: Vec<u8>| {
        let id = kept.keep_invocation(worker.function(), &payload).map_err(CallError::of)?;
        wait(Invocation { id, worker, payload });
        Ok(())
    };
    let queue = Queue { receiver, database: database.clone(), failed: Arc::new(Failed(failed)) };
    Ok((Invoker::Here(Arc::new(take)), queue))
}

impl Failed {
    fn keep(&self, worker: Worker, payload: &[u8], why: &str) {
        let payload = serde_json::from_slice(payload).unwrap_or(Value::Null);
        let line = json!({ "function": worker.function(), "requestPayload": payload, "error": why });
        let Some(path) = &self.0 else { return };
        let file = OpenOptions::new().create(true).append(true).mode(FILE_MODE).open(path);
        // In one write, so that lines of several do not mix.
        match file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())) {
            Ok(()) => say(format_args!("What failed is kept in {}.", path.display())),
            Err(error) => say(format_args!("{} cannot be written: {error}.", path.display())),
        }
    }
}

/// The functions at work; they end with it, wherever they are, as with a process that is killed.
pub struct Workers(Vec<JoinHandle<()>>);

impl Workers {
    /// Goes on with the jobs that stand still, hands on what the stream holds, and then whatever is written.
    pub async fn start(app: &Arc<App>, database: Database, queue: Queue) -> Result<Workers, Error> {
        // Which of their slices an earlier process was told, nobody knows.
        for task in jobs::standing(app).await? {
            jobs::begin(app, &task).await?;
        }
        let (invoked, told) = (app.clone(), app.clone());
        let carries_out = tokio::spawn(carry_out(invoked, queue));
        let delivers = tokio::spawn(async move {
            let consumer = |event| deliver(told.clone(), event);
            if let Err(error) = stream::follow(database, consumer).await {
                say(format_args!("The stream of the local table cannot be read: {error}."));
            }
        });
        Ok(Workers(vec![carries_out, delivers]))
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// Hands a batch to the stream's consumer, without the records that its filters keep from it.
async fn deliver(app: Arc<App>, mut event: Value) -> Result<(), Error> {
    if let Some(records) = event.pointer_mut("/Records").and_then(Value::as_array_mut) {
        records.retain(|record| FILTERS.iter().any(|pattern| filter::lets_through(pattern, record)));
        if records.is_empty() {
            return Ok(());
        }
    }
    let answer = invoke(&app, Worker::DeliverEvents, event).await?;
    let failures = answer.pointer("/batchItemFailures").and_then(Value::as_array);
    match failures.and_then(|failures| failures.first()) {
        None => Ok(()),
        Some(failure) => Err(format!("the record {failure} was not taken").into()),
    }
}

async fn carry_out(app: Arc<App>, mut queue: Queue) {
    let mut invocations = JoinSet::new();
    loop {
        tokio::select! {
            Some(Invocation { id, worker, payload }) = queue.receiver.recv() => {
                let (app, failed, database) = (app.clone(), queue.failed.clone(), queue.database.clone());
                invocations.spawn(async move {
                    if let Err(why) = try_out(app, worker, &payload).await {
                        failed.keep(worker, &payload, &why);
                    }
                    if let Err(error) = database.end_invocation(id) {
                        say(format_args!("What {} was asked for will be asked again: {error}.", worker.function()));
                    }
                });
            }
            Some(_) = invocations.join_next() => {}
        }
    }
}

/// How often an invocation is tried, by the template's settings: what tells webhooks knows by itself when to try again.
fn attempts(worker: Worker) -> usize {
    if worker == Worker::DeliverWebhook { 1 } else { ATTEMPTS }
}

async fn try_out(app: Arc<App>, worker: Worker, payload: &[u8]) -> Result<(), String> {
    let mut attempt = 1;
    loop {
        let outcome = match serde_json::from_slice(payload) {
            Ok(event) => invoke(&app, worker, event).await,
            Err(error) => Err(error.into()),
        };
        let Err(error) = outcome else { return Ok(()) };
        say(format_args!("Attempt {attempt} of {} failed: {error}.", worker.function()));
        if attempts(worker) <= attempt {
            return Err(error.to_string());
        }
        attempt += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Hands an event to a function in this process.
pub(crate) async fn invoke(app: &App, worker: Worker, event: Value) -> Result<Value, Error> {
    let request_id = format!("local-{:016x}", getrandom::u64().unwrap_or_default());
    let answer = respond(worker, functions::worker(worker), app, event, request_id);
    ANSWERED.scope(worker.function(), answer).await
}
