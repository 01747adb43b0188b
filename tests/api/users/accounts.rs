//! Users (contract/related.md, "Users").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api};

/// The UIDs of a list.
fn uids(users: &Value) -> Vec<&str> {
    users.as_array().unwrap().iter().map(|user| user["uid"].as_str().unwrap()).collect()
}

/// The users that a query finds, beside the seeded ones.
async fn found(app: &Actor<'_>, query: &str) -> Vec<String> {
    let listed = app.get(format!("/users?{query}")).await.expect_data();
    let is_seeded = |uid: &&str| uid.starts_with("cometchat-") || *uid == "halley-bot";
    uids(&listed).into_iter().filter(|uid| !is_seeded(uid)).map(str::to_owned).collect()
}

async fn orchard(api: &Api) {
    for user in [
        json!({ "uid": "ash", "name": "Ashton", "tags": ["pickers", "early"] }),
        json!({ "uid": "birch", "name": "Ashley", "tags": ["late"] }),
        json!({ "uid": "cedar", "name": "Cedar" }),
    ] {
        api.app().post("/users", user).await.expect_ok();
    }
}

#[rstest]
#[case::all("", &["birch", "ash", "cedar"])]
#[case::by_status_which_nobody_has("sortBy=status", &["birch", "ash", "cedar"])]
#[case::by_name("sortBy=name&sortOrder=asc", &["birch", "ash", "cedar"])]
#[case::from_the_last_name_on("sortBy=name&sortOrder=desc", &["cedar", "ash", "birch"])]
#[case::the_last_first("sortOrder=DESC", &["cedar", "ash", "birch"])]
#[case::a_search_from_the_last_on("searchKey=ash&sortOrder=desc", &["ash", "birch"])]
#[case::name_or_uid("searchKey=ash", &["birch", "ash"])]
#[case::whatever_the_case("searchKey=ASHL", &["birch"])]
#[case::uid_only("searchKey=ash&searchIn=uid", &["ash"])]
#[case::name_only("searchKey=ced&searchIn=name", &["cedar"])]
#[case::both_places("searchKey=ash&searchIn=name,uid", &["birch", "ash"])]
#[case::not_inside_a_word("searchKey=hton", &[])]
#[case::no_character_of_a_uid("searchKey=%C3%A4%20b&searchIn=uid", &[])]
#[case::role("role=default", &["birch", "ash", "cedar"])]
#[case::another_role("roles=chief,boss", &[])]
#[case::a_tag("tags=early", &["ash"])]
#[case::any_tag("tags=early,late", &["birch", "ash"])]
#[case::offline("status=offline", &["birch", "ash", "cedar"])]
#[case::nobody_is_known_to_be_online("status=available", &[])]
#[case::created_since("createdAt[from]=1", &["birch", "ash", "cedar"])]
#[case::created_until("createdAt%5Bto%5D=1", &[])]
#[case::changed_since("updatedAt[from]=9999999999", &[])]
#[case::deactivated("onlyDeactivated=true", &[])]
#[case::deactivated_too("withDeactivated=1", &["birch", "ash", "cedar"])]
#[tokio::test]
async fn a_list_shows_who_fits(#[case] query: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    orchard(&api).await;
    assert_eq!(found(&api.app(), query).await, expected);
}

#[rstest]
#[case("page=0", "page")]
#[case("page=x", "page")]
#[case("perPage=0", "perPage")]
#[case("perPage=1001", "perPage")]
#[case("searchKey=a&searchIn=role", "searchIn")]
#[case("status=busy", "status")]
#[case("sortBy=role", "sortBy")]
#[case("sortOrder=up", "sortOrder")]
#[case("withTags=perhaps", "withTags")]
#[case("createdAt[from]=soon", "createdAt[from]")]
#[tokio::test]
async fn a_list_refuses_what_it_cannot_read(#[case] query: &str, #[case] field: &str) {
    let api = Api::start().await;
    api.app().get(format!("/users?{query}")).await.expect_invalid(field);
}

