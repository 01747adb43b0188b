//! A world that is as expensive as its users can make it: the largest profiles, a user with many conversations, a group of
//! 290 with busy threads, thousands of watermarks and reactions. One of each is made by the API; the others are its rows
//! under other names, written past it, because a test has not the time to make thousands.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Actor, Api};

/// How many users there are beside ash, each with a conversation with them.
pub const CROWD: usize = 700;
/// How many members the group `orchard` has beside ash.
pub const MEMBERS: usize = 289;
/// How many groups ash has beside.
const GROUPS: usize = 260;
/// How many messages are unread in each of as many conversations.
const LOUD: usize = 30;
/// How many messages of the group have replies, and how many.
const THREADS: usize = 12;
const REPLIES: usize = 120;
/// How many reactions of each kind a message has.
const OF_A_KIND: usize = 30;
/// DynamoDB's limit of one `BatchWriteItem`.
const BATCH: usize = 25;

/// The ids of messages that requests name.
pub struct Ids {
    /// A message of ash in the group, with reactions of everybody.
    pub loved: u64,
    /// The parent of a busy thread.
    pub parent: u64,
    /// A form of ash.
    pub form: u64,
    /// A message that ash wrote to u0000.
    pub own: u64,
}

pub fn uid(n: usize) -> String {
    format!("u{n:04}")
}

/// The largest profile that a route takes, nearly: characters of four bytes wherever characters are counted.
pub fn profile(uid: &str) -> Value {
    let url = format!("https://x.example/{}", "\u{10400}".repeat(2_900));
    let tags: Vec<String> = (0..25).map(|n| format!("{n:02}{}", "\u{10400}".repeat(98))).collect();
    json!({ "uid": uid, "name": "\u{10400}".repeat(100), "avatar": url, "link": url, "tags": tags,
        "metadata": { "a": "m".repeat(5_000) } })
}

/// Rows as they are under other names: each name is replaced wherever it stands.
struct Copies<'a> {
    api: &'a Api,
    rows: Vec<Value>,
}

