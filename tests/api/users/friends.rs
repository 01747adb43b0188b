//! Friends (contract/rest-coverage.md, "Friends").

use rstest::rstest;
use serde_json::{Value, json};
use tests::Api;

/// A service with users of these names.
async fn among(uids: &[&str]) -> Api {
    let api = Api::start().await;
    for uid in uids {
        api.user(uid).await;
    }
    api
}

fn uids(listed: &Value) -> Vec<&str> {
    listed["data"].as_array().unwrap().iter().map(|user| user["uid"].as_str().unwrap()).collect()
}

/// The UIDs of the friends of somebody, as the app sees them.
async fn friends_of(api: &Api, uid: &str) -> Vec<String> {
    let listed = api.app().get(format!("/users/{uid}/friends?perPage=1000")).await.expect_ok();
    uids(&listed).into_iter().map(str::to_owned).collect()
}

/// The row of a user.
async fn row_of(api: &Api, uid: &str) -> Value {
    let is_theirs = |row: &Value| row["pk"]["S"] == format!("USER#{uid}") && row["sk"]["S"] == "USER";
    api.table().await.into_iter().find(is_theirs).unwrap()
}

/// How many friends the row of a user counts.
async fn counted(api: &Api, uid: &str) -> String {
    row_of(api, uid).await["friends"]["N"].as_str().unwrap_or_default().to_owned()
}

async fn befriend(api: &Api, uid: &str, accepted: Value) -> Value {
    let body = json!({ "accepted": accepted, "addToConversations": true });
    api.app().post(format!("/users/{uid}/friends"), body).await.expect_data()["accepted"].take()
}

#[tokio::test]
async fn each_is_made_a_friend_for_itself() {
    let api = among(&["ash", "birch", "cedar", "elm"]).await;
    api.deactivated_user("fir").await;
    api.befriend("ash", "elm").await;
    let slots = befriend(&api, "ASH", json!(["Birch", "ash", "nobody", "fir", "elm", "cedar", "birch"])).await;
    let made = json!({ "success": true, "message": "The users ash and birch are friends." });
    assert_eq!((&slots["birch"], slots.as_object().unwrap().len()), (&made, 6));
    for (uid, code) in [
        ("ash", "ERR_CANNOT_FORM_SELF_RELATION"),
        ("nobody", "ERR_UID_NOT_FOUND"),
        ("fir", "ERR_UID_NOT_FOUND"),
        ("elm", "ERR_ALREADY_FRIEND"),
    ] {
        assert_eq!((&slots[uid]["success"], &slots[uid]["error"]["code"]), (&json!(false), &json!(code)), "{uid}");
    }
    assert_eq!(friends_of(&api, "ash").await, ["birch", "cedar", "elm"]);
}

#[tokio::test]
async fn who_is_somebodys_friend_has_them_as_a_friend() {
    let api = among(&["ash", "birch"]).await;
    befriend(&api, "ash", json!(["birch"])).await;
    assert_eq!(
        (friends_of(&api, "ash").await, friends_of(&api, "birch").await),
        (vec!["birch".into()], vec!["ash".into()])
    );
    assert_eq!(befriend(&api, "birch", json!(["ash"])).await["ash"]["error"]["code"], "ERR_ALREADY_FRIEND");

    let body = json!({ "friends": ["ash", "nobody"] });
    let removed = api.on_behalf_of("birch").delete("/users/birch/friends", body).await.expect_data();
    let slots = &removed["friends"];
    assert_eq!((&removed["success"], &slots["ash"]["success"]), (&json!(true), &json!(true)));
    assert_eq!(slots["nobody"]["error"]["code"], "ERR_NOT_A_FRIEND");
    assert_eq!((friends_of(&api, "ash").await, friends_of(&api, "birch").await), (Vec::<String>::new(), Vec::new()));
    // Again, as if they had never been.
    assert_eq!(befriend(&api, "ash", json!(["birch"])).await["birch"]["success"], true);
    assert_eq!(friends_of(&api, "birch").await, ["ash"]);
}

#[rstest]
#[case::of_a_stranger(json!(["cedar"]))]
#[case::of_nobody(json!(["nobody", "cedar"]))]
#[case::of_oneself(json!(["ash"]))]
#[tokio::test]
async fn where_none_is_a_friend_none_is_removed(#[case] named: Value) {
    let api = among(&["ash", "birch", "cedar"]).await;
    api.befriend("ash", "birch").await;
    let answer = api.app().delete("/users/ash/friends", json!({ "friends": named })).await;
    answer.expect_error(400, "ERR_NOT_A_FRIEND");
    assert_eq!(friends_of(&api, "ash").await, ["birch"]);
}

