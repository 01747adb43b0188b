//! What is left of deleted messages: nothing of their content (design: "Permanent delete", "Action messages").

use futures_util::future::join_all;
use futures_util::join;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, ids};

use crate::given::traces;

/// Stands in text, metadata, tags, attachments, custom data and reactions of what is deleted.
const SECRET: &str = "zwiebelfisch";

/// A message of birch to ash full of secrets, edited, reacted to, quoted and replied to: its path and that of the one
/// that quotes it.
async fn secretive(birch: &Actor<'_>, ash: &Actor<'_>) -> (String, String) {
    let data = json!({ "text": format!("{SECRET} <@uid:ash>"), "metadata": { SECRET: SECRET }, "other": [SECRET] });
    let body = json!({ "receiver": "ash", "receiverType": "user", "data": data, "tags": [SECRET] });
    let sent = birch.post("/messages", body).await.expect_data();
    let path = format!("/messages/{}", sent["id"]);
    birch.put(&path, json!({ "data": { "more": SECRET } })).await.expect_ok();
    for user in [birch, ash] {
        user.post(format!("{path}/reactions/{SECRET}"), json!({})).await.expect_ok();
    }
    ash.post(format!("{path}/thread"), json!({ "data": { "text": "a reply" } })).await.expect_ok();
    let quote = json!({
        "receiver": "birch", "receiverType": "user", "data": { "text": "a quote" }, "quotedMessageId": sent["id"],
    });
    let quote = ash.post("/messages", quote).await.expect_data();
    assert!(quote["quotedMessage"].to_string().contains(SECRET));
    (path, format!("/messages/{}", quote["id"]))
}

#[rstest]
#[case::soft(false)]
#[case::permanent(true)]
#[tokio::test]
async fn the_content_of_a_deleted_message_is_gone_from_every_answer(#[case] permanent: bool) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let (path, quote) = secretive(&birch, &ash).await;

    let action = birch.delete(&path, json!({ "permanent": permanent })).await.expect_data();
    assert!(!action.to_string().contains(SECRET), "{action}");

    let action = format!("/messages/{}", action["id"]);
    let of_the_message = [path.clone(), format!("{path}/thread"), format!("{path}/reactions")];
    let kind = format!("{path}/reactions/{SECRET}");
    for reader in [&birch, &ash, &api.app()] {
        let mut routes = vec![quote.clone(), action.clone()];
        if !permanent {
            routes.extend(of_the_message.clone());
            assert_eq!(reader.get(&kind).await.expect_data(), json!([]), "{}", reader.uid);
        }
        for list in ["/messages", "/users/ash/messages", "/users/birch/messages"] {
            for query in ["limit=1000&withTags=true", "category=action", "onlyDeleted=true"] {
                routes.push(format!("{list}?{query}"));
            }
            for found in ["searchKey", "tags"] {
                let found = reader.get(format!("{list}?{found}={SECRET}")).await.expect_data();
                assert_eq!(found, json!([]), "{} {list}", reader.uid);
            }
        }
        for route in routes {
            let answer = reader.get(&route).await.expect_ok();
            assert!(!answer.to_string().contains(SECRET), "{route}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_permanently_deleted_message_is_gone_from_every_row() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let (path, _) = secretive(&birch, &ash).await;
    let before = traces(&api, &ash, &["/messages", "/users/birch/messages"], SECRET).await;
    assert!(before.len() > 3, "{before:?}");

    birch.delete(&path, json!({ "permanent": true })).await.expect_ok();

    assert_eq!(traces(&api, &ash, &["/messages", "/users/birch/messages"], SECRET).await, Vec::<String>::new());
    let id16 = format!("{:0>16}", path.trim_start_matches("/messages/"));
    let rows: Vec<Value> = api.table().await;
    let of_the_message =
        rows.iter().filter(|row| [&row["pk"]["S"], &row["sk"]["S"]].iter().any(|key| key.to_string().contains(&id16)));
    assert_eq!(of_the_message.collect::<Vec<_>>(), Vec::<&Value>::new());
}

#[rstest]
#[case::media(
    "message",
    "image",
    json!({ "attachments": [{ "url": format!("https://halley.example/{SECRET}.png"), "name": SECRET }] }),
)]
#[case::custom("custom", "place", json!({ "customData": { SECRET: true } }))]
#[tokio::test]
async fn a_permanent_deletion_takes_every_sort_of_content(
    #[case] category: &str,
    #[case] kind: &str,
    #[case] data: Value,
) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let body = json!({
        "receiver": "ash", "receiverType": "user", "category": category, "type": kind, "data": data, "muid": "m",
    });
    let sent = birch.post("/messages", body).await.expect_data();

    birch.delete(format!("/messages/{}", sent["id"]), json!({ "permanent": true })).await.expect_ok();

    assert_eq!(traces(&api, &ash, &["/messages", "/users/birch/messages"], SECRET).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_action_messages_of_a_message_deleted_for_good_stay_without_content() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let sent = birch.send_text(&ash, SECRET).await;
    let path = format!("/messages/{}", sent["id"]);
    birch.put(&path, json!({ "data": { "text": format!("{SECRET}!") } })).await.expect_ok();
    birch.delete(&path, json!({ "permanent": true })).await.expect_ok();

    let actions = ash.get("/users/birch/messages").await.expect_data();

    let verbs: Vec<&Value> = actions.as_array().unwrap().iter().map(|action| &action["data"]["action"]).collect();
    assert_eq!(verbs, ["edited", "deleted"]);
    for action in actions.as_array().unwrap() {
        let on = &action["data"]["entities"]["on"];
        assert_eq!([&on["entityType"], &on["entity"]["conversationId"]], ["message", "ash_user_birch"]);
        assert_eq!([&on["entity"]["id"], &on["entity"]["sentAt"]], [&sent["id"], &sent["sentAt"]]);
        assert_eq!(on["entity"]["data"].get("text"), None);
    }
}

#[tokio::test]
async fn a_message_that_quotes_a_permanently_deleted_one_stays() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let (path, quote) = secretive(&birch, &ash).await;
    birch.delete(&path, json!({ "permanent": true })).await.expect_ok();

    let quoting = birch.get(&quote).await.expect_data();

    assert_eq!(quoting["data"]["text"], "a quote");
    assert_eq!(quoting.get("quotedMessage"), None);
}

