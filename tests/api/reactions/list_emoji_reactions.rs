//! `GET /messages/{id}/reactions/{reaction}` (contract/messages.md, operation 14); what it shares with the list of all
//! reactions is in `list_reactions.rs`.

use rstest::rstest;
use serde_json::json;
use tests::{Api, segment};

#[rstest]
#[case::prefixes(&["a", "a#", "a#b", "ab", "A"])]
#[case::escapes(&["%", "%25", "#", "%23"])]
#[case::emoji(&["👍", "👍🏽", "👍🏿"])]
#[case::flags(&["🇩🇪", "🇩", "🇪🇩"])]
#[case::families(&["👨", "👨‍👩", "👨‍👩‍👧"])]
#[case::slashes(&["a", "a/", "a/b", "/a"])]
#[tokio::test]
async fn a_kind_lists_none_of_its_neighbours(#[case] kinds: &[&str]) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions", birch.send_text(&ash, "hello").await["id"]);
    for kind in kinds {
        ash.post(&path, json!({ "reaction": kind })).await.expect_ok();
    }

    for kind in kinds {
        let listed = birch.get(format!("{path}/{}", segment(kind))).await.expect_data();
        let found: Vec<_> = listed.as_array().unwrap().iter().map(|item| item["reaction"].as_str().unwrap()).collect();
        assert_eq!(found, [*kind]);
    }
}

#[tokio::test]
async fn an_item_is_the_same_in_both_lists() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions", birch.send_text(&ash, "hello").await["id"]);
    for (user, kind) in [(&ash, "x"), (&birch, "y"), (&birch, "x")] {
        user.post(format!("{path}/{kind}"), json!({})).await.expect_ok();
    }

    let all = ash.get(&path).await.expect_ok();
    let page = ash.get(format!("{path}/x")).await.expect_ok();

    assert_eq!(page["data"], json!([all["data"][0], all["data"][2]]));
    assert_eq!(page["meta"]["current"], json!({ "limit": 100, "count": 2 }));
    assert_eq!(page["meta"]["next"], json!({ "affix": "append", "id": all["data"][2]["id"] }));
}

#[tokio::test]
async fn a_reaction_that_nobody_used_has_an_empty_list() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions", birch.send_text(&ash, "hello").await["id"]);
    ash.post(format!("{path}/x"), json!({})).await.expect_ok();
    assert_eq!(ash.get(format!("{path}/y")).await.expect_data(), json!([]));
}

#[tokio::test]
async fn a_kind_has_at_most_45_characters() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions", birch.send_text(&ash, "hello").await["id"]);
    ash.get(format!("{path}/{}", segment(&"🔥".repeat(46)))).await.expect_invalid("reaction");
    assert_eq!(ash.get(format!("{path}/{}", segment(&"🔥".repeat(45)))).await.expect_data(), json!([]));
}

#[rstest]
#[tokio::test]
async fn a_deleted_message_lists_no_reactions(#[values("", "/x")] kind: &str) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}", birch.send_text(&ash, "hello").await["id"]);
    ash.post(format!("{path}/reactions/x"), json!({})).await.expect_ok();
    birch.delete(&path, json!({})).await.expect_ok();

    assert_eq!(ash.get(format!("{path}/reactions{kind}")).await.expect_data(), json!([]));
}