impl<'a> Copies<'a> {
    fn of(api: &'a Api, rows: impl IntoIterator<Item = Value>) -> Copies<'a> {
        Copies { api, rows: rows.into_iter().collect() }
    }

    /// Writes them once for each set of names.
    fn write(&self, names: impl IntoIterator<Item = Vec<(String, String)>>) {
        assert!(!self.rows.is_empty());
        let texts: Vec<String> = self.rows.iter().map(Value::to_string).collect();
        let copy = |text: &String, names: &[(String, String)]| {
            let text = names.iter().fold(text.clone(), |text, (old, new)| text.replace(old, new));
            let mut row: Value = serde_json::from_str(&text).unwrap();
            // A pointer stands in the slice of its id.
            if row["pk"]["S"].as_str().unwrap().starts_with("ID#") {
                let id: u64 = row["sk"]["S"].as_str().unwrap().parse().unwrap();
                row["pk"]["S"] = json!(format!("ID#{:02}", id % 64));
            }
            json!({ "PutRequest": { "Item": row } })
        };
        let puts: Vec<Value> = names
            .into_iter()
            .flat_map(|names| texts.iter().map(|text| copy(text, &names)).collect::<Vec<_>>())
            .collect();
        for some in puts.chunks(BATCH) {
            let request = json!({ "RequestItems": { "halley": some } });
            self.api.local().dynamodb("BatchWriteItem", &request).expect("the rows are written");
        }
    }
}

/// What is replaced to give a message another id.
fn renumbered(old: u64, new: u64) -> (String, String) {
    (format!("{old}"), format!("{new}"))
}

fn rename(old: &str, new: &str) -> (String, String) {
    (old.to_owned(), new.to_owned())
}

fn text_of(row: &Value, name: &str) -> String {
    row[name]["S"].as_str().unwrap_or_default().to_owned()
}

/// The rows that `act` makes.
async fn made<F: Future<Output = ()>>(api: &Api, act: F) -> Vec<Value> {
    let key = |row: &Value| (text_of(row, "pk"), text_of(row, "sk"));
    let before: BTreeSet<_> = api.table().await.iter().map(key).collect();
    act.await;
    let mut rows = api.table().await;
    rows.retain(|row| !before.contains(&key(row)));
    rows
}

/// Makes the world and returns ash, who asks with a token.
pub async fn build(api: &Api) -> (Actor<'_>, Ids) {
    let ash = api.token_user("ash").await;
    let mut largest = profile("ash");
    largest.as_object_mut().unwrap().remove("uid");
    api.app().put("/users/ash", largest).await.expect_ok();
    let mut people = Vec::new();
    for body in [profile(&uid(0)), json!({ "uid": uid(1), "name": "n" })] {
        people.push(made(api, async { drop(api.app().post("/users", body).await.expect_ok()) }).await);
    }
    let group = made(api, async { drop(api.app().post("/groups", large_group()).await.expect_ok()) }).await;
    let group = Copies::of(api, group);
    group.write(["orchard", "meadow"].map(|guid| vec![rename("g0000", guid)]));
    members(api).await;
    conversations(api, &ash).await;
    let parent = talk(api).await;
    let loved = ash.send_text_to_group("orchard", "love").await["id"].as_u64().unwrap();
    reactions(api, &ash, loved).await;
    let form = json!({ "receiver": "orchard", "receiverType": "group", "category": "interactive", "type": "form",
        "data": { "interactiveData": { "elementId": "a" }, "allowSenderInteraction": true } });
    let form = ash.post("/messages", form).await.expect_data()["id"].as_u64().unwrap();
    let own = json!({ "receiver": uid(0), "receiverType": "user", "data": { "text": "x".repeat(9_900) } });
    let own = ash.post("/messages", own).await.expect_data()["id"].as_u64().unwrap();
    let block = made(api, api.block("ash", &uid(CROWD - 1))).await;
    Copies::of(api, block).write((400..CROWD - 1).map(|n| vec![rename(&uid(CROWD - 1), &uid(n))]));
    let friends = made(api, api.befriend("ash", &uid(1))).await;
    Copies::of(api, friends).write((0..CROWD - 1).map(|n| vec![rename(&uid(1), &uid(n))]));
    group.write((1..GROUPS).map(|n| vec![rename("g0000", &format!("g{n:04}"))]));
    // Every second one has the largest profile, so that no page is all of one sort.
    for (first, rows) in people.into_iter().enumerate() {
        Copies::of(api, rows).write((first + 2..CROWD).step_by(2).map(|n| vec![rename(&uid(first), &uid(n))]));
    }
    (ash, Ids { loved, parent, form, own })
}

fn large_group() -> Value {
    let mut body = profile("x");
    let icon = body["avatar"].clone();
    let fields = body.as_object_mut().unwrap();
    fields.retain(|name, _| matches!(name.as_str(), "name" | "metadata" | "tags"));
    fields.extend([("guid".to_owned(), json!("g0000")), ("icon".to_owned(), icon), ("owner".to_owned(), json!("ash"))]);
    body
}

/// u0000 joins the group by the API, and u0040 another one; the others are copies.
async fn members(api: &Api) {
    let join = |uid: String| json!({ "participants": [uid] });
    let rows = made(api, async {
        drop(api.app().post("/groups/orchard/members", join(uid(0))).await.expect_ok());
    })
    .await;
    let is_theirs = |row: &Value| text_of(row, "sk") == "MEMBER#u0000" || text_of(row, "pk") == "USER#u0000";
    let rows = rows.into_iter().filter(is_theirs);
    Copies::of(api, rows).write((1..MEMBERS).map(|n| vec![rename("u0000", &uid(n))]));
    api.app().post("/groups/meadow/members", join(uid(1))).await.expect_ok();
    let is_group = |row: &Value| text_of(row, "pk") == "GROUP#orchard" && text_of(row, "sk") == "GROUP";
    let mut group = api.table().await.into_iter().find(is_group).unwrap();
    group["membersCount"] = json!({ "N": (MEMBERS + 1).to_string() });
    Copies::of(api, [group]).write([Vec::new()]);
}

/// A message of everybody to ash, and many long ones of some that are unread.
async fn conversations(api: &Api, ash: &Actor<'_>) {
    let sent = std::cell::Cell::new(0);
    let send =
        async { sent.set(api.on_behalf_of("u0001").send_text(ash, &"x".repeat(8_000)).await["id"].as_u64().unwrap()) };
    let rows = made(api, send).await;
    let first = sent.get();
    let id = |n: usize| first - 1_000_000 * n as u64;
    let others = (2..CROWD - 300).map(|n| vec![renumbered(first, id(n)), rename("u0001", &uid(n))]);
    Copies::of(api, rows.clone()).write(others);
    let is_message = |row: &Value| text_of(row, "pk").starts_with("ID#") || text_of(row, "sk").starts_with("MSG#");
    let loud = (2..2 + LOUD).flat_map(|n| (1..LOUD as u64).map(move |m| (n, m)));
    let loud = loud.map(|(n, m)| vec![renumbered(first, id(n) - 64 * m), rename("u0001", &uid(n))]);
    Copies::of(api, rows.into_iter().filter(is_message)).write(loud);
}

/// A message of everybody in the group, each with replies, some with many, and watermarks of everybody; returns the id of a
/// busy parent.
async fn talk(api: &Api) -> u64 {
    let (sent, replied) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let rows = made(api, async {
        let talk = api.on_behalf_of("u0001").send_text_to_group("orchard", "talk").await["id"].as_u64().unwrap();
        let reply = json!({ "data": { "text": "r".repeat(2_000) } });
        let reply = api.on_behalf_of("u0000").post(format!("/messages/{talk}/thread"), reply).await.expect_data();
        sent.set(talk);
        replied.set(reply["id"].as_u64().unwrap());
    })
    .await;
    let (first, last) = (sent.get(), replied.get());
    let (id, reply_id) = (|n: usize| first - 1_000_000 * n as u64, |n: usize| last - 1_000_000 * n as u64);
    let is_message = |row: &Value| text_of(row, "pk").starts_with("ID#") || text_of(row, "sk").starts_with("MSG#");
    let (replies, parents): (Vec<Value>, Vec<Value>) = rows
        .into_iter()
        .filter(is_message)
        .partition(|row| [text_of(row, "sk")].iter().any(|sk| sk.ends_with(&format!("{last:016}"))));
    let others =
        (2..MEMBERS).map(|n| vec![renumbered(first, id(n)), renumbered(last, reply_id(n)), rename("u0001", &uid(n))]);
    Copies::of(api, parents).write(others);
    let busy = (2..2 + THREADS).flat_map(|n| (0..REPLIES).map(move |m| (n, m)));
    let busy = busy.map(|(n, m)| {
        vec![renumbered(first, id(n)), renumbered(last, reply_id(n) - 64 * m as u64), rename("u0000", &uid(m))]
    });
    Copies::of(api, replies).write(busy);
    watermarks(api, id).await;
    id(2)
}

/// ash has read every message by itself, and so has everybody.
async fn watermarks(api: &Api, id: impl Fn(usize) -> u64 + Copy) {
    let mark = |who: &str, n: usize| {
        json!({ "pk": { "S": "CONV#group#orchard" }, "sk": { "S": format!("MARK#{who}#{:016}", id(n)) },
            "id": { "N": id(n).to_string() }, "at": { "N": "1760000000" } })
    };
    let everybody = (0..MEMBERS).flat_map(|n| (0..4).map(move |m| (n, m)));
    let mut marks: Vec<Value> = everybody.map(|(n, m)| mark(&format!("*{}#R", uid(n)), m)).collect();
    for who in ["ash#D", "ash#R", "*#D", "*#R"] {
        marks.extend((0..MEMBERS).map(|n| mark(who, n)));
    }
    Copies::of(api, marks).write([Vec::new()]);
    // None of them are told by the state, as in a group of an earlier version.
    let state = json!({ "TableName": "halley", "UpdateExpression": "REMOVE commonMarks",
        "Key": { "pk": { "S": "CONV#group#orchard" }, "sk": { "S": "HEAD" } } });
    api.local().dynamodb("UpdateItem", &state).unwrap();
    api.on_behalf_of("ash").post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
}

/// Many hold each of 25 kinds of reactions on a message.
async fn reactions(api: &Api, ash: &Actor<'_>, id: u64) {
    let rows = made(api, async {
        for n in 0..25 {
            ash.post(format!("/messages/{id}/reactions/kind-{n}"), json!({})).await.expect_ok();
        }
    })
    .await;
    for row in rows.iter().filter(|row| text_of(row, "sk").starts_with("REACT#")) {
        let own: u64 = row["id"]["N"].as_str().unwrap().parse().unwrap();
        Copies::of(api, [row.clone()])
            .write((1..OF_A_KIND).map(|n| vec![renumbered(own, own - 64 * n as u64), rename("ash", &uid(n))]));
    }
}
