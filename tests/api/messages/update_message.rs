//! `PUT /messages/{id}` (contract/messages.md, operation 6).

use futures_util::join;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, ids};

use crate::given::{club, expect, who};

#[tokio::test]
async fn an_edit_answers_the_action_message_with_by_for_and_on() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let sent = birch.send_text(&ash, "Gate opens at six").await;

    let body = json!({ "data": { "text": "Gate opens at seven" }, "tags": ["gate"] });
    let action = birch.put(format!("/messages/{}", sent["id"]), body).await.expect_data();

    assert!(sent["id"].as_u64() < action["id"].as_u64());
    assert_eq!(action["conversationId"], "ash_user_birch");
    assert_eq!([&action["sender"], &action["receiver"], &action["receiverType"]], ["birch", "ash", "user"]);
    assert_eq!([&action["category"], &action["type"], &action["data"]["action"]], ["action", "message", "edited"]);
    let entities = &action["data"]["entities"];
    assert_eq!([&entities["by"]["entityType"], &entities["by"]["entity"]["uid"]], ["user", "birch"]);
    assert_eq!(entities["by"]["entity"].get("conversationId"), None);
    assert_eq!([&entities["for"]["entityType"], &entities["for"]["entity"]["uid"]], ["user", "ash"]);
    assert_eq!(entities["for"]["entity"]["conversationId"], "ash_user_birch");
    assert_eq!(entities["on"]["entityType"], "message");

    let on = &entities["on"]["entity"];
    assert_eq!([&on["id"], &on["sentAt"]], [&sent["id"], &sent["sentAt"]]);
    assert_eq!([&on["data"]["text"], &on["editedBy"], &on["tags"][0]], ["Gate opens at seven", "birch", "gate"]);
    assert_eq!([&on["editedAt"], &on["updatedAt"]], [&action["sentAt"], &action["sentAt"]]);
    assert_eq!(on["data"]["entities"], sent["data"]["entities"]);
    let read = ash.get(format!("/messages/{}", sent["id"])).await.expect_data();
    assert_eq!(read, *on);
    let listed = ash.get("/users/birch/messages?category=action").await.expect_data();
    assert_eq!(listed[0]["data"]["entities"]["on"]["entity"], *on);
    assert_eq!(ids(&listed), [action["id"].as_u64().unwrap()]);
}

#[tokio::test]
async fn the_app_edits_as_app_system_and_in_a_group_the_action_is_for_the_group() {
    let api = Api::start().await;
    let guid = club(&api).await;
    let sent = api.on_behalf_of("sender").send_text_to_group(&guid, "one").await;

    let edit = api.app().put(format!("/messages/{}", sent["id"]), json!({ "data": { "text": "two" } })).await;
    let action = edit.expect_data();

    let entities = &action["data"]["entities"];
    assert_eq!([&entities["by"]["entity"]["uid"], &entities["by"]["entity"]["name"]], ["app_system", "System"]);
    assert_eq!([&entities["for"]["entityType"], &entities["for"]["entity"]["guid"]], ["group", "club"]);
    assert_eq!([&action["conversationId"], &action["receiverType"]], ["group_club", "group"]);
    assert_eq!(entities["on"]["entity"]["editedBy"], "app_system");
    assert_eq!(entities["on"]["entity"]["sender"], "sender");
}

#[rstest]
#[case::their_own("sender", None)]
#[case::the_owner("owner", None)]
#[case::an_admin("admin", None)]
#[case::a_moderator("moderator", None)]
#[case::the_app("app", None)]
#[case::another_participant("participant", Some((403, "ERR_MESSAGE_NOT_A_SENDER")))]
#[case::who_is_not_in_the_group("outsider", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::who_is_banned("banned", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::nobody_known("ghost", Some((404, "ERR_UID_NOT_FOUND")))]
#[tokio::test]
async fn in_a_group_the_sender_owner_admins_moderators_and_the_app_edit(
    #[case] editor: &str,
    #[case] refusal: Option<(u16, &str)>,
) {
    let api = Api::start().await;
    let guid = club(&api).await;
    let sent = api.on_behalf_of("sender").send_text_to_group(&guid, "one").await;
    let path = format!("/messages/{}", sent["id"]);

    expect(who(&api, editor).put(&path, json!({ "data": { "text": "two" } })).await, refusal);

    let read = api.app().get(&path).await.expect_data();
    let expected = if refusal.is_none() { "two" } else { "one" };
    assert_eq!(read["data"]["text"], expected);
    assert_eq!(read.get("editedAt").is_some(), refusal.is_none());
}