#[tokio::test]
async fn the_pages_of_a_list_hold_everybody_once() {
    let api = Api::start().await;
    orchard(&api).await;
    for query in ["", "&role=default"] {
        let mut read = Vec::new();
        for page in 1.. {
            let answer = api.app().get(format!("/users?perPage=4&page={page}{query}")).await.expect_ok();
            let pagination = &answer["meta"]["pagination"];
            assert_eq!((&pagination["per_page"], &pagination["current_page"]), (&json!(4), &json!(page)));
            assert_eq!(pagination["count"], answer["data"].as_array().unwrap().len());
            assert_eq!(answer["meta"]["cursor"]["affix"], "prepend");
            assert!(answer["meta"]["cursor"]["updatedAt"].is_u64());
            let name = |user: &Value| (user["name"].as_str().unwrap().to_lowercase(), user["uid"].to_string());
            read.extend(answer["data"].as_array().unwrap().iter().map(name));
            if pagination["total_pages"] == page {
                assert_eq!(pagination["total"], 9);
                break;
            }
        }
        assert_eq!(read.len(), 9);
        assert!(read.is_sorted());
    }
    for past in ["/users?page=7", "/users?page=18446744073709551615", "/users?offset=18446744073709551615"] {
        let past = api.app().get(past).await.expect_ok();
        assert_eq!((&past["data"], &past["meta"]["pagination"]["count"]), (&json!([]), &json!(0)));
    }
    // A name that comes after all others is in the list too.
    api.app().post("/users", json!({ "uid": "last", "name": "\u{10ffff}" })).await.expect_ok();
    assert!(found(&api.app(), "").await.contains(&"last".to_owned()));
}

#[tokio::test]
async fn a_list_counts_when_asked_to() {
    let api = Api::start().await;
    orchard(&api).await;
    let counted = api.app().get("/users?perPage=2&count=true").await.expect_ok();
    assert_eq!(counted["meta"]["pagination"]["total"], 9);
    assert_eq!(counted["meta"]["pagination"]["total_pages"], 5);
    let not_counted = api.app().get("/users?perPage=2").await.expect_ok();
    assert_eq!(not_counted["meta"]["pagination"]["total"], 0);
}

#[tokio::test]
async fn a_list_is_by_name_whatever_its_case_and_then_by_uid() {
    let api = Api::start().await;
    for (uid, name) in
        [("u1", "zoë"), ("u2", "Ann Lee"), ("u3", "ann"), ("u4", "Anna"), ("u6", "ANN"), ("u5", "Ann"), ("u7", "Ärger")]
    {
        api.app().post("/users", json!({ "uid": uid, "name": name })).await.expect_ok();
    }
    let rising = ["u3", "u5", "u6", "u2", "u4", "u1", "u7"];
    assert_eq!(found(&api.app(), "").await, rising);
    let falling: Vec<&str> = rising.into_iter().rev().collect();
    assert_eq!(found(&api.app(), "sortOrder=desc").await, falling);
    assert_eq!(found(&api.app(), "searchKey=ANN%20").await, ["u2"]);
    assert_eq!(found(&api.app(), "searchKey=%C3%84r").await, ["u7"]);
    // Who is renamed has another place, and keeps it through a deactivation.
    api.app().put("/users/u1", json!({ "name": "Aaron" })).await.expect_ok();
    api.app().put("/users/u2", json!({ "tags": ["t"] })).await.expect_ok();
    assert_eq!(found(&api.app(), "").await, ["u1", "u3", "u5", "u6", "u2", "u4", "u7"]);
    api.app().delete("/users", json!({ "uidsToDeactivate": ["u1", "u7", "u3"] })).await.expect_ok();
    assert_eq!(found(&api.app(), "withDeactivated=1").await, ["u5", "u6", "u2", "u4", "u1", "u3", "u7"]);
    api.app().put("/users", json!({ "uidsToActivate": ["u1", "u7", "u3"] })).await.expect_ok();
    assert_eq!(found(&api.app(), "").await, ["u1", "u3", "u5", "u6", "u2", "u4", "u7"]);
}

