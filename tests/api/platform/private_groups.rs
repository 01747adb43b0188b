//! To everybody who does not belong to it, a private group is as one that does not exist, whichever route names it.

use serde_json::{Value, json};
use tests::{Actor, Answer, Api, segment, text_to_user};

use super::rights::{APP, Row, Stage, rows};

/// A group and messages that do not exist.
const NO_GROUP: &str = "group-none";
const NO_MESSAGE: &str = "9";

/// An answer with the names of the private group and of its messages as those of what does not exist.
fn renamed(text: &str, stage: &Stage) -> String {
    let text = text.replace(&stage.path("{group}"), NO_GROUP);
    text.replace(&stage.path("{message}"), NO_MESSAGE).replace(&stage.path("{form}"), NO_MESSAGE)
}

fn told(answer: &Answer) -> String {
    format!("{} {:?} {}", answer.status, answer.retry_after, answer.body)
}

/// Routes beside those of the table of rights, and other ways to name a group.
fn further(stage: &Stage) -> Vec<(&'static str, String, Value)> {
    let guid = stage.path("{group}");
    let message = stage.path("{message}");
    let several = json!({ "multipleReceivers": { "guids": [guid] }, "data": { "text": "x" } });
    let mut quoting = text_to_user(&stage.path("{other}"), "x");
    quoting["quotedMessageId"] = json!(message);
    let named = |path: &str| stage.path(path);
    let up_to = || json!({ "messageId": message.parse::<u64>().unwrap() });
    vec![
        ("POST", "/messages".to_owned(), several),
        ("POST", "/messages".to_owned(), quoting),
        ("GET", named("/messages?conversationId={conversation}"), Value::Null),
        ("GET", named("/messages?conversationId={conversation}&count=1"), Value::Null),
        ("GET", named("/groups?searchKey={group}"), Value::Null),
        ("POST", named("/groups/{group}/conversation/read"), up_to()),
        ("POST", named("/groups/{group}/conversation/delivered"), up_to()),
        ("DELETE", named("/groups/{group}/conversation/read"), up_to()),
        ("POST", named("/groups/{group}/members"), json!({ "password": "p" })),
        ("POST", named("/groups/{group}/members"), json!({ "participants": 7 })),
        ("PUT", named("/groups/{group}"), json!({ "name": 7 })),
        ("PUT", named("/groups/{group}"), json!({})),
        ("PATCH", named("/groups/{group}/owner"), json!({})),
        ("PUT", named("/groups/{group}/conversation"), json!({ "tags": 7 })),
        ("GET", named("/groups/{group}/messages?limit=x"), Value::Null),
        ("GET", named("/groups/{group}/members?perPage=x"), Value::Null),
        ("GET", named("/groups/{group}/bannedusers?perPage=x"), Value::Null),
        ("POST", named("/messages/{message}/thread"), json!({ "data": 7 })),
        ("POST", named("/messages/{message}/thread"), json!({ "receiver": "x", "receiverType": "user", "data": {} })),
        ("PUT", named("/messages/{message}"), json!({ "data": 7 })),
        ("GET", named("/messages/{message}/thread?limit=x"), Value::Null),
    ]
}

async fn strangers<'a>(api: &'a Api, stage: &Stage) -> Vec<Actor<'a>> {
    let [.., stranger, banned, _, _, by_token] = stage.actors(api).await;
    vec![stranger, banned, by_token]
}

#[tokio::test]
async fn a_private_group_is_as_unknown_as_one_that_does_not_exist() {
    let api = Api::start().await;
    let stage = Stage::new(&api, 0).await;
    let guid = stage.path("{group}");
    api.app().put(format!("/groups/{guid}"), json!({ "type": "private" })).await.expect_ok();
    let of_the_app = |row: &Row| row.4 == APP;
    let mut asked: Vec<(&str, String, Value)> = rows()
        .into_iter()
        .filter(|row| !of_the_app(row))
        .map(|Row(_, method, path, body, _)| (method, stage.path(path), body(&stage)))
        .collect();
    asked.extend(further(&stage));
    asked.retain(|(_, path, body)| {
        let named = format!("{path} {body}");
        renamed(&named, &stage) != named
    });
    assert!(50 < asked.len(), "{}", asked.len());

    let mut surprises = Vec::new();
    for actor in strangers(&api, &stage).await {
        for (method, path, body) in &asked {
            let text = if body.is_null() { String::new() } else { body.to_string() };
            let hidden = actor.send(method, path, text.clone().into_bytes()).await;
            let unknown = actor.send(method, &renamed(path, &stage), renamed(&text, &stage).into_bytes()).await;
            let (hidden, unknown) = (told(&hidden), told(&unknown));
            if renamed(&hidden, &stage) != unknown {
                surprises.push(format!("{} {method} {path} {text}: {hidden}, but {unknown}", actor.uid));
            }
        }
        let listed = actor.get(format!("/groups?searchKey={}", segment(&guid))).await.expect_data();
        assert_eq!(listed, json!([]));
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}

/// Nothing of it is hidden from who belongs to it, and nothing of a group that all may see from anybody.
#[tokio::test]
async fn members_know_their_private_group() {
    let api = Api::start().await;
    let stage = Stage::new(&api, 0).await;
    let guid = stage.path("{group}");
    api.app().put(format!("/groups/{guid}"), json!({ "type": "private" })).await.expect_ok();
    let party = api.on_behalf_of(&stage.path("{party}"));
    for path in ["", "/messages", "/members", "/bannedusers", "/conversation"] {
        party.get(format!("/groups/{guid}{path}")).await.expect_ok();
    }
    party.post(format!("/groups/{guid}/members"), json!({})).await.expect_error(417, "ERR_ALREADY_JOINED");
    party.get(format!("/messages/{}", stage.path("{message}"))).await.expect_ok();
    // Who leaves is a stranger from then on, also to messages of before.
    let other = api.on_behalf_of(&stage.path("{other}"));
    other.delete(format!("/groups/{guid}/members"), json!({})).await.expect_ok();
    other.get(format!("/groups/{guid}")).await.expect_error(404, "ERR_GUID_NOT_FOUND");
    other.get(format!("/messages/{}", stage.path("{message}"))).await.expect_error(404, "ERR_MSG_NOT_FOUND");
}
