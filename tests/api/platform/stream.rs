//! The local table's stream is told as Lambda tells a function of a table's stream.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use aws_lambda_events::event::dynamodb::{Event, StreamViewType};
use local::Data;
use model::event::EventKind;
use serde_json::{Value, json};
use tests::Api;

/// The names of an object's members.
fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The primary key of what a record tells of.
fn key(record: &Value) -> String {
    record["dynamodb"]["Keys"].to_string()
}

/// Records of messages between ash and birch, in the order of the stream.
fn of_messages(mut records: Vec<Value>) -> Vec<Value> {
    records.retain(|record| {
        let keys = &record["dynamodb"]["Keys"];
        keys["pk"]["S"] == "CONV#user#ash#birch" && keys["sk"]["S"].as_str().unwrap().starts_with("MSG#")
    });
    records
}

#[tokio::test]
async fn a_sent_message_arrives_as_lambda_delivers_it() {
    let api = Api::start_idle(Data::Memory).await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;

    let records = of_messages(api.stream_records().await);
    let [record] = &records[..] else { panic!("{records:#?}") };
    let members = ["awsRegion", "dynamodb", "eventID", "eventName", "eventSource", "eventSourceARN", "eventVersion"];
    assert_eq!(names(record), BTreeSet::from(members));
    let members = ["ApproximateCreationDateTime", "Keys", "NewImage", "SequenceNumber", "SizeBytes", "StreamViewType"];
    assert_eq!(names(&record["dynamodb"]), BTreeSet::from(members));
    assert_eq!([&record["eventSource"], &record["eventVersion"]], ["aws:dynamodb", "1.1"]);
    assert_eq!(record["eventName"], "INSERT");
    assert!(record["eventSourceARN"].as_str().unwrap().contains(":table/halley/stream/"), "{record}");

    let event: Event = serde_json::from_value(json!({ "Records": [record] })).unwrap();
    let change = &event.records[0].change;
    assert_eq!(change.stream_view_type, Some(StreamViewType::NewAndOldImages));
    let created_at = change.approximate_creation_date_time.timestamp() as u64;
    assert!(created_at.abs_diff(sent["sentAt"].as_u64().unwrap()) <= 60, "{change:?}");
    assert!(change.old_image.is_empty() && 0 < change.size_bytes, "{change:?}");
    assert!((21..=40).contains(&change.sequence_number.as_ref().unwrap().len()), "{change:?}");
    assert_eq!(record["dynamodb"]["Keys"]["sk"]["S"], format!("MSG#{:016}", sent["id"].as_u64().unwrap()));
    assert_eq!(record["dynamodb"]["NewImage"]["text"]["S"], "hello");
}

/// Made anew from the stream alone, the table is what it is, and each record fits the one before it.
#[tokio::test]
async fn the_stream_retells_the_table() {
    let api = Api::start_idle(Data::Memory).await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let group = api.group("orchard", &[&ash, &birch]).await;
    let sent = ash.send_text(&birch, "hello").await;
    ash.send_text_to_group(&group, "ladders").await;
    birch.post(format!("/messages/{}/reactions/🌳", sent["id"]), json!({})).await.expect_ok();
    ash.delete(format!("/messages/{}", sent["id"]), json!({ "permanent": true })).await.expect_ok();

    let mut retold: BTreeMap<String, Value> = BTreeMap::new();
    let mut last = String::new();
    let mut ids = BTreeSet::new();
    for event in api.stream_events().await {
        let records = event["Records"].as_array().unwrap();
        assert!((1..=10).contains(&records.len()));
        for record in records {
            let change = &record["dynamodb"];
            let before = retold.remove(&key(record)).unwrap_or_default();
            assert_eq!(change["OldImage"], before, "{record:#}");
            let name = match (before.is_null(), change["NewImage"].is_null()) {
                (true, false) => "INSERT",
                (false, false) => "MODIFY",
                _ => "REMOVE",
            };
            assert_eq!(record["eventName"], name, "{record:#}");
            if !change["NewImage"].is_null() {
                retold.insert(key(record), change["NewImage"].clone());
            }
            let number = change["SequenceNumber"].as_str().unwrap().to_owned();
            assert!(last < number, "{record:#}");
            last = number;
            assert!(ids.insert(record["eventID"].to_string()), "{record:#}");
        }
    }
    let table = api.table().await.into_iter();
    let table = table.map(|item| (json!({ "pk": item["pk"], "sk": item["sk"] }).to_string(), item));
    assert_eq!(retold, table.collect());
}

#[tokio::test]
async fn messages_of_a_conversation_come_in_their_order() {
    let api = Api::start_idle(Data::Memory).await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let mut sent = Vec::new();
    for number in 0..20 {
        sent.push(ash.send_text(&birch, &number.to_string()).await["id"].as_u64().unwrap());
    }
    let told: Vec<u64> = of_messages(api.stream_records().await)
        .iter()
        .map(|record| record["dynamodb"]["Keys"]["sk"]["S"].as_str().unwrap()["MSG#".len()..].parse().unwrap())
        .collect();
    assert_eq!(told, sent);
}

