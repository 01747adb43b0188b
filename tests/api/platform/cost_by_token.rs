//! What people's clients do most, by auth token: the table in ARCHITECTURE.md, "With a token", held to real requests. Calls,
//! round trips (calls that overlap count once), read and write units, exactly.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{Actor, Api};

const ARCHITECTURE: &str = include_str!("../../../ARCHITECTURE.md");
/// The section that holds the table.
const HEADING: &str = "### With a token";
/// How many messages a page has.
const PAGE: usize = 30;

/// Calls, round trips, read and write units.
type Cost = (u32, u32, f64, f64);

/// The rows of the table by their operation.
fn stated() -> BTreeMap<String, Cost> {
    let section = ARCHITECTURE.split(HEADING).nth(1).unwrap_or_default().split("\n#").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.ends_with("0 |") || line.contains(" | "));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let number = |at: usize| cells.get(at)?.parse::<f64>().ok();
        Some((cells[0].to_owned(), (number(1)? as u32, number(2)? as u32, number(3)?, number(4)?)))
    };
    rows.filter_map(row).collect()
}

/// The most that an operation may cost: calls, round trips and read units.
const BUDGETS: [(&str, u32, u32, f64); 18] = [
    ("Get a message that one received", 3, 2, 5.0),
    ("Get a message that one sent", 3, 2, 5.0),
    ("Get a message of a group", 3, 2, 5.0),
    ("Get a message of a group, by its author", 3, 2, 5.0),
    ("Page of 30 with a user", 5, 3, 9.0),
    ("Page of 30 of a group", 5, 3, 9.0),
    ("Page of 30 of a thread", 5, 3, 9.0),
    ("Page of 30 over all conversations", 8, 4, 14.0),
    ("React", 5, 3, 7.0),
    ("Take a reaction back", 5, 3, 7.0),
    ("React to the last message, after a while", 5, 3, 7.0),
    ("Edit", 5, 3, 7.0),
    ("Delete softly", 5, 3, 7.0),
    ("Received, from a user", 3, 2, 4.0),
    ("Read, from a user", 3, 2, 4.0),
    ("Received, in a group", 3, 2, 4.0),
    ("Read, in a group", 3, 2, 4.0),
    (THIRTY, 6, 3, 45.0),
];
/// A list that has a stage of its own.
const THIRTY: &str = "Conversations, 30 with nothing unread";

/// What lists of conversations have to know of, as the first that its user writes there.
const REACT_TO_LAST: &str = "React to the last message, after a while";

struct Stage<'a> {
    birch: Actor<'a>,
    /// Who has 30 conversations, read to their ends.
    cedar: Actor<'a>,
    /// One that birch received, one that birch sent, one with replies.
    received: Value,
    sent: Value,
    parent: Value,
    /// The same in a group.
    received_in_group: Value,
    sent_in_group: Value,
    /// The last one of a conversation of cedar.
    last: Value,
}

/// ash and birch write to each other in turn, and in the group `orchard` of two; what came before the last page is read. Nobody
/// reacts, quotes or saves. The thread is among the older messages.
async fn stage(api: &Api) -> Stage<'_> {
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let parent = ash.send_text(&birch, "What about this?").await;
    for n in 0..PAGE {
        let thread = format!("/messages/{}/thread", parent["id"]);
        ash.post(thread, json!({ "data": { "text": format!("Reply {n}") } })).await.expect_ok();
    }
    birch.post("/users/ash/conversation/read", Value::Null).await.expect_ok();
    let (mut received, mut sent) = (Value::Null, Value::Null);
    let (mut received_in_group, mut sent_in_group) = (Value::Null, Value::Null);
    for n in 0..PAGE {
        let text = format!("How are you today, for the {n}th time?");
        let (from, to) = if n % 2 == 0 { (&ash, &birch) } else { (&birch, &ash) };
        let messages = [from.send_text(to, &text).await, from.send_text_to_group("orchard", &text).await];
        match n % 2 {
            0 => [received, received_in_group] = messages,
            _ => [sent, sent_in_group] = messages,
        }
    }
    let (cedar, mut last) = (api.token_user("cedar").await, Value::Null);
    for n in 0..PAGE {
        let other = api.user(&format!("friend-{n}")).await;
        let (from, to) = if n % 2 == 0 { (&cedar, &other) } else { (&other, &cedar) };
        last = from.send_text(to, "Hello").await;
        cedar.post(format!("/users/friend-{n}/conversation/read"), Value::Null).await.expect_ok();
    }
    Stage { birch, cedar, received, sent, parent, received_in_group, sent_in_group, last }
}