/// Names are read off the index: who is not found costs no read of a profile.
#[tokio::test]
async fn a_search_reads_the_profiles_of_those_whom_it_finds() {
    let api = Api::start().await;
    api.users_of((0..120).map(|n| json!({ "uid": format!("u{n}"), "name": format!("Weed {n}") }))).await;
    api.app().post("/users", json!({ "uid": "found", "name": "Rose" })).await.expect_ok();
    for query in ["searchKey=ros", "searchKey=foun&searchIn=uid", "searchKey=rose&searchIn=name"] {
        assert_eq!(found(&api.app(), query).await, ["found"]);
        let line = api.last_line();
        assert!(line.read_units <= 4.0, "{query}: {line:?}");
    }
}

#[tokio::test]
async fn a_page_deep_in_the_list_reads_no_profile_before_it() {
    let api = Api::start().await;
    orchard(&api).await;
    api.app().get("/users?perPage=1&page=9").await.expect_ok();
    let line = api.last_line();
    // The key was proved before: once the ids, once one profile.
    assert_eq!((line.calls, line.read_units), (2, 1.5));
}

#[tokio::test]
async fn tags_are_listed_when_asked_for_and_private_metadata_never() {
    let api = Api::start().await;
    let metadata = json!({ "@private": { "phone": "1" }, "rank": 3 });
    api.app().post("/users", json!({ "uid": "ash", "name": "Ash", "tags": ["t"], "metadata": metadata })).await;
    let plain = api.app().get("/users?searchKey=ash").await.expect_data();
    assert_eq!((plain[0].get("tags"), &plain[0]["metadata"]), (None, &json!({ "rank": 3 })));
    let tagged = api.app().get("/users?searchKey=ash&withTags=true").await.expect_data();
    assert_eq!(tagged[0]["tags"], json!(["t"]));
}

#[tokio::test]
async fn a_user_sees_others_with_their_conversation() {
    let api = Api::start().await;
    let (ash, _) = (api.token_user("ash").await, api.user("birch").await);
    let listed = ash.get("/users?searchKey=ash").await.expect_data();
    assert_eq!(listed[0].get("conversationId"), None);
    let listed = ash.get("/users?searchKey=birch").await.expect_data();
    assert_eq!(listed[0]["conversationId"], "ash_user_birch");
}

#[tokio::test]
async fn a_change_sets_what_is_given_and_leaves_the_rest() {
    let api = Api::start().await;
    let all = json!({
        "uid": "ash", "name": "Ash", "avatar": "https://a.example/1.png", "link": "https://a.example",
        "statusMessage": "busy", "metadata": { "a": 1 }, "tags": ["x"],
    });
    api.app().post("/users", all).await.expect_ok();

    let changed = api.app().put("/users/Ash", json!({ "name": "Ash 2", "tags": ["y", "y"] })).await.expect_data();
    assert_eq!((&changed["name"], &changed["tags"]), (&json!("Ash 2"), &json!(["y"])));
    assert_eq!((&changed["avatar"], &changed["metadata"]), (&json!("https://a.example/1.png"), &json!({ "a": 1 })));
    assert!(changed["updatedAt"].is_u64());

    let unset = json!({ "unset": ["avatar", "link", "metadata"], "statusMessage": "free", "role": "default" });
    let changed = api.app().put("/users/ash", unset).await.expect_data();
    for gone in ["avatar", "link", "metadata"] {
        assert_eq!(changed.get(gone), None, "{gone}");
    }
    assert_eq!((&changed["statusMessage"], &changed["name"]), (&json!("free"), &json!("Ash 2")));
    assert_eq!(api.app().get("/users/ash").await.expect_data(), changed);
}

#[rstest]
#[case(json!({ "name": "" }), "name")]
#[case(json!({ "name": "n".repeat(101) }), "name")]
#[case(json!({ "avatar": "not a url" }), "avatar")]
#[case(json!({ "link": format!("https://a.example/{}", "l".repeat(3_000)) }), "link")]
#[case(json!({ "role": "chief" }), "role")]
#[case(json!({ "metadata": "text" }), "metadata")]
#[case(json!({ "metadata": { "a": "m".repeat(5 * 1024) } }), "metadata")]
#[case(json!({ "tags": (0..26).map(|n| n.to_string()).collect::<Vec<_>>() }), "tags")]
#[case(json!({ "tags": ["t".repeat(101)] }), "tags")]
#[case(json!({ "unset": ["name"] }), "unset")]
#[case(json!({ "unset": ["avatar"], "avatar": "https://a.example" }), "unset")]
#[tokio::test]
async fn a_change_names_each_field_that_is_wrong(#[case] body: Value, #[case] field: &str) {
    let api = Api::start().await;
    api.user("ash").await;
    api.app().put("/users/ash", body).await.expect_invalid(field);
}

