//! `GET /messages/{id}/thread` (contract/messages.md, operation 9).

use model::id::MessageId;
use model::message::Receiver;
use model::uid::Uid;
use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, ids, texts};

use crate::given::{DAWN, club, reactions, store, text_at, walk, who};

/// A thread between birch and ash: its path and the ids of its replies.
async fn thread(api: &Api, n_replies: usize) -> (String, Vec<u64>) {
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let parent = birch.send_text(&ash, "parent").await;
    let path = format!("/messages/{}/thread", parent["id"]);
    let mut replies = Vec::new();
    for n in 0..n_replies {
        let author = if n % 2 == 0 { &ash } else { &birch };
        let reply = author.post(&path, json!({ "data": { "text": format!("reply {n}") } })).await.expect_data();
        replies.push(reply["id"].as_u64().unwrap());
    }
    (path, replies)
}

#[tokio::test]
async fn a_thread_lists_its_replies_rising_and_nothing_else() {
    let api = Api::start().await;
    let (path, replies) = thread(&api, 3).await;
    let (birch, ash) = (api.on_behalf_of("birch"), api.on_behalf_of("ash"));
    let other = birch.send_text(&ash, "another parent").await;
    ash.post(format!("/messages/{}/thread", other["id"]), json!({ "data": { "text": "no" } })).await.expect_ok();

    let page = ash.get(&path).await.expect_ok();

    assert_eq!(ids(&page["data"]), replies);
    assert_eq!(texts(&page["data"]), ["reply 0", "reply 1", "reply 2"]);
    let parent: u64 = path.split('/').nth(2).unwrap().parse().unwrap();
    assert!(page["data"].as_array().unwrap().iter().all(|reply| reply["parentId"] == parent));
    assert_eq!(page["meta"]["current"], json!({ "limit": 10, "count": 3 }));
    let [first, last] = [&page["data"][0], &page["data"][2]];
    assert_eq!(page["meta"]["next"], json!({ "affix": "append", "sentAt": last["sentAt"], "id": last["id"] }));
    assert_eq!(page["meta"]["previous"], json!({ "affix": "prepend", "sentAt": first["sentAt"], "id": first["id"] }));
    let pagination = json!({ "total": 0, "count": 3, "per_page": 10, "current_page": 1, "total_pages": 1 });
    assert_eq!(page["meta"]["pagination"], pagination);
    assert!(page["meta"]["cursor"]["id"].is_u64());
}

#[rstest]
#[case::forwards("append")]
#[case::backwards("prepend")]
#[tokio::test]
async fn paging_visits_every_reply_once(#[case] affix: &str) {
    let api = Api::start().await;
    let (path, replies) = thread(&api, 8).await;

    for limit in [1, 3, 4, 7, 8, 1000] {
        let visited = walk(&api.on_behalf_of("ash"), &path, "", affix, limit).await;
        assert_eq!(ids(&Value::Array(visited)), replies, "{limit} at a time");
    }
}

/// The parent is the oldest of its thread, wherever a page begins and ends.
#[rstest]
#[case::forwards("append")]
#[case::backwards("prepend")]
#[tokio::test]
async fn a_thread_is_listed_with_its_parent_where_that_is_asked_for(#[case] affix: &str) {
    for n_replies in [0, 5] {
        let api = Api::start().await;
        let (path, replies) = thread(&api, n_replies).await;
        let parent: u64 = path.split('/').nth(2).unwrap().parse().unwrap();
        let all: Vec<u64> = [parent].into_iter().chain(replies).collect();
        let ash = api.on_behalf_of("ash");
        for limit in [1, 2, 3, 5, 6, 7] {
            // As the vendor's UI kit asks for the chats of agents.
            let visited = walk(&ash, &path, "withParent=1&hideReplies=1", affix, limit).await;
            assert_eq!(ids(&Value::Array(visited)), all, "{limit} at a time");
        }
        let only_of_ash = walk(&ash, &path, "withParent=1&sender=ash", affix, 2).await;
        assert!(only_of_ash.iter().all(|message| message["sender"] == "ash"));
    }
}

#[tokio::test]
async fn a_thread_is_listed_though_replies_are_hidden_elsewhere() {
    let api = Api::start().await;
    let (path, replies) = thread(&api, 2).await;
    let listed = api.on_behalf_of("ash").get(format!("{path}?hideReplies=true")).await.expect_data();
    assert_eq!(ids(&listed), replies);
}

#[rstest]
#[case::without_cursor_the_newest("limit=2", &[4, 5])]
#[case::forward_without_cursor_the_oldest("limit=2&affix=append", &[0, 1])]
#[case::back_without_cursor_the_newest("limit=2&affix=prepend", &[4, 5])]
#[case::after_an_id("limit=2&affix=append&id={2}", &[3, 4])]
#[case::before_an_id("limit=2&affix=prepend&id={2}", &[0, 1])]
#[case::an_id_alone_goes_forward("limit=2&id={2}", &[3, 4])]
#[case::per_page("per_page=2", &[4, 5])]
#[case::per_page_in_camel_case("perPage=1", &[5])]
#[case::past_the_end("affix=append&id={5}", &[])]
#[case::before_the_start("affix=prepend&id={0}", &[])]
#[tokio::test]
async fn a_page_starts_behind_its_cursor(#[case] query: &str, #[case] expected: &[usize]) {
    let api = Api::start().await;
    let (path, replies) = thread(&api, 6).await;
    let query = replies
        .iter()
        .enumerate()
        .fold(query.to_owned(), |query, (at, id)| query.replace(&format!("{{{at}}}"), &id.to_string()));

    let page = api.on_behalf_of("ash").get(format!("{path}?{query}")).await.expect_ok();

    let expected: Vec<u64> = expected.iter().map(|at| replies[*at]).collect();
    assert_eq!(ids(&page["data"]), expected);
    assert_eq!(page["meta"].get("next").is_some(), !expected.is_empty());
    assert!(page["meta"]["cursor"].is_object());
}

