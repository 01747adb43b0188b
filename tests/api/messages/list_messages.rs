//! `GET /messages` (contract/messages.md, operation 2). Its filters are in `filters.rs`.

use model::message::Receiver;
use model::uid::{Guid, Uid};
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Actor, Api, ids, texts};

use crate::given::{DAWN, expect, store, text_at, walk, who};

fn user(uid: &str) -> Receiver {
    Receiver::User(Uid::parse(uid).unwrap())
}

/// Seven conversations of which ash is in five, one message a second in turn, before all that the service seeds:
/// the second at which each was sent is its text.
async fn seven_conversations(api: &Api) -> Actor<'_> {
    let ash = api.user("ash").await;
    for uid in ["birch", "cedar", "dogwood"] {
        api.user(uid).await;
    }
    api.group("grove", &[&ash]).await;
    api.group("hedge", &[]).await;
    let group = |guid| Receiver::Group(Guid::parse(guid).unwrap());
    let turns = [
        ("ash", user("birch")),
        ("cedar", user("ash")),
        ("birch", user("cedar")),
        ("ash", group("grove")),
        ("dogwood", user("ash")),
        ("app_system", group("hedge")),
        ("ash", user("ash")),
    ];
    for (second, (from, receiver)) in (1..).zip(turns.iter().cycle().take(28)) {
        store(api, &text_at(second, from, receiver, &second.to_string())).await;
    }
    ash
}

fn seconds(messages: &[Value]) -> Vec<u64> {
    messages.iter().map(|message| message["data"]["text"].as_str().unwrap().parse().unwrap()).collect()
}

/// Which of the 28 messages are ash's.
fn of_ash() -> Vec<u64> {
    (1..=28).filter(|second| ![3, 6].contains(&(second % 7))).collect()
}

#[rstest]
#[case::app_forwards("app", "append")]
#[case::app_backwards("app", "prepend")]
#[case::user_forwards("ash", "append")]
#[case::user_backwards("ash", "prepend")]
#[tokio::test]
async fn paging_visits_every_message_of_every_conversation_once_in_order_of_time(
    #[case] reader: &str,
    #[case] affix: &str,
) {
    let api = Api::start().await;
    seven_conversations(&api).await;
    // A page of the app reads 64 slices, so there are fewer of them here.
    let (expected, limits) = if reader == "app" { ((1..=28).collect(), [9, 1000]) } else { (of_ash(), [3, 1000]) };

    for limit in limits {
        let visited = walk(&who(&api, reader), "/messages", "category=message", affix, limit).await;
        assert_eq!(seconds(&visited), expected, "{limit} at a time");
    }
}

#[rstest]
#[case::the_newest_page_without_cursor("limit=3", &[26, 27, 28])]
#[case::the_oldest_page_forwards("limit=3&affix=append", &[1, 2, 3])]
#[case::after_a_second("limit=3&affix=append&sentAt={5}", &[6, 7, 8])]
#[case::before_a_second("limit=3&affix=prepend&sentAt={5}", &[2, 3, 4])]
#[case::per_page("per_page=2", &[27, 28])]
#[tokio::test]
async fn where_the_apps_pages_start(#[case] query: &str, #[case] expected: &[u64]) {
    let api = Api::start().await;
    seven_conversations(&api).await;
    let query = query.replace("{5}", &(DAWN + 5).to_string());
    let page = api.app().get(format!("/messages?category=message&{query}")).await.expect_data();
    assert_eq!(seconds(page.as_array().unwrap()), expected);
}

