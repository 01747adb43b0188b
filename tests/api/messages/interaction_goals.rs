//! Lists of interactive messages whose goal the acting user has met (contract/extras.md, "Interactive messages").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, ids};

const ONLY_MET: &str = "onlyInteractionGoalCompleted=1";

/// A form with three elements and a goal, from ash to birch.
fn form(goal: &Value) -> Value {
    let elements = ["a", "b", "c"].map(|id| json!({ "elementId": id }));
    json!({
        "receiver": "birch", "receiverType": "user", "category": "interactive", "type": "form",
        "data": { "interactiveData": { "formFields": elements }, "interactionGoal": goal },
    })
}

async fn people(api: &Api) -> [Actor<'_>; 2] {
    [api.user("ash").await, api.user("birch").await]
}

async fn send(ash: &Actor<'_>, goal: &Value) -> u64 {
    ash.post("/messages", form(goal)).await.expect_data()["id"].as_u64().unwrap()
}

async fn uses(birch: &Actor<'_>, id: u64, elements: &[&str]) {
    let body = json!({ "interactions": elements }).to_string().into_bytes();
    birch.send("PATCH", &format!("/messages/{id}/interacted"), body).await.expect_ok();
}

#[rstest]
#[case::any_action(json!({ "type": "anyAction" }), &["c"], true)]
#[case::no_action(json!({ "type": "anyAction" }), &[], false)]
#[case::any_of_them(json!({ "type": "anyOf", "elementIds": ["a", "b"] }), &["b"], true)]
#[case::none_of_them(json!({ "type": "anyOf", "elementIds": ["a", "b"] }), &["c"], false)]
#[case::one_of_them(json!({ "type": "oneOf", "elementIds": ["a", "b"] }), &["a"], true)]
#[case::all_of_them(json!({ "type": "allOf", "elementIds": ["a", "b"] }), &["a", "c", "b"], true)]
#[case::not_all_of_them(json!({ "type": "allOf", "elementIds": ["a", "b"] }), &["a", "c"], false)]
#[case::all_of_nothing(json!({ "type": "allOf", "elementIds": [] }), &["a"], false)]
#[case::none_is_never_met(json!({ "type": "none" }), &["a"], false)]
#[case::without_a_goal(json!(null), &["a"], false)]
#[case::a_goal_that_nobody_knows(json!({ "type": "whatever", "elementIds": ["a"] }), &["a"], false)]
#[case::no_goal_at_all(json!("anyAction"), &["a"], false)]
#[tokio::test]
async fn only_messages_whose_goal_is_met_are_listed(#[case] goal: Value, #[case] used: &[&str], #[case] is_met: bool) {
    let api = Api::start().await;
    let [ash, birch] = people(&api).await;
    let id = send(&ash, &goal).await;
    ash.send_text(&birch, "no form").await;
    if !used.is_empty() {
        uses(&birch, id, used).await;
    }
    let expected = if is_met { vec![id] } else { vec![] };
    for path in ["/messages", "/users/ash/messages"] {
        let listed = birch.get(format!("{path}?{ONLY_MET}")).await.expect_data();
        assert_eq!(ids(&listed), expected, "{path}");
        let counted = birch.get(format!("{path}?count=1&{ONLY_MET}")).await.expect_data();
        let count = if is_met { json!([{ "entityId": "ash", "entityType": "user", "count": 1 }]) } else { json!([]) };
        assert_eq!(counted, count, "{path}");
    }
    // Nobody else has met it.
    assert_eq!(ash.get(format!("/messages?{ONLY_MET}")).await.expect_data(), json!([]));
    // What is deleted shows no goal.
    ash.delete(format!("/messages/{id}"), json!({})).await.expect_ok();
    assert_eq!(birch.get(format!("/messages?{ONLY_MET}")).await.expect_data(), json!([]));
}

/// Clients take an empty page for the end, so what is met is found behind what is not.
#[tokio::test]
async fn a_page_is_not_empty_while_there_is_any_in_the_list() {
    let api = Api::start().await;
    let [ash, birch] = people(&api).await;
    let goal = json!({ "type": "anyAction" });
    let mut sent = Vec::new();
    for _ in 0..9 {
        sent.push(send(&ash, &goal).await);
    }
    let met = [sent[0], sent[1], sent[8]];
    for id in met {
        uses(&birch, id, &["a"]).await;
    }
    for affix in ["append", "prepend"] {
        for limit in [1, 2, 5, 100] {
            let visited = crate::given::walk(&birch, "/users/ash/messages", ONLY_MET, affix, limit).await;
            assert_eq!(ids(&Value::Array(visited)), met, "{affix} by {limit}");
            let page = birch.get(format!("/messages?{ONLY_MET}&affix={affix}&limit={limit}")).await.expect_data();
            assert!(!page.as_array().unwrap().is_empty(), "{affix} by {limit}");
        }
    }
    birch.post(format!("/messages/{}/save", sent[1]), json!({})).await.expect_ok();
    birch.post(format!("/messages/{}/save", sent[2]), json!({})).await.expect_ok();
    let saved = birch.get(format!("/messages?saved=1&{ONLY_MET}")).await.expect_data();
    assert_eq!(ids(&saved), [sent[1]]);
}

#[tokio::test]
async fn goals_are_met_by_somebody() {
    let api = Api::start().await;
    let [ash, _] = people(&api).await;
    let id = send(&ash, &json!({ "type": "anyAction" })).await;
    for path in ["/messages", "/users/ash/messages"] {
        api.app().get(format!("{path}?{ONLY_MET}")).await.expect_invalid("onlyInteractionGoalCompleted");
    }
    let replies = ash.get(format!("/messages/{id}/thread?{ONLY_MET}&withParent=1")).await.expect_data();
    assert_eq!(replies, json!([]));
}
