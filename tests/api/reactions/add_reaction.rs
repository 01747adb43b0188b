//! `POST /messages/{id}/reactions/{reaction}`, and with the reaction in the body (contract/messages.md, operation 11).

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, segment};

use crate::given::{club, expect, reactions, who};

#[rstest]
#[case::emoji("🔥")]
#[case::skin_tone("👍🏽")]
#[case::flag("🇩🇪")]
#[case::family_joined_by_zwj("👨‍👩‍👧‍👦")]
#[case::pride_flag("🏳️‍🌈")]
#[case::keycap("#️⃣")]
#[case::hash("#")]
#[case::percent("%")]
#[case::looks_encoded("%41")]
#[case::slash("and/or")]
#[case::slashes_around("/x/")]
#[case::question("what?")]
#[case::plus("+1")]
#[case::space("well done")]
#[case::word(":thumbsup:")]
#[case::accent("Ünïcödé")]
#[case::dots("a.b")]
#[case::quotes("\"'`\\")]
#[tokio::test]
async fn any_text_is_a_reaction_in_the_path_or_in_the_body(#[case] reaction: &str) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "hello").await["id"]);

    let in_path = ash.send("POST", &format!("{path}/reactions/{}", segment(reaction)), Vec::new()).await.expect_data();
    assert_eq!(reactions(&in_path), [(reaction, 1, true)]);

    let in_body = birch.post(format!("{path}/reactions"), json!({ "reaction": reaction })).await.expect_data();
    assert_eq!(reactions(&in_body), [(reaction, 2, true)]);
    assert_eq!(reactions(&api.app().get(&path).await.expect_data()), [(reaction, 2, false)]);

    let listed = ash.get(format!("{path}/reactions/{}", segment(reaction))).await.expect_data();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let left = ash.delete(format!("{path}/reactions/{}", segment(reaction)), json!({})).await.expect_data();
    assert_eq!(reactions(&left), [(reaction, 1, false)]);
}

#[tokio::test]
async fn reacting_answers_the_message_otherwise_unchanged() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let mut sent = birch.send_text(&ash, "hello").await;
    let path = format!("/messages/{}", sent["id"]);

    let answer = ash.post(format!("{path}/reactions/🔥"), json!({})).await.expect_data();

    sent["data"]["reactions"] = json!([{ "reaction": "🔥", "count": 1, "reactedByMe": true }]);
    assert_eq!(answer, sent);
    assert_eq!(ash.get(&path).await.expect_data(), sent);
}

#[rstest]
#[case::letters("x")]
#[case::astral_characters("🔥")]
#[tokio::test]
async fn a_reaction_has_up_to_45_characters(#[case] character: &str) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions", birch.send_text(&ash, "hello").await["id"]);
    let (longest, too_long) = (character.repeat(45), character.repeat(46));

    let answer = ash.post(format!("{path}/{}", segment(&longest)), json!({})).await.expect_data();
    assert_eq!(reactions(&answer), [(longest.as_str(), 1, true)]);
    ash.post(format!("{path}/{}", segment(&too_long)), json!({})).await.expect_invalid("reaction");
    ash.post(&path, json!({ "reaction": too_long })).await.expect_invalid("reaction");
}

#[rstest]
#[case::missing(json!({}))]
#[case::null(json!({ "reaction": null }))]
#[case::empty(json!({ "reaction": "" }))]
#[case::no_string(json!({ "reaction": 1 }))]
#[tokio::test]
async fn a_reaction_in_the_body_must_be_a_text(#[case] body: Value) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions", birch.send_text(&ash, "hello").await["id"]);
    ash.post(path, body).await.expect_invalid("reaction");
}

#[tokio::test]
async fn a_message_takes_25_distinct_reactions() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions", birch.send_text(&ash, "hello").await["id"]);
    for n in 0..25 {
        ash.post(format!("{path}/r{n}"), json!({})).await.expect_ok();
    }

    for user in [&ash, &birch] {
        user.post(format!("{path}/r25"), json!({})).await.expect_invalid("reaction");
    }
    let joined = birch.post(format!("{path}/r24"), json!({})).await.expect_data();
    assert_eq!(reactions(&joined)[24], ("r24", 2, true));

    ash.delete(format!("{path}/r0"), json!({})).await.expect_ok();
    let fits = birch.post(format!("{path}/r25"), json!({})).await.expect_data();
    assert_eq!(reactions(&fits).len(), 25);
}

#[tokio::test]
async fn thirty_distinct_reactions_at_once_stop_at_25() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "hello").await["id"]);

    let answers = join_all((0..30).map(|n| ash.post(format!("{path}/reactions/r{n}"), json!({})))).await;

    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!([done.len(), refused.len()], [25, 5]);
    for answer in refused {
        answer.expect_invalid("reaction");
    }
    assert_eq!(reactions(&ash.get(&path).await.expect_data()).len(), 25);
}

