//! What a page costs grows with nothing but the page: not with the history behind it, nor with what is not there.

use rstest::rstest;
use serde_json::json;
use tests::{Actor, Api};

/// A second well after the ids' own beginning.
const T: u64 = 1_760_000_000;
/// How many messages a long history has.
const MANY: u64 = 1_500;

/// ash and birch, who wrote each other this often; returns birch.
async fn with_history(api: &Api, n_messages: u64) -> Actor<'_> {
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    for n in 0..n_messages {
        let (from, to) = if n % 2 == 0 { (&ash, &birch) } else { (&birch, &ash) };
        from.send_text(to, "How are you today?").await;
    }
    birch
}

/// The read units of a request by a user with a history of so many messages.
async fn units(path: &str, n_messages: u64) -> f64 {
    let api = Api::start().await;
    with_history(&api, n_messages).await.get(path).await.expect_ok();
    api.last_line().read_units
}

#[rstest]
#[case::page_with_a_user("/users/ash/messages?limit=10")]
#[case::page_of_the_oldest("/users/ash/messages?limit=10&affix=append&id=1")]
#[case::page_over_all("/messages?limit=10")]
#[case::page_of_the_oldest_over_all("/messages?limit=10&affix=append&id=1")]
#[case::threads_where_nobody_replied("/threads")]
#[tokio::test]
async fn a_long_history_costs_what_a_short_one_does(#[case] path: &str) {
    const SHORT: u64 = 60;
    let (short, long) = (units(path, SHORT).await, units(path, 4 * SHORT).await);
    assert!(long <= short, "{long} after {short}");
}

#[tokio::test]
async fn threads_are_looked_for_where_there_are_any() {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let first = ash.send_text(&birch, "What about this?").await;
    api.history(&first, T..T + MANY).await;
    let thread = format!("/messages/{}/thread", first["id"]);
    let reply = ash.post(&thread, json!({ "data": { "text": "That" } })).await.expect_data();
    for _ in 0..60 {
        birch.send_text(&ash, "Well").await;
    }
    let threads = birch.get("/threads").await.expect_data();
    assert_eq!((&threads[0]["id"], &threads[0]["lastReply"]["id"]), (&first["id"], &reply["id"]));

    // History that was brought in is looked through, because nobody noted whether there are replies in it.
    let cedar = api.token_user("cedar").await;
    let parent = cedar.send_text(&birch, "And this?").await;
    let of_then = api.history(&parent, [T + 2 * MANY]).await;
    let of_then = cedar.get(format!("/messages/{}", of_then[0])).await.expect_data();
    api.reply(&of_then).await;
    cedar.send_text(&birch, "Well").await;
    let threads = cedar.get("/threads").await.expect_data();
    assert_eq!((threads.as_array().unwrap().len(), &threads[0]["id"]), (1, &of_then["id"]));
}

#[tokio::test]
async fn counters_of_much_that_is_unread_cost_a_bounded_number_of_units() {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let first = ash.send_text(&birch, "Well").await;
    api.history(&first, T..T + MANY).await;
    for path in ["/users/ash/conversation", "/conversations", "/messages?count=true&unread=true"] {
        birch.get(path).await.expect_ok();
        let line = api.last_line();
        assert!(line.read_units < 230.0, "{path}: {}", line.read_units);
    }
}
