//! Conversations of which somebody removed something from their view, or of which something is gone, moved by REST.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

use super::crawl::{Depth, assert_alike, crawl};
use super::moved::{empty, moved_by_rest};

const THEN: u64 = 1_730_000_000;

/// Ash, birch, cedar and elm, who are in the group orchard.
pub(super) struct App<'a> {
    pub(super) api: &'a Api,
    pub(super) ash: Actor<'a>,
    pub(super) birch: Actor<'a>,
    pub(super) cedar: Actor<'a>,
}

impl App<'_> {
    pub(super) async fn remove(&self, by: &Actor<'_>, with: &str, body: Value) {
        by.delete(format!("/{with}/conversation"), body).await.expect_ok();
    }

    async fn delete_permanently(&self, sent: &Value) {
        self.api.app().delete(format!("/messages/{}", sent["id"]), json!({ "permanent": true })).await.expect_ok();
    }

    /// Three messages: birch receives one and reads two of them, cedar reads all but the last.
    pub(super) async fn receive_in_group(&self) {
        self.ash.send_text_to_group("orchard", "one").await;
        self.birch.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
        tests::next_second().await;
        self.ash.send_text_to_group("orchard", "two").await;
        self.birch.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
        tests::next_second().await;
        self.cedar.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
        self.ash.send_text_to_group("orchard", "three").await;
    }

    /// Brings in a message from ash to birch, with its receipts.
    async fn import(&self, muid: &str, sent_at: u64, receipts: Value) {
        let mut message = json!({ "muid": muid, "sender": "ash", "receiverType": "user", "receiver": "birch",
            "sentAt": sent_at, "data": { "text": muid } });
        message.as_object_mut().unwrap().extend(receipts.as_object().cloned().unwrap());
        let brought = self.api.app().post("/data_import/messages", json!({ "messages": { muid: message } })).await;
        assert_eq!(brought.expect_data()[muid]["success"], true);
    }
}

/// What happens before the move.
#[derive(Clone, Copy)]
enum Act {
    Group,
    GroupBeforeNotice,
    KeptBeforeEdit,
    InItsFirstSecond,
    GoneThen,
    NoticeToo,
    NothingReceivedEarlier,
    BroughtInAndRead,
    NothingPinned,
    GroupReceived,
    GroupReceivedKept,
    GroupReceivedThenNews,
}

impl Act {
    async fn happens(self, app: &App<'_>) {
        match self {
            Act::Group => {
                app.ash.send_text_to_group("orchard", "one").await;
                app.remove(&app.birch, "groups/orchard", json!({})).await;
            }
            // Who removed all before sees the notice alone; for the others the messages are unread still.
            Act::GroupBeforeNotice => {
                for text in ["one", "two"] {
                    app.ash.send_text_to_group("orchard", text).await;
                }
                app.remove(&app.birch, "groups/orchard", json!({})).await;
                app.api.app().post("/groups/orchard/bannedusers/cedar", json!({})).await.expect_ok();
            }
            Act::KeptBeforeEdit => {
                let sent = app.ash.send_text(&app.birch, "one").await;
                app.remove(&app.birch, "users/ash", json!({ "preserveOrder": true })).await;
                app.ash
                    .put(format!("/messages/{}", sent["id"]), json!({ "data": { "text": "two" } }))
                    .await
                    .expect_ok();
            }
            Act::InItsFirstSecond => {
                app.ash.send_text(&app.birch, "one").await;
                app.remove(&app.birch, "users/ash", json!({})).await;
                app.ash.send_text(&app.birch, "two").await;
            }
            Act::GoneThen => {
                let sent = app.ash.send_text(&app.birch, "one").await;
                app.remove(&app.birch, "users/ash", json!({})).await;
                app.delete_permanently(&sent).await;
            }
            // No list shows the notice, which is of a later second than the conversation.
            Act::NoticeToo => {
                let sent = app.ash.send_text(&app.birch, "one").await;
                tests::next_second().await;
                app.delete_permanently(&sent).await;
                app.remove(&app.ash, "users/birch", json!({ "preserveOrder": true })).await;
                app.remove(&app.birch, "users/ash", json!({ "preserveOrder": true })).await;
            }
            // By it the first would have been received as early.
            Act::NothingReceivedEarlier => {
                app.import("one", THEN, json!({ "readAt": THEN + 20 })).await;
                app.import("two", THEN + 1, json!({ "deliveredAt": THEN + 10 })).await;
                app.import("three", THEN + 2, json!({ "readAt": THEN + 20 })).await;
            }
            Act::BroughtInAndRead => {
                app.import("one", THEN, json!({})).await;
                app.import("two", THEN + 1, json!({ "deliveredAt": THEN + 10 })).await;
                app.birch.post("/users/ash/conversation/read", json!({})).await.expect_ok();
                app.remove(&app.birch, "users/ash", json!({})).await;
            }
            Act::NothingPinned => {
                app.cedar.send_text(&app.ash, "one").await;
                app.cedar.send_text(&app.birch, "two").await;
                app.cedar.post("/users/ash/conversation/pin", Value::Null).await.expect_ok();
            }
            Act::GroupReceived => {
                app.receive_in_group().await;
                app.remove(&app.birch, "groups/orchard", json!({})).await;
            }
            Act::GroupReceivedKept => {
                app.receive_in_group().await;
                app.remove(&app.birch, "groups/orchard", json!({ "preserveOrder": true })).await;
                app.remove(&app.cedar, "groups/orchard", json!({ "preserveOrder": true })).await;
            }
            Act::GroupReceivedThenNews => {
                app.receive_in_group().await;
                app.remove(&app.birch, "groups/orchard", json!({})).await;
                tests::next_second().await;
                app.ash.send_text_to_group("orchard", "more").await;
                app.birch.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
            }
        }
    }
}

