//! `openapi.yaml` and the code say the same. That real answers keep to it, the tests' support checks on each of them.

use std::collections::{BTreeMap, BTreeSet};

use model::problem::Code;
use serde_json::{Value, json};
use shared::http::status::status;
use shared::routes::Endpoint;
use tests::contract::{METHODS, OPENAPI, child, problems, resolved};
use tests::{Actor, Api, segment, text_to_user};

/// An operation of the document: its method, path and pointer, and what stands there.
struct Operation {
    method: String,
    path: &'static str,
    pointer: String,
    value: &'static Value,
}

impl Operation {
    /// The parameters of operation and path.
    fn parameters(&self) -> Vec<(String, &'static Value)> {
        let path = &OPENAPI["paths"][self.path]["parameters"];
        let parameters = [path, &self.value["parameters"]].into_iter().filter_map(Value::as_array).flatten();
        parameters.map(|parameter| resolved(String::new(), parameter)).collect()
    }

    /// The answers by their status.
    fn responses(&self) -> Vec<(u16, &'static Value)> {
        responses(&self.pointer, self.value)
    }
}

fn responses(pointer: &str, value: &'static Value) -> Vec<(u16, &'static Value)> {
    let (pointer, responses) = child(pointer, value, "responses").unwrap();
    let statuses = responses.as_object().unwrap().keys();
    statuses.map(|status| (status.parse().unwrap(), child(&pointer, responses, status).unwrap().1)).collect()
}

fn operations() -> Vec<Operation> {
    let paths = OPENAPI["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| {
                let pointer = format!("/paths/{}/{method}", path.replace('/', "~1"));
                Some(Operation { method: method.to_uppercase(), path, pointer, value: item.get(method)? })
            })
        })
        .collect()
}

/// Every object of the document with its pointer; what examples hold is left out.
fn objects() -> Vec<(String, &'static Value)> {
    fn collect(pointer: String, value: &'static Value, found: &mut Vec<(String, &'static Value)>) {
        if value.is_object() {
            found.push((pointer.clone(), value));
        }
        let below: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
            _ => Vec::new(),
        };
        for (key, value) in below.into_iter().filter(|(key, _)| key != "example" && key != "value") {
            collect(format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), value, found);
        }
    }
    let mut found = Vec::new();
    collect(String::new(), &OPENAPI, &mut found);
    found
}

