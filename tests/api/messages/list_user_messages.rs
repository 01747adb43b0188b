//! `GET /users/{uid}/messages` (contract/messages.md, operation 3). Cursors and meta are in `paging`.

use rstest::rstest;
use serde_json::json;
use tests::{Actor, Api, ids, text_to_user, texts};

/// A second well after the ids' own beginning.
const T: u64 = 1_760_000_000;

#[tokio::test]
async fn a_user_lists_only_their_conversation_with_the_other() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let group = api.group("orchard", &[&ash, &birch]).await;
    ash.send_text(&birch, "ash to birch").await;
    birch.send_text(&ash, "birch to ash").await;
    cedar.send_text(&ash, "cedar to ash").await;
    cedar.send_text(&birch, "cedar to birch").await;
    ash.send_text_to_group(&group, "ash to all").await;

    let expected = ["ash to birch", "birch to ash"];
    assert_eq!(texts(&ash.get("/users/birch/messages").await.expect_data()), expected);
    assert_eq!(texts(&birch.get("/users/ASH/messages").await.expect_data()), expected);
}

#[tokio::test]
async fn the_app_lists_all_one_to_one_messages_of_a_user_merged_by_id() {
    let api = Api::start().await;
    let (ash, birch, cedar) = (api.user("ash").await, api.user("birch").await, api.user("cedar").await);
    let group = api.group("orchard", &[&ash]).await;
    for n in 0..4 {
        ash.send_text(&birch, &format!("{n} ash to birch")).await;
        cedar.send_text(&ash, &format!("{n} cedar to ash")).await;
        cedar.send_text(&birch, "not ash's").await;
        ash.send_text_to_group(&group, "not one to one").await;
    }
    let expected: Vec<String> =
        (0..4).flat_map(|n| [format!("{n} ash to birch"), format!("{n} cedar to ash")]).collect();
    assert_eq!(texts(&api.app().get("/users/ash/messages").await.expect_data()), expected);
    for (affix, limit) in [("append", 1), ("append", 3), ("prepend", 1), ("prepend", 3)] {
        let mut pages = api.app().walk("/users/ash/messages", "", affix, limit, None).await.concat();
        pages.sort_unstable();
        assert_eq!(pages, ids(&api.app().get("/users/ash/messages").await.expect_data()), "{affix} {limit}");
    }
}

#[rstest]
#[case::unknown("nobody")]
#[case::deactivated("gone")]
#[tokio::test]
async fn a_user_who_does_not_exist_has_no_messages(#[case] uid: &str) {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    api.deactivated_user("gone").await;
    for reader in [&ash, &api.app()] {
        reader.get(format!("/users/{uid}/messages")).await.expect_error(404, "ERR_UID_NOT_FOUND");
    }
    api.on_behalf_of(uid).get("/users/ash/messages").await.expect_error(404, "ERR_UID_NOT_FOUND");
}

/// Five messages between ash and birch, of different kinds, at `T` to `T + 4` by their order.
async fn medley(api: &Api) -> (Actor<'_>, Actor<'_>) {
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let mut gate = text_to_user("birch", "The GATE opens at six");
    gate["tags"] = json!(["gate", "Ä 1"]);
    let mut sign = text_to_user("birch", "a sign at the gate");
    sign["type"] = json!("image");
    sign["data"]["attachments"] = json!([{ "url": "https://files.example/sign.png" }]);
    let mut poll = text_to_user("ash", "poll");
    poll["category"] = json!("custom");
    poll["type"] = json!("extension/poll");
    poll["data"]["customData"] = json!({});
    poll["tags"] = json!(["poll"]);
    let mut form = text_to_user("ash", "form");
    form["category"] = json!("interactive");
    form["type"] = json!("form");
    form["data"]["interactiveData"] = json!({});
    for (sender, body) in [(&ash, gate), (&ash, sign), (&birch, poll), (&birch, form)] {
        sender.post("/messages", body).await.expect_ok();
    }
    birch.send_text(&ash, "ÜBER the fence").await;
    (ash, birch)
}