#[rstest]
#[case::the_receiver("ash", 403, "ERR_MESSAGE_NOT_A_SENDER")]
#[case::a_stranger("cedar", 403, "ERR_MESSAGE_NO_ACCESS")]
#[tokio::test]
async fn between_two_users_only_the_sender_edits(#[case] editor: &str, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    api.user("cedar").await;
    let sent = birch.send_text(&ash, "mine").await;

    let edit = api.on_behalf_of(editor).put(format!("/messages/{}", sent["id"]), json!({ "tags": ["x"] })).await;

    edit.expect_error(status, code);
}

#[rstest]
#[case::given_keys_replace(json!({ "text": "b" }), json!({ "text": "b", "metadata": { "k": 1 }, "extra": [1] }))]
#[case::objects_are_replaced_whole(
    json!({ "metadata": { "other": 2 } }), json!({ "text": "a", "metadata": { "other": 2 }, "extra": [1] })
)]
#[case::null_removes(json!({ "metadata": null, "extra": null }), json!({ "text": "a" }))]
#[case::new_keys_come(
    json!({ "new": true }),
    json!({ "text": "a", "metadata": { "k": 1 }, "extra": [1], "new": true }),
)]
#[case::what_the_server_writes_stays_the_servers(
    json!({ "text": "b", "entities": { "sender": 1 }, "reactions": [1], "mentions": { "x": 1 } }),
    json!({ "text": "b", "metadata": { "k": 1 }, "extra": [1] })
)]
#[tokio::test]
async fn an_edit_of_data_merges_by_top_level_key(#[case] edit: Value, #[case] expected: Value) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let data = json!({ "text": "a", "metadata": { "k": 1 }, "extra": [1] });
    let sent = birch.post("/messages", json!({ "receiver": "ash", "receiverType": "user", "data": data })).await;
    let path = format!("/messages/{}", sent.expect_data()["id"]);

    birch.put(&path, json!({ "data": edit })).await.expect_ok();

    let mut read = ash.get(&path).await.expect_data();
    let entities = read["data"].as_object_mut().unwrap().remove("entities").unwrap();
    assert_eq!(entities["sender"]["entity"]["uid"], "birch");
    assert_eq!(read["data"], expected);
}

#[rstest]
#[case::tags_replace(json!({ "tags": ["c"] }), json!(["c"]))]
#[case::no_tags_clear(json!({ "tags": [] }), json!(null))]
#[case::tags_not_given_stay(json!({ "data": { "text": "new" } }), json!(["a", "b"]))]
#[tokio::test]
async fn tags_are_replaced_as_a_whole(#[case] edit: Value, #[case] expected: Value) {
    let api = Api::start().await;
    let (birch, _ash) = (api.user("birch").await, api.user("ash").await);
    let body = json!({ "receiver": "ash", "receiverType": "user", "data": { "text": "t" }, "tags": ["a", "b"] });
    let path = format!("/messages/{}", birch.post("/messages", body).await.expect_data()["id"]);

    birch.put(&path, edit).await.expect_ok();

    let listed = birch.get("/users/ash/messages?withTags=true&category=message").await.expect_data();
    assert_eq!(listed[0].get("tags").cloned().unwrap_or_default(), expected);
}

#[tokio::test]
async fn mentions_are_rebuilt_from_the_new_text() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    api.user("cedar").await;
    let sent = birch.send_text(&ash, "<@uid:ash> come").await;
    let path = format!("/messages/{}", sent["id"]);

    let text = "<@uid:cedar> and <@uid:ghost> come";
    let action = birch.put(&path, json!({ "data": { "text": text } })).await.expect_data();
    let mentions = &action["data"]["entities"]["on"]["entity"]["data"]["mentions"];
    assert_eq!(mentions.as_object().unwrap().keys().collect::<Vec<_>>(), ["cedar"]);
    assert_eq!(mentions["cedar"]["uid"], "cedar");

    birch.put(&path, json!({ "data": { "text": "all come" } })).await.expect_ok();
    assert_eq!(ash.get(&path).await.expect_data()["data"].get("mentions"), None);
}

