//! Pinned and saved messages (contract/extras.md, "Pin, save").

use std::time::Duration;

use futures_util::future::{join, join_all};
use model::event::{Audience, Event, EventKind, Origin};
use model::id::MessageId;
use model::uid::Uid;
use rstest::rstest;
use serde_json::{Value, json};
use shared::store::save::{Saved, Saving, Unsaving};
use tests::{Answer, Api};

/// A second well after the ids' own beginning.
const T: u64 = 1_760_000_000;

#[tokio::test]
async fn a_pin_is_seen_by_everybody_until_it_is_taken_off() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}/pin", sent["id"]);
    let pinned = birch.post(&path, Value::Null).await.expect_data();
    assert_eq!((&pinned["pinnedBy"], pinned["pinnedAt"].is_u64()), (&json!("birch"), true));
    assert_eq!(pinned["data"], sent["data"]);
    // Whoever pins next changes nothing.
    assert_eq!(ash.post(&path, Value::Null).await.expect_data()["pinnedBy"], "birch");
    assert_eq!(ash.get("/users/birch/messages").await.expect_data()[0]["pinnedBy"], "birch");
    let edited = ash.put(format!("/messages/{}", sent["id"]), json!({ "tags": ["t"] })).await.expect_data();
    assert_eq!(edited["data"]["entities"]["on"]["entity"]["pinnedBy"], "birch", "an edit keeps the pin");

    for _ in 0..2 {
        let unpinned = ash.delete(&path, Value::Null).await.expect_data();
        assert_eq!((unpinned.get("pinnedBy"), unpinned.get("pinnedAt")), (None, None));
    }
    assert_eq!(birch.get("/users/ash/messages").await.expect_data()[0].get("pinnedAt"), None);
    assert_eq!(api.app().post(&path, Value::Null).await.expect_data()["pinnedBy"], "app_system");
}

#[rstest]
#[case::app("app", None)]
#[case::admin("admin", None)]
#[case::moderator("mod", None)]
#[case::participant("part", Some((403, "ERR_PERMISSION_DENIED")))]
#[case::stranger("gorse", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::unknown("nobody", Some((404, "ERR_UID_NOT_FOUND")))]
#[tokio::test]
async fn in_a_group_pins(#[case] uid: &str, #[case] refusal: Option<(u16, &str)>) {
    let api = Api::start().await;
    for uid in ["admin", "mod", "part", "gorse"] {
        api.user(uid).await;
    }
    let members = json!({ "admins": ["admin"], "moderators": ["mod"], "participants": ["part"] });
    api.app().post("/groups", json!({ "guid": "barn", "name": "Barn", "members": members })).await.expect_ok();
    let sent = api.on_behalf_of("part").send_text_to_group("barn", "hello").await;
    let actor = crate::given::who(&api, uid);
    let path = format!("/messages/{}/pin", sent["id"]);
    crate::given::expect(actor.post(&path, Value::Null).await, refusal);
    crate::given::expect(actor.delete(&path, Value::Null).await, refusal);
}

#[tokio::test]
async fn a_conversation_has_a_hundred_pins_and_a_user_a_hundred_saves() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let first = ash.send_text(&birch, "hello").await;
    let ids = api.history(&first, (0..100).map(|n| T + n)).await;
    for id in &ids {
        ash.post(format!("/messages/{id}/pin"), Value::Null).await.expect_ok();
        ash.post(format!("/messages/{id}/save"), Value::Null).await.expect_ok();
    }
    let first = format!("/messages/{}", first["id"]);
    ash.post(format!("{first}/pin"), Value::Null).await.expect_error(400, "ERR_PINNED_MESSAGES_LIMIT_EXCEEDED");
    ash.post(format!("{first}/save"), Value::Null).await.expect_error(400, "ERR_SAVED_MESSAGES_LIMIT_EXCEEDED");
    let known = format!("/messages/{}", ids[0]);
    assert!(ash.post(format!("{known}/save"), Value::Null).await.expect_data()["savedAt"].is_u64());
    birch.post(format!("{first}/save"), Value::Null).await.expect_ok();

    // What is gone makes room.
    ash.delete(&known, json!({ "permanent": true })).await.expect_ok();
    ash.post(format!("{first}/pin"), Value::Null).await.expect_ok();
    ash.post(format!("{first}/save"), Value::Null).await.expect_ok();
    ash.delete(format!("/messages/{}", ids[1]), json!({})).await.expect_ok();
    let more = ash.send_text(&birch, "more").await;
    ash.post(format!("/messages/{}/pin", more["id"]), Value::Null).await.expect_ok();
}