#[tokio::test]
async fn every_change_is_told_once_by_the_row_that_carries_its_event() {
    let api = Api::start_idle(Data::Memory).await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let before = api.events().await.len();
    let sent = ash.send_text(&birch, "hello").await["id"].as_u64().unwrap();
    let edited = json!({ "data": { "text": "hello again" } });
    ash.put(format!("/messages/{sent}"), edited).await.expect_ok();
    ash.delete(format!("/messages/{sent}"), json!({})).await.expect_ok();

    let events = api.events().await.split_off(before);
    assert!(events.is_sorted_by(|one, next| one.id < next.id), "{events:#?}");
    assert!(events.iter().all(|event| event.actor.as_str() == "ash"), "{events:#?}");
    let told = events.iter().map(|event| match event.kind {
        EventKind::MessageSent { message } => ("sent", message.number()),
        EventKind::MessageEdited { message, .. } => ("edited", message.number()),
        EventKind::MessageDeleted { message, .. } => ("deleted", message.number()),
        _ => panic!("{event:?}"),
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told, [("sent", sent), ("edited", sent), ("deleted", sent)]);
}

#[tokio::test]
async fn a_write_that_changes_nothing_is_not_told() {
    let api = Api::start_idle(Data::Memory).await;
    let item = api.table().await.into_iter().next().unwrap();
    let before = api.stream_records().await;
    api.overwrite(&item, "note", "once").await;
    api.overwrite(&item, "note", "once").await;
    let records = api.stream_records().await;
    assert_eq!(records.len(), before.len() + 1);
    assert_eq!(records.last().unwrap()["dynamodb"]["NewImage"]["note"]["S"], "once");
}

/// What a consumer was told, by the event.
type Told = Mutex<Vec<Value>>;

/// Hands the stream of `api` to a consumer that answers by `answer`, until it was told of the item `last`.
async fn consume_until(api: &Api, last: &str, told: &Told, answer: fn(&[Value]) -> Result<(), String>) {
    let (sender, mut arrived) = tokio::sync::watch::channel(false);
    let consumer = |event: Value| {
        let mut told = told.lock().unwrap();
        let is_last = event.to_string().contains(last);
        told.push(event);
        let answer = answer(&told);
        if is_last && answer.is_ok() {
            sender.send_replace(true);
        }
        async move { answer }
    };
    tokio::select! {
        () = api.consume_stream(consumer) => unreachable!("it ends in a panic only"),
        arrived = arrived.wait_for(|arrived| *arrived) => { arrived.unwrap(); }
    }
}

/// The sequence numbers of events.
fn numbers(events: &[Value]) -> Vec<String> {
    let records = events.iter().flat_map(|event| event["Records"].as_array().unwrap());
    records.map(|record| record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_consumer_is_told_what_was_and_what_comes() {
    let api = Api::start_idle(Data::Memory).await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let told = Told::default();
    let sends = async {
        // The consumer waits by now, or is on its way; either way it is told.
        ash.send_text(&birch, "first").await;
        ash.send_text(&birch, "the very last").await;
    };
    tokio::join!(consume_until(&api, "the very last", &told, |_| Ok(())), sends);
    let all = numbers(&api.stream_events().await);
    let told = numbers(&told.lock().unwrap());
    assert_eq!(told, all[..told.len()]);
}

#[tokio::test]
async fn a_consumer_goes_on_behind_what_it_has_consumed() {
    let folder = tempfile::tempdir().unwrap();
    let api = Api::start_idle(Data::Folder(folder.path().to_owned())).await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    ash.send_text(&birch, "the first last").await;
    let before = Told::default();
    consume_until(&api, "the first last", &before, |_| Ok(())).await;
    let consumed = numbers(&before.lock().unwrap());
    api.stop().await;

    let api = Api::start_idle(Data::Folder(folder.path().to_owned())).await;
    api.on_behalf_of("ash").send_text(&api.on_behalf_of("birch"), "the second last").await;
    let after = Told::default();
    consume_until(&api, "the second last", &after, |_| Ok(())).await;
    let told = numbers(&after.lock().unwrap());
    let all = numbers(&api.stream_events().await);
    // The batch that was under way at the end may come again; nothing is left out.
    let start = all.iter().position(|number| *number == told[0]).unwrap();
    assert!(0 < start && start <= consumed.len() && consumed.len() <= start + 10, "{start} {}", consumed.len());
    assert_eq!(told, all[start..start + told.len()]);
}

#[tokio::test]
async fn a_batch_that_is_refused_comes_three_times_and_is_passed_over() {
    let api = Api::start_idle(Data::Memory).await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    ash.send_text(&birch, "the very last").await;
    let told = Told::default();
    let refuse_the_first_batch = |told: &[Value]| {
        if told.len() <= 3 { Err("not this one".to_owned()) } else { Ok(()) }
    };
    consume_until(&api, "the very last", &told, refuse_the_first_batch).await;
    let told = told.into_inner().unwrap();
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
    let (numbers, all) = (numbers(&told[2..]), numbers(&api.stream_events().await));
    assert_eq!(numbers, all[..numbers.len()]);
}