#[rstest]
#[case::nothing(json!({}), Some("accepted"))]
#[case::no_array(json!({ "accepted": "birch" }), Some("accepted"))]
#[case::no_uid(json!({ "accepted": ["no uid"] }), Some("accepted"))]
#[case::no_flag(json!({ "accepted": [], "addToConversations": "perhaps" }), Some("addToConversations"))]
#[case::as_many_as_may_be(json!({ "accepted": (0..25).map(|n| format!("other-{n}")).collect::<Vec<_>>() }), None)]
#[case::one_more(json!({ "accepted": (0..26).map(|n| format!("other-{n}")).collect::<Vec<_>>() }), Some("accepted"))]
#[tokio::test]
async fn a_body_names_twenty_five_at_the_most(#[case] body: Value, #[case] wrong: Option<&str>) {
    let api = among(&["ash"]).await;
    let answer = api.app().post("/users/ash/friends", body.clone()).await;
    match wrong {
        Some(field) => drop(answer.expect_invalid(field)),
        None => drop(answer.expect_ok()),
    }
    if wrong == Some("accepted") {
        let named = json!({ "friends": body.get("accepted").cloned().unwrap_or_default() });
        api.app().delete("/users/ash/friends", named).await.expect_invalid("friends");
    }
}

#[tokio::test]
async fn a_user_has_a_thousand_friends_at_the_most() {
    let api = among(&["ash", "birch", "cedar"]).await;
    api.befriend("ash", "birch").await;
    let ash = row_of(&api, "ash").await;
    api.overwrite_with(&ash, "friends", json!({ "N": "1000" })).await;
    for (uid, other) in [("ash", "cedar"), ("cedar", "ash")] {
        let slots = befriend(&api, uid, json!([other])).await;
        assert_eq!(slots[other]["error"]["code"], "ERR_FAILED_TO_ADD_FRIEND", "{uid}");
    }
    api.app().delete("/users/ash/friends", json!({ "friends": ["birch"] })).await.expect_ok();
    assert_eq!(befriend(&api, "cedar", json!(["ash"])).await["ash"]["success"], true);
}

#[tokio::test]
async fn friends_are_listed_as_the_user_sees_them_by_page() {
    let api = among(&["ash", "birch", "cedar", "elm", "fir"]).await;
    befriend(&api, "ash", json!(["fir", "birch", "cedar", "elm"])).await;
    let ash = api.on_behalf_of("ash");
    ash.post("/blockedusers", json!({ "blockedUids": ["birch"] })).await.expect_ok();
    api.app().delete("/users/elm", json!({})).await.expect_ok();

    let first = ash.get("/users/ash/friends?perPage=2").await.expect_ok();
    let birch = &first["data"][0];
    assert_eq!(uids(&first), ["birch", "cedar"]);
    assert_eq!((&birch["blockedByMe"], &birch["conversationId"]), (&json!(true), &json!("ash_user_birch")));
    let second = ash.get("/users/ash/friends?perPage=2&page=2").await.expect_ok();
    assert_eq!((uids(&second), &second["meta"]["pagination"]["total_pages"]), (vec!["fir"], &json!(2)));
    assert_eq!(uids(&ash.get("/users/ash/friends?sortOrder=desc").await.expect_ok()), ["fir", "cedar", "birch"]);
    assert_eq!(friends_of(&api, "birch").await, ["ash"]);
    ash.get("/users/ash/friends?page=0").await.expect_invalid("page");
}

#[rstest]
#[case::uid("searchKey=ce", &["cedar"])]
#[case::name("searchKey=gree", &["birch"])]
#[case::a_stranger("searchKey=dog", &[])]
#[case::tag("tags=t", &["cedar"])]
#[case::named("uids=birch,dogwood", &["birch"])]
#[case::all("status=offline", &["birch", "cedar"])]
#[tokio::test]
async fn friends_are_searched(#[case] query: &str, #[case] expected: &[&str]) {
    let api = among(&["ash", "birch", "cedar", "dogwood"]).await;
    api.app().put("/users/birch", json!({ "name": "Green" })).await.expect_ok();
    api.app().put("/users/cedar", json!({ "tags": ["t"] })).await.expect_ok();
    befriend(&api, "ash", json!(["birch", "cedar"])).await;
    assert_eq!(uids(&api.app().get(format!("/users/ash/friends?{query}")).await.expect_ok()), expected);
}

#[rstest]
#[case::friends("friendsOnly=true", &["birch", "cedar"])]
#[case::as_a_digit("friendsOnly=1", &["birch", "cedar"])]
#[case::falling("friendsOnly=true&sortOrder=desc", &["cedar", "birch"])]
#[case::searched("friendsOnly=true&searchKey=b", &["birch"])]
#[case::not_blocked("friendsOnly=true&hideBlockedUsers=true", &["cedar"])]
#[case::named("uids=birch,dogwood,no%20uid,nobody", &["birch", "dogwood"])]
#[case::named_friends("uids=birch,dogwood&friendsOnly=true", &["birch"])]
#[case::named_and_not_blocked("uids=birch,dogwood&hideBlockedUsers=true", &["dogwood"])]
#[case::blocked_hidden("hideBlockedUsers=true&searchKey=b", &[])]
#[case::blocked_shown("hideBlockedUsers=false&searchKey=b", &["birch"])]
#[case::who_blocks_shown("hideBlockedUsers=true&searchKey=dog", &["dogwood"])]
#[tokio::test]
async fn users_are_listed_by_what_they_are_to_who_asks(#[case] query: &str, #[case] expected: &[&str]) {
    let api = among(&["ash", "birch", "cedar", "dogwood"]).await;
    befriend(&api, "ash", json!(["birch", "cedar"])).await;
    api.block("ash", "birch").await;
    api.block("dogwood", "ash").await;
    let listed = api.on_behalf_of("ash").get(format!("/users?{query}")).await.expect_ok();
    assert_eq!(uids(&listed), expected);
}

