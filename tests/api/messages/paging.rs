//! Pages of message lists (contract/clients.md, "SDK paging needs"; contract/messages.md, "Cursor and order").

use futures_util::future::join_all;
use rstest::rstest;
use tests::{Api, check_meta, ids, texts};

/// A second well after the ids' own beginning.
const T: u64 = 1_760_000_000;

#[rstest]
#[case::one_by_one(1)]
#[case::uneven(7)]
#[case::a_divisor(20)]
#[case::exactly_all(60)]
#[case::more_than_all(1000)]
#[tokio::test]
async fn walking_either_way_visits_every_message_exactly_once(#[case] limit: usize) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let first = ash.send_text(&birch, "first").await;
    let all = api.history(&first, (0..59).map(|n| T + n / 3)).await;
    let all: Vec<u64> = all.into_iter().chain(first["id"].as_u64()).collect();

    for actor in [&birch, &api.app()] {
        let forwards = actor.walk("/users/ash/messages", "", "append", limit, None).await;
        let backwards = actor.walk("/users/ash/messages", "", "prepend", limit, None).await;
        assert_eq!(forwards.concat(), all);
        assert_eq!(backwards.into_iter().rev().collect::<Vec<_>>().concat(), all);
    }
}

#[tokio::test]
async fn two_hundred_concurrent_sends_are_all_listed_once_in_rising_order() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let senders = join_all((0..10).map(async |n| api.user(&format!("sender-{n}")).await)).await;
    let group = api.group("orchard", &senders.iter().chain([&ash]).collect::<Vec<_>>()).await;

    let sends = (0..200).map(|n| {
        let (sender, group) = (&senders[n % senders.len()], &group);
        async move { sender.send_text_to_group(group, &format!("{n}")).await["id"].as_u64().unwrap() }
    });
    let mut sent: Vec<u64> = join_all(sends).await;
    sent.sort_unstable();
    assert!(sent.is_sorted_by(|one, other| one < other), "an id was given twice");

    let path = format!("/groups/{group}/messages");
    let before = sent[0] - 1;
    for limit in [7, 50, 199, 200, 1000] {
        assert_eq!(ash.walk(&path, "", "append", limit, Some(before)).await.concat(), sent);
        let backwards = ash.walk(&path, "categories=message", "prepend", limit, None).await;
        assert_eq!(backwards.into_iter().rev().collect::<Vec<_>>().concat(), sent);
    }
}

#[rstest]
#[case::newest_by_default("", &["m7", "m8", "m9"])]
#[case::newest("affix=prepend", &["m7", "m8", "m9"])]
#[case::oldest("affix=append", &["m0", "m1", "m2"])]
#[case::past_an_id("id={4}", &["m5", "m6", "m7"])]
#[case::after_an_id("affix=append&id={4}", &["m5", "m6", "m7"])]
#[case::before_an_id("affix=prepend&id={4}", &["m1", "m2", "m3"])]
#[case::past_a_second("sentAt={t2}", &["m6", "m7", "m8"])]
#[case::after_a_second("affix=append&sentAt={t2}", &["m6", "m7", "m8"])]
#[case::before_a_second("affix=prepend&sentAt={t2}", &["m1", "m2", "m3"])]
#[case::id_wins_over_second_forwards("affix=append&id={0}&sentAt={t2}", &["m1", "m2", "m3"])]
#[case::id_wins_over_second_backwards("affix=prepend&id={9}&sentAt={t2}", &["m6", "m7", "m8"])]
#[case::before_the_oldest("affix=prepend&id={0}", &[])]
#[case::after_the_newest("affix=append&id={9}", &[])]
#[case::before_every_second("affix=prepend&sentAt=0", &[])]
#[case::after_every_second("affix=append&sentAt=18446744073709551615", &[])]
#[tokio::test]
async fn a_page_starts_beyond_its_cursor(#[case] query: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    // Two messages a second; the sent one itself is left out of every page by the window.
    let template = ash.send_text(&birch, "template").await;
    let history = api.history(&template, (0..10).map(|n| T + n / 2)).await;

    let query = [0, 4, 9]
        .iter()
        .fold(query.to_owned(), |query, n| query.replace(&format!("{{{n}}}"), &history[*n].to_string()));
    let query = query.replace("{t2}", &(T + 2).to_string());
    let page = birch.get(format!("/users/ash/messages?limit=3&sentAt[to]={}&{query}", T + 9)).await.expect_ok();

    assert_eq!(texts(&page["data"]), expected);
    check_meta(&page, if query.contains("prepend") || query.is_empty() { "prepend" } else { "append" }, 3);
}

