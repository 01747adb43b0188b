//! Members of a group who were brought into it, so that no action message tells when they came, moved by REST.

use rstest::rstest;
use serde_json::{Value, json};
use tests::Actor;

use super::removed::{App, assert_moves};

/// A user who is brought into the group.
async fn bring_into_group<'a>(app: &App<'a>, uid: &str) -> Actor<'a> {
    let user = app.api.user(uid).await;
    tests::next_second().await;
    bring_member(app, uid).await;
    user
}

/// Brings somebody into the group, without an action message of it.
async fn bring_member(app: &App<'_>, uid: &str) {
    let id = format!("orchard_member_{uid}");
    let joined_at = shared::clock::system().seconds().get();
    let member = json!({ "memberId": id, "guid": "orchard", "uid": uid, "joinedAt": joined_at });
    let brought = app.api.app().post("/data_import/members", json!({ "members": { &id: member } })).await;
    assert_eq!(brought.expect_data()[&id]["success"], true);
}

/// Messages before fir leaves, meanwhile, and once fir is brought back.
async fn send_while_away<'a>(app: &App<'a>) -> Actor<'a> {
    let fir = app.api.user("fir").await;
    fir.post("/groups/orchard/members", json!({})).await.expect_ok();
    app.ash.send_text_to_group("orchard", "before").await;
    app.api.app().delete("/groups/orchard/members/fir", Value::Null).await.expect_ok();
    app.ash.send_text_to_group("orchard", "while away").await;
    for _ in 0..2 {
        tests::next_second().await;
    }
    bring_member(app, "fir").await;
    app.ash.send_text_to_group("orchard", "back").await;
    fir
}

/// The group heath of ash, with birch and history of another service.
async fn bring_group(app: &App<'_>) {
    const THEN: u64 = 1_730_000_000;
    let group = json!({ "guid": "heath", "name": "Heath", "type": "public", "owner": "ash", "createdAt": THEN });
    let id = "heath_member_birch";
    let member = json!({ "memberId": id, "guid": "heath", "uid": "birch", "joinedAt": THEN + 1 });
    let messages =
        [("one", json!({})), ("three", json!({ "readAt": THEN + 9 })), ("two", json!({ "readAt": THEN + 10 }))];
    let messages: serde_json::Map<String, Value> = messages
        .into_iter()
        .map(|(muid, mut message)| {
            message["muid"] = json!(muid);
            message["data"] = json!({ "text": muid });
            for (name, value) in [("sender", "birch"), ("receiverType", "group"), ("receiver", "heath")] {
                message[name] = json!(value);
            }
            message["sentAt"] = json!(THEN + 2);
            (muid.to_owned(), message)
        })
        .collect();
    for (path, body) in [
        ("groups", json!({ "groups": { "heath": group } })),
        ("members", json!({ "members": { id: member } })),
        ("messages", json!({ "messages": messages })),
    ] {
        let brought = app.api.app().post(format!("/data_import/{path}"), body).await.expect_data();
        assert!(brought.as_object().unwrap().values().all(|slot| slot["success"] == true), "{brought}");
    }
}

/// What happens before the move.
#[derive(Clone, Copy)]
enum Act {
    AndRemoved,
    JoinedAndRemoved,
    AllRead,
    BehindAll,
    BehindWhatTheyRead,
    ReceivedMore,
    BehindWhatAllRead,
    Back,
    BackAndNothingRead,
    BackAndReadWhatWasBefore,
    WithTheGroup,
    WithTheGroupAndReceivedByAll,
}

