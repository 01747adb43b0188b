//! How deep JSON nests: one limit wherever it comes in, and what is stored deeper is read all the same.

use rstest::rstest;
use serde_json::json;
use tests::{Actor, Api};

const LIMIT: usize = 64;

fn arrays(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

/// A body whose `DEEP`, which stands inside `above` levels, makes it `levels` deep.
fn body(template: &str, above: usize, levels: usize) -> Vec<u8> {
    template.replace("DEEP", &arrays(levels - above)).into_bytes()
}

const MESSAGE: &str = r#"{"receiver":"birch","receiverType":"user","data":{"text":"hi","own":DEEP}}"#;
const METADATA: &str = r#"{"receiver":"birch","receiverType":"user","data":{"text":"hi","metadata":{"a":DEEP}}}"#;
const CUSTOM: &str =
    r#"{"receiver":"birch","receiverType":"user","category":"custom","type":"t","data":{"customData":{"a":DEEP}}}"#;
const FORM: &str = r#"{"receiver":"birch","receiverType":"user","category":"interactive","type":"form",
    "data":{"interactiveData":{"a":DEEP}}}"#;

#[rstest]
#[case::data("POST", "/messages", MESSAGE, 2)]
#[case::metadata("POST", "/messages", METADATA, 3)]
#[case::custom_data("POST", "/messages", CUSTOM, 3)]
#[case::interactive_data("POST", "/messages", FORM, 3)]
#[case::edit("PUT", "/messages/{id}", r#"{"data":{"text":"hi","metadata":{"a":DEEP}}}"#, 3)]
#[case::reply("POST", "/messages/{id}/thread", r#"{"data":{"text":"hi","metadata":{"a":DEEP}}}"#, 3)]
#[case::profile("PUT", "/users/birch", r#"{"metadata":{"a":DEEP}}"#, 2)]
#[case::user("POST", "/users", r#"{"uid":"elm","name":"elm","metadata":{"@private":DEEP}}"#, 2)]
#[case::group("POST", "/groups", r#"{"guid":"barn","name":"b","type":"public","metadata":{"a":DEEP}}"#, 2)]
#[case::changed_group("PUT", "/groups/orchard", r#"{"metadata":{"a":DEEP}}"#, 2)]
#[case::unknown_field("PUT", "/users/birch", r#"{"name":"b","other":DEEP}"#, 1)]
#[tokio::test]
async fn every_way_in_has_the_same_limit(
    #[case] method: &str,
    #[case] path: &str,
    #[case] template: &str,
    #[case] above: usize,
) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash]).await;
    let id = ash.send_text(&birch, "first").await["id"].to_string();
    let path = path.replace("{id}", &id);
    let is_of_app = path.starts_with("/users") || path.starts_with("/groups");
    let actor = if is_of_app { api.app() } else { ash };
    for levels in [LIMIT + 1, 127, 128, 2_000] {
        let refused = actor.send(method, &path, body(template, above, levels)).await.expect_invalid("body");
        assert_eq!(refused, ["The body field must not nest deeper than 64 levels."], "{levels}");
    }
    actor.send(method, &path, body(template, above, LIMIT)).await.expect_ok();
}

