//! The stream of the local table, read as Lambda reads a table's stream: in order, in batches, each as the event that a
//! function gets.

use std::time::Duration;

use lambda_http::Error;
use serde_json::{Value, json};

use crate::TABLE;
use crate::database::Database;

/// How many records an event has at the most.
const BATCH: usize = 10;
/// How often a batch is handed over that its consumer refuses.
const ATTEMPTS: usize = 3;
/// How long a refused batch waits.
const PAUSE: Duration = Duration::from_millis(100);
/// How often the stream is trimmed.
const TRIMMED_EVERY: Duration = Duration::from_secs(10);

/// A place in the stream.
pub struct Reader {
    database: Database,
    arn: String,
    iterator: Value,
}

/// Records that follow each other.
pub struct Batch {
    /// As Lambda hands them over, without those that DynamoDB would not have written.
    pub records: Vec<Value>,
    /// The sequence number of the last that was read.
    pub last: String,
}

impl Reader {
    /// Before the oldest record that is kept.
    pub fn from_the_oldest(database: Database) -> Result<Reader, Error> {
        Reader::at(database, json!({ "ShardIteratorType": "TRIM_HORIZON" }))
    }

    /// Behind the last record that was consumed, in this process or an earlier one.
    pub fn from_the_first_not_consumed(database: Database) -> Result<Reader, Error> {
        match database.consumed()? {
            None => Reader::from_the_oldest(database),
            Some(last) => {
                Reader::at(database, json!({ "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last }))
            }
        }
    }

    /// The embedded DynamoDB keeps one shard a table and never closes it.
    fn at(database: Database, mut place: Value) -> Result<Reader, Error> {
        let streams = database.call("ListStreams", &json!({ "TableName": TABLE }))?;
        let arn = streams["Streams"][0]["StreamArn"].as_str().ok_or("the local table has no stream")?.to_owned();
        let stream = database.call("DescribeStream", &json!({ "StreamArn": arn }))?;
        place["ShardId"] = stream["StreamDescription"]["Shards"][0]["ShardId"].clone();
        place["StreamArn"] = json!(arn);
        let iterator = database.call("GetShardIterator", &place)?["ShardIterator"].take();
        Ok(Reader { database, arn, iterator })
    }

    /// The next records, [`BATCH`] at the most; nothing if there are none yet.
    pub fn next(&mut self) -> Result<Option<Batch>, Error> {
        let request = json!({ "ShardIterator": self.iterator, "Limit": BATCH });
        let mut answer = self.database.call("GetRecords", &request)?;
        let Value::Array(mut records) = answer["Records"].take() else { return Ok(None) };
        let last = records.last().and_then(|record| record["dynamodb"]["SequenceNumber"].as_str());
        let Some(last) = last.map(str::to_owned) else { return Ok(None) };
        self.iterator = answer["NextShardIterator"].take();
        records.retain(is_a_change);
        for record in &mut records {
            record["eventSourceARN"] = json!(self.arn);
            let stream_record = &mut record["dynamodb"];
            // Lambda's events have whole seconds here.
            let seconds = stream_record["ApproximateCreationDateTime"].as_f64().unwrap_or_default();
            stream_record["ApproximateCreationDateTime"] = json!(seconds as u64);
        }
        Ok(Some(Batch { records, last }))
    }
}

/// DynamoDB writes no record of a write that leaves its item as it was.
fn is_a_change(record: &Value) -> bool {
    let images = &record["dynamodb"];
    images["NewImage"] != images["OldImage"]
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
    let mut reader = Reader::from_the_first_not_consumed(database.clone())?;
    loop {
        let read = tokio::task::spawn_blocking(move || {
            let batch = reader.next().map_err(|error| error.to_string());
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
            Err(error) => eprintln!("Attempt {attempt} with the stream's records up to {last} failed: {error}."),
        }
        tokio::time::sleep(PAUSE).await;
    }
    eprintln!("The stream's records up to {last} are passed over.");
}

/// Keeps the stream short, for as long as it runs.
pub async fn keep_short(database: Database) {
    let mut times = tokio::time::interval(TRIMMED_EVERY);
    loop {
        times.tick().await;
        loop {
            match database.trim() {
                // Requests come first.
                Ok(true) => tokio::task::yield_now().await,
                Ok(false) => break,
                Err(error) => {
                    eprintln!("The stream cannot be trimmed: {error}.");
                    break;
                }
            }
        }
    }
}
