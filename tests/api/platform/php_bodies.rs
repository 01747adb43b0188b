//! Clients in PHP write a map without entries as `[]`, and nothing as `null`.

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

/// Operations that need no body, each with who asks; whatever they are answered, an empty body changes nothing of it.
const WITHOUT_BODY: [(&str, &str, &str); 22] = [
    ("ash", "POST", "/messages/{id}/pin"),
    ("ash", "POST", "/messages/{id}/save"),
    ("ash", "POST", "/messages/{id}/flagged"),
    ("ash", "POST", "/messages/{id}/reactions/%F0%9F%94%A5"),
    ("ash", "POST", "/messages/{id}/thread/subscription"),
    ("ash", "DELETE", "/messages/{id}"),
    ("ash", "POST", "/users/birch/conversation/delivered"),
    ("ash", "POST", "/users/birch/conversation/read"),
    ("ash", "DELETE", "/users/birch/conversation/read"),
    ("ash", "POST", "/groups/orchard/conversation/delivered"),
    ("ash", "POST", "/groups/orchard/conversation/read"),
    ("ash", "DELETE", "/groups/orchard/conversation/read"),
    ("ash", "POST", "/users/birch/conversation/pin"),
    ("ash", "DELETE", "/users/birch/conversation/pin"),
    ("ash", "DELETE", "/groups/orchard/conversation"),
    ("ash", "DELETE", "/users/birch/conversation"),
    ("cedar", "POST", "/groups/orchard/members"),
    ("cedar", "DELETE", "/groups/orchard/members"),
    ("app", "POST", "/users/ash/auth_tokens"),
    ("app", "DELETE", "/users/ash/auth_tokens"),
    ("app", "DELETE", "/users/cedar"),
    ("app", "DELETE", "/groups/orchard"),
];

#[rstest]
#[case::empty_list("[]")]
#[case::null("null")]
#[case::empty_map("{}")]
#[case::blank(" [ ] ")]
#[tokio::test]
async fn an_operation_that_needs_no_body_takes_an_empty_one(#[case] body: &str) {
    let api = Api::start().await;
    api.users(&["ash", "birch", "cedar"].map(str::to_owned)).await;
    let (ash, birch) = (api.on_behalf_of("ash"), api.on_behalf_of("birch"));
    api.group("orchard", &[&ash]).await;
    let id = ash.send_text(&birch, "one").await["id"].to_string();
    ash.send_text_to_group("orchard", "all").await;
    for (who, method, path) in WITHOUT_BODY {
        let actor = if who == "app" { api.app() } else { api.on_behalf_of(who) };
        let answer = actor.send(method, &path.replace("{id}", &id), body.as_bytes().to_vec()).await;
        assert_eq!(answer.status, 200, "{method} {path} with {body}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_empty_list_where_a_body_is_needed_lacks_its_fields() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    for body in ["[]", "null"] {
        let answer = ash.send("POST", "/messages", body.as_bytes().to_vec()).await;
        answer.expect_invalid("receiver");
        api.app().send("POST", "/users", body.as_bytes().to_vec()).await.expect_invalid("uid");
    }
    for body in ["[1]", "[{}]", "7", "\"x\""] {
        ash.send("POST", "/messages", body.as_bytes().to_vec()).await.expect_invalid("body");
    }
}

#[tokio::test]
async fn an_empty_list_is_an_empty_map_of_metadata() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let none = || json!([]);
    let app = api.app();

    app.post("/users", json!({ "uid": "elm", "name": "Elm", "metadata": none() })).await.expect_data();
    app.put("/users/elm", json!({ "metadata": none() })).await.expect_data();
    let group = json!({ "guid": "barn", "name": "Barn", "metadata": none(), "members": none() });
    app.post("/groups", group).await.expect_data();
    app.put("/groups/barn", json!({ "metadata": none() })).await.expect_data();
    app.post("/users/elm/auth_tokens", json!({ "appInfo": none() })).await.expect_data();

    let data = |text: &str| json!({ "text": text, "metadata": none() });
    let body = json!({ "receiver": birch.uid, "receiverType": "user", "data": data("one") });
    let sent = ash.post("/messages", body).await.expect_data();
    assert_eq!(sent["data"]["metadata"], json!({}));
    let edited = ash.put(format!("/messages/{}", sent["id"]), json!({ "data": data("two") })).await.expect_data();
    assert_eq!(edited["data"]["entities"]["on"]["entity"]["data"]["metadata"], json!({}));
    let reply = ash.post(format!("/messages/{}/thread", sent["id"]), json!({ "data": data("three") })).await;
    assert_eq!(reply.expect_data()["data"]["metadata"], json!({}));
    let full: Value = json!({ "text": "four", "metadata": [1] });
    let body = json!({ "receiver": birch.uid, "receiverType": "user", "data": full });
    ash.post("/messages", body).await.expect_error(400, "ERR_INVALID_METADATA");
}
