//! The stream of the local table, read as Lambda reads a table's stream: in order, in batches, each as the event that a
//! function gets.

use std::time::Duration;

use lambda_http::Error;
use serde_json::{Value, json};

use crate::TABLE;
use crate::database::Database;
use shared::log::say;

/// How many records an event has at the most.
const BATCH: usize = 10;
/// How often a batch is handed over that its consumer refuses.
const ATTEMPTS: usize = 3;
/// How long a refused batch waits.
const PAUSE: Duration = Duration::from_millis(100);
/// After how many trimmings of the stream items go whose time is over: DynamoDB takes its time too.
const EXPIRED_EVERY: u64 = 60;
/// How often the stream is trimmed.
const TRIMMED_EVERY: Duration = Duration::from_secs(10);

/// A place in the stream.
pub struct StreamReader {
    database: Database,
    arn: String,
    iterator: String,
}

/// Records that follow each other.
pub struct Batch {
    /// As Lambda hands them over, without those that DynamoDB would not have written.
    pub records: Vec<Value>,
    /// The sequence number of the last that was read.
    pub last: String,
}

impl StreamReader {
    /// Before the oldest record that is kept.
    pub fn from_the_oldest(database: Database) -> Result<StreamReader, Error> {
        StreamReader::behind(database, None)
    }

    /// Behind the last record that was consumed, in this process or an earlier one.
    pub fn from_the_first_not_consumed(database: Database) -> Result<StreamReader, Error> {
        let last = database.consumed()?;
        StreamReader::behind(database, last)
    }

    /// The embedded DynamoDB keeps one shard a table and never closes it.
    fn behind(database: Database, last: Option<String>) -> Result<StreamReader, Error> {
        let streams = database.call("ListStreams", &json!({ "TableName": TABLE }))?;
        let arn = text(&streams, "/Streams/0/StreamArn").ok_or("the local table has no stream")?;
        let stream = database.call("DescribeStream", &json!({ "StreamArn": arn }))?;
        let shard = text(&stream, "/StreamDescription/Shards/0/ShardId");
        let kind = if last.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
        let request = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind, "SequenceNumber": last });
        let iterator = text(&database.call("GetShardIterator", &request)?, "/ShardIterator");
        Ok(StreamReader { database, arn, iterator: iterator.ok_or("the stream of the local table has no shard")? })
    }

    /// The next records, [`BATCH`] at the most; nothing if there are none yet.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, Error> {
        let request = json!({ "ShardIterator": self.iterator, "Limit": BATCH });
        let mut answer = self.database.call("GetRecords", &request)?;
        let Some(Value::Array(records)) = answer.get_mut("Records").map(Value::take) else { return Ok(None) };
        let last = records.last().and_then(|record| text(record, "/dynamodb/SequenceNumber"));
        let (Some(last), Some(next)) = (last, text(&answer, "/NextShardIterator")) else { return Ok(None) };
        self.iterator = next;
        let records = records.into_iter().filter_map(|record| delivered(record, &self.arn)).collect();
        Ok(Some(Batch { records, last }))
    }

    /// All that is behind this place by now, as the events that Lambda would have handed to a function.
    pub fn rest(&mut self) -> Result<Vec<Value>, Error> {
        let mut events = Vec::new();
        while let Some(batch) = self.next_batch()? {
            if !batch.records.is_empty() {
                events.push(event(batch.records));
            }
        }
        Ok(events)
    }
}

fn text(answer: &Value, pointer: &str) -> Option<String> {
    answer.pointer(pointer)?.as_str().map(str::to_owned)
}

/// A record as Lambda hands it over; nothing for a write that left its item as it was, because DynamoDB records none.
fn delivered(mut record: Value, arn: &str) -> Option<Value> {
    let change = record.get_mut("dynamodb")?.as_object_mut()?;
    if change.get("NewImage") == change.get("OldImage") {
        return None;
    }
    // Lambda's events have whole seconds here.
    let time = change.get_mut("ApproximateCreationDateTime")?;
    *time = json!(time.as_f64()? as u64);
    record.as_object_mut()?.insert("eventSourceARN".to_owned(), json!(arn));
    Some(record)
}

/// The event that a function gets for these records.
pub fn event(records: Vec<Value>) -> Value {
    json!({ "Records": records })
}

/// Hands all that was not consumed yet, and then whatever is written, to `consumer`, one batch after the other; ends only
/// if the stream cannot be read. At least once: a batch is noted as consumed behind it, and handed over again after a
/// crash in between. One that is refused [`ATTEMPTS`] times is passed over.
pub async fn follow<C, H>(database: Database, consumer: C) -> Result<(), Error>
where
    C: Fn(Value) -> H,
    H: Future<Output = Result<(), Error>>,
{
    let mut reader = StreamReader::from_the_first_not_consumed(database.clone())?;
    loop {
        let read = tokio::task::spawn_blocking(move || {
            let batch = reader.next_batch().map_err(|error| error.to_string());
            (reader, batch)
        });
        let batch;
        (reader, batch) = read.await?;
        let Some(Batch { records, last }) = batch? else {
            database.written().await;
            continue;
        };
        if !records.is_empty() {
            hand_over(&consumer, event(records), &last).await;
        }
        database.consume(&last)?;
    }
}

async fn hand_over<C, H>(consumer: &C, event: Value, last: &str)
where
    C: Fn(Value) -> H,
    H: Future<Output = Result<(), Error>>,
{
    for attempt in 1..=ATTEMPTS {
        match consumer(event.clone()).await {
            Ok(()) => return,
            Err(error) => {
                say(format_args!("Attempt {attempt} with the stream's records up to {last} failed: {error}."))
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    say(format_args!("The stream's records up to {last} are passed over."));
}

/// Keeps the stream short and removes what has expired, for as long as it runs.
pub async fn keep_short(database: Database) {
    let mut times = tokio::time::interval(TRIMMED_EVERY);
    for n_tick in 1_u64.. {
        times.tick().await;
        if n_tick.is_multiple_of(EXPIRED_EVERY)
            && let Err(error) = database.expire()
        {
            say(format_args!("Items whose time is over cannot be removed: {error}."));
        }
        loop {
            match database.trim() {
                // Requests come first.
                Ok(true) => tokio::task::yield_now().await,
                Ok(false) => break,
                Err(error) => {
                    say(format_args!("The stream cannot be trimmed: {error}."));
                    break;
                }
            }
        }
    }
}
