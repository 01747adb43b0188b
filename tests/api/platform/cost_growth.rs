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

/// Whose receipts are not shown one by one, because there are too many of them, is not looked up: as if another had written it.
#[tokio::test]
async fn who_wrote_to_a_large_group_pays_for_none_of_its_members() {
    const MEMBERS: usize = 301;
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    let uids: Vec<String> = (1..MEMBERS).map(|n| format!("m-{n:03}")).collect();
    api.users(&uids).await;
    api.group("forest", &[&ash]).await;
    for some in uids.chunks(25) {
        api.app().post("/groups/forest/members", json!({ "participants": some })).await.expect_ok();
    }
    let sent = ash.send_text_to_group("forest", "Hello").await;
    let path = format!("/messages/{}", sent["id"]);
    assert_eq!(cost(&api, &ash, &path).await, (2, 4.5));
}

/// Calls and read units of a request.
async fn cost(api: &Api, actor: &Actor<'_>, path: &str) -> (u32, f64) {
    actor.get(path).await.expect_ok();
    let line = api.last_line();
    (line.calls, line.read_units)
}

#[rstest]
#[case::searched_in_vain(&"fallen leaves ".repeat(3_500), 150, &["/users/ash/messages?searchKey=zebra", "/messages?searchKey=zebra"])]
#[case::counted("Well", 1_100, &["/conversations", "/users/ash/conversation", "/messages?count=true&unread=true", "/users/ash/messages?count=true"])]
#[tokio::test]
async fn beyond_a_work_bound_more_messages_cost_no_more(
    #[case] text: &str,
    #[case] bound: u64,
    #[case] paths: &[&str],
) {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let sent = ash.send_text(&birch, "Well").await;
    // Longer than any route lets it be, so that few are enough.
    let sk = format!("MSG#{:016}", sent["id"].as_u64().unwrap());
    let row = api.table().await.into_iter().find(|row| row["sk"]["S"] == sk).unwrap();
    api.overwrite(&row, "data", &json!({ "text": text }).to_string()).await;
    let message = api.message_of(&sent).await;
    let mut at_the_bound = Vec::new();
    api.copy(&message, 1..=bound);
    api.begin_earlier(&sent, 2 * bound).await;
    for path in paths {
        at_the_bound.push(cost(&api, &birch, path).await);
    }
    api.copy(&message, bound + 1..=2 * bound);
    for (path, bounded) in paths.iter().zip(at_the_bound) {
        assert_eq!(cost(&api, &birch, path).await, bounded, "{path}");
    }
}

/// Lists of what a user's conversations hold. Up to 500 of these are merged, of more the app's messages are walked.
const MERGED: u64 = 500;
const LISTS: [&str; 5] = [
    "/messages?limit=30",
    "/messages?limit=30&affix=append",
    "/messages?limit=30&affix=append&id=1",
    "/conversations?perPage=30",
    "/threads",
];

#[tokio::test]
async fn a_page_costs_a_state_for_each_conversation_and_beyond_a_bound_nothing() {
    let api = Api::start().await;
    let ash = api.token_user("ash").await;
    let sent = ash.send_text(&api.user("birch").await, "Well").await;
    let conversation = api.conversation_of(&sent).await;
    let mut costs = Vec::new();
    for numbers in [1..=60, 61..=MERGED - 100, MERGED - 99..=MERGED + 20, MERGED + 21..=MERGED + 220] {
        let n_conversations = *numbers.end();
        api.copy(&conversation, numbers);
        for path in LISTS {
            let (calls, units) = cost(&api, &ash, path).await;
            costs.push((path, f64::from(calls), units));
        }
        if n_conversations == MERGED - 100 {
            // Each holds one message, so several are read at once to the end.
            cost(&api, &ash, "/messages?searchKey=zebra").await;
            let trips = api.last_line().round_trips;
            assert!(u64::from(trips) < n_conversations / 3, "{trips} round trips");
        }
    }
    let [few, many, beyond, far_beyond] = [0, 1, 2, 3].map(|stage| &costs[stage * LISTS.len()..][..LISTS.len()]);
    let check = |fewer: &[(&str, f64, f64)], more: &[(&str, f64, f64)], [further_calls, further_units]: [f64; 2]| {
        for ((path, calls, units), (_, most_calls, most_units)) in fewer.iter().zip(more) {
            assert!(*most_calls <= calls + further_calls, "{path}: {most_calls} calls after {calls}");
            assert!(*most_units <= units + further_units, "{path}: {most_units} units after {units}");
        }
    };
    // Of 340 further conversations the states are read, 100 at once, and the user's own rows, 20 for a unit.
    check(few, many, [6.0, 340.0 + 17.0]);
    check(&beyond[..LISTS.len() - 1], &far_beyond[..LISTS.len() - 1], [1.0, 10.0]);
    // Threads are looked for among all messages then, for a share of what the request may cost.
    assert!(far_beyond[LISTS.len() - 1].2 < 0.6 * shared::store::BOUND, "{far_beyond:?}");
}

#[tokio::test]
async fn counters_of_more_conversations_than_a_request_pays_for_are_those_of_the_last() {
    let api = Api::start().await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let sent = ash.send_text(&birch, "Well").await;
    birch.send_text(&ash, "Well, then").await;
    api.copy(&api.participation_of(&sent).await, 1..=2_100);
    for path in ["/messages?count=true&unread=true", "/messages?count=true&undelivered=true"] {
        let counters = ash.get(path).await.expect_data();
        assert_eq!(counters, json!([{ "entityId": "birch", "entityType": "user", "count": 1 }]));
        assert!(api.last_line().read_units < 1_600.0, "{path}");
    }
}
