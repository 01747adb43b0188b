//! Conversations of which somebody removed something from their view, or of which something is gone, moved by REST.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

use super::crawl::{Depth, assert_alike, crawl};
use super::moved::empty;

const THEN: u64 = 1_730_000_000;

/// Ash, birch, cedar and elm, who are in the group orchard.
struct App<'a> {
    api: &'a Api,
    ash: Actor<'a>,
    birch: Actor<'a>,
    cedar: Actor<'a>,
}

impl App<'_> {
    async fn remove(&self, by: &Actor<'_>, with: &str, body: Value) {
        by.delete(format!("/{with}/conversation"), body).await.expect_ok();
    }

    async fn delete_permanently(&self, sent: &Value) {
        self.api.app().delete(format!("/messages/{}", sent["id"]), json!({ "permanent": true })).await.expect_ok();
    }

    /// Three messages: birch receives one and reads two of them, cedar reads all but the last.
    async fn receive_in_group(&self) {
        self.ash.send_text_to_group("orchard", "one").await;
        self.birch.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
        tests::next_second().await;
        self.ash.send_text_to_group("orchard", "two").await;
        self.birch.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
        tests::next_second().await;
        self.cedar.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
        self.ash.send_text_to_group("orchard", "three").await;
    }

    /// A user who is brought into the group.
    async fn bring_into_group(&self, uid: &str) -> Actor<'_> {
        let user = self.api.user(uid).await;
        tests::next_second().await;
        self.bring_member(uid).await;
        user
    }

    /// Brings somebody into the group, without an action message of it.
    async fn bring_member(&self, uid: &str) {
        let id = format!("orchard_member_{uid}");
        let joined_at = shared::clock::system().seconds().get();
        let member = json!({ "memberId": id, "guid": "orchard", "uid": uid, "joinedAt": joined_at });
        let brought = self.api.app().post("/data_import/members", json!({ "members": { &id: member } })).await;
        assert_eq!(brought.expect_data()[&id]["success"], true);
    }

    /// Messages before fir leaves, meanwhile, and once fir is brought back.
    async fn send_while_away(&self) -> Actor<'_> {
        let fir = self.api.user("fir").await;
        fir.post("/groups/orchard/members", json!({})).await.expect_ok();
        self.ash.send_text_to_group("orchard", "before").await;
        self.api.app().delete("/groups/orchard/members/fir", Value::Null).await.expect_ok();
        self.ash.send_text_to_group("orchard", "while away").await;
        for _ in 0..2 {
            tests::next_second().await;
        }
        self.bring_member("fir").await;
        self.ash.send_text_to_group("orchard", "back").await;
        fir
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
    GroupReceivedByWhoWasBroughtIn,
    GroupReceivedByWhoJoined,
    BroughtInAndNothingRemoved,
    BroughtInBehindAll,
    BroughtInBehindWhatTheyRead,
    BroughtInBehindWhatTheyReadAndReceivedMore,
    BroughtInBehindWhatAllRead,
    BroughtBack,
    BroughtBackAndNothingRead,
    BroughtBackAndReadWhatWasBefore,
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
            // Nobody was told how much was there before they came.
            Act::GroupReceivedByWhoWasBroughtIn => {
                app.ash.send_text_to_group("orchard", "before").await;
                let fir = app.bring_into_group("fir").await;
                tests::next_second().await;
                app.receive_in_group().await;
                fir.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
                app.ash.send_text_to_group("orchard", "not received").await;
                app.remove(&fir, "groups/orchard", json!({})).await;
            }
            Act::BroughtInAndNothingRemoved => {
                app.ash.send_text_to_group("orchard", "before").await;
                let fir = app.bring_into_group("fir").await;
                app.receive_in_group().await;
                fir.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
            }
            Act::BroughtInBehindAll => {
                app.receive_in_group().await;
                let fir = app.bring_into_group("fir").await;
                fir.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
            }
            // What they have not read is no history for the others.
            Act::BroughtInBehindWhatTheyRead => {
                let first = app.ash.send_text_to_group("orchard", "first").await;
                app.receive_in_group().await;
                let fir = app.bring_into_group("fir").await;
                let up_to = json!({ "messageId": first["id"] });
                fir.post("/groups/orchard/conversation/read", up_to).await.expect_ok();
            }
            // That they received what came then does not say that they were there before.
            Act::BroughtInBehindWhatTheyReadAndReceivedMore => {
                let first = app.ash.send_text_to_group("orchard", "first").await;
                app.ash.send_text_to_group("orchard", "second").await;
                let fir = app.bring_into_group("fir").await;
                app.ash.send_text_to_group("orchard", "received").await;
                fir.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
                let up_to = json!({ "messageId": first["id"] });
                fir.post("/groups/orchard/conversation/read", up_to).await.expect_ok();
            }
            // Those who were there do not wait for them.
            Act::BroughtInBehindWhatAllRead => {
                app.ash.send_text_to_group("orchard", "one").await;
                for reader in [&app.birch, &app.cedar, &app.api.on_behalf_of("elm")] {
                    reader.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
                }
                app.api.all_told().await;
                let fir = app.bring_into_group("fir").await;
                fir.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
            }
            // By the message of their first joining they would have been there all the time.
            Act::BroughtBack => {
                let fir = app.api.user("fir").await;
                fir.post("/groups/orchard/members", json!({})).await.expect_ok();
                app.api.app().delete("/groups/orchard/members/fir", Value::Null).await.expect_ok();
                app.ash.send_text_to_group("orchard", "while away").await;
                for _ in 0..2 {
                    tests::next_second().await;
                }
                app.bring_member("fir").await;
                app.receive_in_group().await;
                fir.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
            }
            // What was sent while they were away is no history for the others.
            Act::BroughtBackAndNothingRead => {
                let fir = app.send_while_away().await;
                fir.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
            }
            Act::BroughtBackAndReadWhatWasBefore => {
                let fir = app.send_while_away().await;
                fir.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
                let messages = app.api.app().get("/groups/orchard/messages?limit=100").await.expect_data();
                let is_first = |message: &&Value| message["data"]["text"] == "before";
                let first = messages.as_array().unwrap().iter().find(is_first).unwrap();
                let up_to = json!({ "messageId": first["id"] });
                fir.post("/groups/orchard/conversation/read", up_to).await.expect_ok();
            }
            Act::GroupReceivedByWhoJoined => {
                app.ash.send_text_to_group("orchard", "before").await;
                let fir = app.api.user("fir").await;
                fir.post("/groups/orchard/members", json!({})).await.expect_ok();
                app.receive_in_group().await;
                fir.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
                app.remove(&fir, "groups/orchard", json!({})).await;
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
#[case::a_group_that_they_were_brought_into_later(Act::GroupReceivedByWhoWasBroughtIn)]
#[case::a_group_that_they_joined_later(Act::GroupReceivedByWhoJoined)]
#[case::nothing_of_a_group_that_they_were_brought_into_later(Act::BroughtInAndNothingRemoved)]
#[case::nothing_of_a_group_that_they_were_brought_into_last(Act::BroughtInBehindAll)]
#[case::nothing_of_a_group_where_they_read_what_was_before_them(Act::BroughtInBehindWhatTheyRead)]
#[case::nothing_of_a_group_where_they_read_what_was_before_them_and_received_more(
    Act::BroughtInBehindWhatTheyReadAndReceivedMore
)]
#[case::nothing_of_a_group_where_all_had_read_what_was_before_them(Act::BroughtInBehindWhatAllRead)]
#[case::nothing_of_a_group_that_they_were_brought_back_into(Act::BroughtBack)]
#[case::nothing_of_a_group_that_they_were_brought_back_into_and_read_nothing(Act::BroughtBackAndNothingRead)]
#[case::nothing_of_a_group_that_they_were_brought_back_into_and_read_what_was_before(
    Act::BroughtBackAndReadWhatWasBefore
)]
#[tokio::test]
async fn what_somebody_removed_is_removed_and_all_else_is_as_before(#[case] act: Act) {
    let from = empty().await;
    let [ash, birch, cedar] = [from.user("ash").await, from.user("birch").await, from.user("cedar").await];
    let elm = from.user("elm").await;
    from.group("orchard", &[&ash, &birch, &cedar, &elm]).await;
    act.happens(&App { api: &from, ash, birch, cedar }).await;

    let api = empty().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let rest = ["import", "--from", from.base_url(), "--api-key", from.api_key(), "--state", state.to_str().unwrap()];
    let said = api.admin(&[&rest[..], &["--requests-per-minute", "600000"]].concat()).await.unwrap();
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
    let rest = ["import", "--from", from.base_url(), "--api-key", from.api_key(), "--state", state.to_str().unwrap()];
    let said = api.admin(&[&rest[..], &["--requests-per-minute", "600000"]].concat()).await.unwrap();
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