#[rstest]
#[case::limit("limit=2", 2)]
#[case::of_the_sdk("per_page=2", 2)]
#[case::of_rest_users("perPage=2", 2)]
#[case::default("", 10)]
#[case::smallest("limit=1", 1)]
#[case::largest("limit=1000", 12)]
#[tokio::test]
async fn a_page_holds_as_many_as_asked_for(#[case] query: &str, #[case] count: usize) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let group = api.group("orchard", &[&ash]).await;
    let (to_birch, to_group) = (ash.send_text(&birch, "first").await, ash.send_text_to_group(&group, "first").await);
    api.history(&to_birch, (1..12).map(|n| T + n)).await;
    api.history(&to_group, (1..12).map(|n| T + 100 + n)).await;
    for path in ["/users/birch/messages".to_owned(), format!("/groups/{group}/messages")] {
        let page = ash.get(format!("{path}?categories=message&{query}")).await.expect_ok();
        assert_eq!(page["data"].as_array().unwrap().len(), count, "{path}");
    }
}

#[rstest]
#[case("limit=0", "limit")]
#[case("limit=1001", "limit")]
#[case("limit=-1", "limit")]
#[case("limit=ten", "limit")]
#[case("limit=99999999999999999999999", "limit")]
#[case("per_page=0", "per_page")]
#[case("perPage=1001", "perPage")]
#[case("affix=sideways", "affix")]
#[case("id=abc", "id")]
#[case("id=9007199254740992", "id")]
#[case("sentAt=yesterday", "sentAt")]
#[case("fromTimestamp=x", "fromTimestamp")]
#[case("fromTimestamp=1&toTimestamp=x", "toTimestamp")]
#[case("sentAt[from]=x", "sentAt[from]")]
#[case("sentAt[to]=x", "sentAt[to]")]
#[case("withTags=perhaps", "withTags")]
#[case("hideReplies=2", "hideReplies")]
#[case("sender=a%20b", "sender")]
#[tokio::test]
async fn a_query_that_means_nothing_is_refused_with_details(#[case] query: &str, #[case] field: &str) {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    api.user("birch").await;
    let group = api.group("orchard", &[&ash]).await;
    for path in ["/users/birch/messages".to_owned(), format!("/groups/{group}/messages")] {
        ash.get(format!("{path}?{query}")).await.expect_invalid(field);
    }
}

#[rstest]
#[case::untouched("", "prepend", 10)]
#[case::forwards("affix=append&limit=3", "append", 3)]
#[case::filtered("searchKey=nothing", "prepend", 10)]
#[tokio::test]
async fn an_empty_page_has_both_forms_of_meta_and_no_next(
    #[case] query: &str,
    #[case] affix: &str,
    #[case] limit: usize,
) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[]).await;
    for (actor, path) in [
        (&ash, "/users/birch/messages"),
        (&birch, "/users/ash/messages"),
        (&api.app(), "/users/ash/messages"),
        (&api.app(), "/groups/orchard/messages"),
    ] {
        let page = actor.get(format!("{path}?{query}")).await.expect_ok();
        assert_eq!(page["data"], serde_json::json!([]));
        check_meta(&page, affix, limit);
        assert_eq!(page["meta"].get("next"), None);
    }
}

#[rstest]
#[case("append")]
#[case("prepend")]
#[tokio::test]
async fn total_pages_is_never_one_while_more_messages_remain(#[case] affix: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let first = ash.send_text(&birch, "first").await;
    api.history(&first, (0..9).map(|n| T + n)).await;
    for limit in [1, 5, 9] {
        let page = birch.get(format!("/users/ash/messages?affix={affix}&limit={limit}")).await.expect_ok();
        assert_eq!(page["data"].as_array().unwrap().len(), limit);
        assert_ne!(page["meta"]["pagination"]["total_pages"], 1, "limit {limit}");
    }
}

#[tokio::test]
async fn a_rare_match_behind_a_long_history_is_reached_by_following_the_cursor() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let first = ash.send_text(&birch, "needle").await;
    let history = api.history(&first, (0..2_100).map(|n| T + n)).await;

    let forwards = birch.walk("/users/ash/messages", "searchKey=needle", "append", 10, None).await;
    assert_eq!(forwards.concat(), [first["id"].as_u64().unwrap()]);
    let backwards = birch.walk("/users/ash/messages", "searchKey=m0", "prepend", 10, None).await;
    assert_eq!(backwards.concat(), [history[0]]);
    assert_eq!(ids(&birch.get("/users/ash/messages?limit=1").await.expect_data()), [first["id"].as_u64().unwrap()]);
}