/// Each operation as the table names it, and the request.
fn operations(stage: &Stage<'_>) -> Vec<(&'static str, &'static str, String, Value)> {
    let Stage { received, sent, parent, received_in_group, sent_in_group, .. } = stage;
    let none = Value::Null;
    let text = json!({ "data": { "text": "better" } });
    let id = |message: &Value| format!("/messages/{}", message["id"]);
    let page = |path: &str| format!("{path}?limit={PAGE}");
    vec![
        ("Get a message that one received", "GET", id(received), none.clone()),
        ("Get a message that one sent", "GET", id(sent), none.clone()),
        ("Get a message of a group", "GET", id(received_in_group), none.clone()),
        ("Get a message of a group, by its author", "GET", id(sent_in_group), none.clone()),
        ("Page of 30 with a user", "GET", page("/users/ash/messages"), none.clone()),
        ("Page of 30 of a group", "GET", page("/groups/orchard/messages"), none.clone()),
        ("Page of 30 of a thread", "GET", page(&format!("{}/thread", id(parent))), none.clone()),
        ("Page of 30 over all conversations", "GET", page("/messages"), none.clone()),
        ("Conversations, two with 15 unread messages each", "GET", page("/conversations"), none.clone()),
        ("React", "POST", format!("{}/reactions/x", id(received)), none.clone()),
        ("Get a message with reactions", "GET", id(received), none.clone()),
        ("Take a reaction back", "DELETE", format!("{}/reactions/x", id(received)), none.clone()),
        ("Edit", "PUT", id(sent), text),
        ("Delete softly", "DELETE", id(sent), none.clone()),
        ("Received, from a user", "POST", "/users/ash/conversation/delivered".to_owned(), none.clone()),
        ("Read, from a user", "POST", "/users/ash/conversation/read".to_owned(), none.clone()),
        ("Received, in a group", "POST", "/groups/orchard/conversation/delivered".to_owned(), none.clone()),
        ("Read, in a group", "POST", "/groups/orchard/conversation/read".to_owned(), none),
    ]
}

#[tokio::test]
async fn what_people_do_most_costs_what_the_table_says() {
    let api = Api::start().await;
    let stage = stage(&api).await;
    let (stated, mut measured) = (stated(), BTreeMap::new());
    for (operation, method, path, body) in operations(&stage) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        stage.birch.send(method, &path, body).await.expect_ok();
        measured.insert(operation, cost(&api));
    }
    // Whose user wrote to the other a moment ago costs half a unit more.
    api.let_time_pass_since_writes().await;
    stage.cedar.get("/conversations").await.expect_ok();
    measured.insert(THIRTY, cost(&api));
    stage.cedar.post(format!("/messages/{}/reactions/x", stage.last["id"]), Value::Null).await.expect_ok();
    measured.insert(REACT_TO_LAST, cost(&api));
    let wrong = measured.iter().filter(|(operation, cost)| stated.get(**operation) != Some(cost));
    let wrong: Vec<String> = wrong.map(|(operation, cost)| row(operation, *cost)).collect();
    assert!(wrong.is_empty(), "the table should say:\n{}", wrong.join("\n"));
    assert_eq!(stated.len(), measured.len(), "something in the table is not measured");
    for (operation, calls, trips, read) in BUDGETS {
        let cost = measured[operation];
        let is_within = cost.0 <= calls && cost.1 <= trips && cost.2 <= read;
        assert!(is_within, "{} is more than {calls}, {trips}, {read}", row(operation, cost));
    }
}

/// What the last request cost.
fn cost(api: &Api) -> Cost {
    let line = api.last_line();
    (line.calls, line.round_trips, line.read_units, line.write_units)
}

fn row(operation: &str, (calls, trips, read, written): Cost) -> String {
    format!("| {operation} | {calls} | {trips} | {read} | {written} |")
}