#[tokio::test]
async fn two_edits_at_once_lose_nothing_of_each_other() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let sent = birch.send_text(&ash, "a").await;
    let path = format!("/messages/{}", sent["id"]);

    for round in 0..10 {
        let (one, other, tags) = join!(
            birch.put(&path, json!({ "data": { "one": round } })),
            birch.put(&path, json!({ "data": { "other": round } })),
            birch.put(&path, json!({ "tags": [round.to_string()] })),
        );
        for edit in [one, other, tags] {
            edit.expect_ok();
        }
        let read = ash.get(&path).await.expect_data();
        assert_eq!([&read["data"]["one"], &read["data"]["other"]], [round, round]);
        assert_eq!([&read["data"]["text"], &read["tags"][0]], [&json!("a"), &json!(round.to_string())]);
    }
    let actions = ash.get("/users/birch/messages?category=action&limit=100").await.expect_data();
    assert_eq!(actions.as_array().unwrap().len(), 30);
}

#[tokio::test]
async fn an_edit_keeps_replies_reactions_and_the_second_of_sending() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let sent = birch.send_text(&ash, "a").await;
    let path = format!("/messages/{}", sent["id"]);
    ash.post(format!("{path}/thread"), json!({ "data": { "text": "reply" } })).await.expect_ok();
    ash.post(format!("{path}/reactions"), json!({ "reaction": "🔥" })).await.expect_ok();

    // The SDK sends the whole message back.
    let mut whole = birch.get(&path).await.expect_data();
    whole["data"]["text"] = json!("b");
    whole["receiverId"] = json!("ash");
    birch.put(&path, whole).await.expect_ok();

    let read = ash.get(&path).await.expect_data();
    assert_eq!([&read["data"]["text"], &read["replyCount"]], [&json!("b"), &json!(1)]);
    assert_eq!(read["data"]["reactions"], json!([{ "reaction": "🔥", "count": 1, "reactedByMe": true }]));
    assert_eq!(read["sentAt"], sent["sentAt"]);
}

#[tokio::test]
async fn every_action_message_of_an_edit_shows_the_message_as_it_is_now() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let sent = birch.send_text(&ash, "one").await;
    let path = format!("/messages/{}", sent["id"]);
    for text in ["two", "three"] {
        birch.put(&path, json!({ "data": { "text": text } })).await.expect_ok();
    }

    let listed = ash.get("/users/birch/messages?category=action").await.expect_data();

    let texts =
        listed.as_array().unwrap().iter().map(|action| &action["data"]["entities"]["on"]["entity"]["data"]["text"]);
    assert_eq!(texts.collect::<Vec<_>>(), ["three", "three"]);
    assert!(!api.table().await.iter().any(|item| item.to_string().contains("two")));
}

#[tokio::test]
async fn nothing_stays_of_a_text_as_an_earlier_version_stored_it() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let id = ash.send_text(&birch, "first").await["id"].clone();
    let stored = async || {
        let sk = format!("MSG#{:016}", id.as_u64().unwrap());
        api.table().await.into_iter().find(|item| item["sk"]["S"] == sk.as_str()).unwrap()
    };
    let mut row = stored().await;
    row.as_object_mut().unwrap().remove("text").expect("the text by itself");
    row["data"] = json!({ "S": r#"{"text":"first"}"# });
    row["revision"] = json!({ "N": "0" });
    api.dynamodb("PutItem", &json!({ "TableName": "halley", "Item": row }));

    let path = format!("/messages/{id}");
    assert_eq!(ash.get(&path).await.expect_data()["data"]["text"], "first");
    for text in ["second", "first"] {
        ash.put(&path, json!({ "data": { "text": text } })).await.expect_ok();
        assert_eq!(ash.get(&path).await.expect_data()["data"]["text"], text);
    }
    assert_eq!((&stored().await["data"], &stored().await["text"]), (&Value::Null, &json!({ "S": "first" })));
}
