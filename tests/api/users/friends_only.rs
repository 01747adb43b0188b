//! Roles that limit those who have them to their friends (contract/rest-coverage.md, "Roles": `settings`).

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, text_to_user};

/// `ash` is a `picker`, and `birch` their friend; `cedar` is a stranger. All are in `orchard`.
async fn stage(settings: Value) -> Api {
    let api = Api::start_with_friends_only().await;
    api.app().post("/roles", json!({ "role": "picker", "name": "Picker", "settings": settings })).await.expect_ok();
    api.app().post("/users", json!({ "uid": "ash", "name": "ash", "role": "picker" })).await.expect_ok();
    let (birch, cedar) = (api.user("birch").await, api.user("cedar").await);
    api.group("orchard", &[&api.on_behalf_of("ash"), &birch, &cedar]).await;
    api.befriend("ash", "birch").await;
    api
}

fn writing_to_friends() -> Value {
    json!({ "sendMessagesTo": "friendsOnly" })
}

async fn listed(actor: &Actor<'_>, query: &str) -> Vec<String> {
    let users = actor.get(format!("/users?{query}")).await.expect_data();
    users.as_array().unwrap().iter().map(|user| user["uid"].as_str().unwrap().to_owned()).collect()
}

#[rstest]
#[case::to_a_friend("ash", "birch", true)]
#[case::to_a_stranger("ash", "cedar", false)]
#[case::to_oneself("ash", "ash", true)]
#[case::by_a_stranger("cedar", "ash", true)]
#[case::by_the_app("app", "cedar", true)]
#[tokio::test]
async fn who_may_write_to_friends_only_does(#[case] by: &str, #[case] to: &str, #[case] may: bool) {
    let api = stage(writing_to_friends()).await;
    let actor = crate::given::who(&api, by);
    let answer = actor.post("/messages", text_to_user(to, "hi")).await;
    match may {
        true => drop(answer.expect_ok()),
        false => drop(answer.expect_error(403, "ERR_PERMISSION_DENIED")),
    }
}

#[tokio::test]
async fn every_way_of_writing_is_limited_and_groups_are_not() {
    let api = stage(writing_to_friends()).await;
    let (ash, cedar) = (api.on_behalf_of("ash"), api.on_behalf_of("cedar"));
    let several = json!({
        "multipleReceivers": { "uids": ["birch", "cedar"], "guids": ["orchard"] }, "data": { "text": "all" },
    });
    let sent = ash.post("/messages", several).await.expect_data();
    assert_eq!((&sent["uids"]["birch"]["success"], &sent["guids"]["orchard"]["success"]), (&json!(true), &json!(true)));
    assert_eq!(sent["uids"]["cedar"]["error"]["code"], "ERR_PERMISSION_DENIED");

    let heard = cedar.send_text(&ash, "hello").await["id"].to_string();
    let reply = json!({ "data": { "text": "r" } });
    ash.post(format!("/messages/{heard}/thread"), reply.clone()).await.expect_error(403, "ERR_PERMISSION_DENIED");
    let file = json!({ "f": { "name": "a.png", "size": 7, "mimeType": "image/png" } });
    let upload = |to: &str, kind: &str| json!({ "files": file, "receiver": to, "receiverType": kind });
    ash.post("/files/upload-url", upload("cedar", "user")).await.expect_error(403, "ERR_PERMISSION_DENIED");
    ash.post("/files/upload-url", upload("birch", "user")).await.expect_ok();
    ash.post("/files/upload-url", upload("orchard", "group")).await.expect_ok();
    ash.send_text_to_group("orchard", "here").await;

    // Reading and all else goes on; with a friend everything does.
    ash.post("/users/cedar/conversation/read", json!({})).await.expect_ok();
    ash.post(format!("/messages/{heard}/reactions/x"), json!({})).await.expect_ok();
    api.app().post("/users/cedar/friends", json!({ "accepted": ["ash"] })).await.expect_ok();
    ash.post(format!("/messages/{heard}/thread"), reply).await.expect_ok();
    api.app().delete("/users/cedar/friends", json!({ "friends": ["ash"] })).await.expect_ok();
    ash.post("/messages", text_to_user("cedar", "?")).await.expect_error(403, "ERR_PERMISSION_DENIED");
}

#[tokio::test]
async fn a_block_is_told_before_a_role() {
    let api = stage(writing_to_friends()).await;
    api.block("cedar", "ash").await;
    let ash = api.on_behalf_of("ash");
    ash.post("/messages", text_to_user("cedar", "?")).await.expect_error(403, "ERR_BLOCKED_SENDER");
}

#[tokio::test]
async fn a_bot_writes_for_the_app_and_not_by_its_role() {
    let api = stage(writing_to_friends()).await;
    api.app().post("/bots", json!({ "uid": "ash", "webhookURL": "https://hooks.example" })).await.expect_ok();
    api.app().post("/bots/ash/messages", text_to_user("cedar", "beep")).await.expect_ok();
    api.on_behalf_of("ash")
        .post("/messages", text_to_user("cedar", "?"))
        .await
        .expect_error(403, "ERR_PERMISSION_DENIED");
}

/// A repeat is answered to those only who may still write there.
#[tokio::test]
async fn a_repeat_is_answered_to_who_may_still_write() {
    let api = stage(writing_to_friends()).await;
    let ash = api.on_behalf_of("ash");
    let mut body = text_to_user("birch", "once");
    body["muid"] = json!("m");
    let sent = ash.post("/messages", body.clone()).await.expect_data();
    assert_eq!(ash.post("/messages", body.clone()).await.expect_data()["id"], sent["id"]);
    ash.delete("/users/ash/friends", json!({ "friends": ["birch"] })).await.expect_ok();
    ash.post("/messages", body).await.expect_error(403, "ERR_PERMISSION_DENIED");
}