#[tokio::test]
async fn both_meta_forms_lead_on_and_the_id_wins_over_the_second() {
    let api = Api::start().await;
    let ash = seven_conversations(&api).await;

    let page = ash.get("/messages?category=message&limit=3&affix=append").await.expect_ok();
    assert_eq!(seconds(page["data"].as_array().unwrap()), [1, 2, 4]);
    let [first, .., last] = page["data"].as_array().unwrap().as_slice() else { panic!("{page}") };
    let meta = &page["meta"];
    assert_eq!(meta["current"], json!({ "limit": 3, "count": 3 }));
    assert_eq!(meta["next"], json!({ "affix": "append", "sentAt": DAWN + 4, "id": last["id"] }));
    assert_eq!(meta["previous"], json!({ "affix": "prepend", "sentAt": DAWN + 1, "id": first["id"] }));
    assert_eq!(meta["cursor"]["id"], last["id"]);
    assert_ne!(meta["pagination"]["total_pages"], 1);

    let next = format!("/messages?category=message&limit=2&affix=append&id={}&sentAt={DAWN}", last["id"]);
    let next = ash.get(next).await.expect_data();
    assert_eq!(seconds(next.as_array().unwrap()), [5, 7]);

    let past = ash.get(format!("/messages?affix=append&sentAt={}", u32::MAX)).await.expect_ok();
    assert_eq!(past["data"], json!([]));
    assert_eq!(past["meta"].get("next"), None);
    assert!(past["meta"]["cursor"].is_object());
}

#[tokio::test]
async fn a_user_sees_a_group_from_joining_with_its_whole_history_until_banned() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("grove", &[&birch]).await;
    birch.send_text_to_group("grove", "before").await;
    assert_eq!(ash.get("/messages").await.expect_data(), json!([]));

    ash.post("/groups/grove/members", json!({})).await.expect_ok();
    birch.send_text_to_group("grove", "after").await;
    assert_eq!(texts(&ash.get("/messages?limit=100").await.expect_data()), ["before", "after"]);

    api.app().post("/groups/grove/members", json!({ "usersToBan": ["ash"] })).await.expect_ok();
    assert_eq!(ash.get("/messages").await.expect_data(), json!([]));
}

#[rstest]
#[case::one_to_one("ash", "ash_user_birch", &[1, 8, 15, 22])]
#[case::a_group("ash", "group_grove", &[4, 11, 18, 25])]
#[case::with_oneself("ash", "ash_user_ash", &[7, 14, 21, 28])]
#[case::any_for_the_app("app", "birch_user_cedar", &[3, 10, 17, 24])]
#[case::any_group_for_the_app("app", "group_hedge", &[6, 13, 20, 27])]
#[case::unknown_for_the_app("app", "ghost_user_nobody", &[])]
#[case::no_conversation_for_the_app("app", "what?", &[])]
#[tokio::test]
async fn a_conversation_id_lists_that_conversation(#[case] reader: &str, #[case] id: &str, #[case] expected: &[u64]) {
    let api = Api::start().await;
    seven_conversations(&api).await;
    for affix in ["append", "prepend"] {
        let query = format!("category=message&conversationId={}", tests::segment(id));
        let visited = walk(&who(&api, reader), "/messages", &query, affix, 3).await;
        assert_eq!(seconds(&visited), expected);
    }
}

#[rstest]
#[case::of_others("birch_user_cedar")]
#[case::a_group_not_joined("group_hedge")]
#[case::without_a_message_yet("ash_user_elm")]
#[case::unknown("ghost_user_nobody")]
#[case::no_conversation("what")]
#[case::the_wrong_way_round("birch_user_ash")]
#[tokio::test]
async fn a_conversation_that_is_not_the_users_is_not_accessible(#[case] id: &str) {
    let api = Api::start().await;
    let ash = seven_conversations(&api).await;
    api.user("elm").await;
    let answer = ash.get(format!("/messages?conversationId={id}")).await;
    answer.expect_error(403, "ERR_CONVERSATION_NOT_ACCESSIBLE");
}

