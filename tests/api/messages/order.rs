//! Messages come after all that their conversation holds, whichever clock drew its ids.

use model::id::MessageId;
use model::message::Message;
use model::time::Seconds;
use rstest::rstest;
use serde_json::{Value, json};
use shared::store::send::{Standing, Stored};
use shared::store::upload::UploadClaim;
use tests::arrange::sent_event;
use tests::{Actor, Api, ids, text_to_group, text_to_user};

use crate::given;

/// By how many seconds a function's clock is ahead of ours.
const AHEAD: u64 = 3_600;

async fn store(api: &Api, message: &Message) -> Stored {
    store_at(api, message, Standing::OPEN).await
}

async fn store_at(api: &Api, message: &Message, standing: Standing) -> Stored {
    api.store().store_message(message, None, standing, &UploadClaim::default(), &sent_event(message)).await.unwrap()
}

/// What who follows by cursor finds after `last`.
async fn beyond(reader: &Actor<'_>, list: &str, last: u64) -> Vec<u64> {
    let path = format!("{list}?affix=append&limit=100&id={last}");
    let found = ids(&reader.get(path).await.expect_data());
    assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
    found
}

#[rstest]
#[case::send("ash", "POST /messages", text_to_group("orchard", "after"))]
#[case::send_to_several("ash", "POST /messages", json!({
    "multipleReceivers": { "guids": ["orchard"] }, "data": { "text": "after" },
}))]
#[case::reply("ash", "POST /messages/{m}/thread", json!({ "data": { "text": "after" } }))]
#[case::bot_send("app", "POST /bots/helper/messages", text_to_group("orchard", "after"))]
#[case::edit("ash", "PUT /messages/{m}", json!({ "data": { "text": "edited" } }))]
#[case::soft_deletion("ash", "DELETE /messages/{m}", json!({}))]
#[case::permanent_deletion("ash", "DELETE /messages/{m}", json!({ "permanent": true }))]
#[case::additions("app", "POST /groups/orchard/members", json!({ "participants": ["cedar", "elm"] }))]
#[case::joining("cedar", "POST /groups/orchard/members", json!({}))]
#[case::leaving("birch", "DELETE /groups/orchard/members/birch", json!({}))]
#[case::kick("app", "DELETE /groups/orchard/members/birch", json!({}))]
#[case::scope("app", "PUT /groups/orchard/members/birch", json!({ "scope": "admin" }))]
#[case::owner("app", "PATCH /groups/orchard/owner", json!({ "owner": "birch" }))]
#[case::ban("app", "POST /groups/orchard/bannedusers/birch", json!({}))]
#[case::end_of_a_ban("app", "DELETE /groups/orchard/bannedusers/gorse", json!({}))]
#[tokio::test]
async fn whoever_follows_from_an_id_that_is_ahead_of_the_clock_finds_what_comes(
    #[case] actor: &str,
    #[case] request: &str,
    #[case] body: Value,
) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.users(&["cedar", "elm", "gorse", "helper"].map(str::to_owned)).await;
    given::bot(&api, "helper").await;
    api.group("orchard", &[&ash, &birch]).await;
    api.app().post("/groups/orchard/bannedusers/gorse", json!({})).await.expect_ok();
    let message = ash.send_text_to_group("orchard", "first").await;
    let ahead = api.sent_ahead(&message, AHEAD).await;

    let (method, path) = request.split_once(' ').unwrap();
    let path = path.replace("{m}", &message["id"].to_string());
    given::who(&api, actor).send(method, &path, body.to_string().into_bytes()).await.expect_ok();

    let found = beyond(&ash, "/groups/orchard/messages", ahead).await;
    let expected = if body["participants"].is_array() { 2 } else { 1 };
    assert_eq!(found.len(), expected, "{found:?}");
    let sent = api.message(found[0]).await.sent_at();
    assert_eq!(sent, MessageId::new(ahead).unwrap().sent_at(), "it is of the time that the conversation has reached");
}

