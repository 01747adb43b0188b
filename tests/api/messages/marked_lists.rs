//! `pinned=1` and `saved=1` on the lists of messages, and what else clients ask of them (contract/uikit.md).

use serde_json::{Value, json};
use tests::{Actor, Api, texts};

/// Sends texts and pins or saves each in the order given, one a second, as the clock of the marks has seconds.
async fn mark(api: &Api, by: &Actor<'_>, messages: &[Value], order: &[usize], how: &str) {
    for (n, at) in order.iter().enumerate() {
        by.post(format!("/messages/{}/{how}", messages[*at]["id"]), Value::Null).await.expect_ok();
        let attribute = if how == "pin" { "pinnedAt" } else { "savedAt" };
        for item in api.table().await {
            let is_it =
                item["sk"]["S"].as_str().unwrap().ends_with(&format!("{:016}", messages[*at]["id"].as_u64().unwrap()));
            if is_it && item.get(attribute).is_some() {
                api.overwrite_with(&item, attribute, json!({ "N": (1_760_000_000 + n).to_string() })).await;
            }
        }
    }
}

/// All pages of a marked list, each read on with the keys of the cursor but its affix, as the vendor's SDK does.
async fn pages(reader: &Actor<'_>, path: &str, limit: usize) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = reader.get(format!("{path}&per_page={limit}&affix=prepend{cursor}")).await.expect_ok();
        pages.push(texts(&page["data"]).into_iter().map(str::to_owned).collect());
        if page["meta"]["pagination"]["total_pages"] == 1 {
            assert_eq!(page["meta"].get("next"), None);
            return pages;
        }
        assert_eq!(page["meta"]["next"], page["meta"]["cursor"]);
        cursor = String::new();
        for (name, value) in page["meta"]["cursor"].as_object().unwrap().iter().filter(|(name, _)| *name != "affix") {
            cursor += &format!("&{name}={value}");
        }
        assert!(pages.len() < 9, "the pages never end");
    }
}

#[tokio::test]
async fn pinned_messages_are_listed_by_their_pin_the_newest_first() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let mut sent = Vec::new();
    for text in ["one", "two", "three", "four", "five"] {
        sent.push(ash.send_text(&birch, text).await);
    }
    mark(&api, &ash, &sent, &[3, 0, 4, 1], "pin").await;
    let kit = "/users/birch/messages?pinned=1&categories=message,action,call,custom,card,agentic";
    assert_eq!(pages(&ash, kit, 3).await, [vec!["two", "five", "one"], vec!["four"]]);
    assert_eq!(pages(&ash, kit, 1).await.concat(), ["two", "five", "one", "four"]);
    assert_eq!(pages(&birch, "/messages?conversationId=ash_user_birch&pinned=true", 9).await.len(), 1);
    assert_eq!(pages(&ash, "/users/birch/messages?pinned=1&searchKey=f", 9).await, [["five", "four"]]);
    assert_eq!(ash.get("/users/birch/messages?pinned=0").await.expect_data().as_array().unwrap().len(), 5);

    // What is taken off while somebody pages does not end their list.
    let first = ash.get(format!("{kit}&limit=1")).await.expect_ok();
    ash.delete(format!("/messages/{}/pin", sent[1]["id"]), Value::Null).await.expect_ok();
    let cursor = &first["meta"]["cursor"];
    let next =
        ash.get(format!("{kit}&limit=1&id={}&pinnedAt={}", cursor["id"], cursor["pinnedAt"])).await.expect_data();
    assert_eq!(texts(&next), ["five"]);
    ash.delete(format!("/messages/{}", sent[4]["id"]), Value::Null).await.expect_ok();
    ash.delete("/users/birch/conversation", Value::Null).await.expect_ok();
    assert_eq!(pages(&ash, kit, 9).await, [[""; 0]], "what they removed from their view");
    assert_eq!(pages(&birch, "/users/ash/messages?pinned=1", 9).await, [["one", "four"]]);
    ash.get("/messages?pinned=1").await.expect_invalid("pinned");
}

#[tokio::test]
async fn the_pins_of_a_group_are_for_its_members() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash]).await;
    let sent = ash.send_text_to_group("orchard", "one").await;
    ash.send_text_to_group("orchard", "two").await;
    api.app().post(format!("/messages/{}/pin", sent["id"]), Value::Null).await.expect_ok();
    let pinned = ash.get("/groups/orchard/messages?pinned=1").await.expect_data();
    assert_eq!((texts(&pinned), &pinned[0]["pinnedBy"]), (vec!["one"], &json!("app_system")));
    assert_eq!(texts(&api.app().get("/groups/orchard/messages?pinned=1").await.expect_data()), ["one"]);
    birch.get("/groups/orchard/messages?pinned=1").await.expect_error(401, "ERR_GROUP_NOT_JOINED");
}

#[tokio::test]
async fn saved_messages_are_listed_by_their_save_as_far_as_they_can_be_read() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let sent = [
        birch.send_text(&ash, "one").await,
        birch.send_text_to_group("orchard", "two").await,
        birch.send_text(&ash, "three").await,
    ];
    mark(&api, &ash, &sent, &[2, 0, 1], "save").await;
    assert_eq!(pages(&ash, "/messages?saved=1", 2).await, [vec!["two", "one"], vec!["three"]]);
    assert_eq!(pages(&ash, "/users/birch/messages?saved=1", 9).await, [["one", "three"]]);
    assert_eq!(pages(&ash, "/messages?saved=1&receiverType=group", 9).await, [["two"]]);
    assert_eq!(pages(&birch, "/messages?saved=1", 9).await, [[""; 0]], "a save is one's own");
    api.app().get("/messages?saved=1").await.expect_invalid("saved");
    ash.get("/messages?saved=1&pinned=1").await.expect_invalid("saved");

    birch.delete(format!("/messages/{}", sent[0]["id"]), Value::Null).await.expect_ok();
    ash.send("DELETE", "/groups/orchard/members", Vec::new()).await.expect_ok();
    assert_eq!(pages(&ash, "/messages?saved=1", 9).await, [["three"]]);
}

