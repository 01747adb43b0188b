//! How the stream of a data folder is kept: by an index, so that writes stay fast, and no longer than needed.

use std::path::Path;
use std::time::Duration;

use local::Data;
use rstest::rstest;
use rusqlite::Connection;
use tests::Api;

/// What `dynoxide` 3.2 asks before each write and for each read of a stream, word for word.
const LAST_NUMBER: &str =
    "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1";
const NEXT_RECORDS: &str = "
    SELECT event_name, keys_json, new_image, old_image, sequence_number, created_at, user_identity, event_id
    FROM _stream_records
    WHERE table_name = ?1 AND shard_id = ?2 AND CAST(sequence_number AS INTEGER) > ?3
    ORDER BY CAST(sequence_number AS INTEGER) ASC
    LIMIT ?4";

/// Nobody else stands at its stream.
async fn start(folder: &Path) -> Api {
    Api::start_idle(Data::Folder(folder.to_owned())).await
}

fn sqlite(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("dynamodb.sqlite")).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
}

/// How many records the database keeps.
fn kept(sqlite: &Connection) -> u64 {
    sqlite.query_row("SELECT COUNT(*) FROM _stream_records", [], |row| row.get(0)).unwrap()
}

/// Waits until the database keeps `count` records.
async fn wait_for(sqlite: &Connection, count: u64) {
    for _ in 0..600 {
        if kept(sqlite) == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} records are kept, not {count}", kept(sqlite));
}

#[tokio::test]
async fn a_write_and_a_read_look_the_stream_up_by_the_index_whenever_the_folder_was_made() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let api = start(folder.path()).await;
        let sqlite = sqlite(folder.path());
        for query in [LAST_NUMBER, NEXT_RECORDS] {
            let mut plan = sqlite.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let unknown = vec![rusqlite::types::Null; plan.parameter_count()];
            let steps =
                plan.query_map(rusqlite::params_from_iter(unknown), |row| row.get::<_, String>("detail")).unwrap();
            let steps: Vec<String> = steps.map(Result::unwrap).collect();
            let [step] = &steps[..] else { panic!("{steps:?}") };
            assert!(step.contains("INDEX halley_stream_by_sequence (table_name=?"), "{step}");
        }
        drop(sqlite);
        api.stop().await;
    }
}

#[tokio::test]
async fn a_table_that_was_made_without_a_stream_gets_one() {
    let folder = tempfile::tempdir().unwrap();
    let api = start(folder.path()).await;
    api.user("ash").await;
    api.stop().await;
    // As an earlier version left them: neither stream nor index.
    let sqlite = sqlite(folder.path());
    let earlier = "
        UPDATE _tables SET stream_enabled = 0, stream_view_type = NULL, stream_label = NULL;
        DELETE FROM _stream_records; DROP INDEX halley_stream_by_sequence; DROP TABLE halley_stream_consumed;";
    sqlite.execute_batch(earlier).unwrap();
    drop(sqlite);

    let api = start(folder.path()).await;
    let (ash, birch) = (api.on_behalf_of("ash"), api.user("birch").await);
    ash.send_text(&birch, "hello").await;
    let records = api.stream_records().await;
    assert!(records.iter().any(|record| record["dynamodb"]["NewImage"].to_string().contains("hello")), "{records:#?}");
    assert!(records.iter().any(|record| record["eventName"] == "INSERT"), "{records:#?}");
    assert_eq!(records[0]["dynamodb"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
}

/// Fills the stream up to `count` records by copies of the newest.
fn fill(sqlite: &Connection, count: u64) {
    let fill = "
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT ?1)
        INSERT INTO _stream_records
            (table_name, event_name, keys_json, new_image, sequence_number, shard_id, created_at, event_id)
        SELECT table_name, event_name, keys_json, new_image, sequence_number + n, shard_id, created_at, event_id || n
        FROM (SELECT * FROM _stream_records ORDER BY id DESC LIMIT 1), numbers";
    sqlite.execute(fill, [count - kept(sqlite)]).unwrap();
}

/// The highest number of the stream, as it is stored.
fn last_number(sqlite: &Connection) -> i64 {
    let number = "SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records";
    sqlite.query_row(number, [], |row| row.get(0)).unwrap()
}

#[rstest]
#[case::what_nobody_read_up_to_the_limit(100_500, false, 100_000)]
#[case::little_of_what_was_read(11_500, true, 10_000)]
#[tokio::test]
async fn the_stream_does_not_grow_for_ever(#[case] count: u64, #[case] is_consumed: bool, #[case] left: u64) {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path()).await.stop().await;
    let sqlite = sqlite(folder.path());
    fill(&sqlite, count);
    let last = last_number(&sqlite);
    if is_consumed {
        let public = format!("1{last:020}");
        sqlite.execute("INSERT INTO halley_stream_consumed VALUES (1, ?1)", [public]).unwrap();
    }
    let _api = start(folder.path()).await;
    wait_for(&sqlite, left).await;
    assert!(last <= last_number(&sqlite));
}

#[tokio::test]
async fn records_of_yesterday_go_but_for_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path()).await.stop().await;
    let sqlite = sqlite(folder.path());
    assert!(1 < kept(&sqlite));
    sqlite.execute("UPDATE _stream_records SET created_at = created_at - 86401", []).unwrap();
    let api = start(folder.path()).await;
    wait_for(&sqlite, 1).await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    ash.send_text(&birch, "hello").await;
    assert!(api.stream_records().await.iter().any(|record| record.to_string().contains("hello")));
}