#[tokio::test]
async fn a_role_limits_as_it_is_and_as_the_default_one_when_it_is_gone() {
    let api = stage(json!({})).await;
    let ash = api.on_behalf_of("ash");
    let send = async || ash.post("/messages", text_to_user("cedar", "hi")).await.status;
    let app = api.app();
    assert_eq!(send().await, 200);
    app.put("/roles/picker", json!({ "settings": writing_to_friends() })).await.expect_ok();
    assert_eq!(send().await, 403);
    app.put("/roles/picker", json!({ "unset": ["settings"] })).await.expect_ok();
    assert_eq!(send().await, 200);
    app.put("/roles/default", json!({ "settings": writing_to_friends() })).await.expect_ok();
    assert_eq!(send().await, 200, "theirs is another");
    app.delete("/roles/picker", json!({})).await.expect_ok();
    assert_eq!(send().await, 403);
    app.put("/roles/default", json!({ "settings": { "sendMessagesTo": "all" } })).await.expect_ok();
    assert_eq!(send().await, 200);
}

#[rstest]
#[case::all("perPage=100", &["birch"])]
#[case::a_search("searchKey=c", &[])]
#[case::named("uids=birch,cedar", &["birch"])]
#[tokio::test]
async fn who_sees_friends_only_lists_these(#[case] query: &str, #[case] expected: &[&str]) {
    let api = stage(json!({ "listUsers": "friendsOnly" })).await;
    let (ash, cedar) = (api.on_behalf_of("ash"), api.on_behalf_of("cedar"));
    assert_eq!(listed(&ash, query).await, expected);
    // They write to anybody, and who has another role sees everybody.
    ash.send_text(&cedar, "hi").await;
    assert!(listed(&cedar, "perPage=100").await.contains(&"ash".to_owned()));
    assert!(listed(&api.app(), "perPage=100").await.contains(&"cedar".to_owned()));
}

#[tokio::test]
async fn settings_change_one_by_one() {
    let api = stage(json!({ "listUsers": "friendsOnly" })).await;
    let settings = async |change: Value| api.app().put("/roles/picker", change).await.expect_data()["settings"].take();
    let both = json!({ "listUsers": "friendsOnly", "sendMessagesTo": "friendsOnly" });
    assert_eq!(settings(json!({ "settings": writing_to_friends() })).await, both);
    let one = json!({ "listUsers": "all", "sendMessagesTo": "friendsOnly" });
    assert_eq!(settings(json!({ "settings": { "listUsers": "all" } })).await, one);
    assert_eq!(
        settings(json!({ "unset": ["settings"] })).await,
        json!({ "listUsers": "all", "sendMessagesTo": "all" })
    );
}

/// Where nothing may be limited, a role cannot say so: the refusal names the switch.
#[rstest]
#[case("listUsers")]
#[case("sendMessagesTo")]
#[tokio::test]
async fn where_it_is_switched_off_no_role_limits(#[case] setting: &str) {
    let api = Api::start().await;
    let settings = json!({ setting: "friendsOnly" });
    let body = json!({ "role": "picker", "name": "P", "settings": settings });
    for role in ["picker", "default"] {
        let refused = match role {
            "picker" => api.app().post("/roles", body.clone()).await.expect_invalid("settings"),
            role => api
                .app()
                .put(format!("/roles/{role}"), json!({ "settings": settings }))
                .await
                .expect_invalid("settings"),
        };
        assert!(refused[0].contains("FRIENDS_ONLY"), "{refused:?}");
    }
    api.app()
        .post("/roles", json!({ "role": "picker", "name": "P", "settings": { setting: "all" } }))
        .await
        .expect_ok();
}

/// A send costs the same where no role limits anybody, and where one does a unit more, for whoever sends.
#[rstest]
#[case::none(json!({}), 0.0)]
#[case::of_lists(json!({ "listUsers": "friendsOnly" }), 0.0)]
#[case::of_sends(writing_to_friends(), 1.0)]
#[tokio::test]
async fn a_send_reads_a_unit_more_where_a_role_limits_any(#[case] settings: Value, #[case] more: f64) {
    let api = stage(settings).await;
    let (birch, cedar) = (api.on_behalf_of("birch"), api.on_behalf_of("cedar"));
    birch.send_text(&cedar, "first").await;
    let mut costs = Vec::new();
    // Roles are remembered for some seconds, which may be over at one of these.
    for text in ["second", "third", "fourth"] {
        birch.send_text(&cedar, text).await;
        let line = api.last_line();
        costs.push((line.calls, line.read_units, line.write_units));
    }
    assert!(costs.contains(&(2, 5.0 + more, 6.0)), "{costs:?}");
}

#[tokio::test]
async fn what_is_not_kept_reaches_friends_only_too() {
    let api = stage(writing_to_friends()).await;
    // What was written before is told to nobody who listens from now on.
    api.all_told().await;
    let mut ash = api.live("ash", "WEB-ash").await;
    let (mut birch, mut cedar) = (api.live("birch", "WEB-birch").await, api.live("cedar", "WEB-cedar").await);
    for to in ["cedar", "birch"] {
        let body = json!({ "action": "started" });
        ash.says(json!({ "type": "typing_indicator", "receiver": to, "receiverType": "user", "body": body })).await;
    }
    assert_eq!(birch.hears().await["type"], "typing_indicator");
    cedar.hears_nothing(&api).await;
}