impl Act {
    async fn happens(self, app: &App<'_>) {
        match self {
            // Nobody was told how much was there before they came.
            Act::AndRemoved => {
                app.ash.send_text_to_group("orchard", "before").await;
                let fir = bring_into_group(app, "fir").await;
                tests::next_second().await;
                app.receive_in_group().await;
                fir.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
                app.ash.send_text_to_group("orchard", "not received").await;
                app.remove(&fir, "groups/orchard", json!({})).await;
            }
            Act::JoinedAndRemoved => {
                app.ash.send_text_to_group("orchard", "before").await;
                let fir = app.api.user("fir").await;
                fir.post("/groups/orchard/members", json!({})).await.expect_ok();
                app.receive_in_group().await;
                fir.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
                app.remove(&fir, "groups/orchard", json!({})).await;
            }
            Act::AllRead => {
                app.ash.send_text_to_group("orchard", "before").await;
                let fir = bring_into_group(app, "fir").await;
                app.receive_in_group().await;
                fir.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
            }
            Act::BehindAll => {
                app.receive_in_group().await;
                let fir = bring_into_group(app, "fir").await;
                fir.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
            }
            // What they have not read is no history for the others.
            Act::BehindWhatTheyRead => {
                let first = app.ash.send_text_to_group("orchard", "first").await;
                app.receive_in_group().await;
                let fir = bring_into_group(app, "fir").await;
                let up_to = json!({ "messageId": first["id"] });
                fir.post("/groups/orchard/conversation/read", up_to).await.expect_ok();
            }
            // That they received what came then does not say that they were there before.
            Act::ReceivedMore => {
                let first = app.ash.send_text_to_group("orchard", "first").await;
                app.ash.send_text_to_group("orchard", "second").await;
                let fir = bring_into_group(app, "fir").await;
                app.ash.send_text_to_group("orchard", "received").await;
                fir.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
                let up_to = json!({ "messageId": first["id"] });
                fir.post("/groups/orchard/conversation/read", up_to).await.expect_ok();
            }
            // Those who were there do not wait for them.
            Act::BehindWhatAllRead => {
                app.ash.send_text_to_group("orchard", "one").await;
                for reader in [&app.birch, &app.cedar, &app.api.on_behalf_of("elm")] {
                    reader.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
                }
                app.api.all_told().await;
                let fir = bring_into_group(app, "fir").await;
                fir.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
            }
            // By the message of their first joining they would have been there all the time.
            Act::Back => {
                let fir = app.api.user("fir").await;
                fir.post("/groups/orchard/members", json!({})).await.expect_ok();
                app.api.app().delete("/groups/orchard/members/fir", Value::Null).await.expect_ok();
                app.ash.send_text_to_group("orchard", "while away").await;
                for _ in 0..2 {
                    tests::next_second().await;
                }
                bring_member(app, "fir").await;
                app.receive_in_group().await;
                fir.post("/groups/orchard/conversation/read", json!({})).await.expect_ok();
            }
            // What was sent while they were away is no history for the others.
            Act::BackAndNothingRead => {
                let fir = send_while_away(app).await;
                fir.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
            }
            Act::BackAndReadWhatWasBefore => {
                let fir = send_while_away(app).await;
                fir.post("/groups/orchard/conversation/delivered", json!({})).await.expect_ok();
                let messages = app.api.app().get("/groups/orchard/messages?limit=100").await.expect_data();
                let is_first = |message: &&Value| message["data"]["text"] == "before";
                let first = messages.as_array().unwrap().iter().find(is_first).unwrap();
                let up_to = json!({ "messageId": first["id"] });
                fir.post("/groups/orchard/conversation/read", up_to).await.expect_ok();
            }
            // Its owner came with it, behind all that is in it.
            Act::WithTheGroup => {
                bring_group(app).await;
                app.ash.post("/groups/heath/conversation/read", json!({})).await.expect_ok();
            }
            Act::WithTheGroupAndReceivedByAll => {
                bring_group(app).await;
                app.birch.send_text_to_group("heath", "live").await;
                app.ash.post("/groups/heath/conversation/delivered", json!({})).await.expect_ok();
                app.api.all_told().await;
            }
        }
    }
}

#[rstest]
#[case::and_removed_it(Act::AndRemoved)]
#[case::or_joined_and_removed_it(Act::JoinedAndRemoved)]
#[case::and_read_all(Act::AllRead)]
#[case::behind_all_that_they_read(Act::BehindAll)]
#[case::and_read_some_of_what_was_before(Act::BehindWhatTheyRead)]
#[case::and_received_more_since(Act::ReceivedMore)]
#[case::behind_what_all_had_read(Act::BehindWhatAllRead)]
#[case::once_more(Act::Back)]
#[case::once_more_and_read_nothing(Act::BackAndNothingRead)]
#[case::once_more_and_read_what_was_before(Act::BackAndReadWhatWasBefore)]
#[case::with_the_group(Act::WithTheGroup)]
#[case::with_the_group_and_received_by_all(Act::WithTheGroupAndReceivedByAll)]
#[tokio::test]
async fn who_was_brought_in_sees_what_they_saw_and_so_do_the_others(#[case] act: Act) {
    assert_moves(async |app: &App<'_>| act.happens(app).await).await;
}
