//! The database of the embedded DynamoDB, and a second connection to it, which keeps its stream fast and short.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_http::Error;
use rusqlite::{Connection, OptionalExtension, named_params};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::dynamodb;

/// How many records the stream keeps at the most, whether somebody reads them or not.
const RECORDS: u64 = 100_000;
/// How many of those that were consumed it keeps, for who looks into the stream from outside.
const CONSUMED_RECORDS: u64 = 10_000;
/// For how long it keeps a record; DynamoDB's own time.
const AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// How many records one slice of trimming looks at: a millisecond or two, for which a request may have to wait.
const SLICE: u64 = 1_000;

/// How the names of operations begin that only read.
const READS: [&str; 7] = ["BatchGet", "Describe", "Get", "List", "Query", "Scan", "TransactGet"];

/// `dynoxide` asks for the highest sequence number of the stream before each write. Without this index it reads the whole
/// stream for that, with it one entry. The consumer's place and asynchronous invocations are kept beside the stream, so that
/// all are of one file.
const PREPARE: &str = "
    CREATE INDEX IF NOT EXISTS halley_stream_by_sequence
        ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    CREATE TABLE IF NOT EXISTS halley_stream_consumed (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        sequence_number TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS halley_invocations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        function TEXT NOT NULL,
        payload BLOB NOT NULL
    );
    PRAGMA synchronous = NORMAL;";

/// The newest record stays whatever its age, so that sequence numbers rise even if the clock is set back.
const TRIM: &str = "
    WITH place AS (SELECT (SELECT MAX(id) FROM _stream_records) AS newest),
        oldest AS (
            SELECT id, created_at, CAST(sequence_number AS INTEGER) AS sequence
            FROM _stream_records ORDER BY id LIMIT :slice
        )
    DELETE FROM _stream_records WHERE id IN (
        SELECT id FROM oldest, place
        WHERE id <= newest - :records
            OR (id < newest AND created_at < :oldest)
            OR (id <= newest - :consumed_records AND sequence <= :consumed)
    )";

/// The embedded DynamoDB; a clone is the same one.
#[derive(Clone)]
pub struct Database(Arc<Shared>);

struct Shared {
    dynamodb: dynoxide::Database,
    /// Taken for every operation too: where both connections share a cache, whoever comes second is refused instead of
    /// made to wait. Operations lose nothing, because `dynoxide` carries out one at a time anyway.
    second: Mutex<Connection>,
    written: Notify,
}

impl Database {
    /// One that is gone with its last clone, and never on disk.
    pub fn in_memory() -> Result<Database, Error> {
        // Connections of a process share such a database by its name, and a test process has many services.
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        Database::open(&format!("file:halley-{number}?mode=memory&cache=shared"))
    }

    /// The one in this file, which is made if it is not there.
    pub fn on(file: &Path) -> Result<Database, Error> {
        Database::open(&file.to_string_lossy())
    }

    fn open(name: &str) -> Result<Database, Error> {
        let dynamodb = dynoxide::Database::new(name)?;
        let second = Connection::open(name)?;
        second.execute_batch(PREPARE)?;
        Ok(Database(Arc::new(Shared { dynamodb, second: Mutex::new(second), written: Notify::new() })))
    }

    /// Carries an operation of DynamoDB out; nothing if there is none of this name.
    pub fn run(&self, operation: &str, body: &str) -> Option<dynoxide::Result<String>> {
        let _alone = self.second();
        let answer = dynamodb::run(&self.0.dynamodb, operation, body);
        if !READS.iter().any(|reads| operation.starts_with(reads)) {
            self.0.written.notify_one();
        }
        answer
    }

    /// [`Database::run`] with JSON for the request and the answer.
    pub fn call(&self, operation: &str, request: &Value) -> Result<Value, Error> {
        let answer = self.run(operation, &request.to_string()).ok_or("there is no such operation")?;
        Ok(serde_json::from_str(&answer.map_err(|error| error.to_json())?)?)
    }

