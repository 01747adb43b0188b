//! Blocked users (contract/related.md, "Blocked users").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, text_to_user};

#[tokio::test]
async fn who_is_blocked_is_neither_written_to_nor_writes() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let body = json!({ "blockedUids": ["Birch", "ash", "nobody"] });
    for _ in 0..2 {
        let slots = api.app().post("/users/ash/blockedusers", body.clone()).await.expect_data();
        assert_eq!(slots["birch"]["success"], true);
        assert!(slots["birch"]["message"].is_string());
        assert_eq!(slots["ash"]["error"]["code"], "ERR_CANNOT_BLOCK_SELF");
        assert_eq!(
            (&slots["nobody"]["success"], &slots["nobody"]["error"]["code"]),
            (&json!(false), &json!("ERR_UID_NOT_FOUND"))
        );
    }
    ash.post("/messages", text_to_user("birch", "?")).await.expect_error(403, "ERR_BLOCKED_RECEIVER");
    birch.post("/messages", text_to_user("ash", "?")).await.expect_error(403, "ERR_BLOCKED_SENDER");

    let body = json!({ "blockedUids": ["birch", "nobody"] });
    for _ in 0..2 {
        let slots = api.app().delete("/users/ash/blockedusers", body.clone()).await.expect_data();
        assert_eq!((&slots["birch"]["success"], &slots["nobody"]["success"]), (&json!(true), &json!(false)));
    }
    birch.send_text(&ash, "!").await;
}

#[tokio::test]
async fn a_block_shows_on_both_sides() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.app().post("/users/ash/blockedusers", json!({ "blockedUids": ["birch"] })).await.expect_ok();

    for path in ["/users/birch", "/users?searchKey=birch"] {
        let seen = ash.get(path).await.expect_data();
        let seen = if seen.is_array() { &seen[0] } else { &seen };
        assert_eq!((&seen["blockedByMe"], seen.get("hasBlockedMe")), (&json!(true), None), "{path}");
        assert!(seen["blockedByMeAt"].is_u64() && seen["blockedAt"].is_u64());
        assert_eq!(seen["conversationId"], "ash_user_birch");
    }
    let seen = birch.get("/users/ash").await.expect_data();
    assert_eq!((&seen["hasBlockedMe"], seen.get("blockedByMe")), (&json!(true), None));
    assert_eq!(seen.get("blockedByMeAt"), None);
    let seen = api.app().get("/users/birch").await.expect_data();
    assert_eq!((seen.get("blockedByMe"), seen.get("blockedAt")), (None, None));
}

#[tokio::test]
async fn the_blocked_are_listed_by_page() {
    let api = Api::start().await;
    for uid in ["ash", "birch", "cedar", "elm"] {
        api.user(uid).await;
    }
    let body = json!({ "blockedUids": ["elm", "birch", "cedar"] });
    api.app().post("/users/ash/blockedusers", body).await.expect_ok();
    api.app().delete("/users/elm", json!({})).await.expect_ok();

    let listed = api.app().get("/users/ash/blockedusers?perPage=2").await.expect_ok();
    let uids: Vec<&Value> = listed["data"].as_array().unwrap().iter().map(|user| &user["uid"]).collect();
    assert_eq!(uids, ["birch", "cedar"]);
    let birch = &listed["data"][0];
    assert_eq!((&birch["blockedByMe"], &birch["conversationId"]), (&json!(true), &json!("ash_user_birch")));
    assert!(birch["blockedByMeAt"].is_u64() && birch["blockedAt"].is_u64());
    let pagination = &listed["meta"]["pagination"];
    assert_eq!((&pagination["total"], &pagination["total_pages"]), (&json!(3), &json!(2)));
    let last = api.app().get("/users/ash/blockedusers?perPage=2&page=2").await.expect_data();
    assert_eq!(last, json!([]), "a deactivated user is not shown");
    api.app().get("/users/ash/blockedusers?page=0").await.expect_invalid("page");
}