/// Ten at the same moment, where there is room for one.
#[rstest]
#[case::pins("pin", "PIN#", "ERR_PINNED_MESSAGES_LIMIT_EXCEEDED")]
#[case::saves("save", "SAVED#", "ERR_SAVED_MESSAGES_LIMIT_EXCEEDED")]
#[tokio::test]
async fn a_race_passes_no_limit(#[case] what: &str, #[case] row: &str, #[case] code: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let first = ash.send_text(&birch, "hello").await;
    let ids = api.history(&first, (0..109).map(|n| T + n)).await;
    let keep = async |id: &u64| ash.post(format!("/messages/{id}/{what}"), Value::Null).await;
    for id in &ids[..99] {
        keep(id).await.expect_ok();
    }
    let (kept, refused): (Vec<Answer>, Vec<Answer>) =
        join_all(ids[99..].iter().map(keep)).await.into_iter().partition(|answer| answer.status == 200);
    assert_eq!(kept.len(), 1);
    for answer in refused {
        answer.expect_error(400, code);
    }
    let rows = async || api.table().await.iter().filter(|item| item["sk"]["S"].to_string().contains(row)).count();
    assert_eq!(rows().await, 100);
    // What is taken off makes room, also for several at the same moment.
    for id in &ids[..2] {
        ash.delete(format!("/messages/{id}/{what}"), Value::Null).await.expect_ok();
    }
    let answers = join_all(ids[98..].iter().map(keep)).await;
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 400));
    assert_eq!(rows().await, 100);
}

#[tokio::test]
async fn a_save_is_seen_by_the_saver_alone() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}", sent["id"]);
    let saved = birch.post(format!("{path}/save"), Value::Null).await.expect_data();
    assert!(saved["savedAt"].is_u64());
    assert_eq!(birch.post(format!("{path}/save"), Value::Null).await.expect_data(), saved);
    assert_eq!(birch.get("/users/ash/messages").await.expect_data()[0]["savedAt"], saved["savedAt"]);
    assert_eq!(birch.get(&path).await.expect_data()["savedAt"], saved["savedAt"]);
    for other in [&ash, &api.app()] {
        assert_eq!(other.get(&path).await.expect_data().get("savedAt"), None);
    }
    for _ in 0..2 {
        assert_eq!(birch.delete(format!("{path}/save"), Value::Null).await.expect_data().get("savedAt"), None);
    }
    assert_eq!(birch.get(&path).await.expect_data().get("savedAt"), None);
}

/// What the answer of a save that is too late for its message tells, and what the table holds.
#[tokio::test]
async fn a_message_deleted_meanwhile_is_not_answered_as_saved() {
    /// How often the race is run: the deletion comes between the reading and the saving in some rounds.
    const ROUNDS: usize = 20;
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    for n in 0..ROUNDS {
        let sent = ash.send_text(&birch, "hello").await;
        let path = format!("/messages/{}", sent["id"]);
        let late = async {
            tokio::time::sleep(Duration::from_millis(n as u64)).await;
            ash.delete(&path, json!({})).await.expect_ok();
        };
        let (answer, ()) = join(birch.post(format!("{path}/save"), Value::Null), late).await;
        let row = format!("SAVED#{:016}", sent["id"].as_u64().unwrap());
        let is_saved = api.table().await.iter().any(|item| item["sk"]["S"] == row);
        assert_eq!(answer.status == 200, is_saved, "{}", answer.body);
        if !is_saved {
            answer.expect_error(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED");
        }
    }
}

#[tokio::test]
async fn the_store_tells_a_deleted_message_from_one_that_is_saved() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    let id = MessageId::new(sent["id"].as_u64().unwrap()).unwrap();
    let (uid, conversation) = (Uid::parse("birch").unwrap(), api.store().conversation_of(id).await.unwrap().unwrap());
    let message = api.store().message(&conversation, id).await.unwrap().unwrap();
    let saved = Saved { id, saved_at: id.sent_at() };
    let origin = Origin { actor: uid.clone(), device: None };
    let event = Event::new(id, &origin, Audience::User(uid.clone()), EventKind::MessageSaved { message: id });

    let room = &api.store().save_room(&uid, 100).await.unwrap().unwrap();
    let save = || api.store().save_message(&uid, &message, &saved, room, &event);
    assert_eq!([save().await.unwrap(), save().await.unwrap()], [Saving::Done, Saving::AlreadySaved]);
    assert_eq!(api.store().unsave_message(&uid, id, &event).await.unwrap(), Unsaving::Done);
    ash.delete(format!("/messages/{id}"), json!({})).await.expect_ok();
    assert_eq!(save().await.unwrap(), Saving::MessageGone);
    assert_eq!(api.store().unsave_message(&uid, id, &event).await.unwrap(), Unsaving::NotSaved);
}

