//! Groups count a deactivated member no more, wherever the job of it is cut off.

use serde_json::json;
use tests::Api;

use super::cut_off_everywhere;
use crate::platform::faults::table;

/// More than are looked at together, and than the request counts itself.
const GROUPS: usize = 130;

async fn prepare(api: &Api) {
    for uid in ["ash", "birch"] {
        api.user(uid).await;
    }
    for n in 0..GROUPS {
        let members = json!({ "participants": ["ash", "birch"] });
        let body = json!({ "guid": format!("group-{n:03}"), "name": "G", "members": members });
        api.app().post("/groups", body).await.expect_ok();
    }
}

async fn deactivate(api: &Api) {
    api.app().delete("/users", json!({ "uidsToDeactivate": ["ash"] })).await.expect_ok();
}

async fn counted(api: &Api, members: u64) -> usize {
    let table = api.table().await;
    let groups = table.iter().filter(|item| item["sk"]["S"] == "GROUP");
    let members = members.to_string();
    groups.filter(|group| group["membersCount"]["N"].as_str() == Some(members.as_str())).count()
}

#[tokio::test]
async fn a_count_is_cut_off_anywhere() {
    let between = async |api: &Api| table::check(api).await;
    let after = async |api: &Api| {
        assert_eq!(counted(api, 1).await, GROUPS);
        table::check(api).await;
    };
    cut_off_everywhere(prepare, deactivate, between, after).await;
}
