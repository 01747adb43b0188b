//! Reads that may be late, as late as can be: what was read once stays as it was then.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::wire::{Reply, Request};

/// What rows were when they were first read late, by table and key; none where there was no such row. Of a query it is the answer.
type Rows = HashMap<(String, String), Option<Value>>;

/// Keeps late reads from seeing anything new, once that is asked for.
#[derive(Debug, Default)]
pub(super) struct Late(Mutex<Option<Rows>>);

impl Late {
    pub(super) fn begin(&self) {
        *self.0.lock().unwrap() = Some(Rows::new());
    }

    /// The answer to a batch with the rows as they were when they were first read late.
    pub(super) fn pass(&self, request: &Request, reply: Reply) -> Reply {
        let mut rows = self.0.lock().unwrap();
        let Some(rows) = rows.as_mut().filter(|_| reply.status == 200) else { return reply };
        match request.operation() {
            "BatchGetItem" => pass_batch(rows, request, reply),
            "Query" => pass_query(rows, request, reply),
            _ => reply,
        }
    }
}

fn answered(reply: &Reply, answer: &Value) -> Reply {
    Reply::new(reply.status, "application/x-amz-json-1.0", answer.to_string())
}

/// A query is answered as it was the first time.
fn pass_query(rows: &mut Rows, request: &Request, reply: Reply) -> Reply {
    let query = request.json();
    if query["ConsistentRead"] == true || !query["IndexName"].is_null() {
        return reply;
    }
    let place = (query["TableName"].to_string(), query["ExpressionAttributeValues"].to_string());
    let now = || serde_json::from_slice(&reply.body).ok();
    match rows.entry(place).or_insert_with(now) {
        Some(first) => answered(&reply, first),
        None => reply,
    }
}

fn pass_batch(rows: &mut Rows, request: &Request, reply: Reply) -> Reply {
    let mut answer: Value = serde_json::from_slice(&reply.body).unwrap();
    for (table, read) in request.json()["RequestItems"].as_object().unwrap() {
        if read["ConsistentRead"] == true {
            continue;
        }
        let found = answer["Responses"][table].as_array().cloned().unwrap_or_default();
        let seen = read["Keys"].as_array().unwrap().iter().filter_map(|key| {
            let is_it = |item: &&Value| item["pk"] == key["pk"] && item["sk"] == key["sk"];
            let now = || found.iter().find(is_it).cloned();
            rows.entry((table.clone(), key.to_string())).or_insert_with(now).clone()
        });
        answer["Responses"][table] = json!(seen.collect::<Vec<_>>());
    }
    answered(&reply, &answer)
}
