//! What single users leave on messages goes with the message and with the user: in the table, not only in answers.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

/// The rows beside messages that begin so.
async fn rows(api: &Api, kind: &str) -> Vec<String> {
    let rows = api.table().await.into_iter().filter(|row| row["pk"]["S"].as_str().unwrap().starts_with("MSG#"));
    let kept = rows.map(|row| row["sk"]["S"].as_str().unwrap().to_owned());
    kept.filter(|sk| sk.starts_with(kind)).collect()
}

/// A form of ash in a group, and what birch and cedar each leave on it by this request.
async fn left_on_a_message<'a>(api: &'a Api, method: &str, path: &str, kind: &str) -> (Actor<'a>, String) {
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    api.group("orchard", &[&ash, &birch, &cedar]).await;
    let form = json!({ "receiver": "orchard", "receiverType": "group", "category": "interactive", "type": "form",
        "data": { "interactiveData": { "formFields": [{ "elementId": "yes" }] } } });
    let message = format!("/messages/{}", ash.post("/messages", form).await.expect_data()["id"]);
    let body = json!({ "interactions": ["yes"], "remark": "rude" }).to_string();
    for user in [&birch, &cedar] {
        user.send(method, &format!("{message}{path}"), body.clone().into_bytes()).await.expect_ok();
    }
    assert_eq!(rows(api, kind).await, [format!("{kind}birch"), format!("{kind}cedar")]);
    (ash, message)
}

#[rstest]
#[case::reports("POST", "/flagged", "FLAG#")]
#[case::subscriptions("POST", "/thread/subscription", "SUBSCRIBER#")]
#[case::interactions("PATCH", "/interacted", "ACTED#")]
#[tokio::test]
async fn they_go_with_the_message(#[case] method: &str, #[case] path: &str, #[case] kind: &str) {
    let api = Api::start().await;
    let (ash, message) = left_on_a_message(&api, method, path, kind).await;
    // Deleted softly, its row stays, and what is about it.
    ash.delete(&message, Value::Null).await.expect_ok();
    assert_eq!(rows(&api, kind).await.len(), 2);
    ash.delete(&message, json!({ "permanent": true })).await.expect_ok();
    assert_eq!(rows(&api, kind).await, Vec::<String>::new());
}

#[rstest]
#[case::reports("POST", "/flagged", "FLAG#")]
#[case::subscriptions("POST", "/thread/subscription", "SUBSCRIBER#")]
#[case::interactions("PATCH", "/interacted", "ACTED#")]
#[tokio::test]
async fn they_go_with_who_left_them_and_with_who_wrote(#[case] method: &str, #[case] path: &str, #[case] kind: &str) {
    let api = Api::start().await;
    left_on_a_message(&api, method, path, kind).await;
    for (uid, left) in [("birch", vec![format!("{kind}cedar")]), ("ash", Vec::new())] {
        api.app().delete(format!("/users/{uid}"), json!({ "permanent": true })).await.expect_ok();
        api.jobs_done().await;
        assert_eq!(rows(&api, kind).await, left, "{uid} is gone");
    }
}
