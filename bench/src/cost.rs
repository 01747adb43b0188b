//! What each operation uses of AWS, taken by carrying it out once against the local service, whose DynamoDB counts
//! capacity as AWS does.

use serde_json::{Value, json};
use shared::http::compression;
use tests::media::{PNG, media_to_user};
use tests::{Actor, Api, text_to_group, text_to_user};

/// About what people write.
const TEXT: &str = "The ladders are back in the shed; whoever was up in the old pear tree, please count the baskets.";
/// What the pages are of: another text in each message, as people write, or they would be compressed to next to nothing.
const PROSE: &str = include_str!("../../ARCHITECTURE.md");
/// How many messages a page holds that a client shows.
const PAGE: usize = 30;
/// What DynamoDB adds to each stored item, for its own index of them.
const ITEM_OVERHEAD: usize = 100;

/// One operation and what it used.
#[derive(Debug)]
pub struct Operation {
    pub name: &'static str,
    pub calls: u32,
    pub read_units: f64,
    pub write_units: f64,
    pub s3_requests: u64,
    /// The size of its request line in the log.
    pub log_bytes: usize,
    /// The size of its answer, as it travels.
    pub answer_bytes: usize,
}

/// All that was measured.
#[derive(Debug)]
pub struct Measured {
    pub operations: Vec<Operation>,
    /// What a message of a user takes in the table, with its pointer.
    pub stored_bytes: usize,
}

/// Carries out one operation after another.
struct Bench<'a> {
    api: &'a Api,
    operations: Vec<Operation>,
}

/// Carries every operation out once and notes what it used.
pub async fn measure() -> Measured {
    let api = Api::start().await;
    let (ash, bob) = (api.token_user("ash").await, api.token_user("bob").await);
    api.group("orchard", &[&ash, &bob]).await;
    let first = ash.send_text(&bob, TEXT).await;
    let prose: Vec<char> = PROSE.chars().collect();
    for text in prose.chunks(TEXT.len()).take(PAGE).map(String::from_iter) {
        bob.send_text(&ash, &text).await;
        bob.send_text_to_group("orchard", &text).await;
    }
    let id = first["id"].to_string();
    let stored_bytes = stored_bytes(&api.table().await, &format!("{:016}", first["id"].as_u64().unwrap_or_default()));

    let mut bench = Bench { api: &api, operations: Vec::new() };
    bench.sends(&ash, &id).await;
    bench.reads(&ash, &id).await;
    bench.changes(&ash, &id).await;
    Measured { operations: bench.operations, stored_bytes }
}

impl Bench<'_> {
    async fn sends(&mut self, ash: &Actor<'_>, id: &str) {
        let with_muid = |mut body: Value| {
            body["muid"] = json!(body.to_string());
            body
        };
        self.note("send to a user", ash, "POST /messages", with_muid(text_to_user("bob", TEXT))).await;
        self.note("send to a group", ash, "POST /messages", with_muid(text_to_group("orchard", TEXT))).await;
        let reply = json!({ "data": { "text": TEXT } });
        self.note("reply", ash, &format!("POST /messages/{id}/thread"), with_muid(reply)).await;
        let file = json!({ "name": "dot.png", "mimeType": "image/png", "size": PNG.len() });
        let announced = json!({ "receiver": "bob", "receiverType": "user", "files": { "f": file } });
        self.note("announce a file", ash, "POST /files/upload-url", announced).await;
        let upload = ash.upload("dot.png", "image/png", PNG).await;
        let body = media_to_user("bob", "image", &[&upload.attachment]);
        self.note("send a file", ash, "POST /messages", body).await;
    }

    async fn reads(&mut self, ash: &Actor<'_>, id: &str) {
        let none = json!({});
        let page = |path: &str| format!("GET {path}?limit={PAGE}");
        self.note("page of 30 with a user", ash, &page("/users/bob/messages"), none.clone()).await;
        self.note("page of 30 of a group", ash, &page("/groups/orchard/messages"), none.clone()).await;
        self.note("page of 30 over all conversations", ash, &page("/messages"), none.clone()).await;
        self.note("get a message", ash, &format!("GET /messages/{id}"), none.clone()).await;
        self.note("replies to a message", ash, &format!("GET /messages/{id}/thread"), none).await;
    }

    async fn changes(&mut self, ash: &Actor<'_>, id: &str) {
        let (none, reaction) = (json!({}), format!("/messages/{id}/reactions/x"));
        self.note("react", ash, &format!("POST {reaction}"), none.clone()).await;
        self.note("take a reaction back", ash, &format!("DELETE {reaction}"), none.clone()).await;
        self.note("edit", ash, &format!("PUT /messages/{id}"), json!({ "data": { "text": TEXT } })).await;
        self.note("delete", ash, &format!("DELETE /messages/{id}"), none).await;
        self.note("delete permanently", ash, &format!("DELETE /messages/{id}"), json!({ "permanent": true })).await;
    }

    async fn note(&mut self, name: &'static str, actor: &Actor<'_>, request: &str, body: Value) {
        let (method, path) = request.split_once(' ').expect("a method and a path");
        let body = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
        let before = self.api.s3_requests();
        let answer = actor.send(method, path, body).await.expect_ok();
        let line = self.api.last_line();
        self.operations.push(Operation {
            name,
            calls: line.calls,
            read_units: line.read_units,
            write_units: line.write_units,
            s3_requests: self.api.s3_requests() - before,
            log_bytes: serde_json::to_string(&line).map_or(0, |line| line.len()),
            answer_bytes: carried(&answer.to_string()),
        });
    }
}

/// How many bytes of an answer travel to a client that takes gzip.
fn carried(answer: &str) -> usize {
    if answer.len() < compression::SMALLEST { answer.len() } else { compression::gzip(answer.as_bytes()).len() }
}

/// As DynamoDB counts what is stored: names and values, and its own part.
fn stored_bytes(items: &[Value], id: &str) -> usize {
    let is_of = |item: &&Value| item["sk"]["S"].as_str().is_some_and(|sk| sk == id || sk == format!("MSG#{id}"));
    items.iter().filter(is_of).map(|item| bytes_of_map(item) + ITEM_OVERHEAD).sum()
}

fn bytes_of_map(map: &Value) -> usize {
    let fields = map.as_object().into_iter().flatten();
    fields.map(|(name, value)| name.len() + bytes(value)).sum()
}

fn bytes(attribute: &Value) -> usize {
    match attribute.as_object().and_then(|attribute| attribute.iter().next()) {
        Some((kind, value)) if kind == "M" => bytes_of_map(value) + 3,
        Some((kind, value)) if kind == "L" => value.as_array().into_iter().flatten().map(bytes).sum::<usize>() + 3,
        // As text three bytes are four letters.
        Some((kind, value)) if kind == "B" => value.as_str().map_or(0, |text| text.trim_end_matches('=').len() * 3 / 4),
        Some((kind, value)) if kind == "N" => value.as_str().map_or(0, str::len) / 2 + 1,
        Some((_, value)) => value.as_str().map_or(1, str::len),
        None => 0,
    }
}
