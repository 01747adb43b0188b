//! What goes on after something is gone: a conversation removed, a group left, a user deleted, a reply taken back.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Api, ids};

#[tokio::test]
async fn pins_of_conversations_that_are_gone_make_room() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    for n in 0..7 {
        ash.send_text(&api.user(&format!("u{n}")).await, "hello").await;
    }
    for n in 0..5 {
        ash.post(format!("/users/u{n}/conversation/pin"), Value::Null).await.expect_ok();
    }
    ash.delete("/users/u0/conversation", json!({})).await.expect_ok();
    ash.post("/users/u5/conversation/pin", Value::Null).await.expect_ok();
    let answer = ash.post("/users/u6/conversation/pin", Value::Null).await;
    answer.expect_error(400, "ERR_PINNED_CONVERSATIONS_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn a_save_is_forgotten_also_when_the_message_cannot_be_read_any_more() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let guid = api.group("orchard", &[&ash, &birch]).await;
    let sent = ash.send_text_to_group(&guid, "hello").await;
    birch.post(format!("/messages/{}/save", sent["id"]), Value::Null).await.expect_ok();
    birch.delete("/groups/orchard/members/birch", json!({})).await.expect_ok();
    let answer = birch.delete(format!("/messages/{}/save", sent["id"]), Value::Null).await;
    answer.expect_error(403, "ERR_MESSAGE_NO_ACCESS");
    let mut left = api.table().await;
    // Not the count of all saves that there were.
    left.retain(|item| item["sk"]["S"].as_str().is_some_and(|sk| sk.contains("SAVE") && sk != "SAVES"));
    // Beside the message a row without anything of the save stays for a day, for its event.
    let tombstone = left.pop().unwrap();
    let names: BTreeSet<&str> = tombstone.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["event", "expiresAt", "goneAt", "pk", "sk"]));
    assert_eq!(left, Vec::<Value>::new());
}

#[tokio::test]
async fn a_user_of_a_deleted_uid_has_conversations_again() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    ash.send_text(&birch, "before").await;
    api.app().delete("/users/birch", json!({ "permanent": true })).await.expect_ok();
    api.jobs_done().await;
    let birch = api.user("birch").await;
    ash.send_text(&birch, "after").await;
    for actor in [&birch, &ash] {
        let listed = actor.get("/conversations").await.expect_data();
        assert_eq!(listed[0]["lastMessage"]["data"]["text"], "after", "{}", actor.uid);
    }
    assert_eq!(birch.get("/messages?limit=1").await.expect_data()[0]["data"]["text"], "after");
    birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
}

#[tokio::test]
async fn what_a_deactivated_user_wrote_can_be_read() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    ash.send_text(&birch, "hello").await;
    api.app().delete("/users/ash", json!({})).await.expect_ok();
    assert_eq!(birch.get("/users/ash/conversation").await.expect_data()["unreadMessageCount"], 1);
    birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
    assert_eq!(birch.get("/conversations").await.expect_data()[0]["unreadMessageCount"], 0);
}

#[tokio::test]
async fn a_thread_outlives_replies_that_are_deleted_at_once() {
    const REPLIES: usize = 6;
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let parent = ash.send_text(&birch, "parent").await;
    let mut replies = Vec::new();
    for n in 0..REPLIES {
        let body = json!({ "data": { "text": format!("{n}") } });
        replies.push(ash.post(format!("/messages/{}/thread", parent["id"]), body).await.expect_data());
    }
    let deletions = replies[2..].iter().map(|reply| {
        let ash = &ash;
        async move { ash.delete(format!("/messages/{}", reply["id"]), json!({ "permanent": true })).await.expect_ok() }
    });
    join_all(deletions).await;
    let threads = birch.get("/threads").await.expect_data();
    assert_eq!(ids(&threads), [parent["id"].as_u64().unwrap()]);
    assert_eq!((&threads[0]["lastReply"]["data"]["text"], &threads[0]["replyCount"]), (&json!("1"), &json!(2)));
}

#[tokio::test]
async fn two_who_mark_as_unread_at_once_leave_no_false_receipt() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    for _ in 0..5 {
        let mut sent = Vec::new();
        for n in 0..6 {
            sent.push(ash.send_text(&birch, &n.to_string()).await["id"].clone());
        }
        birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
        let back = |at: usize| birch.delete("/users/ash/conversation/read", json!({ "messageId": sent[at] }));
        for answer in join_all([back(1), back(4)]).await {
            answer.expect_ok();
        }
        assert_eq!(birch.get("/users/ash/conversation").await.expect_data()["unreadMessageCount"], 5);
        let listed = birch.get("/users/ash/messages?limit=6").await.expect_data();
        let read: Vec<bool> = listed.as_array().unwrap().iter().map(|message| message["readAt"].is_u64()).collect();
        assert_eq!(read, [true, false, false, false, false, false]);
    }
}