#[rstest]
#[case("friendsOnly")]
#[case("hideBlockedUsers")]
#[tokio::test]
async fn what_users_are_to_who_asks_takes_somebody_who_does(#[case] parameter: &str) {
    let api = Api::start().await;
    api.app().get(format!("/users?{parameter}=true")).await.expect_invalid(parameter);
    api.app().get(format!("/users?{parameter}=false")).await.expect_ok();
}

#[tokio::test]
async fn a_list_names_a_hundred_users_at_the_most() {
    let api = among(&["ash"]).await;
    let named = |n: usize| format!("/users?uids=ash,{}", vec!["x"; n - 1].join(","));
    assert_eq!(uids(&api.app().get(named(100)).await.expect_ok()), ["ash"]);
    api.app().get(named(101)).await.expect_invalid("uids");
}

#[tokio::test]
async fn friends_are_the_affair_of_their_user_and_the_app() {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let body = json!({ "accepted": ["birch"] });
    ash.post("/users/ash/friends", body.clone()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    api.app().post("/users/nobody/friends", body.clone()).await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.app().post("/users/ash/friends", body).await.expect_ok();
    assert_eq!(uids(&ash.get("/users/ash/friends").await.expect_ok()), ["birch"]);
    birch.get("/users/ash/friends").await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    let removal = json!({ "friends": ["ash"] });
    ash.delete("/users/birch/friends", removal.clone()).await.expect_error(403, "AUTH_ERR_NO_ACCESS");
    birch.delete("/users/birch/friends", removal).await.expect_ok();
    assert_eq!(uids(&ash.get("/users/ash/friends").await.expect_ok()), [""; 0]);
}

#[tokio::test]
async fn the_friendships_of_who_is_deleted_for_good_go_with_them() {
    let api = among(&["ash", "birch", "cedar"]).await;
    let crowd: Vec<String> = (0..40).map(|n| format!("other-{n:02}")).collect();
    api.users(&crowd).await;
    befriend(&api, "ash", json!(["birch", "cedar"])).await;
    for other in &crowd {
        api.befriend("birch", other).await;
    }
    api.app().delete("/users/birch", json!({ "permanent": true })).await.expect_ok();
    assert_eq!(friends_of(&api, "ash").await, ["cedar"]);
    api.jobs_done().await;

    // Another user of the name has none of them, and room for as many.
    api.user("birch").await;
    assert_eq!(friends_of(&api, "birch").await, [""; 0]);
    assert_eq!((friends_of(&api, "ash").await, friends_of(&api, "other-39").await), (vec!["cedar".into()], Vec::new()));
    for (uid, n) in [("ash", "1"), ("cedar", "1"), ("other-39", "0"), ("birch", "")] {
        assert_eq!(counted(&api, uid).await, n, "{uid}");
    }
    assert_eq!(befriend(&api, "birch", json!(["ash"])).await["ash"]["success"], true);
}

#[tokio::test]
async fn who_is_deactivated_is_a_friend_again_when_they_are_back() {
    let api = among(&["ash", "birch"]).await;
    api.befriend("ash", "birch").await;
    api.app().delete("/users/birch", json!({})).await.expect_ok();
    assert_eq!(friends_of(&api, "ash").await, [""; 0]);
    api.app().get("/users/birch/friends").await.expect_error(404, "ERR_UID_NOT_FOUND");
    api.app().put("/users", json!({ "uidsToActivate": ["birch"] })).await.expect_ok();
    assert_eq!(friends_of(&api, "ash").await, ["birch"]);
}

/// Both make the other a friend at once, with others: each pair is made once, and counted once.
#[tokio::test]
async fn friends_that_are_made_at_once_are_counted_once() {
    let api = among(&["ash", "birch", "cedar", "elm"]).await;
    let people = ["ash", "birch", "cedar", "elm"];
    let all = futures_util::future::join_all(people.map(|uid| befriend(&api, uid, json!(people))));
    let made: usize = all
        .await
        .iter()
        .map(|slots| slots.as_object().unwrap().values().filter(|slot| slot["success"] == true).count())
        .sum();
    assert_eq!(made, 6);
    for uid in people {
        assert_eq!((friends_of(&api, uid).await.len(), counted(&api, uid).await), (3, "3".to_owned()), "{uid}");
    }
}
