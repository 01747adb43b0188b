//! A long history in little time: one message is sent, and its items are written again and again under other ids,
//! 25 at a time.

use futures_util::{StreamExt, TryStreamExt, stream};
use local::Local;
use model::id::MessageId;
use model::time::Seconds;
use serde_json::{Value, json};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Long ago, so that what is sent is newer.
const DAWN: u64 = 1_760_000_000;
const SHARDS: u64 = 64;
/// A message is two items, and a batch takes 25.
const MESSAGES_PER_BATCH: usize = 12;
const AT_ONCE: usize = 8;
/// Stores `n` copies of a message of `conversation`, one a second; returns their ids.
pub async fn history(local: &Local, conversation: &str, sent: &Value, n: usize) -> Result<Vec<u64>, Error> {
    let sent = sent["id"].as_u64().expect("a message has an id");
    let get = |pk: String, sk: String| async move {
        let key = json!({ "pk": { "S": pk }, "sk": { "S": sk } });
        let mut found = call(local, "GetItem", &json!({ "TableName": "halley", "Key": key })).await?;
        Ok::<_, Error>(found["Item"].take())
    };
    let message = &get(format!("CONV#{conversation}"), format!("MSG#{sent:016}")).await?;
    let pointer = &get(format!("ID#{:02}", sent % SHARDS), format!("{sent:016}")).await?;
    assert!(message.is_object() && pointer.is_object(), "the message was not found");

    let first = MessageId::first_of(Seconds::new(DAWN)).number();
    let second = MessageId::first_of(Seconds::new(DAWN + 1)).number() - first;
    // Ids fall into shards by their low bits.
    let ids: Vec<u64> = (0..n as u64).map(|n| first + n * second + n % SHARDS).collect();
    stream::iter(ids.chunks(MESSAGES_PER_BATCH))
        .map(|ids| async move {
            let puts: Vec<Value> = ids.iter().flat_map(|id| copies(message, pointer, *id)).collect();
            call(local, "BatchWriteItem", &json!({ "RequestItems": { "halley": puts } })).await
        })
        .buffer_unordered(AT_ONCE)
        .try_for_each(|answer| async move {
            assert!(answer["UnprocessedItems"].as_object().is_some_and(serde_json::Map::is_empty), "{answer}");
            Ok(())
        })
        .await?;
    Ok(ids)
}

fn copies(message: &Value, pointer: &Value, id: u64) -> [Value; 2] {
    let (mut message, mut pointer) = (message.clone(), pointer.clone());
    message["sk"] = json!({ "S": format!("MSG#{id:016}") });
    message["id"] = json!({ "N": id.to_string() });
    pointer["pk"] = json!({ "S": format!("ID#{:02}", id % SHARDS) });
    pointer["sk"] = json!({ "S": format!("{id:016}") });
    [message, pointer].map(|item| json!({ "PutRequest": { "Item": item } }))
}

async fn call(local: &Local, operation: &str, body: &Value) -> Result<Value, Error> {
    local.dynamodb(operation, body)
}