#[rstest]
#[case(json!({}))]
#[case(json!({ "blockedUids": "birch" }))]
#[case(json!({ "blockedUids": ["no uid"] }))]
#[tokio::test]
async fn the_blocked_are_named_by_an_array(#[case] body: Value) {
    let api = Api::start().await;
    api.user("ash").await;
    api.app().post("/users/ash/blockedusers", body.clone()).await.expect_invalid("blockedUids");
    api.app().delete("/users/ash/blockedusers", body).await.expect_invalid("blockedUids");
}

#[rstest]
#[case("POST")]
#[case("DELETE")]
#[case("GET")]
#[tokio::test]
async fn blocks_are_the_affair_of_their_user_and_the_app(#[case] method: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let body = json!({ "blockedUids": ["birch"] }).to_string().into_bytes();
    ash.send(method, "/users/ash/blockedusers", body.clone()).await.expect_ok();
    birch.send(method, "/users/ash/blockedusers", body.clone()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    let key = api.auth_only().await;
    key.send(method, "/users/ash/blockedusers", body.clone()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    api.app().send(method, "/users/nobody/blockedusers", body).await.expect_error(404, "ERR_UID_NOT_FOUND");
}

/// Users of these names, made at once.
async fn crowd(api: &Api, n: usize) -> Vec<String> {
    let uids: Vec<String> = (0..n).map(|n| format!("other-{n}")).collect();
    let create = |uid: String| {
        let app = api.app();
        async move { app.post("/users", json!({ "uid": uid, "name": uid })).await.expect_ok() }
    };
    futures_util::future::join_all(uids.iter().cloned().map(create)).await;
    uids
}

#[tokio::test]
async fn more_are_blocked_at_once_than_one_transaction_takes() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let others = crowd(&api, 100).await;
    let slots = api.app().post("/users/ash/blockedusers", json!({ "blockedUids": others })).await.expect_data();
    assert!(slots.as_object().unwrap().values().all(|slot| slot["success"] == true));
    let listed = api.app().get("/users/ash/blockedusers?perPage=1").await.expect_ok();
    assert_eq!(listed["meta"]["pagination"]["total"], 100);
    let slots = ash.delete("/blockedusers", json!({ "blockedUids": others })).await.expect_data();
    assert!(slots.as_object().unwrap().len() == 100 && slots["other-99"]["success"] == true);
    assert_eq!(api.app().get("/users/ash/blockedusers").await.expect_data(), json!([]));
}

/// Whoever has few blocks has all of them read for a page, and who has more has the users of the page looked up.
#[tokio::test]
async fn a_list_shows_each_block_of_whoever_has_many() {
    const MOST_AT_ONCE: usize = 300;
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let mut others = crowd(&api, MOST_AT_ONCE).await;
    others.sort();
    let (mine, theirs) = others.split_at(MOST_AT_ONCE / 2);
    for some in mine.chunks(100) {
        ash.post("/blockedusers", json!({ "blockedUids": some })).await.expect_ok();
    }
    let seen = |user: &Value| ["uid", "blockedByMe", "hasBlockedMe"].map(|name| user[name].clone());
    let mut expected: Vec<_> = mine.iter().map(|uid| [json!(uid), json!(true), Value::Null]).collect();
    expected.extend(theirs.iter().map(|uid| [json!(uid), Value::Null, json!(true)]));
    for uid in theirs {
        api.on_behalf_of(uid).post("/blockedusers", json!({ "blockedUids": ["ash"] })).await.expect_ok();
    }
    let wrong = async |expected: &[[Value; 3]]| {
        let listed = ash.get("/users?sortBy=name&perPage=1000").await.expect_data();
        let listed: Vec<_> = listed.as_array().unwrap().iter().map(seen).collect();
        expected.iter().filter(|user| !listed.contains(user)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(wrong(&expected).await, Vec::<[Value; 3]>::new());
    let calls = api.last_line().calls;
    // One of both directions is one more.
    ash.post("/blockedusers", json!({ "blockedUids": [theirs[0]] })).await.expect_ok();
    expected[mine.len()][1] = json!(true);
    assert_eq!(wrong(&expected).await, Vec::<[Value; 3]>::new());
    assert!(calls < api.last_line().calls);
}

#[rstest]
#[case("/users/ash/blockedusers")]
#[case("/blockedusers")]
#[tokio::test]
async fn a_body_names_a_hundred_at_the_most(#[case] path: &str) {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let body = json!({ "blockedUids": (0..101).map(|n| format!("other-{n}")).collect::<Vec<_>>() });
    ash.post(path, body.clone()).await.expect_invalid("blockedUids");
    ash.delete(path, body).await.expect_invalid("blockedUids");
}

fn uids(listed: &Value) -> Vec<&str> {
    listed["data"].as_array().unwrap().iter().map(|user| user["uid"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_token_blocks_lists_and_unblocks_without_naming_its_user() {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let body = json!({ "blockedUids": ["birch", "ash", "nobody"] });
    let slots = ash.post("/blockedusers", body.clone()).await.expect_data();
    assert_eq!(slots["birch"], json!({ "success": true, "message": "The user ash has blocked birch." }));
    assert_eq!(slots["ash"]["error"]["code"], "ERR_CANNOT_BLOCK_SELF");
    assert_eq!(slots["nobody"]["error"]["code"], "ERR_UID_NOT_FOUND");
    birch.post("/messages", text_to_user("ash", "?")).await.expect_error(403, "ERR_BLOCKED_SENDER");

    let listed = ash.get("/blockedusers?per_page=30&direction=blockedByMe&page=1").await.expect_ok();
    assert_eq!(uids(&listed), ["birch"]);
    assert_eq!(listed, api.app().get("/users/ash/blockedusers?per_page=30").await.expect_ok());
    let pagination = json!({ "total": 1, "count": 1, "per_page": 30, "current_page": 1, "total_pages": 1 });
    assert_eq!(listed["meta"]["pagination"], pagination);
    let past = ash.get("/blockedusers?per_page=30&direction=blockedByMe&page=2").await.expect_ok();
    assert_eq!(past["data"], json!([]));

    let slots = ash.delete("/blockedusers", body).await.expect_data();
    assert_eq!(slots["birch"], json!({ "success": true, "message": "The user ash no longer blocks birch." }));
    assert_eq!(slots["nobody"]["success"], false);
    assert_eq!(uids(&ash.get("/blockedusers").await.expect_ok()), [""; 0]);
}

#[tokio::test]
async fn blocks_are_listed_in_either_direction() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    for uid in ["cedar", "elm", "fir"] {
        api.user(uid).await;
    }
    ash.post("/blockedusers", json!({ "blockedUids": ["elm", "birch"] })).await.expect_ok();
    birch.post("/blockedusers", json!({ "blockedUids": ["ash"] })).await.expect_ok();
    api.app().post("/users/cedar/blockedusers", json!({ "blockedUids": ["ash", "fir"] })).await.expect_ok();

    for (direction, expected) in [
        ("", &["birch", "elm"][..]),
        ("blockedByMe", &["birch", "elm"]),
        ("hasBlockedMe", &["birch", "cedar"]),
        ("both", &["birch", "cedar", "elm"]),
    ] {
        for path in ["/blockedusers", "/users/ash/blockedusers"] {
            let listed = ash.get(format!("{path}?direction={direction}")).await.expect_ok();
            assert_eq!(uids(&listed), expected, "{path} {direction}");
            assert_eq!(listed["meta"]["pagination"]["total"], expected.len());
        }
    }
    let listed = ash.get("/blockedusers?direction=hasBlockedMe").await.expect_data();
    let marks = |at: usize| (listed[at].get("blockedByMe").is_some(), listed[at]["hasBlockedMe"].clone());
    assert_eq!((marks(0), marks(1)), ((true, json!(true)), (false, json!(true))));
    assert!(listed[1]["blockedAt"].is_u64() && listed[1].get("blockedByMeAt").is_none());
    let second = ash.get("/blockedusers?direction=both&perPage=2&page=2").await.expect_ok();
    assert_eq!((uids(&second), &second["meta"]["pagination"]["total_pages"]), (vec!["elm"], &json!(2)));

    api.app().delete("/users/birch/blockedusers", json!({ "blockedUids": ["ash"] })).await.expect_ok();
    assert_eq!(uids(&ash.get("/blockedusers?direction=hasBlockedMe").await.expect_ok()), ["cedar"]);
    ash.get("/blockedusers?direction=sideways").await.expect_invalid("direction");
}

#[tokio::test]
async fn the_blocks_of_who_is_deleted_for_good_go_with_them() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    ash.post("/blockedusers", json!({ "blockedUids": ["birch"] })).await.expect_ok();
    birch.post("/blockedusers", json!({ "blockedUids": ["ash"] })).await.expect_ok();
    api.app().delete("/users/birch", json!({ "permanent": true })).await.expect_ok();
    api.jobs_done().await;
    let listed = ash.get("/blockedusers?direction=both").await.expect_ok();
    assert_eq!((uids(&listed), &listed["meta"]["pagination"]["total"]), (vec![], &json!(0)));
    // Another user of the name starts without them.
    let birch = api.user("birch").await;
    birch.send_text(&ash, "hello").await;
}

#[rstest]
#[case("POST")]
#[case("DELETE")]
#[case("GET")]
#[tokio::test]
async fn without_a_user_in_the_path_somebody_must_act(#[case] method: &str) {
    let api = Api::start().await;
    let body = json!({ "blockedUids": ["birch"] }).to_string().into_bytes();
    api.app().send(method, "/blockedusers", body).await.expect_invalid("onBehalfOf");
}

/// A form of birch to ash, a text of each to the other, and a reaction and a pin of birch on the text of ash.
struct Between {
    form: String,
    of_ash: String,
    of_birch: String,
}

async fn between(api: &Api) -> Between {
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let of_ash = ash.send_text(&birch, "from ash").await["id"].to_string();
    let of_birch = birch.send_text(&ash, "from birch").await["id"].to_string();
    let mut form = text_to_user("birch", "");
    (form["category"], form["type"]) = (json!("interactive"), json!("form"));
    form["data"] = json!({ "interactiveData": { "submitElement": { "elementId": "submit" } } });
    let form = ash.post("/messages", form).await.expect_data()["id"].to_string();
    birch.post(format!("/messages/{of_ash}/reactions/x"), json!({})).await.expect_ok();
    birch.post(format!("/messages/{of_ash}/pin"), json!({})).await.expect_ok();
    Between { form, of_ash, of_birch }
}

impl Between {
    fn path(&self, path: &str) -> String {
        path.replace("{form}", &self.form).replace("{of_ash}", &self.of_ash).replace("{of_birch}", &self.of_birch)
    }
}

/// What birch does that ash is told of.
const TOLD: [(&str, &str, &str); 12] = [
    ("PUT", "/messages/{of_birch}", r#"{"tags":["t"]}"#),
    ("PUT", "/messages/{of_birch}", r#"{"data":{"text":"and another thing"}}"#),
    ("POST", "/messages/{of_ash}/reactions/y", ""),
    ("POST", "/messages/{of_ash}/reactions", r#"{"reaction":"y"}"#),
    ("DELETE", "/messages/{of_ash}/reactions/x", ""),
    ("POST", "/messages/{of_birch}/pin", ""),
    ("DELETE", "/messages/{of_ash}/pin", ""),
    ("POST", "/messages/{of_ash}/thread", r#"{"data":{"text":"r"}}"#),
    ("PATCH", "/messages/{form}/interacted", r#"{"interactions":["submit"]}"#),
    ("POST", "/messages", r#"{"receiver":"ash","receiverType":"user","data":{"text":"?"}}"#),
    ("DELETE", "/messages/{of_birch}", ""),
    ("DELETE", "/messages/{of_birch}", r#"{"permanent":true}"#),
];

#[rstest]
#[case::by_the_other("ash", "birch", "ERR_BLOCKED_SENDER")]
#[case::by_oneself("birch", "ash", "ERR_BLOCKED_RECEIVER")]
#[tokio::test]
async fn a_block_stops_all_that_the_other_side_is_told_of(#[case] by: &str, #[case] whom: &str, #[case] code: &str) {
    let api = Api::start().await;
    let between = between(&api).await;
    let (app, birch) = (api.app(), api.on_behalf_of("birch"));
    let before = app.get("/messages?withTags=true").await.expect_data();
    app.post(format!("/users/{by}/blockedusers"), json!({ "blockedUids": [whom] })).await.expect_ok();
    for (method, path, body) in TOLD {
        birch.send(method, &between.path(path), body.into()).await.expect_error(403, code);
    }
    assert_eq!(app.get("/messages?withTags=true").await.expect_data(), before);

    app.delete(format!("/users/{by}/blockedusers"), json!({ "blockedUids": [whom] })).await.expect_ok();
    // The last one again would be about a message that is gone.
    for (method, path, body) in &TOLD[..TOLD.len() - 1] {
        birch.send(method, &between.path(path), (*body).into()).await.expect_ok();
    }
}

/// What was there can still be read, and what is one's own affair still done: reporting above all.
#[tokio::test]
async fn a_block_stops_nothing_that_is_ones_own_affair() {
    let api = Api::start().await;
    let between = between(&api).await;
    for (by, whom) in [("ash", "birch"), ("birch", "ash")] {
        api.app().post(format!("/users/{by}/blockedusers"), json!({ "blockedUids": [whom] })).await.expect_ok();
    }
    let birch = api.on_behalf_of("birch");
    for (method, path, body) in [
        ("GET", "/messages/{of_ash}", ""),
        ("GET", "/messages/{of_ash}/reactions", ""),
        ("GET", "/messages/{of_ash}/thread", ""),
        ("GET", "/users/ash/messages", ""),
        ("POST", "/messages/{of_ash}/save", ""),
        ("DELETE", "/messages/{of_ash}/save", ""),
        ("POST", "/messages/{of_ash}/flagged", ""),
        ("POST", "/messages/{of_ash}/thread/subscription", ""),
        ("DELETE", "/messages/{of_ash}/thread/subscription", ""),
        // They move over what came before the block only, and a chat that is opened gives them.
        ("POST", "/users/ash/conversation/delivered", ""),
        ("POST", "/users/ash/conversation/read", ""),
        ("DELETE", "/users/ash/conversation/read", ""),
        ("POST", "/users/ash/conversation/pin", ""),
        ("PUT", "/users/ash/conversation", r#"{"tags":["t"]}"#),
        ("DELETE", "/users/ash/conversation", ""),
    ] {
        birch.send(method, &between.path(path), body.into()).await.expect_ok();
    }
    // The app is blocked by nobody.
    api.app().put(format!("/messages/{}", between.of_birch), json!({ "tags": ["t"] })).await.expect_ok();
    api.app().delete(format!("/messages/{}", between.of_birch), json!({})).await.expect_ok();
}

#[tokio::test]
async fn a_block_stops_nothing_in_a_group_and_nothing_with_oneself() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let (of_ash, of_birch) =
        (ash.send_text_to_group("orchard", "a").await, birch.send_text_to_group("orchard", "b").await);
    let note = birch.send_text(&birch, "note").await;
    api.app().post("/users/ash/blockedusers", json!({ "blockedUids": ["birch"] })).await.expect_ok();
    birch.put(format!("/messages/{}", of_birch["id"]), json!({ "tags": ["t"] })).await.expect_ok();
    birch.post(format!("/messages/{}/reactions/x", of_ash["id"]), json!({})).await.expect_ok();
    birch.put(format!("/messages/{}", note["id"]), json!({ "tags": ["t"] })).await.expect_ok();
    birch.post(format!("/messages/{}/pin", note["id"]), json!({})).await.expect_ok();
}