#[rstest]
#[case::pin("pin")]
#[case::save("save")]
#[tokio::test]
async fn neither_deleted_messages_nor_tellings_are_kept(#[case] what: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}", sent["id"]);
    ash.post(format!("{path}/{what}"), Value::Null).await.expect_ok();
    let deleted = ash.delete(&path, json!({})).await.expect_data();
    let on = &deleted["data"]["entities"]["on"]["entity"];
    assert_eq!(on.get("pinnedAt"), None, "a deleted message is not pinned any more");
    for id in [&sent["id"], &deleted["id"]] {
        let answer = ash.post(format!("/messages/{id}/{what}"), Value::Null).await;
        answer.expect_error(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED");
    }
    ash.post(format!("/messages/7/{what}"), Value::Null).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    ash.delete(format!("/messages/seven/{what}"), Value::Null).await.expect_error(404, "ERR_MSG_NOT_FOUND");
}

#[rstest]
#[case("POST", "save")]
#[case("DELETE", "save")]
#[case("POST", "flagged")]
#[case("PATCH", "interacted")]
#[case("POST", "thread/subscription")]
#[case("DELETE", "thread/subscription")]
#[tokio::test]
async fn what_a_user_leaves_needs_a_user_who_may_read_the_message(#[case] method: &str, #[case] what: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let cedar = api.token_user("cedar").await;
    let sent = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}/{what}", sent["id"]);
    let body = br#"{"interactions":["a"]}"#.to_vec();
    api.app().send(method, &path, body.clone()).await.expect_invalid("onBehalfOf");
    cedar.send(method, &path, body.clone()).await.expect_error(403, "ERR_MESSAGE_NO_ACCESS");
    api.on_behalf_of("nobody").send(method, &path, body).await.expect_error(404, "ERR_UID_NOT_FOUND");
}

#[tokio::test]
async fn a_message_is_reported() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    let path = format!("/messages/{}/flagged", sent["id"]);
    let outcome = birch.post(&path, json!({ "reasonId": "spam", "remark": "again" })).await.expect_data();
    assert_eq!(outcome["success"], true);
    let kept = async || -> Value {
        let rows = api.table().await;
        rows.into_iter().find(|item| item["sk"]["S"] == "FLAG#birch").unwrap()
    };
    assert_eq!(kept().await["reasonId"]["S"], "spam");
    // The vendor's SDK and its REST description call it `id`.
    birch.post(&path, json!({ "id": "harassment", "remark": "and again" })).await.expect_ok();
    let row = kept().await;
    assert_eq!((&row["reasonId"]["S"], &row["remark"]["S"]), (&json!("harassment"), &json!("and again")));
    birch.post(&path, json!({ "id": "sexual", "reasonId": "spam" })).await.expect_ok();
    assert_eq!(kept().await["reasonId"]["S"], "sexual");

    birch.send("POST", &path, Vec::new()).await.expect_ok();
    for field in ["id", "reasonId", "remark"] {
        birch.post(&path, json!({ field: 7 })).await.expect_invalid(field);
    }
    let rows = api.table().await.into_iter().filter(|item| item["sk"]["S"] == "FLAG#birch").count();
    assert_eq!(rows, 1, "the later report replaces the earlier");
}