#[tokio::test]
async fn json_in_a_string_of_a_body_has_the_limit_too() {
    let api = Api::start().await;
    api.user("ash").await;
    let device = |levels: usize| json!({ "appInfo": format!(r#"{{"a":{}}}"#, arrays(levels - 1)) });
    for levels in [LIMIT + 1, 127, 2_000] {
        api.app().post("/users/ash/auth_tokens", device(levels)).await.expect_invalid("appInfo");
    }
    api.app().post("/users/ash/auth_tokens", device(LIMIT)).await.expect_ok();
}

async fn send_form(actor: &Actor<'_>, fields: &[(&str, &str)]) -> tests::Answer {
    const BOUNDARY: &str = "halley";
    let to = [("receiver", "birch"), ("receiverType", "user")];
    let part = |(name, text): &(&str, &str)| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let form: String = to.iter().chain(fields).map(part).collect();
    let actor = actor.clone().with("content-type", &format!("multipart/form-data; boundary={BOUNDARY}"));
    actor.send("POST", "/messages", format!("{form}--{BOUNDARY}--\r\n").into_bytes()).await
}

#[rstest]
#[case::data("data", r#"{"text":"hi","own":DEEP}"#, 2)]
#[case::metadata("data[metadata]", r#"{"a":DEEP}"#, 3)]
#[case::assembled("data[metadata][a][b][c][d]", "DEEP", 6)]
#[case::own_field("data[own]", "DEEP", 2)]
#[tokio::test]
async fn a_form_has_the_limit_as_assembled(#[case] name: &str, #[case] template: &str, #[case] above: usize) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    for levels in [LIMIT + 1, 127, 140, 2_000] {
        let text = String::from_utf8(body(template, above, levels)).unwrap();
        send_form(&ash, &[("data[text]", "hi"), (name, &text)]).await.expect_invalid("body");
    }
    let text = String::from_utf8(body(template, above, LIMIT)).unwrap();
    let fields = [(name, text.as_str()), ("data[text]", "[[[")];
    assert_eq!(send_form(&ash, &fields).await.expect_data()["data"]["text"], "[[[");
}

#[tokio::test]
async fn the_brackets_of_a_forms_fields_have_the_limit() {
    const ABOVE: usize = 3;
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let named = |levels: usize| format!("data[metadata]{}", "[a]".repeat(levels + 1 - ABOVE));
    for levels in [LIMIT + 1, LIMIT + ABOVE, 5_000] {
        send_form(&ash, &[("data[text]", "hi"), (&named(levels), "1")]).await.expect_invalid("body");
    }
    for levels in [17, LIMIT] {
        let sent = send_form(&ash, &[("data[text]", "hi"), (&named(levels), "1")]).await.expect_data();
        let (mut inner, mut n_levels) = (&sent["data"]["metadata"], ABOVE - 1);
        while let Some(fields) = inner.as_object() {
            (inner, n_levels) = (&fields["a"], n_levels + 1);
        }
        assert_eq!((inner, n_levels), (&json!("1"), levels));
    }
}

/// Nests every JSON text of these rows as no route lets anybody do any more.
async fn deepen(api: &Api, levels: usize) {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    for item in api.table().await {
        let (pk, sk) = (item["pk"]["S"].as_str().unwrap(), item["sk"]["S"].as_str().unwrap());
        match (pk, sk) {
            ("USER#birch", "USER") | ("GROUP#orchard", "GROUP") => api.overwrite(&item, "metadata", &deep).await,
            _ if pk.starts_with("CONV#") && sk.starts_with("MSG#") && item["category"].is_null() => {
                let data = format!(r#"{{"text":"hi","metadata":{deep}}}"#);
                api.overwrite(&item, "data", &data).await;
                let user = r#""uid":"birch","name":"birch","role":"default","status":"offline","createdAt":1"#;
                let mentions = format!(r#"{{"birch":{{{user},"metadata":{deep}}}}}"#);
                api.overwrite(&item, "mentions", &mentions).await;
            }
            _ => {}
        }
    }
}

#[rstest]
#[case::where_serde_gave_up(125)]
#[case::ten_thousand(10_000)]
#[tokio::test]
async fn what_is_stored_deep_is_listed_read_changed_and_deleted(#[case] levels: usize) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let sent = ash.send_text(&birch, "hi <@uid:birch>").await;
    ash.send_text_to_group("orchard", "hi").await;
    let parent = format!("/messages/{}", sent["id"]);
    birch.post(format!("{parent}/thread"), json!({ "data": { "text": "reply" } })).await.expect_ok();
    deepen(&api, levels).await;

    let lists =
        ["/messages", "/users/birch/messages", "/groups/orchard/messages", "/conversations", "/users", "/groups"];
    let others = ["/threads", "/groups/orchard/members", "/users/birch", "/groups/orchard", &parent];
    for path in lists.iter().chain(&others) {
        ash.get(path).await.expect_ok();
        api.app().get(path).await.expect_ok();
    }
    ash.get(format!("{parent}/thread")).await.expect_ok();
    // What follows copies the profiles, quotes the message and tells of it.
    let quote = json!({ "receiver": "birch", "receiverType": "user", "quotedMessageId": sent["id"],
        "data": { "text": "<@uid:birch>" } });
    ash.post("/messages", quote).await.expect_ok();
    birch.post(format!("{parent}/reactions/🌳"), json!({})).await.expect_ok();
    ash.get(format!("{parent}/reactions")).await.expect_ok();
    ash.put(&parent, json!({ "data": { "metadata": null, "text": "edited" } })).await.expect_ok();
    ash.get("/users/birch/messages").await.expect_ok();
    api.app().put("/users/birch", json!({ "name": "b" })).await.expect_ok();
    ash.delete(&parent, json!({})).await.expect_ok();
    api.app().delete("/groups/orchard", json!({})).await.expect_ok();
    api.app().delete("/users/birch", json!({ "permanent": true })).await.expect_ok();
}

#[tokio::test]
async fn what_lies_too_deep_is_shown_as_its_json() {
    let api = Api::start().await;
    api.user("birch").await;
    deepen(&api, 10_000).await;
    let user = api.app().get("/users/birch").await.expect_data();
    let mut inner = &user["metadata"];
    while let Some(fields) = inner.as_object() {
        inner = &fields["a"];
    }
    let text = inner.as_str().unwrap();
    assert_eq!(text.matches(r#"{"a":"#).count(), 10_000 - 80);
}