#[rstest]
#[case::users("user", &[1, 2, 5, 7])]
#[case::groups("group", &[4])]
#[tokio::test]
async fn a_receiver_type_lists_only_messages_to_such(#[case] receiver_type: &str, #[case] in_turn: &[u64]) {
    let api = Api::start().await;
    let ash = seven_conversations(&api).await;
    let expected: Vec<u64> = (0..4).flat_map(|round| in_turn.iter().map(move |second| round * 7 + second)).collect();
    for affix in ["append", "prepend"] {
        let query = format!("category=message&receiverType={receiver_type}");
        assert_eq!(seconds(&walk(&ash, "/messages", &query, affix, 3).await), expected);
    }
    let of_the_app = walk(&api.app(), "/messages", "category=message&receiverType=group", "append", 50).await;
    assert_eq!(seconds(&of_the_app), [4, 6, 11, 13, 18, 20, 25, 27]);
}

#[rstest]
#[case::limit_zero("limit=0", "limit")]
#[case::limit_too_large("limit=1001", "limit")]
#[case::bad_page_size("per_page=-1", "per_page")]
#[case::bad_affix("affix=after", "affix")]
#[case::bad_id("id=x", "id")]
#[case::bad_receiver_type("receiverType=bot", "receiverType")]
#[case::bad_attachment_type("attachmentTypes=smell", "attachmentTypes")]
#[case::bad_flag("hideDeleted=perhaps", "hideDeleted")]
#[case::bad_sender("sender=a%20b", "sender")]
#[case::bad_time("fromTimestamp=yesterday", "fromTimestamp")]
#[case::bad_window("sentAt[from]=x", "sentAt[from]")]
#[case::unread_of_nobody("unread=1", "unread")]
#[case::count_of_everything("count=1", "count")]
#[tokio::test]
async fn a_query_must_be_valid(#[case] query: &str, #[case] field: &str) {
    let api = Api::start().await;
    api.app().get(format!("/messages?{query}")).await.expect_invalid(field);
}

#[rstest]
#[case::no_key("nobody", 401, "AUTH_ERR_EMPTY_APIKEY")]
#[case::unknown_user("ghost", 404, "ERR_UID_NOT_FOUND")]
#[tokio::test]
async fn who_may_not_list(#[case] reader: &str, #[case] status: u16, #[case] code: &str) {
    let api = Api::start().await;
    let reader = if reader == "nobody" { api.nobody() } else { who(&api, reader) };
    expect(reader.get("/messages").await, Some((status, code)));
}

#[tokio::test]
async fn unknown_parameters_are_ignored_and_ids_are_integers() {
    let api = Api::start().await;
    let ash = seven_conversations(&api).await;
    let page = ash.get("/messages?category=message&limit=1000&wonder=1").await.expect_data();
    let ids = ids(&page);
    assert_eq!(ids.len(), 20);
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
}

#[tokio::test]
async fn the_number_of_calls_is_bounded_whatever_the_history() {
    const SHARDS: u32 = 64;
    // Of up to seven conversations with a subject or three each, and what the reader saved.
    const RECEIPTS: u32 = 7 * 2 * 3 + 1;
    let api = Api::start().await;
    let ash = seven_conversations(&api).await;

    api.app().get("/messages?limit=10").await.expect_ok();
    let of_the_app = api.last_line();
    assert!(of_the_app.calls <= SHARDS + 2 + RECEIPTS, "{of_the_app:?}");

    // The user, their rows, the heads, and the five conversations; only those that are needed for the page.
    ash.get("/messages?limit=100").await.expect_ok();
    let whole = api.last_line();
    assert!((1 + 1 + 1 + 5..=1 + 1 + 1 + 5 + RECEIPTS).contains(&whole.calls), "{whole:?}");

    for second in 29..60 {
        store(&api, &text_at(second, "ash", &user("birch"), &second.to_string())).await;
    }
    // Up to four more where one conversation fills the page.
    ash.get("/messages?limit=10").await.expect_ok();
    let of_ash = api.last_line();
    assert!(of_ash.calls <= 1 + 1 + 1 + 5 + 4 + RECEIPTS, "{of_ash:?}");
    api.app().get("/messages?limit=10").await.expect_ok();
    let of_the_app = api.last_line();
    assert!(of_the_app.calls <= SHARDS + 2 + RECEIPTS, "{of_the_app:?}");
}
