//! `searchKey` on the members of a group.

use serde_json::json;
use tests::{Actor, Api};

async fn found(actor: &Actor<'_>, query: &str) -> Vec<String> {
    let listed = actor.get(format!("/groups/orchard/members?{query}")).await.expect_data();
    listed.as_array().unwrap().iter().map(|member| member["uid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_search_finds_members_by_a_part_of_their_name_or_uid() {
    let api = Api::start().await;
    for (uid, name) in [("ash", "Ashton Groß"), ("birch", "Zoe\u{301}"), ("cedar", "Ashley"), ("elm", "Ashwin")] {
        api.app().post("/users", json!({ "uid": uid, "name": name })).await.expect_ok();
    }
    let members = json!({ "admins": ["ash"], "participants": ["birch", "cedar"] });
    api.app().post("/groups", json!({ "guid": "orchard", "name": "Orchard", "members": members })).await.expect_ok();
    let ash = api.on_behalf_of("ash");
    for (query, expected) in [
        ("searchKey=ash", vec!["ash", "cedar"]),
        ("searchKey=GROSS", vec!["ash"]),
        ("searchKey=zo%C3%A9", vec!["birch"]),
        ("searchKey=irc", vec!["birch"]),
        ("searchKey=ley&scopes=admin", vec![]),
        ("searchKey=elm", vec![]),
        ("searchKey=", vec!["ash", "birch", "cedar"]),
        ("searchKey=ash&status=available", vec![]),
    ] {
        assert_eq!(found(&ash, query).await, expected, "{query}");
    }
    let first = ash.get("/groups/orchard/members?searchKey=ash&perPage=1").await.expect_ok();
    assert_eq!(first["meta"]["pagination"]["total_pages"], 2);
    assert_eq!(found(&ash, "searchKey=ash&perPage=1&page=2").await, ["cedar"]);
    api.app().send("DELETE", "/users/cedar", Vec::new()).await.expect_ok();
    assert_eq!(found(&ash, "searchKey=ash").await, ["ash"]);
}