#[rstest]
#[case::everything("", &["gate", "sign", "poll", "form", "fence"])]
#[case::sender("sender=ash", &["gate", "sign"])]
#[case::sender_in_capitals("sender=ASH", &["gate", "sign"])]
#[case::senders("senders=ash,birch", &["gate", "sign", "poll", "form", "fence"])]
#[case::stranger("sender=cedar", &[])]
#[case::category("category=custom", &["poll"])]
#[case::categories("categories=custom,interactive", &["poll", "form"])]
#[case::categories_repeated("categories=custom&categories=interactive", &["poll", "form"])]
#[case::categories_in_brackets("categories[]=custom&categories[]=interactive", &["poll", "form"])]
#[case::category_nobody_sent("categories=call", &[])]
#[case::type_("type=image", &["sign"])]
#[case::types("types=text,image", &["gate", "sign", "fence"])]
#[case::types_encoded("types=text,extension%2Fpoll", &["gate", "poll", "fence"])]
#[case::types_in_encoded_brackets("types%5B%5D=image&types%5B%5D=form", &["sign", "form"])]
#[case::category_and_type("category=message&type=text", &["gate", "fence"])]
#[case::nothing_of_both("category=custom&type=text", &[])]
#[case::tag("tags=gate", &["gate"])]
#[case::any_tag("tags=gate,poll", &["gate", "poll"])]
#[case::encoded_tag("tags=%C3%84%201", &["gate"])]
#[case::tag_with_plus("tags=%C3%84+1", &["gate"])]
#[case::tag_is_exact("tags=GATE", &[])]
#[case::search("searchKey=gate", &["gate", "sign"])]
#[case::search_in_any_case("searchKey=gAtE", &["gate", "sign"])]
#[case::search_beyond_ascii("searchKey=%C3%BCber", &["fence"])]
#[case::search_a_phrase("searchKey=opens%20at", &["gate"])]
#[case::search_and_sender("searchKey=the&sender=birch", &["fence"])]
#[case::empty_values_mean_nothing("sender=&types=&tags=&searchKey=&category=", &["gate", "sign", "poll", "form", "fence"])]
#[case::false_words("hideReplies=false&withTags=0&hideDeleted=0", &["gate", "sign", "poll", "form", "fence"])]
#[tokio::test]
async fn a_filter_keeps_what_it_names_on_every_page(#[case] query: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    let (ash, birch) = medley(&api).await;
    let all = ids(&ash.get("/users/birch/messages").await.expect_data());
    let names = ["gate", "sign", "poll", "form", "fence"];
    let expected: Vec<u64> = expected.iter().map(|name| all[names.iter().position(|n| n == name).unwrap()]).collect();

    let listed = birch.get(format!("/users/ash/messages?{query}")).await.expect_data();
    assert_eq!(ids(&listed), expected);
    for limit in [1, 2] {
        assert_eq!(ash.walk("/users/birch/messages", query, "append", limit, None).await.concat(), expected);
        let backwards = api.app().walk("/users/ash/messages", query, "prepend", limit, None).await;
        assert_eq!(backwards.into_iter().rev().collect::<Vec<_>>().concat(), expected);
    }
}

#[rstest]
#[case("withTags=true", true)]
#[case("withTags=1", true)]
#[case("withTags=false", false)]
#[case("withTags=0", false)]
#[case("", false)]
#[tokio::test]
async fn lists_show_tags_only_when_asked(#[case] query: &str, #[case] is_shown: bool) {
    let api = Api::start().await;
    let (ash, _) = medley(&api).await;
    let listed = ash.get(format!("/users/birch/messages?{query}")).await.expect_data();
    assert_eq!(listed[0].get("tags"), is_shown.then_some(&json!(["gate", "Ä 1"])));
    assert_eq!(listed[1].get("tags"), None);
}

#[rstest]
#[case("hideReplies=true", false)]
#[case("hideReplies=1", false)]
#[case("hideReplies=false", true)]
#[case("hideReplies=0", true)]
#[case("", true)]
#[tokio::test]
async fn replies_are_listed_unless_hidden(#[case] query: &str, #[case] is_listed: bool) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let parent = ash.send_text(&birch, "parent").await;
    let reply = api.reply(&parent).await;
    let listed = birch.get(format!("/users/ash/messages?{query}")).await.expect_data();
    assert_eq!(ids(&listed).contains(&reply), is_listed);
    assert!(ids(&listed).contains(&parent["id"].as_u64().unwrap()));
    if is_listed {
        assert_eq!(listed[1]["parentId"], parent["id"]);
    }
}

#[rstest]
#[case::from("fromTimestamp={3}", &["m3", "m4"])]
#[case::from_and_to("fromTimestamp={1}&toTimestamp={3}", &["m1", "m2", "m3"])]
#[case::to_alone_is_ignored("toTimestamp={1}", &["m0", "m1", "m2", "m3", "m4"])]
#[case::bracket_from("sentAt[from]={3}", &["m3", "m4"])]
#[case::bracket_to("sentAt[to]={1}", &["m0", "m1"])]
#[case::encoded_brackets("sentAt%5Bfrom%5D={1}&sentAt%5Bto%5D={1}", &["m1"])]
#[case::both_windows("fromTimestamp={1}&sentAt[to]={2}", &["m1", "m2"])]
#[case::nothing_between("sentAt[from]={3}&sentAt[to]={1}", &[])]
#[case::before_all_ids("sentAt[to]=5", &[])]
#[case::far_beyond("fromTimestamp=18446744073709551615", &[])]
#[case::with_a_cursor("sentAt[from]={1}&sentAt[to]={3}&affix=append&sentAt={1}", &["m2", "m3"])]
#[case::with_a_search("sentAt[from]={1}&searchKey=m2", &["m2"])]
#[tokio::test]
async fn a_window_of_time_includes_both_its_ends(#[case] query: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let template = ash.send_text(&birch, "template").await;
    api.history(&template, (0..5).map(|n| T + n)).await;
    let query = (0..5).fold(query.to_owned(), |query, n| query.replace(&format!("{{{n}}}"), &(T + n).to_string()));
    // The template itself is of today.
    let listed = birch.get(format!("/users/ash/messages?{query}")).await.expect_data();
    let found: Vec<&str> = texts(&listed).into_iter().filter(|text| *text != "template").collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_the_app_sent_is_listed_under_its_own_uid() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    api.app().post("/messages", text_to_user("ash", "welcome")).await.expect_ok();
    let listed = ash.get("/users/app_system/messages").await.expect_data();
    assert_eq!(texts(&listed), ["welcome"]);
}