#[tokio::test]
async fn a_change_at_the_limits_is_taken() {
    let api = Api::start().await;
    api.user("ash").await;
    let tags: Vec<String> = (10..35).map(|n| n.to_string().repeat(50)).collect();
    let link = format!("https://a.example/{}", "l".repeat(3_000 - 18));
    let body = json!({ "name": "n".repeat(100), "tags": tags, "link": link });
    let changed = api.app().put("/users/ash", body).await.expect_data();
    assert_eq!((&changed["tags"], &changed["link"]), (&json!(tags), &json!(link)));
}

#[tokio::test]
async fn a_change_of_nothing_or_of_nobody_is_refused() {
    let api = Api::start().await;
    api.user("ash").await;
    api.app().put("/users/ash", json!({ "hobby": "apples" })).await.expect_error(400, "ERR_BAD_REQUEST");
    api.app().put("/users/nobody", json!({ "name": "N" })).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.app().put("/users/no%20uid", json!({ "name": "N" })).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.app().put("/users/app_system", json!({ "name": "N" })).await.expect_error(404, "ERR_UID_NOT_FOUND");
}

#[tokio::test]
async fn a_deactivated_user_is_unknown_until_brought_back() {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.user("birch").await);
    api.group("orchard", &[&birch]).await;

    let gone = api.app().send("DELETE", "/users/ash", Vec::new()).await.expect_data();
    assert_eq!((&gone["success"], &gone["deactivatedUids"]), (&json!(true), &json!(["ash"])));

    api.app().get("/users/ash").await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.app().put("/users/ash", json!({ "name": "A" })).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.app().delete("/users/ash", json!({})).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.on_behalf_of("ash").get("/users/birch").await.expect_error(404, "ERR_UID_NOT_FOUND");
    ash.get("/users/birch").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    birch.post("/messages", tests::text_to_user("ash", "?")).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.app().post("/users", json!({ "uid": "ash", "name": "A" })).await.expect_error(400, "ERR_UID_ALREADY_EXISTS");
    let added = api.app().post("/groups/orchard/members", json!({ "participants": ["ash"] })).await.expect_data();
    assert_eq!(added["participants"]["ash"]["error"]["code"], "ERR_UID_NOT_FOUND");
    assert_eq!(found(&api.app(), "").await, ["birch"]);
    assert_eq!(found(&api.app(), "searchKey=a").await, [""; 0]);
    assert_eq!(found(&api.app(), "onlyDeactivated=true").await, ["ash"]);
    assert_eq!(found(&api.app(), "withDeactivated=true").await, ["birch", "ash"]);
    assert_eq!(found(&api.app(), "withDeactivated=true&searchKey=a").await, ["ash"]);
    let listed = api.app().get("/users?onlyDeactivated=true").await.expect_data();
    assert!(listed[0]["deactivatedAt"].is_u64());

    let back = api.app().put("/users", json!({ "uidsToActivate": ["ash", "birch", "nobody"] })).await.expect_data();
    assert_eq!(back, json!({ "nonDeactivatedUids": ["ash", "birch"], "reactivatedUids": ["ash", "birch"] }));
    api.on_behalf_of("ash").get("/users/birch").await.expect_ok();
    ash.get("/users/birch").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    assert_eq!(found(&api.app(), "").await, ["ash", "birch"]);
}

#[tokio::test]
async fn several_users_are_deactivated_at_once_and_again() {
    let api = Api::start().await;
    for uid in ["ash", "birch", "cedar"] {
        api.user(uid).await;
    }
    let body = json!({ "uidsToDeactivate": ["Ash", "birch", "ash", "nobody"] });
    for _ in 0..2 {
        let gone = api.app().delete("/users", body.clone()).await.expect_data();
        assert_eq!(gone, json!({ "deactivatedUids": ["ash", "birch"] }));
    }
    assert_eq!(found(&api.app(), "").await, ["cedar"]);
}