#[rstest]
#[case::a_group(Act::Group)]
#[case::a_group_before_a_notice(Act::GroupBeforeNotice)]
#[case::what_keeps_its_place_before_the_notice_of_an_edit(Act::KeptBeforeEdit)]
#[case::what_came_in_the_second_in_which_it_began(Act::InItsFirstSecond)]
#[case::all_of_what_is_gone_then_but_for_the_notice_of_it(Act::GoneThen)]
#[case::the_notice_too_by_both(Act::NoticeToo)]
#[case::nothing_and_what_was_brought_in_later_was_received_earlier(Act::NothingReceivedEarlier)]
#[case::what_was_brought_in_with_such_receipts_and_read_then(Act::BroughtInAndRead)]
#[case::nothing_and_a_pin_of_cedar(Act::NothingPinned)]
#[case::a_group_where_they_received_some(Act::GroupReceived)]
#[case::a_group_where_they_received_some_and_which_keeps_its_place(Act::GroupReceivedKept)]
#[case::a_group_where_they_received_some_and_news_since(Act::GroupReceivedThenNews)]
#[tokio::test]
async fn what_somebody_removed_is_removed_and_all_else_is_as_before(#[case] act: Act) {
    assert_moves(async |app: &App<'_>| act.happens(app).await).await;
}

/// Fails unless an app answers everybody as before once it moved, whatever happened in it.
pub(super) async fn assert_moves(happen: impl AsyncFnOnce(&App<'_>)) {
    let from = empty().await;
    let [ash, birch, cedar] = [from.user("ash").await, from.user("birch").await, from.user("cedar").await];
    let elm = from.user("elm").await;
    from.group("orchard", &[&ash, &birch, &cedar, &elm]).await;
    happen(&App { api: &from, ash, birch, cedar }).await;

    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let said = moved_by_rest(&from, &api, &state, &[]).await;
    assert!(!said.contains("not written"), "{said}");
    assert_alike(&crawl(&from).await, &crawl(&api).await, Depth::Told, "by REST");
}

/// Ranges of messages whose ends say the same are not asked for one by one.
#[tokio::test]
async fn receipts_of_a_long_history_that_was_removed_take_few_requests() {
    const N_MESSAGES: usize = 1_020;
    let from = empty().await;
    let [ash, birch, cedar] = [from.user("ash").await, from.user("birch").await, from.user("cedar").await];
    from.group("orchard", &[&ash, &birch, &cedar]).await;
    let mut ids = Vec::new();
    for _ in 0..N_MESSAGES {
        ids.push(ash.send_text_to_group("orchard", "one of many").await["id"].as_u64().unwrap());
    }
    for (reader, up_to) in [(&birch, 300), (&cedar, 700), (&birch, 1_010)] {
        let body = json!({ "messageId": ids[up_to] });
        reader.post("/groups/orchard/conversation/read", body).await.expect_ok();
        tests::next_second().await;
    }
    for reader in [&birch, &cedar] {
        reader.delete("/groups/orchard/conversation", json!({})).await.expect_ok();
    }

    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let said = moved_by_rest(&from, &api, &state, &[]).await;
    for at in [0, 299, 300, 301, 700, 701, 998, 999, 1_000, 1_001, 1_010, 1_011, 1_019] {
        let told = async |api: &Api| api.app().get(format!("/messages/{}", ids[at])).await.expect_data();
        let [there, here] = [told(&from).await, told(&api).await];
        assert_eq!(
            there["receipts"]["data"].as_array().map(Vec::len),
            (at <= 1_010).then_some(if at <= 700 { 2 } else { 1 })
        );
        assert_eq!(there["receipts"], here["receipts"], "message {at}");
    }
    let n_requests = said.lines().find_map(|line| line.strip_suffix(" requests")?.parse::<u64>().ok()).unwrap();
    assert!(n_requests < 120, "{n_requests}");
}