#[rstest]
#[case::after_a_second("affix=append&sentAt=2", &["c", "d"])]
#[case::before_a_second("affix=prepend&sentAt=2", &["a"])]
#[case::the_id_wins("affix=append&sentAt=0&id=c", &["d"])]
#[tokio::test]
async fn a_second_is_an_exclusive_cursor_too(#[case] query: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    api.user("birch").await;
    let ash = api.user("ash").await;
    let receiver = Receiver::User(Uid::parse("ash").unwrap());
    let parent = text_at(0, "birch", &receiver, "parent");
    store(&api, &parent).await;
    let mut id_of_c = MessageId::MIN;
    for (second, text) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
        let mut reply = text_at(second, "birch", &receiver, text);
        reply.parent_id = Some(parent.id);
        store(&api, &reply).await;
        id_of_c = if text == "c" { reply.id } else { id_of_c };
    }
    let query = query.replace("sentAt=2", &format!("sentAt={}", DAWN + 2)).replace("id=c", &format!("id={id_of_c}"));

    let replies = ash.get(format!("/messages/{}/thread?{query}", parent.id)).await.expect_data();

    assert_eq!(texts(&replies), expected);
}

#[rstest]
#[case::limit_zero("limit=0", "limit")]
#[case::limit_too_large("limit=1001", "limit")]
#[case::limit_no_number("limit=ten", "limit")]
#[case::bad_affix("affix=sideways", "affix")]
#[case::bad_id("id=abc", "id")]
#[case::bad_second("sentAt=now", "sentAt")]
#[tokio::test]
async fn a_query_must_be_valid(#[case] query: &str, #[case] field: &str) {
    let api = Api::start().await;
    let (path, _) = thread(&api, 1).await;
    api.on_behalf_of("ash").get(format!("{path}?{query}")).await.expect_invalid(field);
}

#[tokio::test]
async fn a_message_without_replies_has_an_empty_thread() {
    let api = Api::start().await;
    let (path, _) = thread(&api, 0).await;
    let page = api.on_behalf_of("ash").get(&path).await.expect_ok();
    assert_eq!(page["data"], json!([]));
    assert_eq!([page["meta"].get("next"), page["meta"].get("previous")], [None, None]);
    assert!(page["meta"]["cursor"].is_object());
}

#[rstest]
#[case::participant("participant", None)]
#[case::app("app", None)]
#[case::outsider("outsider", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::banned("banned", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::unknown("ghost", Some((404, "ERR_UID_NOT_FOUND")))]
#[tokio::test]
async fn who_reads_a_message_reads_its_thread(#[case] reader: &str, #[case] refusal: Option<(u16, &str)>) {
    let api = Api::start().await;
    let guid = club(&api).await;
    let sender = api.on_behalf_of("sender");
    let path = format!("/messages/{}/thread", sender.send_text_to_group(&guid, "parent").await["id"]);
    sender.post(&path, json!({ "data": { "text": "reply" } })).await.expect_ok();

    let replies = crate::given::expect(who(&api, reader).get(&path).await, refusal);

    if refusal.is_none() {
        assert_eq!(texts(&replies), ["reply"]);
    }
}

#[tokio::test]
async fn strangers_and_unknown_messages_are_refused() {
    let api = Api::start().await;
    let (path, _) = thread(&api, 1).await;
    api.user("cedar").await.get(&path).await.expect_error(403, "ERR_MESSAGE_NO_ACCESS");
    api.nobody().get(&path).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
    for id in ["77", "abc"] {
        api.app().get(format!("/messages/{id}/thread")).await.expect_error(404, "ERR_MSG_NOT_FOUND");
    }
}

#[tokio::test]
async fn deleted_replies_stay_without_content_unless_hidden_and_leave_no_gap_in_paging() {
    let api = Api::start().await;
    let (path, replies) = thread(&api, 6).await;
    let ash = api.on_behalf_of("ash");
    ash.delete(format!("/messages/{}", replies[2]), json!({})).await.expect_ok();
    ash.delete(format!("/messages/{}", replies[4]), json!({ "permanent": true })).await.expect_ok();

    let left: Vec<u64> = [0, 1, 2, 3, 5].map(|at| replies[at]).to_vec();
    let shown: Vec<u64> = [0, 1, 3, 5].map(|at| replies[at]).to_vec();
    for affix in ["append", "prepend"] {
        for limit in [1, 2, 10] {
            assert_eq!(ids(&Value::Array(walk(&ash, &path, "", affix, limit).await)), left);
            assert_eq!(ids(&Value::Array(walk(&ash, &path, "hideDeleted=1", affix, limit).await)), shown);
        }
    }
    let page = ash.get(&path).await.expect_data();
    assert_eq!(page[2]["deletedBy"], "ash");
    assert_eq!(page[2]["data"].get("text"), None);
}

#[tokio::test]
async fn replies_show_the_readers_own_reactions() {
    let api = Api::start().await;
    let (path, replies) = thread(&api, 1).await;
    let reaction = format!("/messages/{}/reactions/x", replies[0]);
    api.on_behalf_of("ash").post(reaction, json!({})).await.expect_ok();

    for (reader, by_me) in [("ash", true), ("birch", false), ("app", false)] {
        let page = who(&api, reader).get(&path).await.expect_data();
        assert_eq!(reactions(&page[0]), [("x", 1, by_me)], "{reader}");
    }
}
