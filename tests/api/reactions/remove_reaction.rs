//! `DELETE /messages/{id}/reactions/{reaction}` (contract/messages.md, operation 12). Who may is tested with adding.

use futures_util::future::join_all;
use serde_json::json;
use tests::{Actor, Api};

use crate::given::reactions;

/// A message that ash and birch reacted to with 🔥, and birch with 👏.
async fn applauded(birch: &Actor<'_>, ash: &Actor<'_>) -> String {
    let path = format!("/messages/{}", birch.send_text(ash, "hello").await["id"]);
    for (user, reaction) in [(ash, "🔥"), (birch, "🔥"), (birch, "👏")] {
        user.post(format!("{path}/reactions/{reaction}"), json!({})).await.expect_ok();
    }
    path
}

#[tokio::test]
async fn removing_takes_back_ones_own_reaction_only() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = applauded(&birch, &ash).await;

    let answer = birch.delete(format!("{path}/reactions/🔥"), json!({})).await.expect_data();

    assert_eq!(reactions(&answer), [("🔥", 1, false), ("👏", 1, true)]);
    assert_eq!(answer["updatedAt"], answer["sentAt"]);
    assert_eq!(answer["data"]["text"], "hello");
    assert_eq!(reactions(&ash.get(&path).await.expect_data()), [("🔥", 1, true), ("👏", 1, false)]);
    let listed = ash.get(format!("{path}/reactions")).await.expect_data();
    let left: Vec<_> = listed.as_array().unwrap().iter().map(|item| [&item["uid"], &item["reaction"]]).collect();
    assert_eq!(left, [["ash", "🔥"], ["birch", "👏"]]);
}

#[tokio::test]
async fn removing_what_one_does_not_hold_succeeds_and_changes_nothing() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = applauded(&birch, &ash).await;

    for reaction in ["👏", "unused"] {
        let answer = ash.delete(format!("{path}/reactions/{reaction}"), json!({})).await.expect_data();
        assert_eq!(reactions(&answer), [("🔥", 2, true), ("👏", 1, false)]);
    }
    ash.delete(format!("{path}/reactions/🔥"), json!({})).await.expect_ok();
    let twice = ash.delete(format!("{path}/reactions/🔥"), json!({})).await.expect_data();
    assert_eq!(reactions(&twice), [("🔥", 1, false), ("👏", 1, false)]);
}

#[tokio::test]
async fn without_any_reaction_left_the_summary_is_left_out() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = applauded(&birch, &ash).await;
    ash.delete(format!("{path}/reactions/🔥"), json!({})).await.expect_ok();
    birch.delete(format!("{path}/reactions/🔥"), json!({})).await.expect_ok();

    let last = birch.delete(format!("{path}/reactions/👏"), json!({})).await.expect_data();

    assert_eq!(last["data"].get("reactions"), None);
    assert_eq!(ash.get(&path).await.expect_data()["data"].get("reactions"), None);
    assert_eq!(ash.get(format!("{path}/reactions")).await.expect_data(), json!([]));
}

#[tokio::test]
async fn removing_at_once_counts_once() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = applauded(&birch, &ash).await;

    let answers = join_all((0..10).map(|_| birch.delete(format!("{path}/reactions/🔥"), json!({})))).await;

    for answer in answers {
        assert_eq!(reactions(&answer.expect_data()), [("🔥", 1, false), ("👏", 1, true)]);
    }
}

#[tokio::test]
async fn a_removed_reaction_may_be_added_again_as_the_latest() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = applauded(&birch, &ash).await;
    for user in [&ash, &birch] {
        user.delete(format!("{path}/reactions/🔥"), json!({})).await.expect_ok();
    }

    let again = ash.post(format!("{path}/reactions/🔥"), json!({})).await.expect_data();

    assert_eq!(reactions(&again), [("👏", 1, false), ("🔥", 1, true)]);
}

#[tokio::test]
async fn a_reaction_to_remove_has_at_most_45_characters() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = applauded(&birch, &ash).await;
    ash.delete(format!("{path}/reactions/{}", "x".repeat(46)), json!({})).await.expect_invalid("reaction");
    ash.delete(format!("{path}/reactions/{}", "x".repeat(45)), json!({})).await.expect_ok();
}
