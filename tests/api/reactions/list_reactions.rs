//! `GET /messages/{id}/reactions` and `GET /messages/{id}/reactions/{reaction}` (contract/messages.md, operations 13
//! and 14); what only one of them does is in `list_emoji_reactions.rs`.

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, ids};

use crate::given::{club, expect, walk, who};

/// A message in a group with `kinds` reactions of each of five users: its path, and who reacted with what, in order.
async fn reacted(api: &Api, n_kinds: usize) -> (String, Vec<(String, String)>) {
    let mut users = Vec::new();
    for n in 0..5 {
        users.push(api.user(&format!("u{n}")).await);
    }
    let guid = api.group("grove", &users.iter().collect::<Vec<_>>()).await;
    let path = format!("/messages/{}", users[0].send_text_to_group(&guid, "hello").await["id"]);
    let mut made = Vec::new();
    for kind in 0..n_kinds {
        for user in &users {
            user.post(format!("{path}/reactions/r{kind}"), json!({})).await.expect_ok();
            made.push((user.uid.clone(), format!("r{kind}")));
        }
    }
    (path, made)
}

fn who_with_what(items: &[Value]) -> Vec<(String, String)> {
    let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    items.iter().map(|item| (text(item, "uid"), text(item, "reaction"))).collect()
}

#[tokio::test]
async fn each_item_says_who_reacted_with_what_and_when() {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let sent = birch.send_text(&ash, "hello").await;
    let path = format!("/messages/{}/reactions", sent["id"]);
    ash.post(format!("{path}/🌳"), json!({})).await.expect_ok();
    birch.post(format!("{path}/👏"), json!({})).await.expect_ok();

    let page = ash.get(&path).await.expect_ok();

    let [first, second] = page["data"].as_array().unwrap().as_slice() else { panic!("{page}") };
    assert!(first["id"].as_u64() < second["id"].as_u64());
    for (item, uid, reaction) in [(first, "ash", "🌳"), (second, "birch", "👏")] {
        assert_eq!(item["messageId"], sent["id"]);
        assert_eq!([&item["uid"], &item["reaction"], &item["reactedBy"]["uid"]], [uid, reaction, uid]);
        assert_eq!(item["reactedBy"]["name"], uid);
        assert!(sent["sentAt"].as_u64() <= item["reactedAt"].as_u64());
    }
    assert_eq!(first["reactedBy"].get("conversationId"), None);
    assert_eq!(second["reactedBy"]["conversationId"], "ash_user_birch");
    assert_eq!(page["meta"]["current"], json!({ "limit": 100, "count": 2 }));
    assert_eq!(page["meta"]["next"], json!({ "affix": "append", "id": second["id"] }));
    assert_eq!(page["meta"]["previous"], json!({ "affix": "prepend", "id": first["id"] }));

    let of_the_app = api.app().get(&path).await.expect_data();
    assert_eq!(ids(&of_the_app), ids(&page["data"]));
    assert_eq!(of_the_app[1]["reactedBy"].get("conversationId"), None);
}

#[rstest]
#[case::forwards("append")]
#[case::backwards("prepend")]
#[tokio::test]
async fn paging_visits_every_reaction_once_in_the_order_of_reacting(#[case] affix: &str) {
    let api = Api::start().await;
    let (path, made) = reacted(&api, 4).await;
    let reader = api.on_behalf_of("u1");

    for limit in [1, 7, 20, 1000] {
        let all = walk(&reader, &format!("{path}/reactions"), "", affix, limit).await;
        let of_a_kind = walk(&reader, &format!("{path}/reactions/r2"), "", affix, limit).await;
        assert_eq!(who_with_what(&all), made, "{limit} at a time");
        assert_eq!(who_with_what(&of_a_kind), made[10..15], "{limit} at a time");
    }
}

#[tokio::test]
async fn a_page_holds_100_unless_told_and_starts_with_the_oldest() {
    let api = Api::start().await;
    let (path, made) = reacted(&api, 21).await;
    let path = format!("{path}/reactions");

    let page = api.app().get(&path).await.expect_ok();
    assert_eq!(page["meta"]["current"], json!({ "limit": 100, "count": 100 }));
    assert_eq!(who_with_what(page["data"].as_array().unwrap()), made[..100]);

    let rest = api.app().get(format!("{path}?affix=append&id={}", page["meta"]["next"]["id"])).await.expect_ok();
    assert_eq!(who_with_what(rest["data"].as_array().unwrap()), made[100..]);
    let newest = api.app().get(format!("{path}?affix=prepend&limit=3")).await.expect_ok();
    assert_eq!(who_with_what(newest["data"].as_array().unwrap()), made[102..]);
    let per_page = api.app().get(format!("{path}?per_page=2")).await.expect_ok();
    assert_eq!(who_with_what(per_page["data"].as_array().unwrap()), made[..2]);
}

#[rstest]
#[case::limit_zero("limit=0", "limit")]
#[case::limit_too_large("limit=1001", "limit")]
#[case::bad_affix("affix=up", "affix")]
#[case::bad_id("id=abc", "id")]
#[tokio::test]
async fn a_query_must_be_valid(#[case] query: &str, #[case] field: &str, #[values("", "/x")] kind: &str) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions{kind}?{query}", birch.send_text(&ash, "hello").await["id"]);
    ash.get(path).await.expect_invalid(field);
}

#[rstest]
#[tokio::test]
async fn without_reactions_the_list_is_empty_and_has_no_next(#[values("", "/x")] kind: &str) {
    let api = Api::start().await;
    let (birch, ash) = (api.user("birch").await, api.user("ash").await);
    let path = format!("/messages/{}/reactions{kind}", birch.send_text(&ash, "hello").await["id"]);

    let page = ash.get(path).await.expect_ok();

    assert_eq!(page["data"], json!([]));
    assert_eq!([page["meta"].get("next"), page["meta"].get("previous")], [None, None]);
    assert_eq!(page["meta"]["current"], json!({ "limit": 100, "count": 0 }));
}

#[rstest]
#[case::participant("participant", None)]
#[case::app("app", None)]
#[case::outsider("outsider", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::banned("banned", Some((403, "ERR_MESSAGE_NO_ACCESS")))]
#[case::unknown("ghost", Some((404, "ERR_UID_NOT_FOUND")))]
#[tokio::test]
async fn who_reads_a_message_reads_its_reactions(
    #[case] reader: &str,
    #[case] refusal: Option<(u16, &str)>,
    #[values("", "/x")] kind: &str,
) {
    let api = Api::start().await;
    let guid = club(&api).await;
    let path = format!("/messages/{}", api.on_behalf_of("sender").send_text_to_group(&guid, "hello").await["id"]);
    api.on_behalf_of("admin").post(format!("{path}/reactions/x"), json!({})).await.expect_ok();

    let listed = expect(who(&api, reader).get(format!("{path}/reactions{kind}")).await, refusal);

    if refusal.is_none() {
        assert_eq!(who_with_what(listed.as_array().unwrap()), [("admin".to_owned(), "x".to_owned())]);
    }
}

#[rstest]
#[tokio::test]
async fn unknown_messages_and_keys_are_refused(#[values("", "/x")] kind: &str) {
    let api = Api::start().await;
    for id in ["77", "abc"] {
        let path = format!("/messages/{id}/reactions{kind}");
        api.app().get(&path).await.expect_error(404, "ERR_MSG_NOT_FOUND");
        api.nobody().get(&path).await.expect_error(401, "AUTH_ERR_EMPTY_APIKEY");
    }
}