    /// Returns once something may have been written since the last call; for one caller.
    pub async fn written(&self) {
        self.0.written.notified().await;
    }

    /// Removes what the stream need not keep, from one slice of its oldest records; whether there may be more to remove.
    pub fn trim(&self) -> Result<bool, Error> {
        let oldest = SystemTime::now().duration_since(UNIX_EPOCH)?.saturating_sub(AGE).as_secs();
        let consumed = self.consumed()?.and_then(|public| stored(&public)).unwrap_or_default();
        let removed = self.second().prepare_cached(TRIM)?.execute(named_params! {
            ":slice": SLICE,
            ":records": RECORDS,
            ":oldest": oldest,
            ":consumed_records": CONSUMED_RECORDS,
            ":consumed": consumed,
        })?;
        Ok(SLICE == removed as u64)
    }

    /// Removes items whose time is over, as DynamoDB does when it likes; says how many.
    pub fn expire(&self) -> Result<usize, Error> {
        let _alone = self.second();
        let expired = self.0.dynamodb.sweep_ttl()?;
        self.0.written.notify_one();
        Ok(expired)
    }

    /// The items of a table whose partition keys begin so; of each only its keys.
    pub fn keys_from(&self, table: &str, beginning: &str) -> Result<Vec<Value>, Error> {
        let read = format!("SELECT pk, sk FROM \"{table}\" WHERE :from <= pk AND pk < :to");
        let from = format!("S:{beginning}");
        // Behind all that begins so: no key has this character.
        let to = format!("{from}\u{10ffff}");
        let second = self.second();
        let mut read = second.prepare(&read)?;
        let key = |text: String| json!({ "S": text.strip_prefix("S:").unwrap_or(&text) });
        let rows = read.query_map(named_params! { ":from": from, ":to": to }, |row| {
            Ok(json!({ "pk": key(row.get(0)?), "sk": key(row.get(1)?) }))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The sequence number up to which the stream was consumed, if any of it was.
    pub fn consumed(&self) -> Result<Option<String>, Error> {
        const READ: &str = "SELECT sequence_number FROM halley_stream_consumed";
        Ok(self.second().prepare_cached(READ)?.query_row([], |row| row.get(0)).optional()?)
    }

    /// Notes that the stream was consumed up to this sequence number.
    pub fn consume(&self, sequence_number: &str) -> Result<(), Error> {
        const WRITE: &str = "INSERT OR REPLACE INTO halley_stream_consumed (only, sequence_number) VALUES (1, ?1)";
        self.second().prepare_cached(WRITE)?.execute([sequence_number])?;
        Ok(())
    }

    /// Keeps an asynchronous invocation of a function until [`Database::end_invocation`]; its id.
    pub fn keep_invocation(&self, function: &str, payload: &[u8]) -> Result<i64, Error> {
        const WRITE: &str = "INSERT INTO halley_invocations (function, payload) VALUES (?1, ?2)";
        let second = self.second();
        second.prepare_cached(WRITE)?.execute((function, payload))?;
        Ok(second.last_insert_rowid())
    }

    /// The invocations that are kept, oldest first: id, function, payload.
    pub fn invocations(&self) -> Result<Vec<(i64, String, Vec<u8>)>, Error> {
        const READ: &str = "SELECT id, function, payload FROM halley_invocations ORDER BY id";
        let second = self.second();
        let mut read = second.prepare_cached(READ)?;
        let rows = read.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets an invocation, which was carried out or has failed for good.
    pub fn end_invocation(&self, id: i64) -> Result<(), Error> {
        self.second().prepare_cached("DELETE FROM halley_invocations WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    fn second(&self) -> MutexGuard<'_, Connection> {
        // A panic of an operation leaves the connection as it was.
        self.0.second.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sequence number as `dynoxide` stores it. It shows 21 digits, of which it adds the first.
fn stored(public: &str) -> Option<i64> {
    public.strip_prefix('1').filter(|digits| digits.len() == 20)?.parse().ok()
}