#[tokio::test]
async fn who_replies_follows_the_thread_and_reads_so_where_they_ask() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let parent = ash.send_text(&birch, "one").await;
    let path = format!("/messages/{}", parent["id"]);
    let follows = async |actor: &Actor<'_>| {
        let one = actor.get(format!("{path}?withThreadSubscribed=1")).await.expect_data();
        let other = if actor.uid == "ash" { "birch" } else { "ash" };
        let listed = actor.get(format!("/users/{other}/messages?withThreadSubscribed=true&hideReplies=1")).await;
        assert_eq!(listed.expect_data()[0]["threadSubscribed"], one["threadSubscribed"]);
        one["threadSubscribed"].clone()
    };
    assert_eq!([follows(&ash).await, follows(&birch).await], [false, false]);
    birch.post(format!("{path}/thread"), json!({ "data": { "text": "two" } })).await.expect_ok();
    assert_eq!([follows(&ash).await, follows(&birch).await], [false, true]);
    birch.send("DELETE", &format!("{path}/thread/subscription"), Vec::new()).await.expect_ok();
    ash.post(format!("{path}/thread/subscription"), Value::Null).await.expect_ok();
    assert_eq!([follows(&ash).await, follows(&birch).await], [true, false]);
    assert_eq!(ash.get(&path).await.expect_data().get("threadSubscribed"), None);
}

#[tokio::test]
async fn a_message_tells_its_author_who_received_and_read_it() {
    let api = Api::start().await;
    let users = [api.user("ash").await, api.user("birch").await, api.user("cedar").await, api.user("elm").await];
    let [ash, birch, cedar, elm] = &users;
    api.group("orchard", &[ash, birch, cedar]).await;
    let sent = ash.send_text_to_group("orchard", "one").await;
    let path = format!("/messages/{}", sent["id"]);
    let list = async |actor: &Actor<'_>, path: &str| actor.get(path).await.expect_data()["receipts"]["data"].clone();
    assert_eq!(list(ash, &path).await, Value::Null);
    cedar.post("/groups/orchard/conversation/delivered", Value::Null).await.expect_ok();
    birch.post("/groups/orchard/conversation/read", Value::Null).await.expect_ok();
    api.app().post("/groups/orchard/members", json!({ "participants": ["elm"] })).await.expect_ok();
    elm.post("/groups/orchard/conversation/read", Value::Null).await.expect_ok();

    let listed = list(ash, &path).await;
    let seen: Vec<_> = (listed.as_array().unwrap().iter())
        .map(|one| (one["recipient"]["uid"].as_str().unwrap(), one["deliveredAt"].is_u64(), one["readAt"].is_u64()))
        .collect();
    assert_eq!(seen, [("birch", true, true), ("cedar", true, false)]);
    assert_eq!(list(&api.app(), &path).await, listed);
    assert_eq!(list(birch, &path).await, Value::Null, "only the author reads it");

    let sent = ash.send_text(birch, "two").await;
    let path = format!("/messages/{}", sent["id"]);
    assert_eq!(list(ash, &path).await, Value::Null);
    birch.post("/users/ash/conversation/read", Value::Null).await.expect_ok();
    let one = list(ash, &path).await;
    assert_eq!((&one[0]["recipient"]["uid"], one[0]["readAt"].is_u64()), (&json!("birch"), true));
}

#[tokio::test]
async fn the_quotes_of_a_blocked_user_are_hidden_with_their_messages() {
    let api = Api::start().await;
    let users = [api.user("ash").await, api.user("birch").await, api.user("cedar").await];
    let [ash, birch, cedar] = &users;
    api.group("orchard", &[ash, birch, cedar]).await;
    let bad = cedar.send_text_to_group("orchard", "bad").await;
    let quoting = json!({ "receiver": "orchard", "receiverType": "group", "data": { "text": "see" },
        "quotedMessageId": bad["id"] });
    let parent = birch.post("/messages", quoting.clone()).await.expect_data();
    let thread = format!("/messages/{}/thread", parent["id"]);
    birch.post(&thread, json!({ "data": { "text": "re" }, "quotedMessageId": bad["id"] })).await.expect_ok();
    cedar.post(&thread, json!({ "data": { "text": "bad too" } })).await.expect_ok();
    api.block("ash", "cedar").await;
    for (path, expected) in [("/groups/orchard/messages", 2), ("/messages", 2), (thread.as_str(), 1)] {
        let all = ash.get(format!("{path}?categories=message")).await.expect_data();
        assert!(all.to_string().contains("bad"), "{path}");
        let hidden = ash.get(format!("{path}?categories=message&hideMessagesFromBlockedUsers=1")).await.expect_data();
        assert!(!hidden.to_string().contains("bad"), "{path}: {hidden}");
        assert_eq!(hidden.as_array().unwrap().len(), expected, "{path}");
    }
}
