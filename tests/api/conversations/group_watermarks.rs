//! Receipts of a whole group: the state of its conversation tells the latest as the rows of their own tell all.

use serde_json::{Value, json};
use tests::{Actor, Api};

const MESSAGES: usize = 12;

/// Whether each of the last messages of the group, the newest last, was read by all, as a page of so many shows it.
async fn read_by_all(ash: &Actor<'_>, limit: usize) -> Vec<bool> {
    let page = ash.get(format!("/groups/orchard/messages?limit={limit}&category=message")).await.expect_data();
    page.as_array().unwrap().iter().map(|message| message["readAt"].is_u64()).collect()
}

/// What the state of the group's conversation tells.
async fn told(api: &Api) -> Option<String> {
    let is_state = |item: &Value| item["pk"]["S"] == "CONV#group#orchard" && item["sk"]["S"] == "HEAD";
    let state = api.table().await.into_iter().find(is_state).unwrap();
    Some(state["commonMarks"]["S"].as_str()?.to_owned())
}

/// Lets it tell nothing.
async fn forget(api: &Api) {
    let key = json!({ "pk": { "S": "CONV#group#orchard" }, "sk": { "S": "HEAD" } });
    api.dynamodb("UpdateItem", &json!({ "TableName": "halley", "Key": key, "UpdateExpression": "REMOVE commonMarks" }));
}

#[tokio::test]
async fn the_state_of_a_group_tells_what_the_rows_tell() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let mut sent = Vec::new();
    for n in 0..MESSAGES {
        sent.push(ash.send_text_to_group("orchard", &format!("message {n}")).await["id"].as_u64().unwrap());
        let up_to = json!({ "messageId": sent[n] });
        birch.post("/groups/orchard/conversation/read", up_to).await.expect_ok();
        // Each of them is noted by itself, as where people read.
        api.all_told().await;
    }
    sent.push(ash.send_text_to_group("orchard", "unread").await["id"].as_u64().unwrap());

    let (first, state) = (sent[0], told(&api).await.unwrap());
    let from = u64::from_str_radix(state.split(' ').next().unwrap(), 16).unwrap();
    assert!(state.len() <= 320 && first < from && from < sent[MESSAGES - 2], "{state}");
    assert_eq!(read_by_all(&ash, 3).await, [true, true, false]);
    assert_eq!(api.last_line().calls, 2, "what decides, and the page");
    let all = [vec![true; MESSAGES], vec![false]].concat();
    assert_eq!(read_by_all(&ash, 30).await, all, "older ones are looked up");

    birch.delete("/groups/orchard/conversation/read", json!({ "messageId": sent[MESSAGES - 1] })).await.expect_ok();
    let last = format!("{:x}#", sent[MESSAGES - 1]);
    assert!(!told(&api).await.unwrap().split(' ').any(|mark| mark.starts_with('R') && mark.contains(&last)));
    assert_eq!(read_by_all(&ash, 3).await, [true, false, false]);

    // A group of an earlier version begins so: nothing is told, until a message comes.
    forget(&api).await;
    assert_eq!(read_by_all(&ash, 3).await, [true, false, false]);
    sent.push(ash.send_text_to_group("orchard", "told again").await["id"].as_u64().unwrap());
    assert_eq!(told(&api).await, Some(format!("{:x}", sent.last().unwrap())));
    birch.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    api.all_told().await;
    assert_eq!(read_by_all(&ash, 1).await, [true]);
    assert_eq!(read_by_all(&ash, 30).await, [true; MESSAGES + 2]);
}