#[rstest]
#[case("DELETE", json!({}), "uidsToDeactivate")]
#[case("DELETE", json!({ "uidsToDeactivate": "ash" }), "uidsToDeactivate")]
#[case("DELETE", json!({ "uidsToDeactivate": ["a b"] }), "uidsToDeactivate")]
#[case("PUT", json!({ "uidsToActivate": null }), "uidsToActivate")]
#[tokio::test]
async fn several_users_are_named_by_an_array(#[case] method: &str, #[case] body: Value, #[case] field: &str) {
    let api = Api::start().await;
    api.app().send(method, "/users", body.to_string().into_bytes()).await.expect_invalid(field);
}

#[tokio::test]
async fn a_user_deleted_for_good_leaves_nothing() {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    api.app().post("/groups", json!({ "guid": "barn", "name": "B", "owner": "ash" })).await.expect_ok();
    let sent = ash.send_text(&birch, "still here").await;
    api.block("ash", "birch").await;

    api.app().delete("/users/ash", json!({ "permanent": "yes" })).await.expect_invalid("permanent");
    let outcome = api.app().delete("/users/ash", json!({ "permanent": true })).await.expect_data();
    assert_eq!(outcome["success"], true);
    api.jobs_done().await;
    api.app().delete("/users/ash", json!({ "permanent": true })).await.expect_error(404, "ERR_UID_NOT_FOUND");

    api.app().get("/users/ash").await.expect_error(404, "ERR_UID_NOT_FOUND");
    ash.get("/users/birch").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    assert_eq!(found(&api.app(), "withDeactivated=true").await, ["birch"]);
    birch.get(format!("/messages/{}", sent["id"])).await.expect_error(404, "ERR_MSG_NOT_FOUND");

    // Somebody new under the UID inherits neither token nor block nor membership.
    api.user("ash").await;
    ash.get("/users/birch").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
    let ash = api.on_behalf_of("ash");
    ash.send_text(&birch, "hello").await;
    ash.get("/groups/orchard/messages").await.expect_error(401, "ERR_GROUP_NOT_JOINED");
    let (group, _) = api.store().group_for(&"barn".to_owned().try_into().unwrap(), None).await.unwrap();
    assert_eq!(group.map(|group| (group.owner.to_string(), group.members_count)), Some(("app_system".to_owned(), 0)));
}

#[tokio::test]
async fn a_deactivated_user_can_be_deleted_for_good() {
    let api = Api::start().await;
    api.user("ash").await;
    api.app().delete("/users/ash", json!({})).await.expect_ok();
    api.app().delete("/users/ash", json!({ "permanent": true })).await.expect_ok();
    assert_eq!(found(&api.app(), "withDeactivated=true").await, [""; 0]);
    api.jobs_done().await;
    api.user("ash").await;
}

#[rstest]
#[case("GET", "/users")]
#[case("GET", "/users/ash")]
#[case("PUT", "/users/ash")]
#[case("DELETE", "/users/ash")]
#[case("PUT", "/users")]
#[case("DELETE", "/users")]
#[tokio::test]
async fn an_auth_only_key_may_create_users_and_no_more(#[case] method: &str, #[case] path: &str) {
    let api = Api::start().await;
    let key = api.auth_only().await;
    key.post("/users", json!({ "uid": "ash", "name": "Ash" })).await.expect_ok();
    key.send(method, path, b"{}".to_vec()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
}

#[rstest]
#[case("POST", "/users")]
#[case("PUT", "/users/ash")]
#[case("DELETE", "/users/ash")]
#[case("PUT", "/users")]
#[case("DELETE", "/users")]
#[tokio::test]
async fn users_are_managed_by_the_app_alone(#[case] method: &str, #[case] path: &str) {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    ash.send(method, path, b"{}".to_vec()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    api.nobody().send(method, path, b"{}".to_vec()).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
    let stranger = api.nobody().with("apikey", "no such key at all");
    stranger.send(method, path, b"{}".to_vec()).await.expect_error(401, "AUTH_ERR_APIKEY_NOT_FOUND");
}
