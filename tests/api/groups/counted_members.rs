//! A group counts its active members.

use futures_util::future::join;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, text_to_group};

use crate::platform::faults::table;

/// How many groups a request counts itself.
const AT_ONCE: usize = shared::jobs::COUNTED_AT_ONCE;
/// How often each race is run.
const ROUNDS: usize = 12;

async fn deactivate(api: &Api, uid: &str) {
    api.app().delete("/users", json!({ "uidsToDeactivate": [uid] })).await.expect_ok();
}

async fn reactivate(api: &Api, uid: &str) {
    api.app().put("/users", json!({ "uidsToActivate": [uid] })).await.expect_ok();
}

async fn members_count(api: &Api, guid: &str) -> Value {
    api.app().get(format!("/groups/{guid}")).await.expect_data()["membersCount"].clone()
}

/// Groups of ash and birch, one more than a request counts itself, and so many more.
async fn many_groups(api: &Api, more: usize) -> Vec<String> {
    let members = [&api.user("ash").await, &api.user("birch").await];
    let mut guids = Vec::new();
    for n in 0..=AT_ONCE + more {
        guids.push(api.group(&format!("group-{n:02}"), &members).await);
    }
    guids
}

#[rstest]
#[case::alone("DELETE", "/users/ash", json!({}))]
#[case::with_others("DELETE", "/users", json!({ "uidsToDeactivate": ["ash", "nobody"] }))]
#[tokio::test]
async fn a_deactivated_member_is_not_counted(#[case] method: &str, #[case] path: &str, #[case] body: Value) {
    let api = Api::start().await;
    let [ash, birch] = [api.user("ash").await, api.user("birch").await];
    api.group("orchard", &[&ash, &birch]).await;
    for _ in 0..2 {
        let answer = api.app().send(method, path, body.to_string().into_bytes()).await;
        assert!([200, 404].contains(&answer.status));
        assert_eq!(members_count(&api, "orchard").await, 1);
        let listed = birch.get("/groups?membersCount[eq]=1").await.expect_data();
        assert_eq!(listed[0]["guid"], "orchard");
        let sent = birch.post("/messages", text_to_group("orchard", "where is ash")).await.expect_data();
        assert_eq!(sent["data"]["entities"]["receiver"]["entity"]["membersCount"], 1);
        api.jobs_done().await;
    }
    for _ in 0..2 {
        reactivate(&api, "ash").await;
        assert_eq!(members_count(&api, "orchard").await, 2);
        api.jobs_done().await;
    }
    table::check(&api).await;
}

#[tokio::test]
async fn who_is_in_many_groups_is_counted_in_all_of_them_at_last() {
    let mut api = Api::start_idle(local::Data::Memory).await;
    let guids = many_groups(&api, 4).await;
    deactivate(&api, "ash").await;
    for (n, guid) in guids.iter().enumerate() {
        assert_eq!(members_count(&api, guid).await, if n < AT_ONCE { 1 } else { 2 }, "{guid}");
    }
    api.work().await;
    api.jobs_done().await;
    for guid in &guids {
        assert_eq!(members_count(&api, guid).await, 1, "{guid}");
    }
    reactivate(&api, "ash").await;
    api.jobs_done().await;
    for guid in &guids {
        assert_eq!(members_count(&api, guid).await, 2, "{guid}");
    }
    table::check(&api).await;
}

/// Whoever is brought back and goes before the job has come by was not counted, and is not counted out.
#[rstest]
#[case::leaving("ash", "DELETE", "members/ash")]
#[case::kicked("app", "DELETE", "members/ash")]
#[case::banned("app", "POST", "bannedusers/ash")]
#[tokio::test]
async fn who_is_not_counted_yet_is_not_counted_out(#[case] actor: &str, #[case] method: &str, #[case] path: &str) {
    let api = Api::start_idle(local::Data::Memory).await;
    let members = [&api.user("ash").await, &api.user("birch").await];
    api.group("orchard", &members).await;
    let key = |sk: &str| json!({ "pk": { "S": "GROUP#orchard" }, "sk": { "S": sk } });
    api.overwrite_with(&key("MEMBER#ash"), "isAway", json!({ "BOOL": true })).await;
    api.overwrite_with(&key("GROUP"), "membersCount", json!({ "N": "1" })).await;
    let gone = crate::given::who(&api, actor).send(method, &format!("/groups/orchard/{path}"), b"{}".to_vec()).await;
    gone.expect_ok();
    assert_eq!(members_count(&api, "orchard").await, 1);
    let told = members[1].get("/groups/orchard/messages").await.expect_data();
    assert_eq!(told[0]["data"]["entities"]["for"]["entity"]["membersCount"], 1);
    table::check(&api).await;
}

/// Deactivated and deleted for good before all groups have counted that: they are counted out once.
#[tokio::test]
async fn who_is_deactivated_and_deleted_is_counted_out_once() {
    let mut api = Api::start_idle(local::Data::Memory).await;
    let guids = many_groups(&api, 2).await;
    deactivate(&api, "ash").await;
    api.app().delete("/users/ash", json!({ "permanent": true })).await.expect_ok();
    api.work().await;
    api.jobs_done().await;
    for guid in &guids {
        assert_eq!(members_count(&api, guid).await, 1, "{guid}");
    }
    table::check(&api).await;
}

/// Whatever wins, each group counts those of its members who are active.
#[rstest]
#[case::leaving("ash", "DELETE", "members/ash", json!({}))]
#[case::kicked("app", "DELETE", "members/ash", json!({}))]
#[case::banned("app", "POST", "bannedusers/ash", json!({}))]
#[case::joining("ash", "POST", "members", json!({}))]
#[case::added("app", "POST", "members", json!({ "participants": ["ash"] }))]
#[case::demoted("app", "PUT", "members/ash", json!({ "scope": "moderator" }))]
#[case::deleted_group("app", "DELETE", "", json!({}))]
#[tokio::test(flavor = "multi_thread")]
async fn a_race_counts_nobody_twice(
    #[case] actor: &str,
    #[case] method: &str,
    #[case] path: &str,
    #[case] body: Value,
) {
    let api = Api::start().await;
    let [ash, birch] = [api.user("ash").await, api.user("birch").await];
    let is_coming = method == "POST" && path == "members";
    for n in 0..ROUNDS {
        let guid = format!("group-{n:02}");
        let (members, alone) = ([&ash, &birch], [&birch]);
        api.group(&guid, if is_coming { &alone } else { &members }).await;
        if n % 3 == 2 {
            deactivate(&api, "ash").await;
        }
        let comes_and_goes = async {
            deactivate(&api, "ash").await;
            if n % 2 == 1 {
                reactivate(&api, "ash").await;
                deactivate(&api, "ash").await;
            }
            reactivate(&api, "ash").await;
        };
        let path = format!("/groups/{guid}/{path}");
        let act = async {
            tokio::time::sleep(std::time::Duration::from_micros(700 * n as u64)).await;
            let path = path.trim_end_matches('/');
            crate::given::who(&api, actor).send(method, path, body.to_string().into_bytes()).await
        };
        let (answer, ()) = join(act, comes_and_goes).await;
        assert!(answer.status < 429, "{} {}", answer.status, answer.body);
        api.jobs_done().await;
        table::check(&api).await;
    }
}