#[tokio::test]
async fn unread_again_ends_where_somebody_joined() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let guid = api.group("orchard", &[&ash]).await;
    ash.send_text_to_group(&guid, "before").await;
    birch.post("/groups/orchard/members", json!({})).await.expect_ok();
    ash.send_text_to_group(&guid, "after").await;
    birch.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    birch.delete("/groups/orchard/conversation/read", json!({})).await.expect_ok();
    assert_eq!(birch.get("/groups/orchard/conversation").await.expect_data()["unreadMessageCount"], 1);
}

#[tokio::test]
async fn a_form_has_as_many_elements_as_a_message_holds() {
    const ELEMENTS: usize = 140;
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let names: Vec<String> = (0..ELEMENTS).map(|n| format!("element-{n}")).collect();
    let fields: Vec<Value> = names.iter().map(|name| json!({ "elementId": name })).collect();
    let form = json!({
        "receiver": "birch", "receiverType": "user", "category": "interactive", "type": "form",
        "data": { "interactiveData": { "formFields": fields } },
    });
    let id = ash.post("/messages", form).await.expect_data()["id"].to_string();
    let body = json!({ "interactions": names }).to_string().into_bytes();
    birch.send("PATCH", &format!("/messages/{id}/interacted"), body).await.expect_ok();
    let seen = birch.get(format!("/messages/{id}")).await.expect_data();
    assert_eq!(seen["interactions"].as_array().unwrap().len(), ELEMENTS);
}

#[tokio::test]
async fn a_form_that_is_edited_again_and_again_keeps_no_more_of_its_users_than_one_message_holds() {
    const MOST_BYTES: usize = 40_000;
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let name = |life: usize, n: usize| format!("{life}-{n}{}", "x".repeat(900));
    let fields = |life: usize| -> Vec<Value> { (0..10).map(|n| json!({ "elementId": name(life, n) })).collect() };
    let form = json!({
        "receiver": "birch", "receiverType": "user", "category": "interactive", "type": "form",
        "data": { "interactiveData": { "formFields": fields(0) } },
    });
    let path = format!("/messages/{}", ash.post("/messages", form).await.expect_data()["id"]);
    for life in 0..6 {
        ash.put(&path, json!({ "data": { "interactiveData": { "formFields": fields(life) } } })).await.expect_ok();
        let body = json!({ "interactions": (0..10).map(|n| name(life, n)).collect::<Vec<_>>() });
        birch.send("PATCH", &format!("{path}/interacted"), body.to_string().into_bytes()).await.expect_ok();
        let rows = api.table().await;
        let row = rows.iter().find(|row| row["sk"]["S"] == "ACTED#birch").unwrap();
        assert!(row.to_string().len() <= MOST_BYTES, "{life}: {} bytes", row.to_string().len());
        // What the message has now was all used.
        let shown = birch.get(&path).await.expect_data()["interactions"].clone();
        let shown: BTreeSet<&str> =
            shown.as_array().unwrap().iter().map(|used| used["elementId"].as_str().unwrap()).collect();
        assert!((0..10).all(|n| shown.contains(name(life, n).as_str())), "{life}");
    }
}

#[tokio::test]
async fn an_ambiguous_wire_id_finds_ones_own_and_deletes_nobodys() {
    let api = Api::start().await;
    let (first, second) = (api.user("a").await, api.user("b_user_c").await);
    let (third, fourth) = (api.user("a_user_b").await, api.user("c").await);
    first.send_text(&second, "one pair").await;
    third.send_text(&fourth, "the other").await;
    for (actor, text) in [(&second, "one pair"), (&fourth, "the other")] {
        let seen = actor.get("/conversations/a_user_b_user_c").await.expect_data();
        assert_eq!(seen["lastMessage"]["data"]["text"], text);
    }
    api.app().delete("/conversations/a_user_b_user_c", json!({})).await.expect_invalid("conversationId");
    assert_eq!(first.get("/users/b_user_c/messages").await.expect_data().as_array().unwrap().len(), 1);

    let (odd, plain) = (api.user("group_x").await, api.user("y").await);
    odd.send_text(&plain, "no group").await;
    let seen = plain.get("/conversations/group_x_user_y").await.expect_data();
    assert_eq!(seen["conversationWith"]["uid"], "group_x");
}
