//! `GET /messages/{id}` (contract/messages.md, operation 5) and who may see what.

use rstest::rstest;
use serde_json::json;
use tests::{Api, ids};

#[tokio::test]
async fn both_parties_and_the_app_read_a_message_between_two_users() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.token_user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    for reader in [&ash, &birch, &api.app()] {
        assert_eq!(reader.get(format!("/messages/{}", sent["id"])).await.expect_data(), sent);
    }
}

#[tokio::test]
async fn members_and_the_app_read_a_message_of_a_group_whenever_they_joined() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let group = api.group("orchard", &[&ash]).await;
    let sent = ash.send_text_to_group(&group, "hello").await;
    birch.post(format!("/groups/{group}/members"), json!({})).await.expect_ok();
    for reader in [&ash, &birch, &api.app()] {
        assert_eq!(reader.get(format!("/messages/{}", sent["id"])).await.expect_data(), sent);
    }
}

#[tokio::test]
async fn nobody_else_reads_a_message() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let group = api.group("orchard", &[&ash, &birch]).await;
    let private = ash.send_text(&birch, "hello").await;
    let in_group = ash.send_text_to_group(&group, "hello").await;
    api.app().post("/groups/orchard/members", json!({ "usersToBan": ["birch"] })).await.expect_ok();

    for (reader, message) in [(&cedar, &private), (&cedar, &in_group), (&birch, &in_group)] {
        let answer = reader.get(format!("/messages/{}", message["id"])).await;
        answer.expect_error(403, "ERR_MESSAGE_NO_ACCESS");
    }
}

#[rstest]
#[case::never_given("12345")]
#[case::zero("0")]
#[case::largest("9007199254740991")]
#[case::beyond_the_largest("9007199254740992")]
#[case::beyond_any_integer("99999999999999999999999999")]
#[case::negative("-1")]
#[case::word("latest")]
#[case::fraction("1.5")]
#[case::plus_sign("+1")]
#[case::other_digits("%D9%A1%D9%A2")]
#[tokio::test]
async fn an_id_that_names_no_message_is_not_found(#[case] id: &str) {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    for reader in [&ash, &api.app()] {
        reader.get(format!("/messages/{id}")).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    }
}

#[tokio::test]
async fn action_messages_are_read_by_their_id() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    api.group("orchard", &[]).await;
    let joined = ash.post("/groups/orchard/members", json!({})).await.expect_data();
    assert_eq!(ash.get(format!("/messages/{}", joined["id"])).await.expect_data(), joined);
}

/// `a` with `b_user_c` and `a_user_b` with `c` both print `a_user_b_user_c`.
#[tokio::test]
async fn conversations_of_the_same_wire_id_never_leak_into_each_other() {
    let api = Api::start().await;
    let (a, b_user_c) = (api.user("a").await, api.user("b_user_c").await);
    let (a_user_b, c) = (api.user("a_user_b").await, api.user("c").await);
    let one = a.send_text(&b_user_c, "one").await;
    let other = c.send_text(&a_user_b, "other").await;
    assert_eq!(one["conversationId"], other["conversationId"]);

    for (reader, uid, own, foreign) in [
        (&a, "b_user_c", &one, &other),
        (&b_user_c, "a", &one, &other),
        (&a_user_b, "c", &other, &one),
        (&c, "a_user_b", &other, &one),
    ] {
        let listed = reader.get(format!("/users/{uid}/messages")).await.expect_data();
        assert_eq!(ids(&listed), ids(&json!([own])));
        reader.get(format!("/messages/{}", own["id"])).await.expect_ok();
        let answer = reader.get(format!("/messages/{}", foreign["id"])).await;
        answer.expect_error(403, "ERR_MESSAGE_NO_ACCESS");
        let of_one = api.app().get(format!("/users/{}/messages", reader.uid)).await.expect_data();
        assert_eq!(ids(&of_one), ids(&json!([own])));
    }
}

#[tokio::test]
async fn a_group_cannot_be_mistaken_for_a_conversation_of_users() {
    let api = Api::start().await;
    let (group, x) = (api.user("group").await, api.user("x").await);
    let y = api.user("y").await;
    api.group("x", &[&y]).await;
    api.group("user_x", &[&y]).await;
    let between = group.send_text(&x, "between users").await;
    let in_group = y.send_text_to_group("user_x", "in a group").await;
    assert_eq!(between["conversationId"], in_group["conversationId"]);
    y.get(format!("/messages/{}", between["id"])).await.expect_error(403, "ERR_MESSAGE_NO_ACCESS");
    x.get(format!("/messages/{}", in_group["id"])).await.expect_error(403, "ERR_MESSAGE_NO_ACCESS");
    assert_eq!(ids(&x.get("/users/group/messages").await.expect_data()), ids(&json!([between])));
}