#[tokio::test]
async fn a_conversation_that_begins_anew_goes_on_above_the_deleted_one() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let first = ash.send_text(&birch, "first").await;
    let ahead = api.sent_ahead(&first, AHEAD).await;
    api.app().delete("/conversations/ash_user_birch", json!({})).await.expect_ok();
    for user in [&ash, &birch] {
        assert_eq!(user.get("/conversations").await.expect_data(), json!([]));
    }

    let anew = birch.send_text(&ash, "anew").await;

    assert_eq!(beyond(&ash, "/users/birch/messages", ahead).await, [anew["id"].as_u64().unwrap()]);
    let listed = ash.get("/conversations").await.expect_data();
    assert_eq!((&listed[0]["lastMessage"]["id"], &listed[0]["unreadMessageCount"]), (&anew["id"], &json!(1)));
    assert_eq!(listed[0]["createdAt"], anew["sentAt"]);
}

#[tokio::test]
async fn a_message_is_not_stored_behind_another_nor_under_its_id() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let cedar = api.user("cedar").await;
    let (one, two) = (ash.send_text(&birch, "one").await, ash.send_text(&birch, "two").await);
    let other = ash.send_text(&cedar, "other").await;
    let [one, two, other] = [&one, &two, &other].map(|message| message["id"].as_u64().unwrap());
    let message = api.message(two).await;
    let last = MessageId::new(two).unwrap();
    let before = Message { id: MessageId::new(one).unwrap().after().unwrap(), ..message.clone() };
    let taken = Message { id: MessageId::new(other).unwrap(), ..message.clone() };
    assert_eq!(store(&api, &before).await, Stored::DrawAgain(Some(last)));
    assert_eq!(store(&api, &taken).await, Stored::DrawAgain(None));
    assert_eq!(ids(&birch.get("/users/ash/messages").await.expect_data()), [one, two]);
}

/// Of one `muid`, the second send meets a conversation that has gone on.
#[tokio::test]
async fn a_repeat_is_one_also_when_the_conversation_has_gone_on() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let mut body = text_to_user("birch", "once");
    body["muid"] = json!("m-1");
    let sent = ash.post("/messages", body.clone()).await.expect_data();
    let ahead = api.sent_ahead(&sent, AHEAD).await;
    birch.send_text(&ash, "later").await;
    assert_eq!(ash.post("/messages", body).await.expect_data()["id"], sent["id"]);
    assert_eq!(beyond(&ash, "/users/birch/messages", ahead).await.len(), 1);
}

/// What a send found of its sender's membership holds only as long as nobody ceased to be a member.
#[tokio::test]
async fn a_send_that_a_departure_overtakes_looks_again() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let sent = api.message(birch.send_text_to_group("orchard", "hello").await["id"].as_u64().unwrap()).await;
    let standing = Standing { is_open: true, member_at: Some(sent.id), marked_at: None };
    let later = |seconds: u64| {
        let id = MessageId::first_of(Seconds::new(sent.sent_at().get() + seconds));
        Message { id, updated_at: id.sent_at(), ..sent.clone() }
    };
    assert_eq!(store_at(&api, &later(60), standing).await, Stored::Done);
    ash.send_text_to_group("orchard", "hello too").await;
    assert_eq!(store_at(&api, &later(120), standing).await, Stored::Done, "others wrote");

    api.app().post("/groups/orchard/bannedusers/birch", json!({})).await.expect_ok();
    let Stored::LookAgain(Some(banned)) = store_at(&api, &later(180), standing).await else { panic!() };
    assert_eq!(store_at(&api, &later(180), Standing::OPEN).await, Stored::Done, "who needs no membership");
    let standing = Standing { is_open: true, member_at: Some(banned), marked_at: None };
    assert_eq!(store_at(&api, &later(240), standing).await, Stored::Done, "who looked again");
}
