//! Pinned conversations (contract/extras.md, "Pinned conversations").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

#[rstest]
#[case::user("/users/ash")]
#[case::group("/groups/orchard")]
#[tokio::test]
async fn a_user_pins_and_unpins_a_conversation(#[case] with: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    ash.send_text(&birch, "hello").await;
    let pinned = birch.post(format!("{with}/conversation/pin"), Value::Null).await.expect_data();
    assert_eq!((&pinned["pinnedBy"], pinned["pinnedAt"].is_u64()), (&json!("birch"), true));
    assert_eq!(birch.post(format!("{with}/conversation/pin"), Value::Null).await.expect_data(), pinned);
    assert_eq!(birch.get(format!("{with}/conversation")).await.expect_data(), pinned);
    let listed = birch.get("/conversations").await.expect_data();
    let pins: Vec<bool> = listed.as_array().unwrap().iter().map(|row| row["pinnedBy"] == "birch").collect();
    assert_eq!(pins.iter().filter(|is_pinned| **is_pinned).count(), 1);
    let others: Vec<Value> = ash.get("/conversations").await.expect_data().as_array().unwrap().clone();
    assert!(others.iter().all(|row| row.get("pinnedAt").is_none()));
    for _ in 0..2 {
        let unpinned = birch.delete(format!("{with}/conversation/pin"), Value::Null).await.expect_data();
        assert_eq!((unpinned.get("pinnedBy"), unpinned.get("pinnedAt")), (None, None));
    }
}

#[tokio::test]
async fn a_user_pins_five_at_the_most() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    for n in 0..6 {
        ash.send_text(&api.user(&format!("u{n}")).await, "hello").await;
        let answer = ash.post(format!("/users/u{n}/conversation/pin"), Value::Null).await;
        crate::given::expect(answer, (n == 5).then_some((400, "ERR_PINNED_CONVERSATIONS_LIMIT_EXCEEDED")));
    }
    ash.delete("/users/u0/conversation/pin", Value::Null).await.expect_ok();
    ash.post("/users/u5/conversation/pin", Value::Null).await.expect_ok();
}

#[tokio::test]
async fn what_the_app_pins_is_pinned_for_all_and_stays() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    ash.send_text(&birch, "hello").await;
    assert_eq!(api.app().get("/conversations/pinned").await.expect_data(), json!([]));
    let body = json!({ "pinnedConversations": [{ "guid": "orchard" }, { "uid": "Birch" }, { "guid": "orchard" }] });
    let pinned = api.app().put("/conversations/pinned", body).await.expect_data();
    let with: Vec<&Value> = pinned.as_array().unwrap().iter().map(|pin| &pin["conversationWith"]).collect();
    assert_eq!((with.len(), &with[0]["guid"], &with[1]["uid"]), (2, &json!("orchard"), &json!("birch")));
    assert_eq!((&pinned[0]["pinnedBy"], &pinned[0]["conversationId"]), (&json!("app_system"), &json!("group_orchard")));
    assert_eq!(api.app().get("/conversations/pinned").await.expect_data(), pinned);

    for with in ["/users/birch", "/groups/orchard"] {
        let seen = ash.get(format!("{with}/conversation")).await.expect_data();
        assert_eq!(seen["pinnedBy"], "app_system", "{with}");
        for method in ["POST", "DELETE"] {
            let answer = ash.send(method, &format!("{with}/conversation/pin"), Vec::new()).await;
            answer.expect_error(403, "ERR_SYSTEM_PINNED_CONVERSATION");
        }
    }
    let body = json!({ "pinnedConversations": [] });
    assert_eq!(api.app().put("/conversations/pinned", body).await.expect_data(), json!([]));
    assert_eq!(ash.get("/users/birch/conversation").await.expect_data().get("pinnedBy"), None);
}

#[rstest]
#[case::none(json!({}), 400, "ERR_BAD_REQUEST")]
#[case::no_list(json!({ "pinnedConversations": "ash" }), 400, "ERR_BAD_REQUEST")]
#[case::both(json!({ "pinnedConversations": [{ "uid": "ash", "guid": "orchard" }] }), 400, "ERR_BAD_REQUEST")]
#[case::neither(json!({ "pinnedConversations": [{}] }), 400, "ERR_BAD_REQUEST")]
#[case::unknown_user(json!({ "pinnedConversations": [{ "uid": "nobody" }] }), 404, "ERR_UID_NOT_FOUND")]
#[case::unknown_group(json!({ "pinnedConversations": [{ "guid": "nowhere" }] }), 404, "ERR_GUID_NOT_FOUND")]
#[case::six(
    json!({ "pinnedConversations": [{ "uid": "a" }, { "uid": "b" }, { "uid": "c" }, { "uid": "d" }, { "uid": "e" }, { "uid": "f" }] }),
    400,
    "ERR_SYSTEM_PINNED_CONVERSATIONS_LIMIT_EXCEEDED",
)]
#[tokio::test]
async fn the_apps_list_is_refused(#[case] body: Value, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    api.app().put("/conversations/pinned", body.clone()).await.expect_error(status, code);
    ash.put("/conversations/pinned", body).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    ash.get("/conversations/pinned").await.expect_error(403, "AUTH_ERR_NO_ACCESS");
}

/// Whom the conversations of a list are with.
async fn listed(actor: &Actor<'_>, query: &str) -> Vec<String> {
    let listed = actor.get(format!("/conversations{query}")).await.expect_data();
    let with = listed.as_array().unwrap().iter().map(|row| &row["conversationWith"]);
    with.map(|with| with["uid"].as_str().or(with["guid"].as_str()).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pinned_conversations_come_first_those_of_the_app_before_all() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    for n in 0..5 {
        ash.send_text(&api.user(&format!("u{n}")).await, "hello").await;
    }
    assert_eq!(listed(&ash, "").await, ["u4", "u3", "u2", "u1", "u0"]);
    for uid in ["u1", "u3"] {
        ash.post(format!("/users/{uid}/conversation/pin"), Value::Null).await.expect_ok();
    }
    let pins = json!({ "pinnedConversations": [{ "uid": "u2" }, { "uid": "u0" }, { "uid": "u4" }] });
    api.app().put("/conversations/pinned", pins).await.expect_ok();
    let all = ["u2", "u0", "u4", "u3", "u1"];
    assert_eq!(listed(&ash, "").await, all);
    // Page by page as well, and with a filter that looks at the other side.
    for (page, expected) in all.chunks(2).enumerate() {
        assert_eq!(listed(&ash, &format!("?perPage=2&page={}", page + 1)).await, expected);
    }
    assert_eq!(listed(&ash, "?searchKey=u").await, all);
    ash.send_text(&api.on_behalf_of("u1"), "again").await;
    assert_eq!(listed(&ash, "").await, ["u2", "u0", "u4", "u1", "u3"]);

    assert_eq!(listed(&ash, "?pinnedBy=system").await, ["u2", "u0", "u4"]);
    assert_eq!(listed(&ash, "?pinnedBy=me").await, ["u1", "u3"]);
    assert_eq!(listed(&ash, "?pinnedBy=me,system").await, ["u2", "u0", "u4", "u1", "u3"]);
    assert!(listed(&api.on_behalf_of("u3"), "?pinnedBy=me").await.is_empty());
    ash.get("/conversations?pinnedBy=birch").await.expect_invalid("pinnedBy");
    api.app().get("/conversations?pinnedBy=me").await.expect_invalid("pinnedBy");
}
