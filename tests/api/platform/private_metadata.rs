//! The key `@private` of metadata: the app sees and sets it, users neither see nor change it.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, text_to_group, text_to_user};

fn metadata(public: u64) -> Value {
    json!({ "rank": public, "@private": { "phone": "secret" } })
}

/// ash and birch, with what only the app may know of them, in a group of which the same holds.
async fn stage(api: &Api) -> [Actor<'_>; 2] {
    let mut tokens = Vec::new();
    for uid in ["ash", "birch"] {
        let body = json!({ "uid": uid, "name": uid, "metadata": metadata(1), "withAuthToken": true });
        let user = api.app().post("/users", body).await.expect_data();
        assert_eq!(user["metadata"], metadata(1));
        tokens.push(user["authToken"].as_str().unwrap().to_owned());
    }
    let members = json!({ "admins": ["ash"], "participants": ["birch"] });
    let group = json!({ "guid": "orchard", "name": "Orchard", "metadata": metadata(1), "members": members });
    assert_eq!(api.app().post("/groups", group).await.expect_data()["metadata"], metadata(1));
    [0, 1].map(|n| api.nobody().with("authToken", &tokens[n]))
}

async fn as_the_app_sees(api: &Api, path: &str) -> Value {
    api.app().get(path).await.expect_data()["metadata"].take()
}

#[tokio::test]
async fn no_answer_to_a_user_holds_private_metadata() {
    let api = Api::start().await;
    let [ash, birch] = stage(&api).await;
    let sent = ash.post("/messages", text_to_user("birch", "hello <@uid:birch>")).await.expect_data();
    let in_group = ash.post("/messages", text_to_group("orchard", "hello <@uid:birch>")).await.expect_data();
    let reply = json!({ "data": { "text": "r <@uid:ash>" } });
    let reply = birch.post(format!("/messages/{}/thread", in_group["id"]), reply).await.expect_data();
    let reacted = birch.post(format!("/messages/{}/reactions/x", in_group["id"]), json!({})).await.expect_data();
    let quoting =
        json!({ "quotedMessageId": sent["id"], "receiver": "birch", "receiverType": "user", "data": { "text": "q" } });
    let quoting = ash.post("/messages", quoting).await.expect_data();
    let mut answers = vec![sent.clone(), in_group.clone(), reply, reacted, quoting];
    let message = in_group["id"].to_string();
    api.block("birch", "ash").await;
    for user in [&ash, &birch, &api.on_behalf_of("ash"), &api.on_behalf_of("birch")] {
        for path in [
            "/users/ash",
            "/users/birch",
            "/users",
            "/users?withTags=true&searchKey=b",
            "/groups",
            "/groups/orchard",
            "/groups?hasJoined=true",
            "/groups/orchard/members",
            "/groups/orchard/messages",
            "/messages",
            "/users/ash/messages",
            "/users/birch/messages",
            "/conversations",
            "/conversations?withUserAndGroupTags=true",
            "/groups/orchard/conversation",
            "/conversations/ash_user_birch",
            "/threads",
            "/blockedusers?direction=both",
        ] {
            let answer = user.get(path).await;
            if answer.status == 200 {
                answers.push(answer.body);
            }
        }
        for path in ["", "/thread", "/reactions"] {
            answers.push(user.get(format!("/messages/{message}{path}")).await.expect_ok());
        }
    }
    answers.push(ash.get("/me").await.expect_ok());
    answers.push(ash.put("/me", json!({ "name": "Ash 2" })).await.expect_ok());
    answers.push(ash.put("/groups/orchard", json!({ "name": "Orchard 2" })).await.expect_ok());
    answers.push(ash.post("/user_sessions", json!({ "sessionId": "s" })).await.expect_ok());
    answers
        .push(ash.post("/groups", json!({ "guid": "barn", "name": "B", "metadata": metadata(1) })).await.expect_ok());
    assert!(60 < answers.len());
    for answer in answers {
        assert!(!answer.to_string().contains("@private") && !answer.to_string().contains("secret"), "{answer}");
    }
}

#[rstest]
#[case::other_metadata(json!({ "metadata": { "rank": 2 } }), json!({ "rank": 2 }))]
#[case::forged(json!({ "metadata": { "rank": 2, "@private": { "phone": "forged" } } }), json!({ "rank": 2 }))]
#[case::nothing_but_forged(json!({ "metadata": { "@private": "forged" } }), json!({}))]
#[case::erased(json!({ "metadata": { "rank": 2, "@private": null } }), json!({ "rank": 2 }))]
#[case::empty(json!({ "metadata": {} }), json!({}))]
#[case::unset(json!({ "unset": ["metadata"] }), json!({}))]
#[case::something_else(json!({ "name": "N" }), json!({ "rank": 1 }))]
#[tokio::test]
async fn users_change_what_they_see_and_nothing_of_the_rest(#[case] change: Value, #[case] mut expected: Value) {
    let api = Api::start().await;
    let [ash, _] = stage(&api).await;
    let answer = ash.put("/me", change.clone()).await.expect_data();
    assert_eq!(answer.get("metadata").cloned().unwrap_or(json!({})), expected);
    let by_token = ash.put("/groups/orchard", change.clone()).await.expect_data();
    assert_eq!(by_token.get("metadata").cloned().unwrap_or(json!({})), expected);
    api.on_behalf_of("ash").put("/groups/orchard", change).await.expect_ok();
    expected["@private"] = metadata(1)["@private"].clone();
    for path in ["/users/ash", "/groups/orchard"] {
        assert_eq!(as_the_app_sees(&api, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn a_user_makes_no_group_with_private_metadata() {
    let api = Api::start().await;
    let [ash, _] = stage(&api).await;
    for (actor, guid) in [(&ash, "barn"), (&api.on_behalf_of("ash"), "loft")] {
        let group = json!({ "guid": guid, "name": "B", "metadata": metadata(1) });
        actor.post("/groups", group).await.expect_ok();
        assert_eq!(as_the_app_sees(&api, &format!("/groups/{guid}")).await, json!({ "rank": 1 }));
    }
}

#[rstest]
#[case::another(json!({ "metadata": { "@private": [1] } }), json!({ "@private": [1] }))]
#[case::left_out(json!({ "metadata": { "rank": 2 } }), json!({ "rank": 2 }))]
#[case::unset(json!({ "unset": ["metadata"] }), json!(null))]
#[case::something_else(json!({ "name": "N" }), metadata(1))]
#[tokio::test]
async fn the_app_sees_and_sets_private_metadata(#[case] change: Value, #[case] expected: Value) {
    let api = Api::start().await;
    stage(&api).await;
    for path in ["/users/ash", "/groups/orchard"] {
        assert_eq!(as_the_app_sees(&api, path).await, metadata(1), "{path}");
        assert_eq!(api.app().put(path, change.clone()).await.expect_data()["metadata"], expected, "{path}");
        assert_eq!(as_the_app_sees(&api, path).await, expected, "{path}");
    }
}
