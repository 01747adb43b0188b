//! Mentions in texts and captions (contract/messages.md, "Mentions").

use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, text_to_user};

fn mentioned(message: &Value) -> Vec<&str> {
    message["data"]["mentions"].as_object().into_iter().flatten().map(|(uid, _)| uid.as_str()).collect()
}

async fn users(api: &Api, n: usize) -> Vec<Actor<'_>> {
    join_all((0..n).map(async |n| api.user(&format!("u{n}")).await)).await
}

fn mentions(uids: impl Iterator<Item = String>) -> String {
    uids.map(|uid| format!("<@uid:{uid}> ")).collect()
}

#[tokio::test]
async fn a_mentioned_user_is_answered_and_the_text_stays() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let text = "Gate opens at six, <@uid:ash> and<@uid:cedar>!";
    let sent = birch.send_text(&ash, text).await;
    assert_eq!(sent["data"]["text"], text);
    assert_eq!(mentioned(&sent), ["ash", "cedar"]);
    let mention = &sent["data"]["mentions"]["cedar"];
    assert_eq!((&mention["uid"], &mention["name"]), (&json!("cedar"), &json!("cedar")));
    assert_eq!(mention["conversationId"], "birch_user_cedar");
    assert_eq!(ash.get(format!("/messages/{}", sent["id"])).await.expect_data(), sent);
    drop(cedar);
}

#[rstest]
#[case::nobody("hello", &[])]
#[case::unknown("<@uid:stranger>", &[])]
#[case::deactivated("<@uid:gone>", &[])]
#[case::malformed("<@uid:a b> <@uid:> <@uid:ash", &[])]
#[case::legacy_form("@{Ash|ash}", &[])]
#[case::twice("<@uid:ash><@uid:ash>", &["ash"])]
#[case::capitals("<@uid:ASH>", &["ash"])]
#[case::oneself("<@uid:birch>", &["birch"])]
#[case::inside_another("<@uid:<@uid:ash>", &["ash"])]
#[tokio::test]
async fn only_existing_users_in_the_right_form_are_mentioned(#[case] text: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.deactivated_user("gone").await;
    let sent = birch.send_text(&ash, text).await;
    assert_eq!(sent["data"]["text"], text);
    assert_eq!(mentioned(&sent), expected);
}

#[tokio::test]
async fn captions_and_custom_texts_mention_too() {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    for data in [
        json!({ "type": "image", "data": { "text": "<@uid:ash>", "attachments": [{ "url": "https://a.example/x" }] } }),
        json!({ "category": "custom", "type": "poll", "data": { "text": "<@uid:ash>", "customData": {} } }),
    ] {
        let mut body = text_to_user("birch", "");
        body.as_object_mut().unwrap().extend(data.as_object().unwrap().clone());
        assert_eq!(mentioned(&ash.post("/messages", body).await.expect_data()), ["ash"]);
    }
}

#[tokio::test]
async fn ten_known_users_may_be_mentioned_and_eleven_may_not() {
    let api = Api::start().await;
    let users = users(&api, 11).await;
    let known = |n| mentions((0..n).map(|n| format!("u{n}")));
    let strangers = mentions((0..20).map(|n| format!("stranger-{n}")));

    let sent = users[0].send_text(&users[1], &(known(10) + &known(10) + &strangers)).await;
    assert_eq!(mentioned(&sent).len(), 10);
    users[0].post("/messages", text_to_user("u1", &known(11))).await.expect_invalid("data.text");
}