#[tokio::test]
async fn the_replies_of_a_permanently_deleted_parent_stay() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let parent = birch.send_text(&ash, "parent").await;
    let path = format!("/messages/{}", parent["id"]);
    let reply = ash.post(format!("{path}/thread"), json!({ "data": { "text": "reply" } })).await.expect_data();

    birch.delete(&path, json!({ "permanent": true })).await.expect_ok();

    let read = birch.get(format!("/messages/{}", reply["id"])).await.expect_data();
    assert_eq!([&read["data"]["text"], &read["parentId"]], [&json!("reply"), &parent["id"]]);
    let listed = birch.get("/users/ash/messages?category=message").await.expect_data();
    assert_eq!(ids(&listed), [reply["id"].as_u64().unwrap()]);

    let gone = ash.delete(format!("/messages/{}", reply["id"]), json!({ "permanent": true })).await;
    gone.expect_ok();
    birch.get(format!("/messages/{}", reply["id"])).await.expect_error(404, "ERR_MSG_NOT_FOUND");
}

#[tokio::test]
async fn a_permanently_deleted_reply_no_longer_counts_and_a_softly_deleted_one_does() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "parent").await["id"]);
    let mut replies = Vec::new();
    for n in 0..3 {
        let reply = ash.post(format!("{path}/thread"), json!({ "data": { "text": format!("reply {n}") } })).await;
        replies.push(reply.expect_data()["id"].as_u64().unwrap());
    }

    ash.delete(format!("/messages/{}", replies[0]), json!({ "permanent": true })).await.expect_ok();
    ash.delete(format!("/messages/{}", replies[1]), json!({})).await.expect_ok();

    assert_eq!(birch.get(&path).await.expect_data()["replyCount"], 2);
    let thread = birch.get(format!("{path}/thread")).await.expect_data();
    assert_eq!(ids(&thread), replies[1..]);
}

#[tokio::test]
async fn reactions_and_edits_that_race_a_permanent_deletion_leave_nothing_behind() {
    let api = Api::start().await;
    let birch = api.user("birch").await;
    let mut others = Vec::new();
    for n in 0..12 {
        others.push(api.user(&format!("u{n}")).await);
    }
    let guid = api.group("grove", &[&birch].into_iter().chain(&others).collect::<Vec<_>>()).await;
    let path = format!("/messages/{}", birch.send_text_to_group(&guid, SECRET).await["id"]);

    let reactions = others.iter().map(|user| user.post(format!("{path}/reactions/{SECRET}"), json!({})));
    let edits = (0..4).map(|n| birch.put(&path, json!({ "data": { "text": format!("{SECRET} {n}") } })));
    let (_, _, deletion) =
        join!(join_all(reactions), join_all(edits), birch.delete(&path, json!({ "permanent": true })));
    deletion.expect_ok();

    let group_list = format!("/groups/{guid}/messages");
    assert_eq!(traces(&api, &birch, &["/messages", &group_list], SECRET).await, Vec::<String>::new());
}
