//! What lists show with a message, if asked: tags, mentioned users, quoted messages (contract/messages.md, operation
//! 2).

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

const LISTS: [&str; 3] = ["/users/birch/messages", "/groups/grove/messages", "/messages"];

/// ash, birch and cedar in a group, with the same message to birch and to the group.
async fn given(api: &Api, body: Value) {
    let ash = api.user("ash").await;
    for uid in ["birch", "cedar"] {
        api.app().post("/users", json!({ "uid": uid, "name": uid, "tags": ["tall", uid] })).await.expect_ok();
    }
    let (birch, cedar) = (api.on_behalf_of("birch"), api.on_behalf_of("cedar"));
    api.group("grove", &[&ash, &birch, &cedar]).await;
    for (receiver, receiver_type) in [("birch", "user"), ("grove", "group")] {
        let mut body = body.clone();
        body["receiver"] = json!(receiver);
        body["receiverType"] = json!(receiver_type);
        ash.post("/messages", body).await.expect_ok();
    }
}

/// The messages, without tellings, of each list as ash reads it.
async fn listed(api: &Api, query: &str) -> Vec<Value> {
    let mut messages = Vec::new();
    for list in LISTS {
        let page = api.on_behalf_of("ash").get(format!("{list}?category=message&{query}")).await.expect_data();
        assert_ne!(page, json!([]), "{list}");
        messages.extend(page.as_array().unwrap().clone());
    }
    messages
}

#[rstest]
#[case::unless_asked("", None)]
#[case::when_denied("withTags=0", None)]
#[case::when_asked("withTags=true", Some(json!(["a", "b"])))]
#[case::when_asked_by_digit("withTags=1", Some(json!(["a", "b"])))]
#[tokio::test]
async fn tags_are_listed_only_when_asked(#[case] query: &str, #[case] expected: Option<Value>) {
    let api = Api::start().await;
    given(&api, json!({ "data": { "text": "t" }, "tags": ["a", "b"] })).await;
    for message in listed(&api, query).await {
        assert_eq!(message.get("tags"), expected.as_ref());
    }
}

#[rstest]
#[case::unless_asked("", None)]
#[case::when_asked("mentionsWithTagInfo=true", Some(json!(["tall", "birch"])))]
#[case::when_asked_by_digit("mentionsWithTagInfo=1", Some(json!(["tall", "birch"])))]
#[tokio::test]
async fn mentioned_users_carry_their_tags_only_when_asked(#[case] query: &str, #[case] expected: Option<Value>) {
    let api = Api::start().await;
    given(&api, json!({ "data": { "text": "<@uid:birch>" } })).await;
    for message in listed(&api, query).await {
        let mentioned = &message["data"]["mentions"]["birch"];
        assert_eq!(mentioned["uid"], "birch");
        assert_eq!(mentioned.get("tags"), expected.as_ref());
    }
}

#[rstest]
#[case::unless_asked("", [None, None], [None, None])]
#[case::when_asked("mentionsWithBlockedInfo=true", [Some(true), None], [None, Some(true)])]
#[case::when_asked_by_digit("mentionsWithBlockedInfo=1", [Some(true), None], [None, Some(true)])]
#[tokio::test]
async fn mentioned_users_say_who_blocks_whom_only_when_asked(
    #[case] query: &str,
    #[case] of_birch: [Option<bool>; 2],
    #[case] of_cedar: [Option<bool>; 2],
) {
    let api = Api::start().await;
    given(&api, json!({ "data": { "text": "<@uid:birch> <@uid:cedar> <@uid:ash>" } })).await;
    api.block("ash", "birch").await;
    api.block("cedar", "ash").await;

    for message in listed(&api, query).await {
        for (uid, expected) in [("birch", of_birch), ("cedar", of_cedar), ("ash", [None, None])] {
            let mentioned = &message["data"]["mentions"][uid];
            assert_eq!(mentioned["uid"], uid);
            let flags = ["blockedByMe", "hasBlockedMe"].map(|flag| mentioned.get(flag).and_then(Value::as_bool));
            assert_eq!(flags, expected, "{uid}");
        }
    }
}

#[rstest]
#[case::unless_asked("", true)]
#[case::when_denied("hideQuotedMessages=0", true)]
#[case::when_asked("hideQuotedMessages=true", false)]
#[case::when_asked_by_digit("hideQuotedMessages=1", false)]
#[tokio::test]
async fn quoted_messages_are_shown_unless_hidden(#[case] query: &str, #[case] is_shown: bool) {
    let api = Api::start().await;
    given(&api, json!({ "data": { "text": "original" } })).await;
    let ash = api.on_behalf_of("ash");
    for (receiver, receiver_type, list) in [("birch", "user", LISTS[0]), ("grove", "group", LISTS[1])] {
        let original = ash.get(format!("{list}?category=message")).await.expect_data()[0]["id"].clone();
        let quote = json!({
            "receiver": receiver, "receiverType": receiver_type, "data": { "text": "quote" },
            "quotedMessageId": original,
        });
        ash.post("/messages", quote).await.expect_ok();
        // On the page there is also the telling of an edit, which shows the quoted message in its own right.
        ash.put(format!("/messages/{original}"), json!({ "data": { "text": "edited" } })).await.expect_ok();
    }

    for list in LISTS {
        let page = ash.get(format!("{list}?limit=100&{query}")).await.expect_data();
        let quotes: Vec<&Value> =
            page.as_array().unwrap().iter().filter(|message| message["data"]["text"] == "quote").collect();
        assert!(!quotes.is_empty());
        for quote in quotes {
            assert!(quote["quotedMessageId"].is_u64());
            let quoted = quote.get("quotedMessage").map(|quoted| quoted["data"]["text"].as_str().unwrap());
            assert_eq!(quoted, is_shown.then_some("edited"), "{list}?{query}");
        }
    }
}