#[tokio::test]
async fn reacting_again_changes_nothing_even_at_once() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions", birch.send_text(&ash, "hello").await["id"]);

    let answers = join_all((0..10).map(|_| ash.post(format!("{path}/🔥"), json!({})))).await;

    for answer in answers {
        assert_eq!(reactions(&answer.expect_data()), [("🔥", 1, true)]);
    }
    assert_eq!(ash.get(&path).await.expect_data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_summary_is_in_the_order_of_first_use() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions", birch.send_text(&ash, "hello").await["id"]);
    for (user, reaction) in [(&ash, "z"), (&birch, "a"), (&ash, "m"), (&birch, "m"), (&birch, "z")] {
        user.post(format!("{path}/{reaction}"), json!({})).await.expect_ok();
    }

    let summary = ash.post(format!("{path}/a"), json!({})).await.expect_data();
    assert_eq!(reactions(&summary), [("z", 2, true), ("a", 2, true), ("m", 2, true)]);

    ash.delete(format!("{path}/z"), json!({})).await.expect_ok();
    let summary = birch.get(path.trim_end_matches("/reactions")).await.expect_data();
    assert_eq!(reactions(&summary), [("z", 1, true), ("a", 2, true), ("m", 2, true)]);
}

#[tokio::test]
async fn reacted_by_me_is_of_the_reader_wherever_the_message_is_shown() {
    let api = Api::start().await;
    let guid = club(&api).await;
    let sender = api.on_behalf_of("sender");
    let sent = sender.send_text_to_group(&guid, "hello").await;
    let path = format!("/messages/{}", sent["id"]);
    api.on_behalf_of("admin").post(format!("{path}/reactions/x"), json!({})).await.expect_ok();
    sender.put(&path, json!({ "data": { "text": "hello!" } })).await.expect_ok();
    let quote =
        json!({ "receiver": guid, "receiverType": "group", "data": { "text": "q" }, "quotedMessageId": sent["id"] });
    sender.post("/messages", quote).await.expect_ok();

    for (reader, by_me) in [("admin", true), ("moderator", false), ("app", false)] {
        let reader = who(&api, reader);
        assert_eq!(reactions(&reader.get(&path).await.expect_data()), [("x", 1, by_me)]);
        for list in ["/messages?conversationId=group_club", "/groups/club/messages?limit=50"] {
            let listed = reader.get(list).await.expect_data();
            let listed = listed.as_array().unwrap();
            let [.., message, edit, quoting] = listed.as_slice() else { panic!("{listed:?}") };
            let shown = [message, &edit["data"]["entities"]["on"]["entity"], &quoting["quotedMessage"]];
            for message in shown {
                assert_eq!(reactions(message), [("x", 1, by_me)], "{} {list}", reader.uid);
            }
        }
    }
}

#[rstest]
#[case::participant("participant", None)]
#[case::app("app", Some((400, "ERR_BAD_REQUEST")))]
#[case::outsider("outsider", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::banned("banned", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::unknown("ghost", Some((404, "ERR_UID_NOT_FOUND")))]
#[tokio::test]
async fn who_reads_a_message_reacts_to_it(#[case] user: &str, #[case] refusal: Option<(u16, &str)>) {
    let api = Api::start().await;
    let guid = club(&api).await;
    let sent = api.on_behalf_of("sender").send_text_to_group(&guid, "hello").await;
    let path = format!("/messages/{}/reactions/x", sent["id"]);
    expect(who(&api, user).post(&path, json!({})).await, refusal);
    expect(who(&api, user).delete(&path, json!({})).await, refusal);
}

#[tokio::test]
async fn what_cannot_be_reacted_to() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let deleted = birch.send_text(&ash, "hello").await;
    let action = birch.delete(format!("/messages/{}", deleted["id"]), json!({})).await.expect_data();
    let path = |id: &Value| format!("/messages/{id}/reactions/x");

    for id in [&deleted["id"], &action["id"]] {
        ash.post(path(id), json!({})).await.expect_error(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED");
        ash.delete(path(id), json!({})).await.expect_error(403, "ERR_MESSAGE_ACTION_NOT_ALLOWED");
    }
    for id in [json!(77), json!("abc")] {
        ash.post(path(&id).replace('"', ""), json!({})).await.expect_error(404, "ERR_MSG_NOT_FOUND");
        ash.delete(path(&id).replace('"', ""), json!({})).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    }
}

#[tokio::test]
async fn the_key_is_checked_before_the_reaction() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions", birch.send_text(&ash, "hello").await["id"]);
    let too_long = format!("{path}/{}", "x".repeat(46));

    api.nobody().post(&too_long, json!({})).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
    api.nobody().delete(&too_long, json!({})).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
    api.nobody().post(&path, json!({})).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
    let problems = api.app().post(format!("{path}/x"), json!({})).await.expect_invalid("onBehalfOf");
    assert_eq!(problems, ["The onBehalfOf field is required."]);
}