/// The codes that a schema allows for an error.
fn codes(schema: &Value) -> Vec<String> {
    let codes = schema.pointer("/properties/error/properties/code/enum").and_then(Value::as_array);
    codes.into_iter().flatten().map(|code| code.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_document_has_exactly_the_routes_of_the_table() {
    let documented: BTreeSet<(String, String, String)> = operations()
        .iter()
        .map(|operation| {
            let function = operation.value.get("x-function").unwrap_or(&operation.value["operationId"]);
            let path = operation.path.replace("{reaction}", "{reaction+}");
            // Paths with servers of their own stand beside the versions.
            let version = if OPENAPI["paths"][operation.path]["servers"].is_null() { "/{version}" } else { "" };
            (operation.method.clone(), format!("{version}{path}"), function.as_str().unwrap().to_owned())
        })
        .collect();
    let routes = Endpoint::ALL.iter().flat_map(|endpoint| {
        endpoint
            .routes()
            .iter()
            .map(|(method, path)| ((*method).to_owned(), (*path).to_owned(), endpoint.function().to_owned()))
    });
    assert_eq!(documented, routes.collect());
}

#[test]
fn every_operation_is_named_once_and_tagged() {
    let tags: Vec<&Value> = OPENAPI["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut names = BTreeSet::new();
    for operation in operations() {
        let name = operation.value["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} stands twice");
        assert!(operation.value["summary"].is_string(), "{name} has no summary");
        let tagged = operation.value["tags"].as_array().unwrap();
        assert!(tagged.len() == 1 && tags.contains(&&tagged[0]), "{name} has no tag of the list");
    }
}

#[test]
fn every_placeholder_of_a_path_is_a_parameter() {
    for operation in operations() {
        let placeholders: BTreeSet<&str> =
            operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        let parameters = operation.parameters();
        let parameters =
            parameters.iter().map(|(_, parameter)| parameter).filter(|parameter| parameter["in"] == "path");
        assert_eq!(placeholders, parameters.map(|parameter| parameter["name"].as_str().unwrap()).collect());
    }
}

#[test]
fn errors_have_the_codes_and_statuses_of_the_code_table() {
    let table: BTreeSet<(String, u16)> =
        Code::ALL.iter().map(|code| (code.as_str().to_owned(), status(*code))).collect();
    let names: BTreeSet<&str> = table.iter().map(|(code, _)| code.as_str()).collect();

    let mut of_answers = BTreeSet::new();
    let unrouted = responses("/x-unrouted", &OPENAPI["x-unrouted"]);
    for (status, response) in operations().iter().flat_map(Operation::responses).chain(unrouted) {
        let codes = codes(&response["content"]["application/json"]["schema"]);
        assert_eq!(codes.is_empty(), status == 200, "{status}: {response}");
        of_answers.extend(codes.into_iter().map(|code| (code, status)));
    }
    let undefined: Vec<_> = of_answers.difference(&table).collect();
    assert!(undefined.is_empty(), "no such code with this status: {undefined:?}");

    // Answers that succeed in part hold errors without a status.
    let schemas = OPENAPI["components"]["schemas"].as_object().unwrap().values();
    let of_slots: BTreeSet<String> = schemas.flat_map(codes).collect();
    assert!(of_slots.iter().all(|code| names.contains(code.as_str())), "{of_slots:?}");

    let undocumented: Vec<_> = table.difference(&of_answers).filter(|(code, _)| !of_slots.contains(code)).collect();
    assert!(undocumented.is_empty(), "documented nowhere: {undocumented:?}");

    let described = OPENAPI["components"]["schemas"]["ErrorCode"]["oneOf"].as_array().unwrap();
    assert_eq!(described.iter().map(|code| code["const"].as_str().unwrap()).collect::<BTreeSet<_>>(), names);
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_used() {
    let used: BTreeSet<String> =
        objects().iter().filter_map(|(_, object)| object.get("$ref")?.as_str().map(str::to_owned)).collect();
    for reference in &used {
        assert!(OPENAPI.pointer(reference.strip_prefix('#').unwrap()).is_some(), "nothing stands at {reference}");
    }
    let components = OPENAPI["components"].as_object().unwrap().iter().filter(|(kind, _)| *kind != "securitySchemes");
    for (kind, components) in components {
        for name in components.as_object().unwrap().keys() {
            assert!(used.contains(&format!("#/components/{kind}/{name}")), "nothing refers to {kind}/{name}");
        }
    }
}

#[test]
fn every_example_validates() {
    let mut n_examples = 0;
    let mut wrong = BTreeMap::new();
    for (pointer, object) in objects().into_iter().filter(|(_, object)| object.get("schema").is_some()) {
        let named = object.get("examples").and_then(Value::as_object).into_iter().flatten();
        let named = named.map(|(name, example)| (name.as_str(), &resolved(String::new(), example).1["value"]));
        for (name, example) in object.get("example").map(|example| ("example", example)).into_iter().chain(named) {
            n_examples += 1;
            let problems = problems(&format!("{pointer}/schema"), example);
            if !problems.is_empty() {
                wrong.insert(format!("{pointer} {name}"), problems);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(40 < n_examples, "only {n_examples} examples were found");
}

#[test]
fn bodies_and_successes_have_an_example() {
    for operation in operations() {
        let body = child(&operation.pointer, operation.value, "requestBody").map(|(_, body)| body);
        let success = operation.responses().into_iter().find(|(status, _)| *status == 200).unwrap().1;
        for part in [body, Some(success)].into_iter().flatten() {
            let examples = &part["content"]["application/json"]["examples"];
            assert!(examples.as_object().is_some_and(|examples| !examples.is_empty()), "{}", operation.pointer);
        }
    }
}

/// Schemas that let everything pass would make every other check idle.
#[test]
fn what_the_document_does_not_name_is_no_answer() {
    let message = OPENAPI.pointer("/components/examples/Message/value/data").unwrap();
    let action =
        OPENAPI.pointer("/components/responses/Edited/content/application~1json/examples/edited/value/data").unwrap();
    let reactions =
        OPENAPI.pointer("/components/responses/Reactions/content/application~1json/examples/page/value").unwrap();
    let error = OPENAPI.pointer("/components/responses/Invalid/content/application~1json/example").unwrap();
    let meta = OPENAPI.pointer("/components/examples/Messages/value/meta").unwrap();
    let group = json!({
        "guid": "g", "name": "g", "type": "public", "owner": "ash", "membersCount": 0, "createdAt": 0,
        "conversationId": "group_g",
    });
    let instances = [
        ("Message", message),
        ("Message", action),
        ("User", &message["data"]["entities"]["sender"]["entity"]),
        ("MentionedUser", &message["data"]["mentions"]["ash"]),
        ("Group", &group),
        ("Meta", meta),
        ("IdMeta", &reactions["meta"]),
        ("ReactionItem", &reactions["data"][0]),
        ("Error", error),
        ("ErrorBody", &error["error"]),
    ];
    for (schema, instance) in instances {
        let schema = format!("/components/schemas/{schema}");
        assert_eq!(problems(&schema, instance), [""; 0], "{schema}");
        let mut with_more = instance.clone();
        with_more["password"] = json!("leaked");
        assert_ne!(problems(&schema, &with_more), [""; 0], "{schema} takes anything");
    }
    let mut text_id = message.clone();
    text_id["id"] = json!("229104844800017");
    assert_ne!(problems("/components/schemas/Message", &text_id), [""; 0], "ids are integers");
}

#[tokio::test]
async fn the_local_service_serves_the_document_and_a_page_of_it() {
    let api = Api::start().await;
    let get = |path: &str| reqwest::get(format!("{}{path}", api.origin()));
    let content_type = |response: &reqwest::Response| response.headers()["content-type"].to_str().unwrap().to_owned();

    let document = get("/openapi.json").await.unwrap();
    assert_eq!((document.status().as_u16(), content_type(&document)), (200, "application/json".to_owned()));
    let document: Value = serde_json::from_str(&document.text().await.unwrap()).unwrap();
    assert_eq!(document, *OPENAPI);

    let page = get("/docs").await.unwrap();
    assert_eq!((page.status().as_u16(), content_type(&page)), (200, "text/html; charset=utf-8".to_owned()));
    // Nothing in it can load anything from outside.
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("http"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(page.contains("list-user-messages") && !page.contains("\"OPENAPI_JSON\""));
}

#[tokio::test]
async fn only_get_reaches_the_description() {
    let api = Api::start().await;
    for path in ["/docs", "/openapi.json"] {
        let answer = reqwest::Client::new().post(format!("{}{path}", api.origin())).send().await.unwrap();
        assert_eq!(answer.status(), 404);
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(answer["error"]["code"], "ERR_API_NOT_FOUND", "{path}");
    }
}

/// A parameter that the code did not read could not be refused.
#[tokio::test]
async fn every_documented_parameter_is_read() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let id = ash.send_text(&birch, "hello").await["id"].to_string();
    let hook = json!({ "id": "audit", "name": "A", "webhookURL": "https://hooks.example" });
    api.app().post("/webhooks", hook).await.expect_ok();
    let mut n_parameters = 0;
    for operation in operations().iter().filter(|operation| operation.method == "GET") {
        let path = operation.path.replace("{id}", &id).replace("{uid}", "birch").replace("{guid}", "orchard");
        let path = path.replace("{reaction}", &segment("🌳")).replace("{webhookId}", "audit");
        let path = path.replace("{role}", "default");
        for (_, parameter) in operation.parameters() {
            let schema = resolved(String::new(), &parameter["schema"]).1;
            if parameter["in"] != "query" || schema["type"] == "string" {
                continue;
            }
            let takes_anything = schema["type"] == "array" && schema["items"]["type"] == "string";
            if takes_anything && schema["items"].get("$ref").is_none() {
                continue;
            }
            let name = parameter["name"].as_str().unwrap();
            let sentences = ash.get(format!("{path}?fromTimestamp=1&{}=%3F", segment(name))).await.expect_invalid(name);
            assert_eq!(sentences.len(), 1, "{path} {name}");
            n_parameters += 1;
        }
    }
    assert!(100 < n_parameters, "only {n_parameters} parameters were found");
}

/// What a request must be answered with: method, path, body and status.
type Request<'a> = (&'a str, String, Value, u16);

/// Sends each of the requests; the tests' support holds their answers to the document.
async fn all(actor: &Actor<'_>, requests: impl IntoIterator<Item = Request<'_>>) -> Vec<Value> {
    let mut answers = Vec::new();
    for (method, path, body, status) in requests {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = actor.send(method, &path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        answers.push(answer.body);
    }
    answers
}

/// A story with every kind of message, entity, page and slot, so that each part of the document meets a real answer.
#[tokio::test]
async fn answers_of_every_shape_are_as_documented() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let elm = json!({
        "uid": "Elm", "name": "Elm", "avatar": "https://files.example/elm.png", "link": "http://elm.example",
        "statusMessage": "Up a ladder", "metadata": { "@private": { "pin": 1 }, "shift": "early" }, "tags": ["pickers"],
        "withAuthToken": true,
    });
    let orchard = json!({
        "guid": "orchard", "name": "Orchard", "icon": "https://files.example/o.png", "description": "All trees",
        "metadata": { "rows": 12 }, "tags": ["trees"],
        "members": { "moderators": ["birch"], "participants": ["nobody"], "usersToBan": ["elm"] },
    });
    let password = json!({ "guid": "cellar", "name": "Cellar", "type": "password", "password": "nine-barrels" });
    all(&api.app(), [("POST", "/users".to_owned(), elm, 200)]).await;
    all(&ash, [("POST", "/groups".to_owned(), orchard, 200), ("POST", "/groups".to_owned(), password, 200)]).await;

    let message = |to: Value, more: Value| {
        let mut body = more;
        body["receiver"] = to;
        body["receiverType"] = json!(if body["receiver"] == "orchard" { "group" } else { "user" });
        ("POST", "/messages".to_owned(), body, 200)
    };
    let sign = json!([{ "url": "https://files.example/sign.png", "name": "sign.png", "size": "unknown" }]);
    let sent = all(
        &ash,
        [
            message(json!("birch"), json!({ "data": { "text": "<@uid:elm> and <@uid:nobody>" }, "tags": ["gate"] })),
            message(json!("orchard"), json!({ "type": "image", "data": { "attachments": sign, "text": null } })),
            message(json!("orchard"), json!({ "category": "custom", "type": "pin", "data": { "customData": {} } })),
            message(json!("ash"), json!({ "muid": "m", "data": { "text": "note", "attachments": 7, "action": [1] } })),
            message(json!("ash"), json!({ "muid": "m", "data": { "text": "note", "attachments": 7, "action": [1] } })),
        ],
    )
    .await;
    let ids: Vec<String> = sent.iter().map(|sent| sent["data"]["id"].to_string()).collect();
    assert_eq!(ids[3], ids[4]);
    let quoting = message(json!("birch"), json!({ "quotedMessageId": ids[0], "data": { "text": "as I said" } }));
    let several = json!({
        "multipleReceivers": { "uids": ["birch", "nobody"], "guids": ["orchard", "cellar", "nowhere"] },
        "data": { "text": "Closing early" },
    });
    let fire = segment("🔥");
    let doomed = sent[1]["data"]["id"].to_string();
    all(
        &ash,
        [
            quoting,
            ("POST", "/messages".to_owned(), several, 200),
            ("POST", format!("/messages/{}/thread", ids[0]), json!({ "data": { "text": "reply" } }), 200),
            ("POST", format!("/messages/{}/reactions/{fire}", ids[0]), Value::Null, 200),
            ("POST", format!("/messages/{}/reactions", ids[0]), json!({ "reaction": "a/b" }), 200),
            ("DELETE", format!("/messages/{}/reactions/a/b", ids[0]), Value::Null, 200),
            ("GET", format!("/messages/{}/reactions", ids[0]), Value::Null, 200),
            ("GET", format!("/messages/{}/reactions/{fire}?affix=prepend", ids[0]), Value::Null, 200),
            ("GET", format!("/messages/{}/reactions/none", ids[0]), Value::Null, 200),
            ("PUT", format!("/messages/{}", ids[0]), json!({ "data": { "text": "edited" }, "tags": [] }), 200),
            ("DELETE", format!("/messages/{}", ids[2]), Value::Null, 200),
            ("DELETE", format!("/messages/{doomed}"), json!({ "permanent": true }), 200),
            ("GET", format!("/messages/{}", ids[2]), Value::Null, 200),
            ("GET", format!("/messages/{doomed}"), Value::Null, 404),
            ("GET", format!("/messages/{}/thread?withTags=1", ids[0]), Value::Null, 200),
            ("GET", "/users/elm".to_owned(), Value::Null, 200),
            ("POST", "/groups/orchard/members".to_owned(), json!({ "admins": ["birch"], "usersToBan": ["elm"] }), 200),
            ("POST", "/groups/orchard/members".to_owned(), Value::Null, 417),
        ],
    )
    .await;

    let everything = "limit=100&withTags=true&mentionsWithTagInfo=1&mentionsWithBlockedInfo=1";
    let counted = "unread=1&count=1";
    for query in [everything, counted, "limit=1", "affix=append&limit=1", "searchKey=nothing+like+this", "unread=1"] {
        let lists = ["/messages", "/users/ash/messages", "/groups/orchard/messages"];
        all(&birch, lists.map(|list| ("GET", format!("{list}?{query}"), Value::Null, 200))).await;
    }
    let lists = ["/messages", "/users/ash/messages", "/groups/orchard/messages"];
    all(&api.app(), lists.map(|list| ("GET", format!("{list}?{everything}"), Value::Null, 200))).await;

    all(
        &birch,
        [
            ("POST", "/groups/cellar/members".to_owned(), Value::Null, 400),
            ("POST", "/groups/cellar/members".to_owned(), json!({ "password": "wrong" }), 403),
            ("POST", "/groups/cellar/members".to_owned(), json!({ "password": "nine-barrels" }), 200),
            ("GET", "/groups/nowhere/messages".to_owned(), Value::Null, 404),
            ("GET", "/messages?conversationId=ash_user_elm".to_owned(), Value::Null, 403),
            ("GET", "/messages?limit=0".to_owned(), Value::Null, 400),
            ("PATCH", "/users".to_owned(), Value::Null, 404),
            ("GET", "/v9/messages".to_owned(), Value::Null, 404),
            ("GET", "/messages/%zz".to_owned(), Value::Null, 400),
        ],
    )
    .await;
    all(
        &api.app(),
        [
            ("POST", "/bots/nobody/messages".to_owned(), json!({}), 400),
            ("POST", "/bots/nobody/messages".to_owned(), text_to_user("ash", "hi"), 404),
            ("POST", format!("/messages/{}/thread", ids[0]), json!({ "data": { "text": "x" } }), 400),
            ("POST", "/users".to_owned(), json!({ "uid": "ash", "name": "Ash" }), 409),
            ("POST", "/groups".to_owned(), json!({ "guid": "orchard", "name": "Orchard" }), 409),
            ("GET", "/messages?unread=1".to_owned(), Value::Null, 400),
        ],
    )
    .await;
    all(&api.nobody(), [("GET", "/messages".to_owned(), Value::Null, 401)]).await;
    all(
        &api.app(),
        [
            (
                "POST",
                "/roles".to_owned(),
                json!({ "role": "picker", "name": "P", "description": "d", "metadata": { "a": 1 } }),
                200,
            ),
            (
                "PUT",
                "/roles/picker".to_owned(),
                json!({ "settings": { "listUsers": "all" }, "unset": ["metadata"] }),
                200,
            ),
            ("GET", "/roles".to_owned(), Value::Null, 200),
            ("POST", "/users/ash/friends".to_owned(), json!({ "accepted": ["birch", "ash", "nobody"] }), 200),
            ("GET", "/users/ash/friends".to_owned(), Value::Null, 200),
            ("DELETE", "/users/ash/friends".to_owned(), json!({ "friends": ["birch", "nobody"] }), 200),
            ("DELETE", "/roles/picker".to_owned(), Value::Null, 200),
        ],
    )
    .await;
    let large = json!({ "data": { "text": "x".repeat(7 << 20) } });
    all(&ash, [("POST", "/messages".to_owned(), large, 413)]).await;
    all(&ash, [("GET", format!("/messages?searchKey={}", "x".repeat(11_000)), Value::Null, 431)]).await;
}
